"""Where a varying field's values come from: each source gives the value of any frame, alone or many at once.

A source of numbers gives them as 64-bit words: word 0 is the low one, word 1 the high one of an IPv6 address.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from rawkit.errors import SendError
from rawkit.frames import Int64s
from rawkit.values import dataclass, field

Words = NDArray[np.uint64]

WORD: Final = (1 << 64) - 1
GOLDEN: Final = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Counter:
    """A number, or an address, that goes on by `step` with every frame, and begins again at 0 past the largest.

    >>> Counter(1000, 5)
    Counter(start=1000, step=5)
    """

    start: int | str = 0
    step: int = 1


@dataclass(frozen=True, slots=True)
class Random:
    """A number, or an address, drawn for every frame, each from `low` to `high` alike; without bounds, any.

    The same seed gives the same numbers, whatever the size of the batches; without one they differ at each run.

    >>> Random(7, 1024, 65535)
    Random(seed=7, low=1024, high=65535)
    """

    seed: int | None = None
    low: int | str | None = None
    high: int | str | None = None


@dataclass(frozen=True, slots=True)
class Zipped:
    """Fields that go through their values together; made by `zipped`."""

    fields: dict[str, Any]


def zipped(**fields: Any) -> Zipped:
    """Fields whose values go together, the first with the first, as Python's `zip` pairs them (but strictly).

    >>> zipped(**{"IP.dst": ["192.0.2.1", "192.0.2.2"], "TCP.dport": [80, 443]}).fields["TCP.dport"]
    [80, 443]
    """
    return Zipped(dict(fields))


class Source(Protocol):
    """The values of one field along its axis."""

    @property
    def count(self) -> int | None:
        """How many values there are; None where they go on without an end, or until they do end."""

    def value(self, index: int) -> Any:
        """The value at one index, a number or what scapy takes for this field."""


class Numbers(Source, Protocol):
    """A source whose values are unsigned numbers."""

    def word(self, index: Int64s, which: int) -> Words:
        """64 bits of the number at each index: the low ones (word 0) or the next ones (word 1)."""


@dataclass(frozen=True, slots=True)
class Progression:
    """start, start + step, ... : a range, a network's addresses, a counter (which has no count)."""

    start: int
    step: int
    count: int | None
    bits: int = 128

    def value(self, index: int) -> int:
        """The number at one index."""
        return (self.start + self.step * index) % (1 << self.bits)

    def word(self, index: Int64s, which: int) -> Words:
        """64 bits of the number at each index; numbers past the field's largest begin again at 0."""
        step = self.step % (1 << 128)
        at, low = index.astype(np.uint64), np.uint64(self.start & WORD)
        far = at * np.uint64(step & WORD)
        if not which:
            return (far + low) & np.uint64((1 << min(self.bits, 64)) - 1)
        carried = (far + low < low).astype(np.uint64)
        return at * np.uint64(step >> 64) + _high_product(step & WORD, at) + np.uint64(self.start >> 64) + carried


def _high_product(factor: int, numbers: Words) -> Words:
    """The upper 64 bits of each product of two 64-bit numbers, by halves as on paper."""
    half, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    f0, f1 = np.uint64(factor & 0xFFFFFFFF), np.uint64(factor >> 32)
    n0, n1 = numbers & low, numbers >> half
    middle = f1 * n0 + (f0 * n0 >> half)
    other = f0 * n1 + (middle & low)
    high: Words = f1 * n1 + (middle >> half) + (other >> half)
    return high


