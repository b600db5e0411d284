"""Values of many packets or events at once, and what can be asked of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rawkit.decode.rows import Mask, Octets
from rawkit.frames import Bytes, Int64s

Kind = Literal[
    "number", "boolean", "duration", "time", "mac", "ipv4", "ipv6", "address", "text", "bytes", "protocol", "present"
]
"""What a value is. An `address` is IPv4 or IPv6; of what is `present` only that can be asked."""
NUMBERS: Final = ("number", "boolean", "duration", "time", "mac", "ipv4")
"""Kinds whose values are int64: nanoseconds of durations and times, addresses as big-endian numbers."""
ADDRESSES: Final = ("ipv6", "address")
"""Kinds whose values are 16 bytes each; an IPv4 address in its mapped form (RFC 4291, section 2.5.5.2)."""
SIZES: Final = {"mac": 6, "ipv4": 4, "ipv6": 16}
"""Bytes of addresses."""


class Spans(NamedTuple):
    """Bytes of each: where they begin in `data`, and how many there are; `reach` is how far a search in them goes."""

    data: Bytes
    start: Int64s
    length: Int64s
    reach: Int64s

    def each(self, mask: Mask, length: Int64s) -> Iterator[tuple[int, bytes]]:
        """The rows that have a value, and that value."""
        for row in np.nonzero(mask)[0].tolist():
            start = int(self.start[row])
            yield row, self.data[start : start + int(length[row])].tobytes()


class Coded(NamedTuple):
    """Texts of each, by their numbers in a list."""

    codes: Int64s
    words: Sequence[str]


Values: TypeAlias = Int64s | Octets | Spans | Coded


class Part(NamedTuple):
    """One value at most of each packet: of a field that can be there several times there are several parts.

    Attributes:
        values: int64, 16 bytes each, spans or coded texts: the kind says which.
        mask: which have one.
        frames: the numbers in the batch of the packets that the values are of; None: all of them, in order.
    """

    values: Values
    mask: Mask
    frames: NDArray[np.intp] | None = None


Test = Callable[[Values], Mask]


def any_of(parts: Sequence[Part], test: Test, count: int) -> Mask:
    """Which of `count` packets have a value that passes the test."""
    found = np.zeros(count, dtype=np.bool_)
    for part in parts:
        if part.mask.any():
            _add(found, part, part.mask & test(part.values))
    return found


def all_of(parts: Sequence[Part], test: Test, count: int) -> Mask:
    """Which packets have a value and none that fails the test."""
    return present(parts, count) & ~any_of(parts, lambda values: ~test(values), count)


def present(parts: Sequence[Part], count: int) -> Mask:
    """Which packets have a value."""
    found = np.zeros(count, dtype=np.bool_)
    for part in parts:
        _add(found, part, part.mask)
    return found


def _add(found: Mask, part: Part, hit: Mask) -> None:
    if part.frames is None:
        found |= hit
    else:
        found[part.frames[hit]] = True


COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip


def compare_numbers(name: str, value: int, bits: int | None = None) -> Test:
    """The test against a number; of a network only its bits count."""
    compare = COMPARE[name]
    if bits is None:
        return lambda values: compare(values, value)
    return lambda values: compare(values & bits, value & bits)  # type: ignore[operator]


def halves(values: Any) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Both halves of addresses of 16 bytes."""
    found = np.ascontiguousarray(values).view(">u8").astype(np.uint64)
    return found[..., 0], found[..., 1]


def compare_addresses(name: str, value: bytes, prefix: int = 128) -> Test:
    """The test against an address of 16 bytes, of whose bits the first `prefix` count."""
    bits = ((1 << prefix) - 1) << (128 - prefix)
    number = int.from_bytes(value) & bits
    low = (1 << 64) - 1

    def test(values: Values) -> Mask:
        mine = halves(values)
        both = [
            (half & np.uint64(mask), np.uint64(theirs))
            for half, mask, theirs in zip(mine, (bits >> 64, bits & low), (number >> 64, number & low), strict=True)
        ]
        return _ordered(name, *both)

    return test


def _ordered(name: str, high: tuple[Any, Any], low: tuple[Any, Any]) -> Mask:
    """The comparison of numbers in two halves."""
    is_equal = (high[0] == high[1]) & (low[0] == low[1])
    if name in ("eq", "ne"):
        found: Mask = is_equal if name == "eq" else ~is_equal
        return found
    is_less = (high[0] < high[1]) | ((high[0] == high[1]) & (low[0] < low[1]))
    is_there: Mask = {"lt": is_less, "le": is_less | is_equal, "ge": ~is_less, "gt": ~is_less & ~is_equal}[name]
    return is_there


def compare_spans(name: str, value: bytes) -> Test:
    """The test of bytes against others, in the order of memcmp(3)."""

    def test(values: Values) -> Mask:
        assert isinstance(values, Spans)
        if name in ("eq", "ne"):
            found = _equal(values, value)
            return found if name == "eq" else ~found
        compare = COMPARE[name]
        found = np.zeros(len(values.start), dtype=np.bool_)
        for row, mine in values.each(values.length >= 0, values.length):
            found[row] = compare(mine, value)
        return found

    return test


def _equal(values: Spans, value: bytes) -> Mask:
    found: Mask = values.length == len(value)
    for place, byte in enumerate(value):
        rows = np.nonzero(found)[0]
        if not len(rows):
            break
        found[rows] = values.data[values.start[rows] + place] == byte
    return found


