"""Numbers from bytes in network order, for all kernels.

They add and multiply where one would shift: compiled, a shift of an unsigned byte is an unsigned number, and an
unsigned number beside a signed one becomes a float.
"""

from __future__ import annotations

from typing import Final

from rawkit.kernels import Ints

FORCE_INLINE: Final = True


def within(array: Ints, first: int, size: int) -> None:
    """Checks `size` entries from `first` on at once; the compiler then leaves out the check of each."""
    if first < 0 or len(array) < size or first > len(array) - size:
        raise IndexError("kernel went outside an array")


def u8(data: Ints, place: int) -> int:
    return data[place] + 0


def u16(data: Ints, place: int) -> int:
    return data[place] * 256 + data[place + 1]


def u32(data: Ints, place: int) -> int:
    return u16(data, place) * 65536 + u16(data, place + 2)


def signed64(data: Ints, place: int) -> int:
    """Eight bytes as a two's complement number."""
    high = u32(data, place)
    if high >= 0x80000000:
        high -= 0x100000000
    return high * 0x100000000 + u32(data, place + 4)
