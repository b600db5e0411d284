"""The comments that a capture file has on frames, by the frames' numbers, as both are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

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
            first, last = int(numbers[0]), int(numbers[-1])
            wanted = {number: self._texts.pop(number) for number in list(self._texts) if first <= number <= last}
        rows = {number: row for row, number in enumerate(numbers.tolist())}
        return {rows[number]: wanted[number] for number in sorted(wanted) if number in rows}
