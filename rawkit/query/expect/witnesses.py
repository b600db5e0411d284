"""The things that prove what was found: few, with their frames."""

from __future__ import annotations

from heapq import heappush, heapreplace
from typing import Final

from rawkit.query.expect.things import Batch
from rawkit.values import dataclass

MOST: Final = 10
"""Things that are kept."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A packet or an event that shows why an expectation fails.

    Attributes:
        frames: the numbers of its frames.
        line: what its view says of it, without the time.
        value: of its field; None where no field is asked for.
    """

    frames: tuple[int, ...]
    line: str
    value: int | None = None


class First:
    """Those that came first."""

    def __init__(self) -> None:
        self.kept: list[Witness] = []

    @property
    def room(self) -> int:
        """How many more are kept."""
        return MOST - len(self.kept)

    def add(self, batch: Batch, place: int) -> None:
        """Takes the thing at a place; there must be room."""
        self.kept.append(Witness(batch.frames(place), batch.line(place)))


class Farthest:
    """Those with the largest values, or the smallest; of those that are alike those that came first.

    Args:
        is_largest: which.
    """

    def __init__(self, *, is_largest: bool) -> None:
        self._sign = 1 if is_largest else -1
        self._heap: list[tuple[int, int, Witness]] = []
        self._count = 0

    @property
    def kept(self) -> list[Witness]:
        """The farthest first."""
        return [witness for *_, witness in sorted(self._heap, key=lambda one: one[:2], reverse=True)]

    def is_wanted(self, value: int) -> bool:
        """Whether a value would be kept."""
        return len(self._heap) < MOST or self._sign * value > self._heap[0][0]

    def add(self, batch: Batch, place: int, value: int) -> None:
        """Takes the thing at a place, if its value is far enough."""
        if not self.is_wanted(value):
            return
        self._count += 1
        push = heappush if len(self._heap) < MOST else heapreplace
        push(self._heap, (self._sign * value, -self._count, Witness(batch.frames(place), batch.line(place), value)))
