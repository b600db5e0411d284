"""What a value that was found is held against: a comparison, or a set of values and ranges."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from rawkit.query.expect.parser import Sentence
from rawkit.query.literals import constant
from rawkit.query.syntax import Negative, Value, Word
from rawkit.query.tokens import wrong
from rawkit.query.units import FACTORS, Unit, measured
from rawkit.query.values import COMPARE
from rawkit.values import dataclass

Measure = Unit | Literal["time"]
"""What a value counts; a time is nanoseconds since 1970."""
MISSING: Final[dict[Measure, str]] = {"ns": "it is a time: 50ms, 1.5s", "B": "it is bytes: 1500, 10kB, 2MiB"}


@dataclass(frozen=True, slots=True)
class Limits:
    """The values that are expected.

    Attributes:
        operator: `eq`, `ne`, `gt`, `ge`, `lt`, `le`, or `in`.
        bounds: a value each, or the ends of a range.
    """

    operator: str
    bounds: tuple[tuple[Fraction, Fraction], ...]

    def hold(self, found: int | Fraction) -> bool:
        """Whether a value is one of them.

        >>> Limits("in", ((Fraction(3), Fraction(5)),)).hold(5), Limits("lt", ((Fraction(3), Fraction(3)),)).hold(3)
        (True, False)
        """
        if self.operator == "in":
            return any(low <= found <= high for low, high in self.bounds)
        compare: Callable[[int | Fraction, Fraction], bool] = COMPARE[self.operator]
        return compare(found, self.bounds[0][0])

    def is_above(self, found: int | Fraction) -> bool:
        """Whether a value that does not hold is too large, rather than too small."""
        return found >= self.bounds[0][0]


def limits(said: Sentence, measure: Measure) -> Limits:
    """The limits of an expectation; FilterError where they are no values of what is measured."""
    assert said.operator is not None
    ends = [(low, low if high is None else high) for low, high in said.bounds]
    return Limits(said.operator, tuple((_bound(low, measure), _bound(high, measure)) for low, high in ends))


def _bound(written: Value, measure: Measure) -> Fraction:
    if measure == "time":
        found = constant(written, "time", None).value
        assert isinstance(found, int)
        return Fraction(found)
    if isinstance(written, Negative):
        return -_bound(written.of, measure)
    if not isinstance(written, Word):
        wrong(written.at, "a number was expected")
    number = measured(written.text, measure)
    if number is None and (measure != "ns" or written.text == "0"):
        number = _plain(written.text)
    if number is None:
        units = f": {MISSING[measure]}" if measure else ""
        has_unit = any(measured(written.text, unit) is not None for unit in FACTORS)
        what = "has no unit here" if has_unit and not measure else f"is no value that it can have{units}"
        wrong(written.at, f"{written.text} {what}")
    return Fraction(number)


def _plain(text: str) -> Decimal | None:
    """A decimal number without a unit."""
    found = measured(f"{text}B", "B")
    return found if text[-1:].isdigit() else None
