"""`Expectation`: what is expected of a capture, bound to a view, its fields and filters."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NoReturn

from rawkit.errors import FilterError
from rawkit.flow.event_names import Name
from rawkit.flow.kinds import BY_NAME
from rawkit.query.bind import bind_value
from rawkit.query.expect.functions import Function, function_of
from rawkit.query.expect.limits import Limits, Measure, limits
from rawkit.query.expect.parser import Argument, Sentence, parse_expectation
from rawkit.query.filter import DisplayFilter, bound_filter
from rawkit.query.syntax import Exists, Word
from rawkit.query.terms import AbsoluteTerm, CalculationTerm, ExtremeTerm, FieldTerm, LayerTerm, LengthTerm, Term
from rawkit.query.tokens import wrong
from rawkit.query.units import unit_of
from rawkit.values import dataclass

PACKETS = "packets"


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What is expected of a capture.

    Attributes:
        text: as it was written.
        name: what it is called: the text, where it has no name.
        function: what is made of the view.
        event: the view; None: packets.
        where: what of it counts; None: all.
        term: the field whose values count; None: the things themselves do.
        measure: what its value counts.
        limits: what is expected of the value; None where it is true or not.
    """

    text: str
    name: str
    function: Function
    event: Name | None
    where: DisplayFilter | None
    term: Term | None
    measure: Measure
    limits: Limits | None

    @property
    def view(self) -> str:
        return self.event or PACKETS


def compile_expectation(text: str, name: str | None = None) -> Expectation:
    """The expectation that a text says; FilterError, with the column, for what is wrong with it.

    >>> compile_expectation("p95(handshakes, rtt) < 50ms").measure
    'ns'
    >>> compile_expectation('count(handshakes, outcom == "refused") == 1')
    Traceback (most recent call last):
    rawkit.errors.FilterError: expectation 'count(handshakes, outcom == "refused") == 1', column 19: there is no field \
or protocol 'outcom': did you mean outcome?
    """
    try:
        return _bound(text, name, parse_expectation(text))
    except FilterError as error:
        if error.at is None:
            raise
        _misplaced(text, error.at, error.what)


def _misplaced(text: str, at: int, what: str) -> NoReturn:
    from rawkit.view.text import escaped

    raise FilterError(f"expectation {escaped(repr(text))}, column {at + 1}: {what}", at, what) from None


def _bound(text: str, name: str | None, said: Sentence) -> Expectation:
    function, event = function_of(said.function), _view(said.view)
    given = list(said.arguments)
    term = _field(said, function, event, given) if function.takes_field else None
    where = _filter(given.pop(0), event) if given else None
    if given:
        wrong(given[0].at, f"{said.function.text}() takes {_taken(function)}: join filters by and")
    if function.sort == "all" and where is None:
        wrong(said.function.at, f"{said.function.text}() wants a filter: all({said.view.text}, FILTER)")
    measure = _measure(term) if function.sort == "values" else ""
    if not function.is_compared and said.operator is not None:
        wrong(said.end, f"{said.function.text}() is true or not: leave the comparison out")
    if function.is_compared and said.operator is None:
        wrong(said.end, f"{said.function.text}() says a value: compare it, as in {said.function.text}(...) == 3")
    held = limits(said, measure) if function.is_compared else None
    return Expectation(text, name or text, function, event, where, term, measure, held)


def _taken(function: Function) -> str:
    return "a view, a field and a filter" if function.takes_field else "a view and a filter"


def _view(name: Word) -> Name | None:  # noqa: RET503
    if name.text == PACKETS:
        return None
    for known in BY_NAME:
        if known == name.text:
            return known
    views = (PACKETS, *BY_NAME)
    near = get_close_matches(name.text, views, 1)
    wrong(name.at, f"there is no view {name.text}: " + (f"did you mean {near[0]}?" if near else ", ".join(views)))


def _field(said: Sentence, function: Function, event: Name | None, given: list[Argument]) -> Term:
    """The field of a function, taken from its arguments."""
    word = said.function.text
    if not given:
        wrong(said.view.at, f"{word}() is of a field: {word}({said.view.text}, FIELD)")
    first = given.pop(0)
    if not isinstance(first.said, Exists):
        wrong(first.at, f"{word}() is of a field, which comes before the filter: {word}({said.view.text}, FIELD, ...)")
    term, names = bind_value(first.said.of, event)
    for known in names:
        if known.event != event:
            wrong(first.at, f"{known.name} is a field of packets: use {word}(packets, ...)")
    if term.kind == "present" or (function.sort == "values" and term.kind not in function.kinds):
        wrong(first.at, f"{word}() is not for {'what is there or not' if term.kind == 'present' else term.kind} values")
    return term


def _filter(argument: Argument, event: Name | None) -> DisplayFilter:
    return bound_filter("", argument.said, event)


def _measure(term: Term | None) -> Measure:
    """What the values of a field count."""
    if term is None:
        return ""
    if term.kind == "duration":
        return "ns"
    if term.kind == "time":
        return "time"
    if isinstance(term, FieldTerm | LayerTerm):
        return unit_of(term.known.name)
    if isinstance(term, CalculationTerm):
        return _measure(term.left) or _measure(term.right)
    if isinstance(term, LengthTerm):
        return "B"
    if isinstance(term, AbsoluteTerm):
        return _measure(term.of)
    return _measure(term.of[0]) if isinstance(term, ExtremeTerm) else ""