class Listed:
    """Numbers that stand in an array."""

    def __init__(self, low: Words, high: Words | None = None) -> None:
        self._words = (low, high)
        self.count: int | None = len(low)

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Listed:
        """A source of Python's integers, up to 128 bits each."""
        low = np.fromiter((n & WORD for n in numbers), np.uint64, len(numbers))
        if all(n <= WORD for n in numbers):
            return cls(low)
        return cls(low, np.fromiter((n >> 64 for n in numbers), np.uint64, len(numbers)))

    def value(self, index: int) -> int:
        """The number at one index."""
        low, high = self._words
        return int(low[index]) | (int(high[index]) << 64 if high is not None else 0)

    def word(self, index: Int64s, which: int) -> Words:
        """64 bits of the number at each index."""
        words = self._words[which]
        return words[index] if words is not None else np.zeros(len(index), np.uint64)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Numbers drawn at random; that of each index is a hash of the seed and the index (splitmix64)."""

    seed: int
    low: int
    high: int
    count: int | None = None

    def value(self, index: int) -> int:
        """The number at one index."""
        one = np.array([index], np.int64)
        return int(self.word(one, 0)[0]) | int(self.word(one, 1)[0]) << 64

    def word(self, index: Int64s, which: int) -> Words:
        """64 bits of the number at each index."""
        if which:
            return np.full(len(index), self.low >> 64, np.uint64)
        span = self.high - self.low + 1
        mixed = self._mix(index.astype(np.uint64))
        return (mixed % np.uint64(span) if span <= WORD else mixed) + np.uint64(self.low & WORD)

    def _mix(self, index: Words) -> Words:
        mixed = index * np.uint64(GOLDEN) + np.uint64(self.seed * GOLDEN & WORD)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Objects:
    """Values of any kind, in a list."""

    values: Sequence[Any]

    @property
    def count(self) -> int | None:
        """How many values there are."""
        return len(self.values)

    def value(self, index: int) -> Any:
        """The value at one index."""
        return self.values[index]


class Joined:
    """Sources of numbers, one after the other."""

    def __init__(self, parts: Sequence[Numbers]) -> None:
        counts = [part.count or 0 for part in parts]
        self._parts = parts
        self._ends = np.cumsum(counts, dtype=np.int64)
        self._starts = self._ends - counts
        self.count: int | None = sum(counts)

    def value(self, index: int) -> Any:
        """The number at one index."""
        part = int(np.searchsorted(self._ends, index, side="right"))
        return self._parts[part].value(index - int(self._starts[part]))

    def word(self, index: Int64s, which: int) -> Words:
        """64 bits of the number at each index."""
        words = np.zeros(len(index), np.uint64)
        for part, start, end in zip(self._parts, self._starts, self._ends, strict=True):
            here = (index >= start) & (index < end)
            words[here] = part.word(index[here] - start, which)
        return words


class Drawn:
    """Values taken from an iterator, batch by batch: `fetch` first, then ask for those it fetched."""

    count = None

    def __init__(self, values: Iterable[Any], convert: Callable[[Any], Any] | None) -> None:
        self._values: Iterator[Any] = iter(values)
        self._convert = convert
        self._first = 0
        self._items: list[Any] = []

    def fetch(self, first: int, count: int) -> int:
        """Draws up to `count` values, which are those of the indexes from `first` on; returns how many there were."""
        drawn = islice(self._values, count)
        self._first, self._items = first, list(map(self._convert, drawn) if self._convert else drawn)
        return len(self._items)

    def value(self, index: int) -> Any:
        """The value at one index."""
        return self._items[index - self._first]

    def word(self, index: Int64s, which: int) -> Words:
        """64 bits of the number at each index."""
        numbers = ((self._items[at - self._first] >> 64 * which) & WORD for at in index.tolist())
        return np.fromiter(numbers, np.uint64, len(index))


def some_seed() -> int:
    """A seed that nobody has had before."""
    return int.from_bytes(os.urandom(8))


@dataclass(frozen=True, slots=True)
class Range:
    """What a source must keep within: an unsigned field's name and size, and how a text becomes its number."""

    name: str
    bits: int
    read: Callable[[Any], int] = int
    largest: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "largest", (1 << self.bits) - 1)

    def check(self, *numbers: int) -> None:
        """Raises `SendError` for a number that the field cannot hold."""
        for number in numbers:
            if not 0 <= number <= self.largest:
                raise SendError(f"{self.name} cannot be {number}: give 0 to {self.largest}")

    def progression(self, values: range) -> Progression:
        """A source of the range's numbers."""
        if len(values):
            self.check(values[0], values[-1])
        return Progression(values.start, values.step, len(values), self.bits)

    def number(self, value: int | str) -> int:
        """A number, or the address that a text is; raises `SendError` where the field cannot hold it."""
        try:
            number = value if isinstance(value, int) else self.read(value)
        except Exception:  # scapy's fields raise whatever comes up
            raise SendError(f"{self.name} cannot be {value!r}: give another") from None
        self.check(number)
        return number

    def counter(self, counter: Counter) -> Progression:
        """A source of the counter's numbers."""
        return Progression(self.number(counter.start), counter.step, None, self.bits)

    def array(self, values: NDArray[Any]) -> Listed:
        """A source of the numbers in a one-dimensional array of integers."""
        if len(values):
            self.check(int(values.min()), int(values.max()))
        return Listed(values.astype(np.uint64))

    def uniform(self, drawn: Random) -> Uniform:
        """A source of numbers at random; at most 64 bits of them vary."""
        low = 0 if drawn.low is None else self.number(drawn.low)
        high = self.largest if drawn.high is None else self.number(drawn.high)
        if low > high or low >> 64 != high >> 64:
            raise SendError(f"{self.name} cannot be drawn from {low} to {high}: give low <= high, within 64 bits")
        return Uniform(some_seed() if drawn.seed is None else drawn.seed, low, high)
