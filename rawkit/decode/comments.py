"""The comments that a capture file has on frames, by the frames' numbers, as both are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from rawkit.frames import Int64s

Comments = Sequence[tuple[int | None, str]]
"""The number of the frame that a comment is on, None for one on no frame; and its text."""


class FrameComments:
    """Gives the comments on frames, each once.

    Args:
        comments: gives those that were read so far, always the same ones first.

    >>> import numpy as np
    >>> found = FrameComments(lambda: [(None, "of the file"), (2, "a frame"), (2, "again")])
    >>> found.take(np.array([1, 2, 3])), found.take(np.array([2]))
    ({1: ['a frame', 'again']}, {})
    """

    def __init__(self, comments: Callable[[], Comments]) -> None:
        self._comments = comments
        self._read, self._lock = 0, Lock()
        self._texts: dict[int, list[str]] = {}

    def take(self, numbers: Int64s) -> dict[int, list[str]]:
        """The comments on frames with these numbers, which ascend, by their place among them; taken out."""
        with self._lock:
            comments = self._comments()
            for number, text in comments[self._read :]:
                if number is not None:
                    self._texts.setdefault(number, []).append(text)
            self._read = len(comments)
            if not self._texts or not len(numbers):
                return {}
            if len(self._texts) > len(numbers):  # of frames to come, and of those that a filter left out
                rows = enumerate(numbers.tolist())
                return {row: self._texts.pop(number) for row, number in rows if number in self._texts}
            return self._of_few(numbers)

    def _of_few(self, numbers: Int64s) -> dict[int, list[str]]:
        wanted = np.array(sorted(self._texts), dtype=np.int64)
        rows = np.searchsorted(numbers, wanted)
        is_there = numbers[np.minimum(rows, len(numbers) - 1)] == wanted
        found = zip(rows[is_there].tolist(), wanted[is_there].tolist(), strict=True)
        return {row: self._texts.pop(number) for row, number in found}
