"""`Packets`: a batch decoded, one row a frame; columns come to life when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rawkit.decode import layout
from rawkit.frames import FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.tables import Table, Tabular

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One field of all packets of a batch.

    Attributes:
        values: one entry a packet: int64; for addresses uint8 in two dimensions, packets by address bytes.
        mask: True where the packet has the field; elsewhere the value means nothing.
    """

    values: NDArray[np.int64] | NDArray[np.uint8]
    mask: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Packets(Tabular):
    """A batch and, a row a frame, what the decode kernel found (`rawkit.decode.layout` names its columns).

    Attributes:
        batch: the frames themselves.
        rows: int32, frames by `layout.WIDTH`.
        numbers: the `frame.number` of each row, int64; the first frame of a capture has 1.

    >>> from rawkit.frames import FrameBatch
    >>> frame = bytes.fromhex("ffffffffffff0200000000010800" "4500001c000100004011000ac0000201c0000202"
    ...                       "003500350008 0000")
    >>> packets = Decoder(Engine("interpreted")).decode(FrameBatch.from_frames([frame]))
    >>> packets["udp.dstport"].values.tolist(), packets["tcp.srcport"].mask.tolist()
    ([53], [False])
    """

    batch: FrameBatch
    rows: NDArray[np.int32]
    numbers: Int64s

    def __len__(self) -> int:
        return len(self.batch)

    def __getitem__(self, field: str) -> Column:
        """The column with that Wireshark name; KeyError where there is none (`rawkit.decode.fields.NAMES`)."""
        from rawkit.decode.fields import FIELDS

        return FIELDS[field].read(self)

    def to_table(self, fields: Sequence[str] | None = None) -> Table:
        """A row a packet; `tcp.stream`, `udp.stream` and `tcp.analysis` need `rawkit.follow`.

        FieldError for a field that is not in `rawkit.decode.fields.FIELDS`.
        """
        from rawkit.decode.fields import FIELDS
        from rawkit.decode.table import packet_columns

        return Table(packet_columns(self, FIELDS if fields is None else fields))

    def place(self, header: int, kind: int = -1, kind_column: int = layout.PROTOCOL) -> NDArray[np.int64]:
        """Where a header begins in `batch.data`, -1 where there is none (or none of that kind)."""
        at = self.rows[:, header]
        known = at >= 0
        if kind >= 0:
            known &= self.rows[:, kind_column] == kind
        return np.where(known, self.batch.offset + at, -1)

    def number_at(self, place: NDArray[np.int64], skip: int, size: int) -> Column:
        """The big-endian number of `size` bytes, `skip` bytes behind `place`, where the packet reaches that far."""
        values, mask = self.bytes_at(place, skip, size)
        if not mask.any():
            return Column(np.broadcast_to(np.int64(0), len(self)), mask)
        number = np.zeros(len(self), dtype=np.int64)
        for position in range(size):
            number = number << 8 | values[:, position]
        return Column(number, mask)

    def bytes_at(self, place: NDArray[np.int64], skip: int, size: int) -> tuple[NDArray[np.uint8], Mask]:
        """`size` bytes of each packet, `skip` behind `place`, and which packets have them.

        Where none has them the array takes no memory, and cannot be written: most captures lack most fields.
        """
        mask = (place >= 0) & (place + skip + size <= self.batch.offset + self.rows[:, layout.END])
        where = np.nonzero(mask)[0]
        if not len(where):
            return np.broadcast_to(np.uint8(0), (len(self), size)), mask
        values = np.zeros((len(self), size), dtype=np.uint8)
        for position in range(size):
            values[where, position] = self.batch.data[place[where] + (skip + position)]
        return values, mask

    def payload(self, row: int) -> bytes:
        """The captured payload of the transport header of one packet, empty where there is none."""
        at = int(self.rows[row, layout.PAYLOAD])
        if at < 0:
            return b""
        start = int(self.batch.offset[row])
        return self.batch.data[start + at : start + max(at, int(self.rows[row, layout.END]))].tobytes()


class Decoder:
    """Decodes batches one after another, counting frames."""

    def __init__(self, engine: Engine) -> None:
        self._call = partial(engine.call, "rawkit.decode.decode_kernel", "decode_frames")
        self._number = 1

    def decode(self, batch: FrameBatch, numbers: Int64s | None = None) -> Packets:
        """The packets of the batch; no bytes make it raise.

        Without `numbers` the frames are numbered on from the batch before.
        """
        count = len(batch)
        if numbers is None:
            numbers = np.arange(self._number, self._number + count, dtype=np.int64)
            self._number += count
        rows = np.empty(count * layout.WIDTH, dtype=np.int32)
        self._call(
            count,
            batch.data,
            batch.offset,
            batch.captured,
            batch.length,
            batch.link_type,
            batch.status,
            rows,
            0,
            count,
        )
        return Packets(batch, rows.reshape(count, layout.WIDTH), numbers)
