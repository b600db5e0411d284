"""Copying many byte ranges at once, without a Python loop over them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Bytes, Int64s

_BYTE_STRIDE: Final = (1,)


def copy_ranges(source: Bytes, source_at: Int64s, target: Bytes, target_at: Int64s, sizes: Int64s) -> None:
    """Copies `sizes[i]` bytes from `source_at[i]` of one buffer to `target_at[i]` of another, for all i.

    Ranges are grouped by the largest power of two that fits into them; two pieces of that size, one from the
    front and one from the back, cover a range. So a few array operations copy any mixture of sizes.

    >>> target = np.zeros(5, dtype=np.uint8)
    >>> one = lambda *values: np.array(values)
    >>> copy_ranges(np.arange(9, dtype=np.uint8), one(1, 6), target, one(3, 0), one(2, 3))
    >>> target.tolist()
    [6, 7, 8, 1, 2]
    """
    powers = np.frexp(sizes.astype(np.float64))[1] - 1
    for power in np.unique(powers[sizes > 0]).tolist():
        rows = np.flatnonzero((powers == power) & (sizes > 0))
        start, end = source_at[rows], target_at[rows]
        _copy_pieces(source, start, target, end, 1 << power)
        rest = sizes[rows] - (1 << power)
        if rest.any():
            _copy_pieces(source, start + rest, target, end + rest, 1 << power)


def _copy_pieces(source: Bytes, source_at: Int64s, target: Bytes, target_at: Int64s, size: int) -> None:
    pieces(target, size)[target_at] = pieces(source, size)[source_at]


def pieces(data: Bytes, size: int) -> NDArray[np.void]:
    """A view of `data` whose element i is the `size` bytes from i on: an index reads or writes them as a whole.

    >>> pieces(np.arange(5, dtype=np.uint8), 2)[3].tobytes()
    b'\\x03\\x04'
    """
    count = max(len(data) - size + 1, 0)
    return np.ndarray(count, dtype=f"V{size}", buffer=data, strides=_BYTE_STRIDE)