def spans_contain(value: bytes) -> Test:
    """The test whether bytes are in others: one search goes through all of them, for they lie in one buffer."""

    def test(values: Values) -> Mask:
        assert isinstance(values, Spans)
        if not len(values.start):
            return np.zeros(0, dtype=np.bool_)
        first, last = int(values.start.min()), int((values.start + values.reach).max())
        places = np.array(list(_places(values.data[max(first, 0) : last].tobytes(), value)), dtype=np.int64)
        places += max(first, 0)
        next_one = np.searchsorted(places, values.start)
        there = np.append(places, np.iinfo(np.int64).max - len(value))[next_one]
        found: Mask = there + len(value) <= values.start + values.reach
        return found

    return test


def _places(data: bytes, value: bytes) -> Iterator[int]:
    at = data.find(value)
    while at >= 0:
        yield at
        at = data.find(value, at + 1)


def of_words(test: Callable[[str], bool]) -> Test:
    """The test of texts, of which each word is looked at once."""

    def tested(values: Values) -> Mask:
        assert isinstance(values, Coded)
        hits = np.array([test(word) for word in values.words] or [False], dtype=np.bool_)
        found: Mask = hits[np.clip(values.codes, 0, len(hits) - 1)]
        return found

    return tested


def of_spans(test: Callable[[bytes], bool]) -> Test:
    """The test of bytes, one after the other."""

    def tested(values: Values) -> Mask:
        assert isinstance(values, Spans)
        found = np.zeros(len(values.start), dtype=np.bool_)
        for row, mine in values.each(values.reach > 0, values.reach):
            found[row] = test(mine)
        return found

    return tested


# Values of other values --------------------------------------------------------------------------------------


def octets(values: Any, size: int) -> Octets:
    """The bytes of numbers, big-endian."""
    return np.ascontiguousarray(np.asarray(values).astype(">i8")).view(np.uint8).reshape(-1, 8)[:, 8 - size :]


def spans_of(part: Part, kind: Kind) -> Part:
    """The same value as bytes."""
    if isinstance(part.values, Spans):
        return part
    if isinstance(part.values, Coded):
        words = [word.encode("utf-8", "surrogateescape") for word in part.values.words] or [b""]
        sizes = np.array([len(word) for word in words], dtype=np.int64)
        codes = np.clip(part.values.codes, 0, len(words) - 1)
        length = sizes[codes]
        return part._replace(values=Spans(_buffer(b"".join(words)), (np.cumsum(sizes) - sizes)[codes], length, length))
    size = SIZES["ipv6" if kind in ADDRESSES else kind]
    raw = part.values if kind in ADDRESSES else octets(part.values, size)
    length = np.full(len(part.mask), size, dtype=np.int64)
    data: Any = np.ascontiguousarray(raw).reshape(-1)
    return part._replace(values=Spans(data, np.arange(len(part.mask), dtype=np.int64) * size, length, length))


def _buffer(data: bytes) -> Bytes:
    return np.frombuffer(data or b"\0", dtype=np.uint8)


def expanded(part: Part, count: int) -> Part:
    """The part with a place for each of the packets."""
    if part.frames is None:
        return part
    place = np.zeros(count, dtype=np.int64)
    place[part.frames] = np.arange(len(part.frames))
    mask = np.zeros(count, dtype=np.bool_)
    mask[part.frames] = part.mask
    if not len(part.frames):
        return Part(_empty(part.values, count), mask)
    return Part(taken(part.values, place), mask)


def _empty(values: Values, count: int) -> Values:
    zeros = np.zeros(count, dtype=np.int64)
    if isinstance(values, Spans):
        return Spans(values.data, zeros, zeros, zeros)
    if isinstance(values, Coded):
        return Coded(zeros, values.words)
    return np.zeros((count, *values.shape[1:]), dtype=values.dtype)


def taken(values: Any, rows: Any) -> Values:
    """The values of these rows."""
    if isinstance(values, Spans):
        return Spans(values.data, values.start[rows], values.length[rows], values.reach[rows])
    if isinstance(values, Coded):
        return Coded(values.codes[rows], values.words)
    found: Int64s = values[rows]
    return found


def pairs(left: Sequence[Part], right: Sequence[Part], count: int) -> Iterator[tuple[Part, Part]]:
    """Every value of the left with every one of the right, packet by packet."""
    for one in left:
        for other in right:
            if one.frames is None and other.frames is None:
                yield one, other
            else:
                yield expanded(one, count), expanded(other, count)


def compare_both(name: str, left: Values, right: Values, mask: Mask) -> Mask:
    """The comparison of two values of each packet that has both."""
    found = np.zeros(len(mask), dtype=np.bool_)
    rows = np.nonzero(mask)[0]
    if isinstance(left, Spans | Coded) or isinstance(right, Spans | Coded):
        compare = _contains if name == "contains" else COMPARE[name]
        for row, mine, theirs in zip(rows.tolist(), _each(left, rows), _each(right, rows), strict=True):
            found[row] = compare(mine, theirs)
    elif left.ndim == 2:
        (a, b), (c, d) = halves(left[rows]), halves(right[rows])
        found[rows] = _ordered(name, (a, c), (b, d))
    else:
        found[rows] = COMPARE[name](left[rows], right[rows])
    return found


def _contains(mine: Any, theirs: Any) -> bool:
    return theirs in mine


def _each(values: Values, rows: Any) -> Iterator[Any]:
    if isinstance(values, Spans):
        return (
            values.data[at : at + size].tobytes()
            for at, size in zip(values.start[rows].tolist(), values.length[rows].tolist(), strict=True)
        )
    assert isinstance(values, Coded)
    return (values.words[code] for code in values.codes[rows].tolist())
