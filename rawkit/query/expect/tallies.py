"""What values come to, in bounded memory: their sum, the least and the most, what stands at a rank, how many differ."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Protocol

import numpy as np

from rawkit.errors import RawkitError
from rawkit.frames import Int64s
from rawkit.query.values import Coded, Spans, Values

MOST_VALUES: Final = 1 << 24
"""Different values that are kept for what stands at a rank, with how often each came: 16 bytes each."""
MOST_DIFFERENT: Final = 1 << 20
"""Different values, texts or addresses that are told apart."""
PENDING: Final = 1 << 20
"""Values that wait to be put among those that are kept."""
HALF: Final = 32


class Tally(Protocol):
    """Takes values of many things at a time; `found` is what they come to, None where there was none."""

    @property
    def of(self) -> int: ...
    def add(self, values: Values) -> None: ...
    def found(self) -> int | Fraction | None: ...


class Sum:
    """The sum, exact however many values there are, or the mean.

    >>> tally = Sum(is_mean=True)
    >>> tally.add(np.array([1 << 62, 1 << 62, 3]))
    >>> tally.found() == Fraction((1 << 63) + 3, 3)
    True
    """

    def __init__(self, *, is_mean: bool) -> None:
        self._is_mean, self._sum, self.of = is_mean, 0, 0

    def add(self, values: Values) -> None:
        numbers = numbers_of(values)
        high, low = numbers >> HALF, numbers & ((1 << HALF) - 1)
        self._sum += (int(high.sum()) << HALF) + int(low.sum())
        self.of += len(numbers)

    def found(self) -> int | Fraction | None:
        if not self._is_mean:
            return self._sum
        return Fraction(self._sum, self.of) if self.of else None


class Extreme:
    """The least value, or the most."""

    def __init__(self, *, is_most: bool) -> None:
        self._is_most, self.of = is_most, 0
        self._found: int | None = None

    def add(self, values: Values) -> None:
        numbers = numbers_of(values)
        self.of += len(numbers)
        if len(numbers):
            new = int(numbers.max() if self._is_most else numbers.min())
            kept = new if self._found is None else self._found
            self._found = max(new, kept) if self._is_most else min(new, kept)

    def found(self) -> int | None:
        return self._found


class Rank:
    """The nearest-rank percentile: the least value that at least so many in a hundred do not exceed.

    It is a value that there was; `numpy.quantile` calls it `inverted_cdf`. The median is that of 50.

    >>> tally = Rank(Fraction(30))
    >>> tally.add(np.array([15, 20, 35, 40, 50]))
    >>> tally.found()
    20
    """

    def __init__(self, percent: Fraction) -> None:
        self._percent, self.of = percent, 0
        self._values = self._counts = np.zeros(0, dtype=np.int64)
        self._pending: list[Int64s] = []
        self._waiting = 0

    def add(self, values: Values) -> None:
        numbers = numbers_of(values)
        self.of += len(numbers)
        self._pending.append(numbers)
        self._waiting += len(numbers)
        if self._waiting >= PENDING:
            self._settle()

    def found(self) -> int | None:
        if not self.of:
            return None
        self._settle()
        rank = max(-(-self._percent * self.of // 100), 1)
        return int(self._values[np.searchsorted(np.cumsum(self._counts), rank)])

    def _settle(self) -> None:
        """Puts the values that wait among those that are kept."""
        new, counts = np.unique(np.concatenate([*self._pending, self._values[:0]]), return_counts=True)
        self._pending, self._waiting = [], 0
        values, places = np.unique(np.concatenate([self._values, new]), return_inverse=True)
        if len(values) > MOST_VALUES:
            raise RawkitError(f"more than {MOST_VALUES} different values for a percentile: leave some out by a filter")
        sums = np.zeros(len(values), dtype=np.int64)
        np.add.at(sums, places.reshape(-1), np.concatenate([self._counts, counts]))
        self._values, self._counts = values, sums


class Distinct:
    """How many different values there are.

    >>> tally = Distinct()
    >>> tally.add(np.array([4, 5, 4])), tally.add(np.array([5]))
    (None, None)
    >>> tally.found()
    2
    """

    def __init__(self) -> None:
        self._seen: set[int | str | bytes] = set()
        self.of = 0

    def add(self, values: Values) -> None:
        self.of += _count(values)
        self._seen |= _different(values).keys()
        if len(self._seen) > MOST_DIFFERENT:
            raise RawkitError(f"more than {MOST_DIFFERENT} different values: leave some out by a filter")

    def news(self, values: Values) -> list[int]:
        """The places where values stand that were not there before, each value once."""
        return sorted(place for value, place in _different(values).items() if value not in self._seen)

    def found(self) -> int:
        return len(self._seen)


def numbers_of(values: Values) -> Int64s:
    """The values as int64, which they are by their kind."""
    assert not isinstance(values, Spans | Coded)
    found: Int64s = np.asarray(values, dtype=np.int64)
    return found


def _count(values: Values) -> int:
    return len(values.codes if isinstance(values, Coded) else values.start if isinstance(values, Spans) else values)


def _different(values: Values) -> dict[int | str | bytes, int]:
    """The different values, each with its first place."""
    if isinstance(values, Spans):
        every, found = np.ones(len(values.start), dtype=np.bool_), dict[int | str | bytes, int]()
        for place, data in values.each(every, values.length):
            found.setdefault(data, place)
        return found
    if isinstance(values, Coded):
        codes, places = np.unique(values.codes, return_index=True)
        return dict(zip((values.words[code] for code in codes.tolist()), places.tolist(), strict=True))
    rows, places = np.unique(values, axis=0, return_index=True)
    different = (row.tobytes() for row in rows) if values.ndim == 2 else rows.tolist()  # addresses have 16 bytes each
    return dict(zip(different, places.tolist(), strict=True))
