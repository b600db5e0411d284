"""A filter's tree bound to fields: names found, values read as their kinds, comparisons made tests."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from rawkit.decode.fields import Field, Header
from rawkit.flow.event_names import Name
from rawkit.query.checks import AllCheck, AnyCheck, Asked, Check, ExistsCheck, NotCheck, PairCheck, ValueCheck
from rawkit.query.functions import called
from rawkit.query.literals import Constant, constant, network_bits
from rawkit.query.names import Known, find, is_known
from rawkit.query.patterns import pattern
from rawkit.query.syntax import (
    All,
    AnyOf,
    Calculation,
    Call,
    Character,
    Compare,
    Exists,
    Expression,
    Layer,
    Member,
    Negative,
    Not,
    Slice,
    Text,
    Value,
    Word,
)
from rawkit.query.terms import (
    CalculationTerm,
    ConstantTerm,
    FieldTerm,
    LayerTerm,
    NumberTerm,
    SliceTerm,
    Term,
)
from rawkit.query.tokens import wrong
from rawkit.query.values import (
    ADDRESSES,
    COMPARE,
    NUMBERS,
    SIZES,
    Kind,
    Test,
    Values,
    compare_addresses,
    compare_numbers,
    compare_spans,
    of_spans,
    of_words,
    spans_contain,
)

FLIPPED: Final = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
"""The same comparison from the other side."""
RAW: Final[tuple[Kind, ...]] = ("bytes", "protocol")
SLICED: Final[tuple[Kind, ...]] = ("text", *RAW, "mac", "ipv4", "ipv6", "address")
COUNTED: Final[tuple[Kind, ...]] = ("number", "duration", "time")
WIDEST: Final = 7
"""Bytes of a slice that operators can work on."""
_SPELT: Final = re.compile(r"(?=.*[g-zG-Z])[A-Za-z_]\w*")
"""What may be a misspelt name, and is no bytes."""
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(\.\w+)+")


def bind(expression: Expression, event: Name | None) -> Check:
    """The test that a tree asks for; FilterError, with the column, for what cannot be asked.

    `event` is the kind of events whose fields are there beside those of packets.
    """
    if isinstance(expression, Not):
        return NotCheck(bind(expression.of, event))
    if isinstance(expression, All):
        return AllCheck(tuple(bind(one, event) for one in expression.of))
    if isinstance(expression, AnyOf):
        return AnyCheck(tuple(bind(one, event) for one in expression.of))
    return _Binder(event).test(expression)


def bind_value(value: Value, event: Name | None) -> tuple[Term, tuple[Known, ...]]:
    """What a value that is no test stands for, and the names in it; FilterError for what stands for itself."""
    binder = _Binder(event)
    return binder.term(value), tuple(binder.names)


class _Binder:
    """Binds one comparison, and notes the names in it."""

    def __init__(self, event: Name | None) -> None:
        self._event = event
        self.names: list[Known] = []

    def test(self, test: Exists | Compare | Member) -> Check:
        if isinstance(test, Member):
            found: Check = self._member(test)
            return found
        check = self._exists(test) if isinstance(test, Exists) else self._compare(test)
        at = test.at if isinstance(test, Compare) else 0
        return self._asked(check, at)

    def _asked(self, check: ExistsCheck | ValueCheck | PairCheck, at: int) -> Asked:
        if len({known.event for known in self.names}) > 1:
            wrong(at, "a field of packets and one of events are not compared: an event has many packets")
        return Asked(check, tuple(self.names))

    # Values ----------------------------------------------------------------------------------------------

    def _is_constant(self, value: Value) -> bool:
        """Whether it stands for itself: what is no name here."""
        if isinstance(value, Negative):
            return self._is_constant(value.of)
        if isinstance(value, Word):
            return not is_known(value.text, self._event)
        return isinstance(value, Text | Character)

    def term(self, value: Value) -> Term:  # noqa: RET503
        """A field, or what is made of some."""
        match value:
            case Word():
                return FieldTerm(self._known(value))
            case Layer():
                return self._layer(value)
            case Slice():
                return self._slice(value)
            case Call():
                return called(value, self.term, self._is_constant)
            case Calculation():
                return self._calculation(value)
            case Negative():
                return self._calculation(Calculation("-", Word("0", value.at), value.of, value.at))
            case _:
                wrong(value.at, "a text stands where a field was expected")

    def _known(self, word: Word) -> Known:
        if word.text[0].isdigit() or not re.fullmatch(r"[A-Za-z_][\w.]*", word.text):
            wrong(word.at, f"{word.text} is neither a field nor a protocol: compare a field with it")
        known = find(word.text, word.at, self._event)
        self.names.append(known)
        return known

    def _layer(self, value: Layer) -> Term:
        known = self._known(value.of)
        if not known.fields or not all(_is_of_layers(field) for field in known.fields):
            wrong(value.at, f"{known.name} is not one that each layer has: # is for ip.src#1, tcp.port#2")
        if any(high < 1 or low < 1 for low, high in value.ranges):
            wrong(value.at, "layers are counted from 1")
        return LayerTerm(known, value.ranges)

    def _slice(self, value: Slice) -> Term:
        of = self.term(value.of)
        if of.kind not in SLICED:
            wrong(value.at, f"a {of.kind} has no bytes to take some of: slices are of bytes, addresses and texts")
        return SliceTerm(of, value.pieces)

    def _calculation(self, value: Calculation) -> Term:
        left, right = self._operand(value.left), self._operand(value.right)
        if left is None and right is None:
            fixed = [constant(side, "number", None).value for side in (value.left, value.right)]
            one, other = (ConstantTerm(number, "number") for number in fixed)
            return CalculationTerm(value.operator, one, other, "number")
        mine = left or self._beside(value.left, right, value)
        theirs = right or self._beside(value.right, left, value)
        kind = mine.kind if left else theirs.kind
        for side in (mine, theirs):
            is_flag_bit = value.operator == "&" and side.kind == "boolean"
            if side.kind not in COUNTED and not is_flag_bit:
                wrong(value.at, f"{value.operator} is for numbers, and this is {_a(side.kind)}")
        if mine.kind != theirs.kind and {mine.kind, theirs.kind} != {"number", "boolean"}:
            wrong(value.at, f"{_a(mine.kind)} {value.operator} {_a(theirs.kind)} says nothing")
        if kind in ("duration", "time") and value.operator not in "+-":
            wrong(value.at, f"{value.operator} is for numbers, and this is {_a(kind)}")
        return CalculationTerm(value.operator, mine, theirs, "number" if kind == "boolean" else kind)

    def _operand(self, value: Value) -> Term | None:
        """What an operator works on, slices as numbers; None for a value that stands for itself."""
        if self._is_constant(value) and not (isinstance(value, Word) and _looks_named(value.text)):
            return None
        found = self.term(value)
        if not isinstance(found, SliceTerm) or found.kind != "bytes":
            return found
        if found.size is None or not 0 < found.size <= WIDEST:
            wrong(value.at, f"operators work on slices of at most {WIDEST} bytes: tcp[13] & 0x02")
        return NumberTerm(found)

    def _beside(self, value: Value, other: Term | None, calculation: Calculation) -> Term:
        """The value beside a field, as its kind."""
        assert other is not None
        if other.kind not in (*COUNTED, "boolean"):
            wrong(calculation.at, f"{calculation.operator} is for numbers, and this is {_a(other.kind)}")
        if _of_bytes(other):
            return ConstantTerm(_byte_number(value), "number")
        kind: Kind = "number" if other.kind == "boolean" else other.kind
        return ConstantTerm(constant(value, "duration" if kind == "time" else kind, None).value, kind)

    # Tests -----------------------------------------------------------------------------------------------

    def _exists(self, test: Exists) -> ExistsCheck:
        value = test.of
        if isinstance(value, Call):
            self.term(value)
            wrong(value.at, f"{value.name}() is no test: compare it with something")
        if isinstance(value, Text | Character):
            wrong(value.at, "a text is no test: compare a field with it")
        return ExistsCheck(self.term(value))

    def _compare(self, test: Compare) -> ValueCheck | PairCheck:
        if self._is_constant(test.left) and not (isinstance(test.left, Word) and _looks_named(test.left.text)):
            if test.operator not in FLIPPED or self._is_constant(test.right):
                if isinstance(test.left, Word) and _SPELT.fullmatch(test.left.text):
                    find(test.left.text, test.left.at, self._event)
                wrong(test.left.at, "a field was expected on the left")
            test = Compare(FLIPPED[test.operator], test.every, test.right, test.left, test.at)
        left = self.term(test.left)
        if test.operator == "matches":
            return self._matches(test, left)
        if self._is_constant(test.right):
            return ValueCheck(left, self._against(test, left), test.every)
        right = self.term(test.right)
        return PairCheck(test.operator, test.every, left, right, self._as_bytes(test, left, right))

    def _as_bytes(self, test: Compare, left: Term, right: Term) -> bool:
        """Whether two values are compared as bytes."""
        raw = left.kind in RAW or right.kind in RAW
        if test.operator == "contains":
            if not {left.kind, right.kind} <= {*RAW, "text", *SIZES}:
                wrong(test.at, f"{_a(left.kind)} cannot contain {_a(right.kind)}")
            return left.kind != "text" or right.kind != "text"
        numbers = {"number", "boolean"}
        if left.kind == right.kind or {left.kind, right.kind} == numbers:
            if left.kind == "present":
                wrong(test.at, "what is there or not is not compared")
            return raw
        if not raw or not {left.kind, right.kind} <= set(SLICED):
            wrong(test.at, f"{_a(left.kind)} and {_a(right.kind)} are not compared")
        return True

    def _against(self, test: Compare, left: Term) -> Test:
        """The test of values against one that stands in the filter."""
        right, known = test.right, left.known if isinstance(left, FieldTerm | LayerTerm) else None
        if isinstance(right, Word) and _looks_named(right.text) and left.kind not in RAW:
            find(right.text, right.at, self._event)
        if test.operator == "contains":
            return self._contains(test, left)
        if _of_bytes(left):
            return compare_numbers(test.operator, _byte_number(right))
        return _tested(test.operator, constant(right, left.kind, known), left.kind)

    def _contains(self, test: Compare, left: Term) -> Test:
        if left.kind == "text":
            word = constant(test.right, "text", None).value
            assert isinstance(word, str)
            return of_words(lambda text: word in text)
        if left.kind not in (*RAW, "mac"):
            wrong(test.at, f"contains is for texts and bytes, and this is {_a(left.kind)}")
        part = constant(test.right, "bytes", None).value
        assert isinstance(part, bytes)
        if not part:
            wrong(test.right.at, "everything contains an empty text: write what is looked for")
        search = spans_contain(part)
        if left.kind != "mac":
            return search
        return lambda values: _in_mac(values, part)

    def _matches(self, test: Compare, left: Term) -> ValueCheck:
        if left.kind not in ("text", *RAW):
            wrong(test.at, f"matches is for texts and bytes, and this is {_a(left.kind)}: string() makes a text of it")
        if not isinstance(test.right, Text):
            wrong(test.right.at, 'matches wants a regular expression in double quotes: "^GET"')
        search = pattern(test.right.value, test.right.at)
        if left.kind == "text":
            return ValueCheck(left, of_words(lambda text: search(text.encode("utf-8", "surrogateescape"))), test.every)
        return ValueCheck(left, of_spans(search), test.every)

    def _member(self, test: Member) -> Check:
        left = self.term(test.of)
        tests, single, fields = list[Test](), list[int](), list[Check]()
        for low, high in test.entries:
            if high is None and not self._is_constant(low):
                fields.append(self.test(Compare("eq", test.every, test.of, low, test.at)))
            elif high is not None:
                tests.append(self._range(test, left, low, high))
            else:
                self._entry(test, left, low, tests, single)
        if single:
            tests.append(_one_of(single))
        if not tests:
            return fields[0] if len(fields) == 1 else AnyCheck(tuple(fields))
        found = self._asked(ValueCheck(left, _either(tests), test.every), test.at)
        return AnyCheck((found, *fields)) if fields else found

    def _entry(self, test: Member, left: Term, value: Value, tests: list[Test], single: list[int]) -> None:
        known = left.known if isinstance(left, FieldTerm | LayerTerm) else None
        if isinstance(value, Word) and _looks_named(value.text) and left.kind not in RAW:
            find(value.text, value.at, self._event)
        if _of_bytes(left):
            single.append(_byte_number(value))
            return
        found = constant(value, left.kind, known)
        if isinstance(found.value, int) and found.prefix is None:
            single.append(found.value)
        else:
            tests.append(_tested("eq", found, left.kind))

    def _range(self, test: Member, left: Term, low: Value, high: Value) -> Test:
        known = left.known if isinstance(left, FieldTerm | LayerTerm) else None
        if _of_bytes(left):
            ends = [Constant(_byte_number(value)) for value in (low, high)]
        else:
            ends = [constant(value, left.kind, known) for value in (low, high)]
        first, last = _tested("ge", ends[0], left.kind), _tested("le", ends[1], left.kind)
        return lambda values: first(values) & last(values)


def _is_of_layers(field: Field) -> bool:
    """Whether each layer has one value of it at most."""
    return isinstance(field.found, Header) and not field.tracked and field.kind != "numbers"


def _looks_named(text: str) -> bool:
    """Whether a word looks like the name of a field, and not like bytes."""
    return _DOTTED.fullmatch(text) is not None and not re.fullmatch(r"[0-9A-Fa-f]{1,2}(\.[0-9A-Fa-f]{1,2})+", text)


def _a(kind: Kind) -> str:
    """The kind in words."""
    named = {"bytes": "bytes", "ipv4": "an IPv4 address", "ipv6": "an IPv6 address", "mac": "a MAC address"}
    plain = {"address": "an address", "present": "a thing that is there or not", "boolean": "a truth value"}
    return {**named, **plain}.get(kind, f"a {kind}")


def _of_bytes(term: Term) -> bool:
    """Whether it is a number made of bytes: what it is compared with is written as bytes."""
    if isinstance(term, CalculationTerm):
        return _of_bytes(term.left) or _of_bytes(term.right)
    return isinstance(term, NumberTerm)


def _byte_number(value: Value) -> int:
    found = constant(value, "bytes", None).value
    assert isinstance(found, bytes)
    if len(found) > WIDEST:
        wrong(value.at, f"operators work on at most {WIDEST} bytes")
    return int.from_bytes(found)


def _tested(operator: str, found: Constant, kind: Kind) -> Test:
    """The test of values of the kind against a constant."""
    if kind in NUMBERS:
        assert isinstance(found.value, int)
        return compare_numbers(operator, found.value, network_bits(found, kind))
    if kind in ADDRESSES:
        assert isinstance(found.value, bytes)
        return compare_addresses(operator, found.value, 128 if found.prefix is None else found.prefix)
    if kind == "text":
        word, compare = found.value, COMPARE[operator]
        return of_words(lambda text: bool(compare(text, word)))
    assert isinstance(found.value, bytes)
    return compare_spans(operator, found.value)


def _one_of(numbers: list[int]) -> Test:
    array = np.array(numbers, dtype=np.int64)
    if len(array) == 1:
        return compare_numbers("eq", numbers[0])
    return lambda values: np.isin(values, array)  # type: ignore[arg-type]


def _either(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def either(values: Values) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        found = tests[0](values)
        for test in tests[1:]:
            found = found | test(values)
        return found

    return either


def _in_mac(values: Values, part: bytes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a MAC address has the bytes in it."""
    size, wanted = SIZES["mac"], int.from_bytes(part)
    found = np.zeros(len(values), dtype=np.bool_)
    for place in range(size - len(part) + 1):
        shift = 8 * (size - len(part) - place)
        found |= (values >> shift) & ((1 << 8 * len(part)) - 1) == wanted  # type: ignore[operator]
    return found
