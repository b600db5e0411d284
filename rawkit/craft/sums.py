"""Internet checksums and CRC32c of many frames at once, from what changed since one frame that scapy built.

The Internet checksum (RFC 1071) is a sum modulo 65535: a byte that changes by d changes the sum by d or 256 d, times a
small whole number that tells how the byte gets into it (1 for a covered byte, 0 for one that a checksum further in
evens out, -1 for an address in the pseudo-header of a segment inside). CRC32c (RFC 9260) is a sum of bits without
carry, so each byte's change has its own part in it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.craft.places import Place
from rawkit.frames import Bytes, Int64s
from rawkit.values import dataclass
from rawkit.wire.checksum import crc32c

FACTORS: Final = (1, 0, -1, 2, -2, 3, -3)
MODULUS: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Change:
    """What scapy made of one field's change: the frame before and after."""

    before: bytes
    after: bytes

    def sum(self, columns: range, parity: int) -> int:
        """By how much the sum of these bytes, as 16-bit words from `parity` on, has grown."""
        return sum((self.after[at] - self.before[at]) << (8 if (at - parity) % 2 == 0 else 0) for at in columns)

    def changed(self) -> set[int]:
        """The bytes that differ."""
        return {at for at, (one, other) in enumerate(zip(self.before, self.after, strict=True)) if one != other}


def factor(changes: Sequence[Change], field: range, checksum: Place) -> int | None:
    """How often the field's bytes are in the checksum; None where the changes do not tell, or do not agree."""
    word, at = range(checksum.first, checksum.end), checksum.first
    known = [(change.sum(word, at), change.sum(field, at)) for change in changes]
    fitting = [n for n in FACTORS if all((stored + n * covered) % MODULUS == 0 for stored, covered in known)]
    return fitting[0] if len(fitting) == 1 else None


@dataclass(frozen=True, slots=True)
class InternetSums:
    """The Internet checksums that change: `weights[k, c]` is what the byte in column `columns[k]` counts in sum c.

    `base` are the sums that scapy's frame leads to without those bytes. `ones` tells of each whether 0 is sent as
    0xffff (UDP: RFC 768); `doubtful` whether all bytes it covers can be 0, where scapy has 0xffff too.
    """

    places: tuple[Place, ...]
    columns: NDArray[np.intp]
    weights: NDArray[np.float64]
    base: Int64s
    ones: tuple[bool, ...]
    doubtful: tuple[bool, ...]

    def fill(self, frames: Bytes) -> NDArray[np.bool_]:
        """Writes the checksums of all rows; returns which rows have one in doubt."""
        sums = frames[:, self.columns].astype(np.float64) @ self.weights
        doubt = np.zeros(len(frames), np.bool_)
        for place, base, column, ones, doubtful in zip(
            self.places, self.base, sums.T, self.ones, self.doubtful, strict=True
        ):
            checksums = (-(column.astype(np.int64) + base)) % MODULUS
            if ones:
                checksums[checksums == 0] = MODULUS
            elif doubtful:
                doubt |= checksums == 0
            _column(frames, place, ">u2")[:] = checksums
        return doubt


def internet_sums(
    frame: bytes,
    places: Sequence[Place],
    factors: Sequence[dict[int, int]],
    ones: Sequence[bool],
    doubtful: Sequence[bool],
) -> InternetSums:
    """The checksums at `places`, where `factors[c]` says of each varying column how often it is in checksum c."""
    columns = sorted({column for one in factors for column in one})
    weights = np.zeros((len(columns), len(places)))
    for c, place in enumerate(places):
        for k, column in enumerate(columns):
            weights[k, c] = factors[c].get(column, 0) * (256 if (column - place.first) % 2 == 0 else 1)
    stored = [int.from_bytes(frame[place.first : place.end], "big") for place in places]
    known = np.frombuffer(frame, np.uint8)[columns] @ weights
    base = np.array([-one for one in stored], np.int64) - known.astype(np.int64)
    return InternetSums(tuple(places), np.array(columns, np.intp), weights, base, tuple(ones), tuple(doubtful))


@dataclass(frozen=True, slots=True)
class Crc:
    """A CRC32c that changes: `tables[k]` holds what each value of the byte in column `columns[k]` adds to `base`."""

    place: Place
    columns: tuple[int, ...]
    tables: NDArray[np.uint32]
    base: int

    def fill(self, frames: Bytes) -> None:
        """Writes the CRC of all rows."""
        crc = np.full(len(frames), self.base, np.uint32)
        for column, table in zip(self.columns, self.tables, strict=True):
            crc ^= table[frames[:, column]]
        _column(frames, self.place, "<u4")[:] = crc


def crc_of(frame: bytes, place: Place, start: int, columns: Sequence[int]) -> Crc | None:
    """The CRC32c at `place`, its low byte first, over the bytes from `start` on; None where scapy has another there."""
    covered = sorted(column for column in columns if column >= start and column not in place.columns)
    zeroed = bytearray(frame[start:])
    zeroed[place.first - start : place.end - start] = bytes(4)
    if crc32c(zeroed) != int.from_bytes(frame[place.first : place.end], "little"):
        return None
    for column in covered:
        zeroed[column - start] = 0
    tables = np.array([_table(len(zeroed), column - start) for column in covered], np.uint32)
    return Crc(place, tuple(covered), tables, crc32c(zeroed))


def _table(size: int, column: int) -> list[int]:
    """What each value of one byte of a message of `size` bytes adds to its CRC."""
    nothing = crc32c(bytes(size))
    bits = [crc32c(bytes(column) + bytes((1 << bit,)) + bytes(size - column - 1)) ^ nothing for bit in range(8)]
    table = [0] * 256
    for value in range(1, 256):
        lowest = value & -value
        table[value] = table[value ^ lowest] ^ bits[lowest.bit_length() - 1]
    return table


def _column(frames: Bytes, place: Place, dtype: str) -> NDArray[np.uint16] | NDArray[np.uint32]:
    return np.ndarray((len(frames),), dtype, frames, place.first, (frames.shape[1],))
