"""Cutting what is to be written into pieces that the system takes at little cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rawkit.frames import Int64s

PORTION: Final = 1 << 16
"""Bytes of a piece: where files have large folios (ext4, XFS), writes of twice as much take five times the CPU time."""
MOST_RECORDS: Final = 512
"""Records of a piece: two vectors each for writev(2), which takes 1024 (UIO_MAXIOV)."""


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
