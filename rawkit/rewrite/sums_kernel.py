"""A checksum changed by how much the sum of what it covers has (RFC 1624): for all who replace something in frames."""

from __future__ import annotations

from typing import Final

from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u16

FORCE_INLINE: Final = True

ONES: Final = 0xFFFF


def changed(stored: int, change: int) -> int:
    """The checksum after the sum that it covers has grown by `change` (equation 3)."""
    if change % ONES == 0:
        return stored
    total = (ONES - stored + change) % ONES
    return ONES - total if total else 0


def mend(data: Ints, at: int, change: int) -> None:
    """Changes the checksum at `at`."""
    put16(data, at, changed(u16(data, at), change))


def put16(data: Ints, at: int, value: int) -> None:
    data[at] = value // 256
    data[at + 1] = value % 256
