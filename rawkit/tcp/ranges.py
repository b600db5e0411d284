"""`Ranges`: which parts of the sequence space are there, as sorted ranges that do not touch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator


class Ranges:
    """A set of sequence numbers, kept as ranges [start, end).

    >>> ranges = Ranges()
    >>> ranges.add(10, 20), ranges.add(30, 40), ranges.add(18, 30)
    (10, 10, 10)
    >>> list(ranges), ranges.add(12, 15)
    ([(10, 40)], 0)
    """

    __slots__ = ("_ends", "_starts", "size")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.size = 0
        """How many numbers are in it."""

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def __len__(self) -> int:
        return len(self._starts)

    def __reversed__(self) -> Iterator[tuple[int, int]]:
        return zip(reversed(self._starts), reversed(self._ends), strict=True)

    def add(self, start: int, end: int) -> int:
        """Puts a range in, and returns how many of its numbers were not there."""
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        before = sum(self._ends[first:last]) - sum(self._starts[first:last])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]
        self.size += end - start - before
        return end - start - before

    def drop_below(self, edge: int) -> None:
        """Takes all numbers under `edge` out."""
        while self._starts and self._starts[0] < edge:
            end = self._ends[0]
            self.size -= min(end, edge) - self._starts[0]
            if end > edge:
                self._starts[0] = edge
            else:
                del self._starts[0], self._ends[0]

    def clear(self) -> None:
        """Takes all out."""
        self._starts.clear()
        self._ends.clear()
        self.size = 0

    def around(self, number: int) -> tuple[int, int] | None:
        """The range that has the number, or None.

        >>> ranges = Ranges()
        >>> ranges.add(10, 20), ranges.around(19), ranges.around(20)
        (10, (10, 20), None)
        """
        place = bisect_right(self._starts, number) - 1
        if place < 0 or self._ends[place] <= number:
            return None
        return self._starts[place], self._ends[place]

    def within(self, start: int, end: int) -> int:
        """How many numbers of [start, end) are in it.

        >>> ranges = Ranges()
        >>> ranges.add(10, 20), ranges.within(0, 15), ranges.within(20, 30)
        (10, 5, 0)
        """
        return sum(max(0, min(e, end) - max(s, start)) for s, e in self)

    def first_gap(self, start: int, end: int) -> tuple[int, int] | None:
        """The first range of [start, end) that is not in it, or None.

        >>> ranges = Ranges()
        >>> ranges.add(10, 20), ranges.first_gap(0, 30), ranges.first_gap(10, 30), ranges.first_gap(12, 20)
        (10, (0, 10), (20, 30), None)
        """
        for left, right in self:
            if start < left:
                return (start, min(left, end)) if start < end else None
            start = max(start, right)
        return (start, end) if start < end else None
