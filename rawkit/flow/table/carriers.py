"""The packets of a batch with those that carry them: tunnels are flows too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rawkit.decode import Packets, layout
from rawkit.decode.rows import words
from rawkit.flow.rules import Tunnels
from rawkit.frames import Bytes, Int32s, Int64s
from rawkit.kernels import Engine
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class PacketSequence:
    """What the tracker takes one after the other: packets, and before each those that carry it, the outermost first.

    Attributes:
        rows: a row each, as in `Packets`, but its DEPTH says how many of those before carry it.
        sources: the number in the batch of the frame that each is in.
        places: where each packet of the batch stands, -1 for one that is not followed.
        outer: where those stand that carry others.
        outer_sums: what their checksums are.
    """

    rows: Int32s
    sources: NDArray[np.intp]
    places: NDArray[np.intp]
    outer: NDArray[np.intp]
    outer_sums: Bytes


def sequence(engine: Engine, packets: Packets, tunnels: Tunnels, *, verify: bool) -> PacketSequence | None:
    """The sequence of a batch; None where it is the packets as they are, for nothing is carried or nobody asks.

    `verify` says whether the sums of those that carry others are taken.
    """
    depth = packets.rows[:, layout.DEPTH]
    if tunnels == "inner" or not depth.any():
        return None
    most = 1 if tunnels == "outer" else layout.MAX_TUNNELS
    found, sources = _carriers(engine, packets, most)
    sums = _sums(engine, packets, found, sources) if verify else np.zeros(len(found), dtype=np.uint8)
    each = np.arange(len(depth))
    if tunnels == "outer":
        rows = packets.rows.copy()
        rows[sources] = found
        return PacketSequence(rows, each, np.where(depth > 0, -1, each), sources, sums)
    counts = np.bincount(sources, minlength=len(depth))
    places = each + np.cumsum(counts)
    all_sources = np.repeat(each, counts + 1)
    is_outer = np.ones(len(all_sources), dtype=np.bool_)
    is_outer[places] = False
    rows = packets.rows[all_sources]
    rows[is_outer] = found
    rows[:, layout.DEPTH] = np.arange(len(rows)) - (places - counts)[all_sources]
    return PacketSequence(rows, all_sources, places, np.nonzero(is_outer)[0], sums)


def _carriers(engine: Engine, packets: Packets, most: int) -> tuple[Int32s, NDArray[np.intp]]:
    """Rows of the packets that carry others, and the frames that they are in.

    What is in a tunnel and has no network header is not told apart from the packet around it, and counts once.
    """
    batch, counts = packets.batch, np.minimum(packets.rows[:, layout.DEPTH], most)
    found = np.empty((int(counts.sum()), layout.WIDTH), dtype=np.int32)
    engine.call(
        "rawkit.decode.headers.outer_kernel", "decode_outer", len(found),
        batch.data, batch.offset, batch.captured, batch.length, batch.link_type, batch.status,
        packets.rows.reshape(-1), most, found.reshape(-1),
    )  # fmt: skip
    sources = np.repeat(np.arange(len(counts)), counts)
    inside = packets.rows[sources, layout.NET]
    has_next = sources[:-1] == sources[1:]
    inside[:-1][has_next] = found[1:, layout.NET][has_next]
    kept = (found[:, layout.NET] != inside) | (most == 1)
    return found[kept], sources[kept]


def _sums(engine: Engine, packets: Packets, rows: Int32s, sources: NDArray[np.intp]) -> Bytes:
    batch, sums = packets.batch, np.zeros(len(rows), dtype=np.uint8)
    offset: Int64s = batch.offset[sources]
    engine.call(
        "rawkit.decode.headers.checksum_kernel", "judge", 0,
        batch.data, *words(batch.data), offset, batch.status[sources], rows.reshape(-1), sums,
    )  # fmt: skip
    return sums
