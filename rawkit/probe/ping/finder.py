"""Whose answer is it? By the number on the wire, else by the address it comes from."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Final

from rawkit.probe.ping.course import TargetCourse
from rawkit.probe.ping.results import Answer, Stamp

WIRE_NUMBERS: Final = 1 << 16
"""Numbers on the wire come round after so many (RFC 792)."""
ROUNDS: Final = 4
"""How often they may come round before it is forgotten which probe had a number: a fast sweep soon needs them again."""


class WireNumbers:
    """Numbers probes over all targets, from 1, and remembers which had which.

    >>> numbers = WireNumbers(targets=2)
    >>> numbers.give(0, 1), numbers.give(1, 1), numbers.give(0, 2)
    (1, 2, 3)
    >>> list(numbers.owners(3)), list(numbers.owners(9))
    ([(0, 2)], [])
    """

    def __init__(self, targets: int) -> None:
        self._targets, self._given = targets, 0
        self._room = WIRE_NUMBERS * (ROUNDS if targets > 1 else 1)
        self._owners = array("q", (0,))  # sequence number and target in one

    def give(self, index: int, seq: int) -> int:
        """The next number, which is now that of probe `seq` to the target at place `index`."""
        self._given += 1
        owner = seq * self._targets + index
        if self._given < self._room:
            self._owners.append(owner)
        else:
            self._owners[self._given % self._room] = owner
        return self._given

    def owners(self, wire_number: int) -> Iterator[tuple[int, int]]:
        """Place of the target and sequence number of the probes with that number on the wire, the latest first."""
        number = self._given - (self._given - wire_number) % WIRE_NUMBERS
        for one in range(number, max(self._given - self._room, 0), -WIRE_NUMBERS):
            seq, index = divmod(self._owners[one % self._room], self._targets)
            yield index, seq


class ProbeFinder:
    """Finds the probe that an answer is for.

    Where several probes have had its number, it is for one to the address that it comes from; where none was sent
    there, another address than the one that was asked has answered for the latest.

    Args:
        courses: of all targets; several may have one address.

    Attributes:
        numbers: of all probes.
    """

    def __init__(self, courses: Sequence[TargetCourse]) -> None:
        self._courses = courses
        self.numbers = WireNumbers(len(courses))
        self._by_address: dict[str, tuple[int, ...]] = {}
        self._by_plain: dict[str, tuple[int, ...]] = {}
        for index, course in enumerate(courses):
            target = course.summary.target
            self._by_address[target.text] = (*self._by_address.get(target.text, ()), index)
            if target.scope:
                plain = str(target.address)
                self._by_plain[plain] = (*self._by_plain.get(plain, ()), index)
        self._groups = tuple(course.index for course in courses if course.is_group)

    def find(self, answer: Answer, stamp: Stamp) -> tuple[TargetCourse, int] | None:
        """The target that an answer of that time is for, and the probe's number; None where it answers nothing."""
        places = self._places(answer.asked or answer.address or "")
        if answer.wire_seq is None:
            return self._latest(places or self._nameless(answer), stamp)
        owner = self._owner(answer.wire_seq, places)
        if owner is not None and (owner[0] in places or not (answer.corrupt and places)):
            return self._courses[owner[0]], owner[1]
        # The number may be what is damaged.
        return self._latest(places, stamp) if answer.corrupt else None

    def courses_at(self, address: str) -> list[TargetCourse]:
        """The targets with an address."""
        return [self._courses[place] for place in self._places(address)]

    def _owner(self, wire_number: int, places: tuple[int, ...]) -> tuple[int, int] | None:
        latest = None
        for owner in self.numbers.owners(wire_number):
            if owner[0] in places:
                return owner
            latest = latest or owner
        return latest

    def _places(self, text: str) -> tuple[int, ...]:
        """The targets with an address, which may be told with its interface, or without."""
        if text in self._by_address:
            return self._by_address[text]
        address, _, scope = text.partition("%")
        return self._by_address.get(address, ()) if scope else self._by_plain.get(address, ())

    def _nameless(self, answer: Answer) -> tuple[int, ...]:
        """The targets whose answers come from addresses of their hosts' own: groups, and 0.0.0.0."""
        scope = (answer.address or "").partition("%")[2]
        among = self._groups or (range(1) if len(self._courses) == 1 else ())
        return tuple(one for one in among if self._courses[one].summary.target.scope in ("", scope))

    def _latest(self, places: tuple[int, ...], stamp: Stamp) -> tuple[TargetCourse, int] | None:
        """Of some targets the first that waits for an answer, and the latest probe of it that does."""
        courses = [self._courses[place] for place in places]
        if not courses:
            return None
        course = next((one for one in courses if one.waiting and not one.finished), courses[0])
        return course, course.latest(stamp)
