"""Which probes of a scan are under way: a ring over the turns between the first undecided and the last begun.

A turn is a place in the order of probes. Everything before `base` is decided, nothing from `next` on was begun, so
memory goes with what is under way, not with what is scanned.
"""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Int64s
from rawkit.values import dataclass

T = TypeVar("T", np.uint8, np.int64)

FRESH: Final = 0
"""Not begun; a turn that is given out and not sent yet is this too."""
WAITING: Final = 1
QUEUED: Final = 2
"""To be sent again."""
LINGERING: Final = 3
"""Sent as often as it is worth, and still believed if it is answered."""
DOUBTED: Final = 4
"""Not answered, which proves nothing yet (`rawkit.probe.scan.doubts`)."""
DECIDED: Final = 5
DONE: Final = 6
"""Decided, and its verdict is written."""
SILENT: Final = 7
"""Given up for want of an answer, and that is not written yet."""

CAPACITY: Final = 1 << 22
"""Turns that can be under way at once."""
_SMALLEST: Final = 1 << 16
_LOOK: Final = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """What has to be kept for a scan to be taken up again.

    Attributes:
        state: uint8 a turn, in a ring whose size is a power of 2.
        tries: uint8 a turn, in the same ring: how often its probe was sent.
        marks: int64, `base` and `next`.
    """

    state: NDArray[np.uint8]
    tries: NDArray[np.uint8]
    marks: Int64s

    @classmethod
    def in_memory(cls, capacity: int = _SMALLEST) -> Ledger:
        """An empty one."""
        return cls(np.zeros(capacity, np.uint8), np.zeros(capacity, np.uint8), np.zeros(2, dtype=np.int64))

    def can_be(self, total: int) -> bool:
        """Whether it can be that of a scan with so many turns.

        >>> ledger = Ledger.in_memory(4)
        >>> ledger.marks[:] = 1, 5
        >>> ledger.can_be(5), ledger.can_be(4)
        (True, False)
        """
        base, end = self.marks.tolist()
        if not 0 <= base <= end <= total or end - base > len(self.state):
            return False
        return bool((self.state[np.arange(base, end) & len(self.state) - 1] <= SILENT).all())

    @property
    def done(self) -> int:
        """How many turns are decided and written."""
        base, end = map(int, self.marks)
        return base + int(np.count_nonzero(self.state[np.arange(base, end) & len(self.state) - 1] == DONE))

    def settle(self, turns: Int64s) -> None:
        """Says that verdicts were written, of which a process that was killed could not say so any more.

        >>> ledger = Ledger.in_memory()
        >>> ledger.marks[:] = 2, 4
        >>> ledger.settle(np.array([1, 3]))
        >>> ledger.state[:4].tolist()
        [0, 0, 0, 6]
        """
        under_way = turns[(turns >= self.marks[0]) & (turns < self.marks[1])]
        self.state[under_way & len(self.state) - 1] = DONE


class Turns:
    """The turns of a scan.

    Args:
        total: how many there are.
        ledger: their states; one that was used before goes on where it ended. One that is in memory grows.

    >>> turns = Turns(5)
    >>> begun = turns.begin(3)
    >>> turns.state[turns.slots(begun)] = DONE
    >>> turns.advance(), begun.tolist(), turns.base, turns.left
    (None, [0, 1, 2], 3, 2)
    """

    def __init__(self, total: int, ledger: Ledger | None = None) -> None:
        self.total, self._grows = total, ledger is None
        ledger = ledger or Ledger.in_memory()
        self.state, self.tries, self._marks = ledger.state, ledger.tries, ledger.marks
        self._mask = len(self.state) - 1
        self.last = np.zeros(len(self.state), dtype=np.int64)

    @property
    def base(self) -> int:
        """The first turn that is not done."""
        return int(self._marks[0])

    @property
    def next(self) -> int:
        """The first turn that was not begun."""
        return int(self._marks[1])

    @property
    def left(self) -> int:
        """How many turns were not begun."""
        return self.total - self.next

    @property
    def room(self) -> int:
        """How many turns can be begun now."""
        capacity = CAPACITY if self._grows else len(self.state)
        return min(self.left, capacity - (self.next - self.base))

    def slots(self, turns: Int64s) -> Int64s:
        """Where in the ring turns are."""
        return turns & self._mask

    def begin(self, count: int) -> Int64s:
        """The next turns, at most `count`."""
        count = min(count, self.room)
        while self.next + count - self.base > len(self.state):
            self._grow()
        turns = np.arange(self.next, self.next + count, dtype=np.int64)
        at = self.slots(turns)
        self.state[at], self.tries[at] = FRESH, 0
        self._marks[1] += count
        return turns

    def known(self, turns: Int64s) -> NDArray[np.bool_]:
        """Which of the turns were begun and are not done."""
        return (turns >= self.base) & (turns < self.next)

    def unfinished(self) -> Int64s:
        """The turns that were begun and are not done."""
        turns = np.arange(self.base, self.next, dtype=np.int64)
        left: Int64s = turns[self.state[self.slots(turns)] != DONE]
        return left

    def advance(self) -> None:
        """Moves `base` over what is done."""
        while self.base < self.next:
            ahead = np.arange(self.base, min(self.base + _LOOK, self.next), dtype=np.int64)
            open_ones = np.flatnonzero(self.state[self.slots(ahead)] != DONE)
            self._marks[0] += int(open_ones[0]) if len(open_ones) else len(ahead)
            if len(open_ones):
                return

    def _grow(self) -> None:
        turns = np.arange(self.base, self.next, dtype=np.int64)
        before, self._mask = self.slots(turns), 2 * len(self.state) - 1
        after = self.slots(turns)
        self.state = _moved(self.state, before, after)
        self.tries = _moved(self.tries, before, after)
        self.last = _moved(self.last, before, after)


def _moved(column: NDArray[T], before: Int64s, after: Int64s) -> NDArray[T]:
    """A column twice as long, with the entries of some places at others."""
    wider = np.zeros(2 * len(column), dtype=column.dtype)
    wider[after] = column[before]
    return wider
