"""Frames of any sizes, from wherever they lie in a batch to the beginning of equal rows, with NumPy."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Bytes, FrameBatch, Int64s

WIDEST: Final = 2006
"""Bytes of the largest frame that is copied: what a slot of the sending ring has room for."""
WIDTHS: Final = np.array([64, 128, 256, 512, 1024, 1536, WIDEST], dtype=np.int64)
"""Frames are copied in groups: each with what lies behind it, up to the next of these widths."""


class FrameRows:
    """Copies a batch's frames, a thousand in one go.

    Args:
        batch: whose frames are inside its data, and at most `WIDEST` bytes long.

    >>> rows = np.zeros((2, WIDEST), dtype=np.uint8)
    >>> FrameRows(FrameBatch.from_frames([b"one", b"three"])).copy(0, 2, rows)
    >>> rows[0, :3].tobytes(), rows[1, :5].tobytes()
    (b'one', b'three')
    """

    def __init__(self, batch: FrameBatch) -> None:
        self._offset, self._size = batch.offset.astype(np.int64), batch.captured.astype(np.int64)
        data = np.ascontiguousarray(batch.data)
        self._tail_at = max(len(data) - WIDEST, 0)
        # Behind the last frames the batch may have too few bytes to be copied with them.
        tail: Bytes = np.concatenate([data[self._tail_at :], np.zeros(WIDEST, dtype=np.uint8)])
        self._data: tuple[Bytes, Bytes] = (data, tail)
        self._width = _common_width(self._size)

    def copy(self, begin: int, end: int, rows: Bytes) -> None:
        """Copies the frames from `begin` to `end` to the beginning of as many rows, which are `WIDEST` bytes wide.

        What comes behind a frame in its row means nothing.
        """
        offset, size = self._offset[begin:end], self._size[begin:end]
        if self._width and offset.max() + self._width <= len(self._data[0]):
            _heads(rows, self._width)[:] = _windows(self._data[0], self._width)[offset]
        else:
            self._copy_groups(offset, size, rows)

    def _copy_groups(self, offset: Int64s, size: Int64s, rows: Bytes) -> None:
        is_last = offset + WIDEST > len(self._data[0])
        group = 2 * np.searchsorted(WIDTHS, size) + is_last
        offset = offset - is_last * self._tail_at
        for number in np.flatnonzero(np.bincount(group)).tolist():
            which, width = np.flatnonzero(group == number), int(WIDTHS[number // 2])
            _heads(rows, width)[which] = _windows(self._data[number % 2], width)[offset[which]]


def _windows(data: Bytes, width: int) -> NDArray[np.void]:
    """The bytes from each place on, `width` of them, as one item: a view.

    NumPy copies such items in a third of the time of rows of bytes.
    """
    return np.ndarray((len(data) - width + 1,), f"V{width}", data, strides=(1,))


def _heads(rows: Bytes, width: int) -> NDArray[np.void]:
    """The first `width` bytes of each row, as one item: a view."""
    return rows[:, :width].view(f"V{width}")[:, 0]


def _common_width(size: Int64s) -> int:
    """The most bytes of a frame, where all are of one group; 0 where they are of several."""
    if not len(size):
        return 0
    least, most = size.min(), size.max()
    return int(most) if np.searchsorted(WIDTHS, least) == np.searchsorted(WIDTHS, most) else 0
