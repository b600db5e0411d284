"""`Judge`: takes a capture batch by batch, and says whether an expectation holds. No I/O here."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from rawkit.decode import Packets
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.query.expect.expectation import Expectation
from rawkit.query.expect.limits import Measure
from rawkit.query.expect.tallies import Distinct, Sum, Tally, numbers_of
from rawkit.query.expect.things import Batch, things
from rawkit.query.expect.witnesses import MOST, Farthest, First, Witness
from rawkit.query.terms import Term
from rawkit.query.values import Values, taken
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an expectation.

    Attributes:
        text: the expectation.
        name: what it is called: the text, where it has no name.
        holds: whether it does.
        view: what it is over.
        found: the value, or how many things pass the filter; None where there was no value. A mean is a float.
        of: of how many things, or values, that is.
        measure: what the value counts: `ns`, `B`, `time` (nanoseconds since 1970), or nothing of these.
        is_value: whether it is made of values, not a number of things.
        witnesses: where it fails, things that show why, at most ten.
        more: how many there are besides, where that is known.
    """

    text: str
    name: str
    holds: bool
    view: str
    found: int | float | None
    of: int
    measure: Measure
    is_value: bool
    witnesses: tuple[Witness, ...] = ()
    more: int = 0


class Judge:
    """Judges one expectation.

    Args:
        expectation: it.
        engine: runs the kernels.

    Attributes:
        wanted: kinds of events that the tracker has to give for it.
    """

    def __init__(self, expectation: Expectation, engine: Engine) -> None:
        self._things = things(expectation.event, expectation.where, engine)
        self._way = _Counted(expectation) if expectation.term is None else _Valued(expectation, expectation.term)
        self.wanted = self._things.wanted

    def take(self, packets: Packets, tracked: Tracked) -> None:
        """Takes a step of a capture, from its first on: the packets of a batch and the events that came of them."""
        batch = self._things.batch(packets, tracked)
        if len(batch.passed):
            self._way.take(batch)

    def judged(self) -> Judged:
        """What was found up to now."""
        return self._way.judged()


class _Counted:
    """How many things there are, and how many of them pass."""

    def __init__(self, expectation: Expectation) -> None:
        self._expectation = expectation
        self._passed = self._all = 0
        self._yes, self._no = First(), First()

    def take(self, batch: Batch) -> None:
        self._all += len(batch.passed)
        self._passed += int(np.count_nonzero(batch.passed))
        for witnesses, mask in ((self._yes, batch.passed), (self._no, ~batch.passed)):
            if witnesses.room:
                for place in np.flatnonzero(mask)[: witnesses.room].tolist():
                    witnesses.add(batch, place)

    def judged(self) -> Judged:
        asked, passed = self._expectation, self._passed
        sort, limits = asked.function.sort, asked.limits
        if limits is not None:
            holds, too_many = limits.hold(passed), limits.is_above(passed)
        else:
            holds = {"none": not passed, "any": passed > 0, "all": passed == self._all}[sort]
            too_many = sort == "none"
        kept, number = (self._yes.kept, passed) if too_many else (self._no.kept, self._all - passed)
        told = () if holds else tuple(kept)
        more = 0 if holds else number - len(told)
        return Judged(asked.text, asked.name, holds, asked.view, passed, self._all, "", False, told, more)


_NEEDS_LARGEST: Final = ("lt", "le")
_NEEDS_SMALLEST: Final = ("gt", "ge")


class _Valued:
    """What the values of a field come to."""

    def __init__(self, expectation: Expectation, term: Term) -> None:
        assert expectation.function.tally is not None
        assert expectation.limits is not None
        self._expectation, self._limits, self._term = expectation, expectation.limits, term
        self._tally: Tally = expectation.function.tally()
        operator = expectation.limits.operator
        self._largest = Farthest(is_largest=True) if operator not in _NEEDS_SMALLEST else None
        self._smallest = Farthest(is_largest=False) if operator not in _NEEDS_LARGEST else None
        self._new = First()

    def take(self, batch: Batch) -> None:
        for part in self._term.parts(batch.source):
            frames = np.arange(len(part.mask)) if part.frames is None else part.frames
            here = np.flatnonzero(part.mask & batch.passed[frames])
            if len(here):
                self._add(batch, taken(part.values, here), frames[here])

    def _add(self, batch: Batch, values: Values, places: Int64s) -> None:
        if isinstance(self._tally, Distinct):
            for row in self._tally.news(values)[: self._new.room] if self._new.room else ():
                self._new.add(batch, int(places[row]))
        else:
            numbers = numbers_of(values)
            for farthest, sign in ((self._largest, -1), (self._smallest, 1)):
                if farthest is not None:
                    for row in _ends(sign * numbers):
                        farthest.add(batch, int(places[row]), int(numbers[row]))
        self._tally.add(values)

    def judged(self) -> Judged:
        asked, found = self._expectation, self._tally.found()
        holds = found is not None and self._limits.hold(found)
        witnesses = () if holds or found is None else tuple(self._witnesses(found))
        said = float(found) if isinstance(found, Fraction) else found
        return Judged(asked.text, asked.name, holds, asked.view, said, self._tally.of, asked.measure, True, witnesses)

    def _witnesses(self, found: int | Fraction) -> Sequence[Witness]:
        if isinstance(self._tally, Distinct):
            return self._new.kept
        farthest = self._largest if self._limits.is_above(found) else self._smallest
        kept = (farthest or self._largest or self._smallest).kept  # type: ignore[union-attr]
        if isinstance(self._tally, Sum):
            return kept
        return [one for one in kept if one.value is not None and not self._limits.hold(one.value)]


def _ends(values: Int64s) -> list[int]:
    """The places of the least values; of those that are alike the first ones.

    >>> _ends(np.array([5] * 3 + [7] * 20 + [6]))
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 23]
    """
    if len(values) <= MOST:
        return list(range(len(values)))
    cut = np.partition(values, MOST - 1)[MOST - 1]
    below = np.flatnonzero(values < cut)
    alike = np.flatnonzero(values == cut)[: MOST - len(below)]
    found: list[int] = np.sort(np.concatenate([below, alike])).tolist()
    return found
