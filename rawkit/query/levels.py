"""The headers of packets, level by level: those around tunnels, the innermost ones, those that ICMP errors quote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.decode import Decoder, Packets, layout
from rawkit.decode.rows import Rows
from rawkit.frames import FrameBatch, Int32s
from rawkit.kernels import Engine


class Level(NamedTuple):
    """Headers of packets, one set of each at most.

    Attributes:
        rows: the packets as if these headers were their innermost ones.
        frames: their numbers in the batch; None: all of them, in order.
        is_quoted: whether an ICMP error quotes them.
    """

    rows: Rows
    frames: NDArray[np.intp] | None
    is_quoted: bool = False


def levels(packets: Packets) -> list[Level]:
    """All levels of a batch, in the order in which their headers stand in the frames."""
    engine = packets.engine or Engine("interpreted")
    quoted = [Level(found, frames, is_quoted=True) for found, frames in _quoted(engine, packets)]
    return [*_around(engine, packets), Level(packets, None), *quoted]


def _around(engine: Engine, rows: Rows) -> list[Level]:
    """The levels of the tunnels that packets are in, the outermost first."""
    depth = rows.rows[:, layout.DEPTH]
    if not depth.any():
        return []
    batch, total = rows.batch, int(depth.sum())
    found: Int32s = np.empty((total, layout.WIDTH), dtype=np.int32)
    engine.call(
        "rawkit.decode.headers.outer_kernel", "decode_outer", total,
        batch.data, batch.offset, batch.captured, batch.length, batch.link_type, batch.status,
        rows.rows.reshape(-1), layout.MAX_TUNNELS, found.reshape(-1),
    )  # fmt: skip
    sources = np.repeat(np.arange(len(depth)), depth)
    return [
        Level(Rows(batch.select(sources[here]), found[here], rows.numbers[sources[here]], engine), sources[here])
        for here in _each_depth(depth)
    ]


def _each_depth(depth: Int32s) -> Iterator[NDArray[np.intp]]:
    """Where the first, the second ... row of each packet that has one stands."""
    first = np.cumsum(depth) - depth
    for number in range(int(depth.max())):
        yield (first + number)[depth > number]


BARE_IP: Final = linktypes.RAW


def _quoted(engine: Engine, packets: Packets) -> Iterator[tuple[Packets, NDArray[np.intp]]]:
    """The packets that ICMP errors quote, decoded as far as they are there (RFC 792, RFC 4443)."""
    quote = packets.rows[:, layout.QUOTE]
    frames = np.nonzero(quote >= 0)[0]
    if not len(frames):
        return
    batch, rows = packets.batch.select(frames), packets.rows[frames]
    skipped = rows[:, layout.QUOTE]
    captured = np.maximum(rows[:, layout.END] - skipped, 0).astype(np.int32)
    inner = FrameBatch(
        batch.data,
        batch.offset + skipped,
        captured,
        np.maximum(rows[:, layout.WIRE_END] - skipped, captured).astype(np.int32),
        batch.timestamp,
        np.full(len(frames), BARE_IP, dtype=np.int32),
        batch.interface,
        np.zeros(len(frames), dtype=np.int64),
        batch.interface_names,
    )
    yield Decoder(engine).decode(inner, packets.numbers[frames]), frames
