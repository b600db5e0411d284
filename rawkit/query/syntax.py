"""What a display filter says, as it is written: a tree of frozen values; `at` is the column, counted from 0."""

from __future__ import annotations

from typing import TypeAlias

from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A name, a number or an address: what it is, is known when it is bound."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes, escapes undone."""

    value: str
    at: int


@dataclass(frozen=True, slots=True)
class Character:
    """A character in single quotes, which is its number."""

    value: int
    at: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a slice: from `start` on, `length` bytes; None: to the end. Below 0 it counts from the end.

    `last` is the place of the last byte where the slice names that (`[3-5]`).
    """

    start: int
    length: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes, or characters, of a value."""

    of: Value
    pieces: tuple[Piece, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Layer:
    """A field in some layers of its protocol: each from a number to a number, counted from 1, the outermost first."""

    of: Word
    ranges: tuple[tuple[int, int], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    name: str
    arguments: tuple[Value, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Calculation:
    """Two values with an operator (`+`, `-`, `*`, `/`, `%`, `&`) between them."""

    operator: str
    left: Value
    right: Value
    at: int


@dataclass(frozen=True, slots=True)
class Negative:
    """A value below a minus."""

    of: Value
    at: int


Value: TypeAlias = Word | Text | Character | Slice | Layer | Call | Calculation | Negative


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether a packet has it."""

    of: Value


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison: `eq`, `ne`, `gt`, `ge`, `lt`, `le`, `contains` or `matches`.

    Attributes:
        operator: which.
        every: whether all values of a field must hold, not any one.
        left: what is compared.
        right: with what.
        at: where the operator is.
    """

    operator: str
    every: bool
    left: Value
    right: Value
    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """Whether a value is in a set of values and ranges."""

    of: Value
    entries: tuple[tuple[Value, Value | None], ...]
    every: bool
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    """What does not hold."""

    of: Expression


@dataclass(frozen=True, slots=True)
class All:
    """What holds where all of these hold."""

    of: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What holds where one of these holds."""

    of: tuple[Expression, ...]


Expression: TypeAlias = Exists | Compare | Member | Not | All | AnyOf
