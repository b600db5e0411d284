"""Values in a bound filter: fields, parts of them, and what functions and operators make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from rawkit.decode.rows import Mask
from rawkit.frames import Int64s
from rawkit.query.names import Known
from rawkit.query.syntax import Piece
from rawkit.query.values import Coded, Kind, Part, Spans, Values, pairs, present, spans_of
from rawkit.query.wording import worded
from rawkit.values import dataclass


class Source(Protocol):
    """Where values come from: the packets of a batch, or events."""

    def __len__(self) -> int: ...
    def parts(self, known: Known) -> Sequence[Part]:
        """The values that go by a name."""


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """A field."""

    known: Known

    @property
    def kind(self) -> Kind:
        return self.known.kind

    def parts(self, source: Source) -> Sequence[Part]:
        return source.parts(self.known)


@dataclass(frozen=True, slots=True)
class LayerTerm:
    """A field in some layers, counted from the outermost one that has it."""

    known: Known
    ranges: tuple[tuple[int, int], ...]

    @property
    def kind(self) -> Kind:
        return self.known.kind

    def parts(self, source: Source) -> Sequence[Part]:
        """Parts of one level follow each other for a name of two fields; the layer is that of the level."""
        size = max(len(self.known.fields), 1)
        found = source.parts(self.known)
        levels = len(found) // size
        before: Int64s = np.zeros(len(source), dtype=np.int64)
        kept: list[Part] = []
        for level in range(levels):
            mine = [found[level + levels * field] for field in range(size)]
            has = np.zeros(len(source), dtype=np.bool_)
            for part in mine:
                has[slice(None) if part.frames is None else part.frames] |= part.mask
            before += has
            wanted = np.zeros(len(source), dtype=np.bool_)
            for low, high in self.ranges:
                wanted |= (before >= low) & (before <= high)
            kept += [part._replace(mask=part.mask & _rows(wanted, part)) for part in mine]
        return kept


def _rows(mask: Mask, part: Part) -> Mask:
    return mask if part.frames is None else mask[part.frames]


@dataclass(frozen=True, slots=True)
class ConstantTerm:
    """A value that stands in the filter."""

    value: Any
    kind: Kind

    def parts(self, source: Source) -> Sequence[Part]:
        """The same value of each."""
        count = len(source)
        always = np.ones(count, dtype=np.bool_)
        if isinstance(self.value, str):
            return [Part(Coded(np.zeros(count, dtype=np.int64), [self.value]), always)]
        if isinstance(self.value, int):
            return [Part(np.full(count, self.value, dtype=np.int64), always)]
        data = np.frombuffer(self.value or b"\0", dtype=np.uint8)
        if self.kind in ("ipv6", "address"):
            return [Part(np.broadcast_to(data, (count, len(data))), always)]
        zeros, length = np.zeros(count, dtype=np.int64), np.full(count, len(self.value), dtype=np.int64)
        return [Part(Spans(data, zeros, length, length), always)]


@dataclass(frozen=True, slots=True)
class SliceTerm:
    """Bytes, or characters of a text."""

    of: Term
    pieces: tuple[Piece, ...]

    @property
    def kind(self) -> Kind:
        return "text" if self.of.kind == "text" else "bytes"

    @property
    def size(self) -> int | None:
        """Bytes that it has, where that is always the same."""
        sizes = [_size(piece) for piece in self.pieces]
        return None if None in sizes else sum(size for size in sizes if size)

    def parts(self, source: Source) -> Sequence[Part]:
        return [self._sliced(part) for part in self.of.parts(source)]

    def _sliced(self, part: Part) -> Part:
        if isinstance(part.values, Coded):
            cut = [_cut_text(word, self.pieces) for word in part.values.words]
            has = np.array([text is not None for text in cut] or [False])
            codes = np.clip(part.values.codes, 0, len(has) - 1)
            return part._replace(values=Coded(codes, [text or "" for text in cut] or [""]), mask=part.mask & has[codes])
        whole = spans_of(part, self.of.kind)
        assert isinstance(whole.values, Spans)
        cut_spans = [_cut(whole.values, piece) for piece in self.pieces]
        mask = part.mask.copy()
        for _, inside in cut_spans:
            mask &= inside
        return part._replace(values=_joined([spans for spans, _ in cut_spans], mask), mask=mask)


def _size(piece: Piece) -> int | None:
    if piece.last is None:
        return piece.length
    return piece.last - piece.start + 1 if (piece.last < 0) == (piece.start < 0) else None


def _cut(values: Spans, piece: Piece) -> tuple[Spans, Mask]:
    """A part of the bytes, and which rows have it whole."""
    first = values.length + piece.start if piece.start < 0 else np.full_like(values.length, piece.start)
    if piece.last is not None:
        last = values.length + piece.last if piece.last < 0 else np.full_like(values.length, piece.last)
        size = last - first + 1
    else:
        size = values.length - first if piece.length is None else np.full_like(first, piece.length)
    inside = (first >= 0) & (size > 0) & (first + size <= values.length)
    start, size = np.where(inside, values.start + first, 0), np.where(inside, size, 0)
    return Spans(values.data, start, size, size), inside


def _joined(pieces: Sequence[Spans], mask: Mask) -> Spans:
    """The pieces of each row, one behind the other."""
    if len(pieces) == 1:
        return pieces[0]
    rows = np.nonzero(mask)[0].tolist()
    texts = [
        b"".join(spans.data[spans.start[row] : spans.start[row] + spans.length[row]].tobytes() for spans in pieces)
        for row in rows
    ]
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    start, length = np.zeros(len(mask), dtype=np.int64), np.zeros(len(mask), dtype=np.int64)
    start[rows], length[rows] = np.cumsum(sizes) - sizes, sizes
    return Spans(np.frombuffer(b"".join(texts) or b"\0", dtype=np.uint8), start, length, length)


def _cut_text(text: str, pieces: Sequence[Piece]) -> str | None:
    """The parts of a text, None where it is too short."""
    found = []
    for piece in pieces:
        first = len(text) + piece.start if piece.start < 0 else piece.start
        end = len(text) if piece.length is None else first + piece.length
        if piece.last is not None:
            end = (len(text) + piece.last if piece.last < 0 else piece.last) + 1
        if first < 0 or end <= first or end > len(text):
            return None
        found.append(text[first:end])
    return "".join(found)


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """Bytes as a big-endian number, which operators can work on."""

    of: SliceTerm
    kind: Kind = "number"

    def parts(self, source: Source) -> Sequence[Part]:
        return [part._replace(values=_as_number(part.values, self.of.size or 0)) for part in self.of.parts(source)]


def _as_number(values: Values, size: int) -> Int64s:
    assert isinstance(values, Spans)
    number = np.zeros(len(values.start), dtype=np.int64)
    rows = np.nonzero(values.length == size)[0]
    for place in range(size):
        number[rows] = number[rows] << 8 | values.data[values.start[rows] + place]
    return number


@dataclass(frozen=True, slots=True)
class CalculationTerm:
    """Two numbers with an operator between them; numbers wrap around at 64 bits, and nothing is divided by 0."""

    operator: str
    left: Term
    right: Term
    kind: Kind

    def parts(self, source: Source) -> Sequence[Part]:
        found = []
        for left, right in pairs(self.left.parts(source), self.right.parts(source), len(source)):
            mask, mine, theirs = left.mask & right.mask, left.values, right.values
            assert not isinstance(mine, Spans | Coded)
            assert not isinstance(theirs, Spans | Coded)
            if self.operator in "/%":
                mask = mask & (theirs != 0)
            result = OPERATORS[self.operator](mine.astype(np.int64), theirs.astype(np.int64))
            found.append(Part(result, mask, left.frames))
        return found


def _divided(left: Int64s, right: Int64s) -> Int64s:
    """Towards 0, as C does it."""
    by = np.where(right == 0, 1, right)
    found: Int64s = np.abs(left) // np.abs(by) * np.sign(left) * np.sign(by)
    return found


def _rest(left: Int64s, right: Int64s) -> Int64s:
    return left - _divided(left, right) * right


OPERATORS: Final[dict[str, Callable[[Int64s, Int64s], Int64s]]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": _divided, "%": _rest, "&": np.bitwise_and,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LengthTerm:
    """`len`: bytes of a value, or characters of a text."""

    of: Term
    kind: Kind = "number"

    def parts(self, source: Source) -> Sequence[Part]:
        found = []
        for part in self.of.parts(source):
            if isinstance(part.values, Coded):
                sizes = np.array([len(word) for word in part.values.words] or [0], dtype=np.int64)
                found.append(part._replace(values=sizes[np.clip(part.values.codes, 0, len(sizes) - 1)]))
            else:
                whole = spans_of(part, self.of.kind).values
                assert isinstance(whole, Spans)
                found.append(part._replace(values=whole.length))
        return found


@dataclass(frozen=True, slots=True)
class CountTerm:
    """`count`: how many values a packet has."""

    of: Term
    kind: Kind = "number"

    def parts(self, source: Source) -> Sequence[Part]:
        number = np.zeros(len(source), dtype=np.int64)
        for part in self.of.parts(source):
            number[slice(None) if part.frames is None else part.frames] += part.mask
        return [Part(number, number > 0)]


@dataclass(frozen=True, slots=True)
class CaseTerm:
    """`upper` or `lower`: of a text."""

    of: Term
    is_upper: bool
    kind: Kind = "text"

    def parts(self, source: Source) -> Sequence[Part]:
        return [part._replace(values=self._cased(part.values)) for part in self.of.parts(source)]

    def _cased(self, values: Values) -> Coded:
        assert isinstance(values, Coded)
        change = str.upper if self.is_upper else str.lower
        return values._replace(words=[change(word) for word in values.words])


@dataclass(frozen=True, slots=True)
class TextTerm:
    """`string`: a number or an address as text."""

    of: Term
    kind: Kind = "text"

    def parts(self, source: Source) -> Sequence[Part]:
        return [self._worded(part) for part in self.of.parts(source)]

    def _worded(self, part: Part) -> Part:
        assert not isinstance(part.values, Spans | Coded)
        codes, rows = np.full(len(part.mask), -1, dtype=np.int64), np.nonzero(part.mask)[0]
        if not len(rows):
            return part._replace(values=Coded(codes, [""]))
        different, place = np.unique(part.values[rows], axis=0, return_inverse=True)
        codes[rows] = place.reshape(-1)
        return part._replace(values=Coded(codes, [worded(value, self.of.kind) for value in different]))


@dataclass(frozen=True, slots=True)
class ExtremeTerm:
    """`max` or `min`: of all values."""

    of: tuple[Term, ...]
    is_largest: bool
    kind: Kind

    def parts(self, source: Source) -> Sequence[Part]:
        least, most = np.iinfo(np.int64).min, np.iinfo(np.int64).max
        found = np.full(len(source), least if self.is_largest else most, dtype=np.int64)
        pick = np.maximum if self.is_largest else np.minimum
        every = [part for term in self.of for part in term.parts(source)]
        for part in every:
            rows: Any = np.nonzero(part.mask)[0]
            to = rows if part.frames is None else part.frames[rows]
            assert not isinstance(part.values, Spans | Coded)
            found[to] = pick(found[to], part.values[rows])
        return [Part(found, present(every, len(source)))]


@dataclass(frozen=True, slots=True)
class AbsoluteTerm:
    """`abs`: a number without its sign."""

    of: Term
    kind: Kind

    def parts(self, source: Source) -> Sequence[Part]:
        return [part._replace(values=np.abs(part.values)) for part in self.of.parts(source)]  # type: ignore[arg-type]


Term: TypeAlias = (
    FieldTerm | LayerTerm | ConstantTerm | SliceTerm | NumberTerm | CalculationTerm | LengthTerm | CountTerm | CaseTerm
    | TextTerm | ExtremeTerm | AbsoluteTerm
)  # fmt: skip
