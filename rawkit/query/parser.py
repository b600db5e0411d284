"""A display filter to its tree, by the grammar of Wireshark 4 (wireshark-filter(4)).

`not` binds more than `and`, that more than `or`; between values `*`, `/` and `%` more than `+` and `-`, these more than
`&`, and all of them more than comparisons. Values are grouped with curly brackets, tests with round ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

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
    Piece,
    Slice,
    Text,
    Value,
    Word,
)
from rawkit.query.tokens import Token, tokens, wrong

DEEPEST: Final = 60
"""Brackets in brackets."""
MOST_STEPS: Final = 200
"""Calculations and slices of a filter: each may stand in another."""

COMPARISONS: Final[dict[str, tuple[str, bool]]] = {
    "==": ("eq", False), "eq": ("eq", False), "any_eq": ("eq", False),
    "!=": ("ne", True), "ne": ("ne", True), "all_ne": ("ne", True),
    "===": ("eq", True), "all_eq": ("eq", True),
    "!==": ("ne", False), "~=": ("ne", False), "any_ne": ("ne", False),
    ">": ("gt", False), "gt": ("gt", False), ">=": ("ge", False), "ge": ("ge", False),
    "<": ("lt", False), "lt": ("lt", False), "<=": ("le", False), "le": ("le", False),
    "contains": ("contains", False), "matches": ("matches", False), "~": ("matches", False),
}  # fmt: skip
"""Each operator: what it asks, and whether of all values of a field."""
LEVELS: Final = (("&", "bitwise_and"), ("+", "-"), ("*", "/", "%"))
"""Operators between values, those that bind least first."""
_PIECE: Final = re.compile(r"\s*(-?\d+)?\s*(?:(:)\s*(-?\d+)?|-\s*(-?\d+))?\s*")
_LAYER: Final = re.compile(r"\s*(\d+)\s*(?:(:)\s*(\d+)?|-\s*(\d+))?\s*")
_WORDS: Final = frozenset((*COMPARISONS, "and", "or", "not", "in", "any", "all", "bitwise_and"))


def parse(text: str) -> Expression:
    """The tree of a filter; FilterError, with the column, where it is none.

    >>> parse("tcp and not udp")
    All(of=(Exists(of=Word(text='tcp', at=0)), Not(of=Exists(of=Word(text='udp', at=12)))))
    >>> parse("tcp.port == ")
    Traceback (most recent call last):
    rawkit.errors.FilterError: display filter, column 13: it ends where a value was expected
    """
    return Parser(text).whole()


class Parser:
    """Goes through the tokens of a text; grammars with filters in them inherit its rules."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text))
        self._place = 0
        self._depth = 0
        self._steps = 0
        self._is_negated = False

    def whole(self) -> Expression:
        if self._next.kind == "end":
            wrong(0, "a filter has at least a name in it: tcp")
        found = self._either()
        left = self._tokens[self._place]
        if left.kind != "end":
            wrong(left.at, f"{left.text} was not expected: {self._advice(left)}")
        return found

    def _advice(self, left: Token) -> str:
        before = self._tokens[self._place - 1]
        if left.text == ")":
            return "no bracket is open"
        if left.kind == "word" and before.kind == "word":
            return f"write == between {before.text} and {left.text}, or and"
        return "write and, or, or an operator before it"

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self, *texts: str) -> Token | None:
        """The next token where it is one of these, which then is behind."""
        token = self._next
        if token.kind not in ("operator", "word") or token.text not in texts:
            return None
        self._place += 1
        return token

    def _expect(self, text: str, opened: Token) -> None:
        if not self._take(text):
            wrong(self._next.at, f"{text} was expected: the {opened.text} in column {opened.at + 1} is open")

    def _either(self) -> Expression:
        found = [self._both()]
        while self._take("or", "||"):
            found.append(self._both())
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    def _both(self) -> Expression:
        found = [self._negated()]
        while self._take("and", "&&"):
            found.append(self._negated())
        return found[0] if len(found) == 1 else All(tuple(found))

    def _negated(self) -> Expression:
        count = 0
        while self._take("not", "!"):
            count += 1
        found = self._test()
        return Not(found) if count % 2 else found

    def _deeper(self, opened: Token, inside: Callable[[], object], close: str) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            wrong(opened.at, f"at most {DEEPEST} brackets stand in each other")
        inside()
        self._depth -= 1
        self._expect(close, opened)

    def _test(self) -> Expression:
        opened = self._take("(")
        if opened is None:
            return self._relation()
        found: list[Expression] = []
        self._deeper(opened, lambda: found.append(self._either()), ")")
        return found[0]

    def _relation(self) -> Expression:
        quantifier = self._take("any", "all")
        left = self._value()
        found: list[Expression] = []
        while (link := self._link(left, quantifier)) is not None:
            left = link.right if isinstance(link, Compare) else left
            found.append(link if not isinstance(link, Member) or not self._is_negated else Not(link))
            if isinstance(link, Member):
                break
        if not found:
            if quantifier:
                wrong(self._next.at, f"{quantifier.text} wants a comparison: {quantifier.text} tcp.port > 1024")
            return Exists(left)
        return found[0] if len(found) == 1 else All(tuple(found))

    def _link(self, left: Value, quantifier: Token | None) -> Compare | Member | None:
        """A comparison that goes on from a value, None where there is none."""
        at, every = self._next.at, None if quantifier is None else quantifier.text == "all"
        self._is_negated = False
        if self._next.text == "not" and self._tokens[self._place + 1].text == "in":
            self._place += 1
            self._is_negated = True
        if self._take("in"):
            return Member(left, self._set(), bool(every), at)
        token = self._take(*COMPARISONS)
        if token is None:
            return None
        operator, usual = COMPARISONS[token.text]
        return Compare(operator, usual if every is None else every, left, self._value(), at)

    def _set(self) -> tuple[tuple[Value, Value | None], ...]:
        opened = self._take("{")
        if opened is None:
            wrong(self._next.at, "a set was expected: {80, 443, 8000..8080}")
        entries: list[tuple[Value, Value | None]] = []
        while not self._take("}"):
            if self._next.kind == "end":
                self._expect("}", opened)
            low = self._value()
            entries.append((low, self._value() if self._take("..") else None))
            self._take(",")
        if not entries:
            wrong(opened.at, "the set is empty: {80, 443}")
        return tuple(entries)

    def _value(self, level: int = 0) -> Value:
        if level == len(LEVELS):
            return self._single()
        found = self._value(level + 1)
        while token := self._take(*LEVELS[level]):
            self._step(token)
            found = Calculation("&" if level == 0 else token.text, found, self._value(level + 1), token.at)
        return found

    def _step(self, token: Token) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            wrong(token.at, f"a filter has at most {MOST_STEPS} calculations and slices")

    def _single(self) -> Value:
        if minus := self._take("-"):
            self._step(minus)
            return Negative(self._single(), minus.at)
        if opened := self._take("{"):
            found: list[Value] = []
            self._deeper(opened, lambda: found.append(self._value()), "}")
            return found[0]
        token = self._next
        if token.kind == "end":
            wrong(token.at, "it ends where a value was expected")
        if token.kind in ("operator", "slice") or (token.kind == "word" and token.text in _WORDS):
            wrong(token.at, f"{token.text} stands where a value was expected")
        self._place += 1
        if token.kind == "text":
            return self._sliced(Text(token.text, token.at))
        if token.kind == "character":
            return Character(ord(token.text), token.at)
        opened = self._take("(")
        return self._sliced(self._call(token, opened) if opened else self._layered(Word(token.text, token.at)))

    def _call(self, token: Token, opened: Token) -> Value:
        arguments: list[Value] = []

        def inside() -> None:
            if self._next.text == ")":
                return
            arguments.append(self._value())
            while self._take(","):
                arguments.append(self._value())

        self._deeper(opened, inside, ")")
        return Call(token.text, tuple(arguments), token.at)

    def _layered(self, word: Word) -> Value:
        mark = self._take("#")
        if mark is None:
            return word
        token = self._next
        self._place += token.kind != "end"
        text = token.text[1:-1] if token.kind == "slice" else token.text
        ranges = [_layers(part, token.at) for part in text.split(",")]
        return Layer(word, tuple(ranges), mark.at)

    def _sliced(self, value: Value) -> Value:
        while self._next.kind == "slice":
            token = self._next
            self._step(token)
            self._place += 1
            value = Slice(value, tuple(_piece(part, token.at) for part in token.text[1:-1].split(",")), token.at)
        return value


