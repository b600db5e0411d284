"""An expectation to what it says: `FUNCTION(VIEW[, FIELD][, FILTER]) [COMPARISON VALUE]`, with the rules of filters."""

from __future__ import annotations

from typing import Final, TypeAlias

from rawkit.query.parser import COMPARISONS, Parser
from rawkit.query.syntax import Expression, Negative, Value, Word
from rawkit.query.tokens import wrong
from rawkit.query.units import FACTORS
from rawkit.query.values import COMPARE
from rawkit.values import dataclass

Bounds: TypeAlias = tuple[tuple[Value, Value | None], ...]
"""What is compared with: values, and ranges of two."""
COMPARED: Final = tuple(text for text, (operator, _) in COMPARISONS.items() if operator in COMPARE)
"""Comparisons of what was found, which is one value: those of filters that are no search."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A field or a filter, and where it stands."""

    said: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """An expectation as it is written; places are counted from 0.

    Attributes:
        function: its name.
        view: the name of the view that it is over.
        arguments: the field, the filter.
        operator: `eq`, `ne`, `gt`, `ge`, `lt`, `le`, or `in`; None where nothing is compared.
        bounds: what is compared with; of all but `in` one value.
        end: where the text ends, or the comparison begins.
    """

    function: Word
    view: Word
    arguments: tuple[Argument, ...]
    operator: str | None
    bounds: Bounds
    end: int


def parse_expectation(text: str) -> Sentence:
    """What a text says; FilterError, with the column, where it is no expectation.

    >>> said = parse_expectation('p95(handshakes, rtt) < 50 ms')
    >>> said.function.text, said.view.text, said.operator, said.bounds[0][0].text
    ('p95', 'handshakes', 'lt', '50ms')
    >>> parse_expectation("count handshakes")
    Traceback (most recent call last):
    rawkit.errors.FilterError: display filter, column 7: ( was expected: count(handshakes) == 3
    """
    return _ExpectationParser(text).sentence()


class _ExpectationParser(Parser):
    def sentence(self) -> Sentence:
        function = self._name("a function was expected: count(handshakes) == 3")
        opened = self._take("(")
        if opened is None:
            wrong(self._next.at, f"( was expected: {function.text}(handshakes) == 3")
        view = self._name("a view was expected: packets, handshakes, ...")
        arguments: list[Argument] = []
        self._deeper(opened, lambda: self._rest(arguments), ")")
        end = self._next.at
        operator, bounds = self._comparison()
        left = self._next
        if left.kind != "end":
            wrong(left.at, f"{left.text} was not expected: an expectation ends here")
        return Sentence(function, view, tuple(arguments), operator, bounds, end)

    def _name(self, missing: str) -> Word:
        token = self._next
        if token.kind != "word":
            wrong(token.at, missing)
        self._place += 1
        return Word(token.text, token.at)

    def _rest(self, arguments: list[Argument]) -> None:
        while self._take(","):
            at = self._next.at
            arguments.append(Argument(self._either(), at))

    def _comparison(self) -> tuple[str | None, Bounds]:
        if self._take("in"):
            return "in", self._set()
        token = self._take(*COMPARED)
        return (COMPARISONS[token.text][0], ((self._bound(), None),)) if token else (None, ())

    def _bound(self) -> Value:
        """A value; its unit may stand apart from it, as it does where rawkit says a time."""
        value, unit = self._single(), self._next
        number = value.of if isinstance(value, Negative) else value
        if not isinstance(number, Word) or not any(unit.text in factors for factors in FACTORS.values()):
            return value
        self._place += 1
        whole = Word(number.text + unit.text, number.at)
        return Negative(whole, value.at) if isinstance(value, Negative) else whole
