"""`Rows`: decoded frames, and how bytes are read at places of many frames at once."""

from __future__ import annotations

import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.decode import layout
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.values import dataclass

_WHOLE: Final = (1, 2, 4)
"""Sizes of numbers that NumPy reads in one go."""

Mask = NDArray[np.bool_]
Octets = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One field of all packets of a batch.

    Attributes:
        values: one entry a packet: int64; for addresses uint8 in two dimensions, packets by address bytes; for several
            numbers in a field likewise: how many there are, then 4 bytes each.
        mask: True where the packet has the field; elsewhere the value means nothing.
    """

    values: Int64s | Octets
    mask: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A batch and, a row a frame, what the decode kernel found (`rawkit.decode.layout` names its columns).

    Attributes:
        batch: the frames themselves.
        rows: int32, frames by `layout.WIDTH`.
        numbers: the `frame.number` of each row, int64; the first frame of a capture has 1.
        engine: runs the kernels of columns that have one; None for interpreted.
    """

    batch: FrameBatch
    rows: NDArray[np.int32]
    numbers: Int64s
    engine: Engine | None = None

    def __len__(self) -> int:
        return len(self.batch)

    def place(self, header: int, kind: int = -1, kind_column: int = layout.PROTOCOL) -> Int64s:
        """Where a header begins in `batch.data`, -1 where there is none (or none of that kind)."""
        at = self.rows[:, header]
        known = at >= 0
        if kind >= 0:
            known &= self.rows[:, kind_column] == kind
        return np.where(known, self.batch.offset + at, -1)

    def number_at(self, place: Int64s, skip: int, size: int) -> Column:
        """The big-endian number of `size` bytes, `skip` bytes behind `place`, where the packet reaches that far."""
        values, mask = self.bytes_at(place, skip, size)
        if not mask.any():
            return Column(np.broadcast_to(np.int64(0), len(self)), mask)
        if size in _WHOLE:
            return Column(values.view(f">u{size}").reshape(-1).astype(np.int64), mask)
        number = np.zeros(len(self), dtype=np.int64)
        for position in range(size):
            number = number << 8 | values[:, position]
        return Column(number, mask)

    def bytes_at(self, place: Int64s, skip: int, size: int) -> tuple[Octets, Mask]:
        """`size` bytes of each packet, `skip` behind `place`, and which packets have them.

        Where none has them the array takes no memory, and cannot be written: most captures lack most fields.
        """
        mask = (place >= 0) & (place + skip + size <= self.batch.offset + self.rows[:, layout.END])
        where = np.nonzero(mask)[0]
        if not len(where):
            return np.broadcast_to(np.uint8(0), (len(self), size)), mask
        is_whole = len(where) == len(mask)
        values = (np.empty if is_whole else np.zeros)((len(self), size), dtype=np.uint8)
        into, at = slice(None) if is_whole else where, (place if is_whole else place[where]) + skip
        for position in range(size):
            values[into, position] = self.batch.data.take(at + position)
        return values, mask


def words(data: Bytes) -> tuple[Int64s, int]:
    """The same bytes as aligned 64-bit words, and where the first begins; none where words are big-endian."""
    shift = -data.__array_interface__["data"][0] % 8
    size = max(len(data) - shift, 0) // 8 * 8 if sys.byteorder == "little" else 0
    found = data[shift : shift + size].view(np.int64) if size else np.empty(0, dtype=np.int64)
    found.flags.writeable = False
    return found, shift
