"""Sums by key, of any number of keys, in bounded memory.

A key is a few numbers; what is added up for it are others. Rows are put together by sorting them, many at a time. Where
there are more keys than may be kept, the heaviest stay, and what those that went may have had at most is known of each
key that comes later: Space-Saving (Metwally, Agrawal, El Abbadi, 2005), many keys at a time.
"""

from __future__ import annotations

from random import getrandbits
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Int64s

MOST: Final = 1 << 18
"""Keys that are kept where there are more than twice as many."""
TOGETHER: Final = 1 << 16
"""Rows that wait at least before they are put together with those before."""

Hashes = NDArray[np.uint64]


class Grouped(NamedTuple):
    """Keys with their sums.

    Attributes:
        keys: a row a key, int64.
        sums: a row a key, a column a measure. A sum is exact where nothing was missed, else that much too small at
            most.
        missed: of each key and measure, what it may have had before it was kept.
        bound: of each measure the largest of these that any key can have; 0: all is exact.
    """

    keys: Int64s
    sums: Int64s
    missed: Int64s
    bound: Int64s

    def __len__(self) -> int:
        return len(self.keys)


class Groups:
    """Adds up measures by key.

    Args:
        width: numbers of a key.
        measures: how many are added up.
        weight: the measure by which keys stay where there are too many.
        most: keys that are kept.

    >>> groups = Groups(1, 1)
    >>> groups.add(np.array([[7], [9], [7]]), np.array([[1], [10], [2]]))
    >>> [column.tolist() for column in groups.grouped()[:2]]
    [[[9], [7]], [[10], [3]]]
    """

    def __init__(self, width: int, measures: int, weight: int = 0, most: int = MOST) -> None:
        self._width, self._weight, self._most = width, weight, most
        self._seed = getrandbits(64)
        self._bound = np.zeros(measures, dtype=np.int64)
        self._kept = self._nothing()
        self._waiting: list[tuple[Int64s, Int64s]] = []
        self._rows = 0

    def add(self, keys: Int64s, sums: Int64s) -> None:
        """Adds rows: a key each, and what is to be added for it."""
        if not len(keys):
            return
        keys, sums, _ = self._together(keys, sums, np.zeros_like(sums))
        self._waiting.append((keys, sums))
        self._rows += len(keys)
        if self._rows > max(len(self._kept), min(TOGETHER, self._most)):
            self._merge()

    def grouped(self) -> Grouped:
        """All keys that are kept, the heaviest first."""
        self._merge()
        found = self._kept
        order = np.lexsort((*found.keys.T[::-1], -found.sums[:, self._weight]))
        return Grouped(found.keys[order], found.sums[order], found.missed[order], self._bound.copy())

    def _nothing(self) -> Grouped:
        sums = np.zeros((0, len(self._bound)), dtype=np.int64)
        return Grouped(np.zeros((0, self._width), dtype=np.int64), sums, sums, self._bound)

    def _merge(self) -> None:
        """Puts what waits together with what is kept, and lets the lightest go where these are too many."""
        if not self._waiting:
            return
        keys, sums = (np.concatenate(each) for each in zip(*self._waiting, strict=True))
        self._waiting, self._rows = [], 0
        missed = np.broadcast_to(self._bound, sums.shape)
        old = self._kept
        both = (np.concatenate(each) for each in ((old.keys, keys), (old.sums, sums), (old.missed, missed)))
        self._kept = Grouped(*self._together(*both), self._bound)
        if len(self._kept) > 2 * self._most:
            self._let_go()

    def _let_go(self) -> None:
        keys, sums, missed, _ = self._kept
        upper = sums + missed
        weight = upper[:, self._weight]
        order = np.argpartition(-weight, self._most)
        stay, go = order[: self._most], order[self._most :]
        self._bound = np.maximum(self._bound, upper[go].max(axis=0))
        self._kept = Grouped(keys[stay], sums[stay], missed[stay], self._bound)

    def _together(self, keys: Int64s, sums: Int64s, missed: Int64s) -> tuple[Int64s, Int64s, Int64s]:
        """A row for each key. One that was kept has missed less than any that comes later, so the least counts."""
        hashes = _hashes(keys, self._seed)
        order = np.argsort(hashes, kind="stable")
        keys, hashes = keys[order], hashes[order]
        is_first = np.ones(len(keys), dtype=np.bool_)
        is_first[1:] = (hashes[1:] != hashes[:-1]) | (keys[1:] != keys[:-1]).any(axis=1)
        first = np.flatnonzero(is_first)
        if len(first) == len(keys):
            return keys, sums[order], missed[order]
        return (
            keys[first],
            np.add.reduceat(sums[order], first, axis=0),
            np.minimum.reduceat(missed[order], first, axis=0),
        )


def _hashes(keys: Int64s, seed: int) -> Hashes:
    """A number for each key; equal keys have equal ones, and nobody outside knows which others do."""
    found = np.full(len(keys), seed, dtype=np.uint64)
    for lane in range(keys.shape[1]):
        found ^= keys[:, lane].astype(np.uint64)
        found *= np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
        found *= np.uint64(0xBF58476D1CE4E5B9)
        found ^= found >> np.uint64(32)
    return found