MOST_BYTES: Final = 1 << 31


def _number(text: str, at: int) -> int:
    if len(text) > 10 or abs(int(text)) >= MOST_BYTES:
        wrong(at, f"{text[:12]} is beyond every frame")
    return int(text)


def _piece(text: str, at: int) -> Piece:
    """A part of a slice: `i:j` is from i j bytes, `i-j` from i to j, `i` one, `:j` the first j, `i:` all from i on."""
    found = _PIECE.fullmatch(text)
    if found is None or not text.strip() or text.strip() == ":":
        wrong(at, f"[{text}] is no slice: [0:2] is two bytes from the first, [0-2] the first three, [-1:] the last")
    start, colon, length, last = found.groups()
    if start is None and not colon:
        wrong(at, f"[{text}] is no slice: [0:2] is two bytes from the first")
    first = _number(start, at) if start else 0
    if last is not None:
        return Piece(first, None, _number(last, at))
    if not colon:
        return Piece(first, 1)
    size = None if length is None else _number(length, at)
    if size is not None and size <= 0:
        wrong(at, f"[{text}] has no byte: behind the colon is how many there are")
    return Piece(first, size)


def _layers(text: str, at: int) -> tuple[int, int]:
    found = _LAYER.fullmatch(text)
    if found is None:
        wrong(at, "# wants the number of a layer, from 1: ip.src#1, ip.src#[1-2]")
    start, colon, length, last = found.groups()
    first = _number(start, at)
    if last is not None:
        return first, _number(last, at)
    if colon:
        return first, first + _number(length, at) - 1 if length else MOST_BYTES
    return first, first
