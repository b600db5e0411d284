"""A seeded order of the numbers below any size, without a table: forwards and back, many at once.

A Feistel network over as many bits as the size takes, with cycle-walking: a result that is too large is put through
again (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). It spreads; it is no cipher.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.errors import TargetError
from rawkit.frames import Int64s

Words = NDArray[np.uint64]

ROUNDS: Final = 8
LARGEST: Final = 1 << 62
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_FOLD: Final = np.uint64(29)


class Permutation:
    """A permutation of `range(size)`, the same for the same seed.

    Args:
        size: from 1 to 2^62.
        seed: any integer of 64 bits.

    Raises TargetError for a size that is too large.

    >>> order = Permutation(10, seed=7)
    >>> scattered = order.forward(np.arange(10))
    >>> sorted(scattered.tolist()), order.inverse(scattered).tolist() == list(range(10))
    ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], True)
    """

    def __init__(self, size: int, seed: int) -> None:
        if not 0 < size <= LARGEST:
            raise TargetError(f"{size} probes: give at least 1 and at most 2^62")
        self.size = size
        bits = max((size - 1).bit_length(), 2)
        self._widths = (bits // 2, bits - bits // 2)
        keys = hashlib.blake2b(seed.to_bytes(8, "big"), digest_size=8 * ROUNDS, person=b"rawkit order").digest()
        self._keys: Sequence[np.uint64] = list(np.frombuffer(keys, dtype=np.uint64))

    def forward(self, places: Int64s) -> Int64s:
        """What stands at each place."""
        return self._walk(places, range(ROUNDS))

    def inverse(self, numbers: Int64s) -> Int64s:
        """The place of each number."""
        return self._walk(numbers, range(ROUNDS)[::-1])

    def _walk(self, values: Int64s, rounds: range) -> Int64s:
        result = self._through(values.astype(np.uint64), rounds)
        outside = np.flatnonzero(result >= self.size)
        while len(outside):
            again = self._through(result[outside], rounds)
            result[outside] = again
            outside = outside[again >= self.size]
        return result.astype(np.int64)

    def _through(self, values: Words, rounds: range) -> Words:
        """One pass; each round changes one half by the other, and undoes itself."""
        low = np.uint64(self._widths[1])
        halves = [values >> low, values & np.uint64((1 << self._widths[1]) - 1)]
        for number in rounds:
            side = number % 2
            halves[side] ^= self._mixed(halves[1 - side], self._keys[number], self._widths[side])
        return halves[0] << low | halves[1]

    def _mixed(self, half: Words, key: np.uint64, width: int) -> Words:
        word = half + key
        word *= _SPREAD
        word ^= word >> _FOLD
        word *= _SPREAD
        word >>= np.uint64(64 - width)
        return word
