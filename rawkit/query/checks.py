"""The tests of a bound filter: each gives a truth value a packet, or an event, for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Protocol, TypeAlias

import numpy as np

from rawkit.decode.rows import Mask
from rawkit.query.names import Known
from rawkit.query.terms import CalculationTerm, Source, Term
from rawkit.query.values import Part, Test, Values, all_of, any_of, compare_both, pairs, present, spans_of
from rawkit.values import dataclass


class Leaves(Protocol):
    """What tests over events are asked of: also what is known of the packets."""

    @property
    def leaves(self) -> Sequence[Mask]: ...


@dataclass(frozen=True, slots=True)
class ExistsCheck:
    """Whether there is a value; of a calculation whether it is not 0."""

    term: Term

    def mask(self, source: Source) -> Mask:
        parts = self.term.parts(source)
        if isinstance(self.term, CalculationTerm):
            return any_of(parts, _is_set, len(source))
        return present(parts, len(source))


def _is_set(values: Values) -> Mask:
    found: Mask = np.not_equal(values, 0)  # type: ignore[arg-type]
    return found


@dataclass(frozen=True, slots=True)
class ValueCheck:
    """Whether a value passes a test, or every value."""

    term: Term
    test: Test
    every: bool

    def mask(self, source: Source) -> Mask:
        found = all_of if self.every else any_of
        return found(self.term.parts(source), self.test, len(source))


@dataclass(frozen=True, slots=True)
class PairCheck:
    """Whether two values compare so: any one with any other, or every one with every other."""

    operator: str
    every: bool
    left: Term
    right: Term
    as_bytes: bool

    def mask(self, source: Source) -> Mask:
        left, right = self._parts(self.left, source), self._parts(self.right, source)
        hit, miss = np.zeros((2, len(source)), dtype=np.bool_)
        for one, other in pairs(left, right, len(source)):
            mask = one.mask & other.mask
            found = compare_both(self.operator, one.values, other.values, mask)
            hit |= mask & found
            miss |= mask & ~found
        return hit & ~miss if self.every else hit

    def _parts(self, term: Term, source: Source) -> Sequence[Part]:
        parts = term.parts(source)
        return [spans_of(part, term.kind) for part in parts] if self.as_bytes else parts


@dataclass(frozen=True, slots=True)
class NotCheck:
    """What does not pass."""

    of: Check

    def mask(self, source: Source) -> Mask:
        return ~self.of.mask(source)


@dataclass(frozen=True, slots=True)
class AllCheck:
    """What passes all."""

    of: tuple[Check, ...]

    def mask(self, source: Source) -> Mask:
        return reduce(and_, (check.mask(source) for check in self.of))


@dataclass(frozen=True, slots=True)
class AnyCheck:
    """What passes one."""

    of: tuple[Check, ...]

    def mask(self, source: Source) -> Mask:
        return reduce(or_, (check.mask(source) for check in self.of))


@dataclass(frozen=True, slots=True)
class Asked:
    """A test, with the names that it asks for."""

    of: ExistsCheck | ValueCheck | PairCheck
    names: tuple[Known, ...]

    def mask(self, source: Source) -> Mask:
        return self.of.mask(source)


@dataclass(frozen=True, slots=True)
class LeafCheck:
    """A test over packets in one over events, by its number: what it says is known of each event's packets."""

    number: int

    def mask(self, source: Source) -> Mask:
        return source.leaves[self.number]  # type: ignore[attr-defined, no-any-return]


Check: TypeAlias = NotCheck | AllCheck | AnyCheck | Asked | LeafCheck


def names_of(check: Check) -> tuple[Known, ...]:
    """All names that a test asks for."""
    if isinstance(check, Asked):
        return check.names
    if isinstance(check, NotCheck):
        return names_of(check.of)
    return () if isinstance(check, LeafCheck) else tuple(name for one in check.of for name in names_of(one))


def split(check: Check) -> tuple[Check, tuple[Check, ...]]:
    """A test over events and packets: the same over events alone, with leaves, and the tests over packets for these."""
    leaves: list[Check] = []
    return _split(check, leaves), tuple(leaves)


def _split(check: Check, leaves: list[Check]) -> Check:
    if all(name.event is None for name in names_of(check)):
        leaves.append(check)
        return LeafCheck(len(leaves) - 1)
    if isinstance(check, NotCheck):
        return NotCheck(_split(check.of, leaves))
    if isinstance(check, AllCheck | AnyCheck):
        kind = type(check)
        packets = tuple(one for one in check.of if all(name.event is None for name in names_of(one)))
        others = [_split(one, leaves) for one in check.of if one not in packets]
        if packets:
            others.append(_split(packets[0] if len(packets) == 1 else kind(packets), leaves))
        return kind(tuple(others))
    return check
