"""Cutting what is to be written into pieces that the system takes at little cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rawkit.frames import Int64s

PORTION: Final = 1 << 16
"""Bytes of a piece: where files have large folios (ext4, XFS), writes of twice as much take five times the CPU time."""
MOST_VECTORS: Final = 1024
"""Vectors that writev(2) takes (UIO_MAXIOV)."""
MOST_RECORDS: Final = MOST_VECTORS // 2
"""Records of a piece, with two vectors each."""


def portions(ends: Int64s) -> Iterator[slice]:
    """Cuts records, which stand one behind the other and end at the bytes `ends`, into pieces of whole ones.

    A piece has at most `PORTION` bytes, unless it is one record that has more, and at most `MOST_RECORDS` records.

    >>> import numpy as np
    >>> list(portions(np.array([40_000, 60_000, 200_000])))
    [slice(0, 2, None), slice(2, 3, None)]
    """
    first, begin = 0, 0
    while first < len(ends):
        last = max(int(ends.searchsorted(begin + PORTION, "right")), first + 1)
        last = min(last, first + MOST_RECORDS)
        yield slice(first, last)
        first, begin = last, int(ends[last - 1])
