"""Values drawn at random beside plain numbers: numbers of several parts, each number once, text, one of a few.

What is asked for is a `Pieces`, `Shuffled`, `Text` or `Choice`; the values are those of a source. Each value follows
from the seed and its index alone, so that the same seed gives the same frames whatever the size of the batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from rawkit.craft.sources import WORD, Numbers, Uniform, Words
from rawkit.frames import Bytes, Int64s
from rawkit.values import dataclass, field

ROUNDS: Final = 6
"""Of the Feistel network that shuffles."""
ANY_BYTE: Final = bytes(range(256))


@dataclass(frozen=True, slots=True)
class Pieces:
    """A number of several parts, each drawn alone: bits, lowest and highest of each, the first part on the left."""

    pieces: tuple[tuple[int, int, int], ...]
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Shuffled:
    """All numbers from `low` to `high` in random order, each once before any comes again."""

    low: int
    high: int
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """So many characters out of `letters`, from `least` to `most`, and `end` behind them."""

    least: int
    most: int
    letters: bytes = ANY_BYTE
    end: bytes = b""
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values, each as likely as another."""

    values: tuple[Any, ...]
    seed: int | None = None


def seed_of(seed: int, number: int) -> int:
    """One of many seeds that follow from one."""
    return Uniform(seed, 0, WORD).value(number)


class Composed:
    """The numbers of `Pieces`."""

    count = None

    def __init__(self, pieces: Pieces, seed: int) -> None:
        shift, placed = sum(bits for bits, _, _ in pieces.pieces), []
        for number, (bits, low, high) in enumerate(pieces.pieces):
            shift -= bits
            placed.append((shift, Uniform(seed_of(seed, number), low, high)))
        self._placed = placed

    def value(self, index: int) -> int:
        """The number at one index."""
        return sum(piece.value(index) << shift for shift, piece in self._placed)

    def word(self, index: Int64s, which: int) -> Words:
        """64 bits of the number at each index."""
        words = np.zeros(len(index), np.uint64)
        for shift, piece in self._placed:
            if shift // 64 == which:
                words |= piece.word(index, 0) << np.uint64(shift % 64)
        return words


@dataclass(frozen=True, slots=True)
class Permuted:
    """The numbers of `Shuffled`: a Feistel network over as many bits as they need, again where it leads out of them."""

    seed: int
    low: int
    high: int
    count: int | None = None

    def value(self, index: int) -> int:
        """The number at one index."""
        return int(self.word(np.array([index], np.int64), 0)[0])

    def word(self, index: Int64s, which: int) -> Words:
        """64 bits of the number at each index."""
        if which:
            return np.full(len(index), self.low >> 64, np.uint64)
        size = self.high - self.low + 1
        numbers = index.astype(np.uint64) % np.uint64(size) if size <= WORD else index.astype(np.uint64)
        half = max(1, ((size - 1).bit_length() + 1) // 2)
        keys = [Uniform(seed_of(self.seed, number), 0, WORD) for number in range(ROUNDS)]
        numbers = _feistel(numbers, half, keys)
        while len(outside := np.flatnonzero(numbers > np.uint64(size - 1))):
            numbers[outside] = _feistel(numbers[outside], half, keys)
        return numbers + np.uint64(self.low & WORD)


def _feistel(numbers: Words, half: int, keys: Sequence[Uniform]) -> Words:
    shift, mask = np.uint64(half), np.uint64((1 << half) - 1)
    left, right = numbers >> shift, numbers & mask
    for key in keys:
        left, right = right, left ^ (key.word(right.astype(np.int64), 0) & mask)
    return left << shift | right


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of `Text`."""

    seed: int
    text: Text
    count: int | None = None
    _letters: Bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_letters", np.frombuffer(self.text.letters, np.uint8))

    def value(self, index: int) -> bytes:
        """The text at one index."""
        one = np.array([index], np.int64)
        return self.rows(one, int(self.sizes(one)[0])).tobytes()

    def sizes(self, index: Int64s) -> Int64s:
        """Bytes of the text at each index."""
        drawn = Uniform(self.seed, self.text.least, self.text.most).word(index, 0)
        return drawn.astype(np.int64) + len(self.text.end)

    def rows(self, index: Int64s, size: int) -> Bytes:
        """The texts of these indexes, which are all of that size: a row each.

        A letter is chosen by 16 bits: of 62 each is as likely as another to a thousandth.
        """
        letters, end = size - len(self.text.end), self.text.end
        is_any = self.text.letters == ANY_BYTE
        columns = np.arange(-(-letters // (8 if is_any else 4)), dtype=np.int64)
        words = Uniform(seed_of(self.seed, 1), 0, WORD).word(((index << 16)[:, None] + columns).reshape(-1), 0)
        drawn = words.astype("<u8", copy=False).view(np.uint8 if is_any else "<u2")
        drawn = drawn.reshape(len(index), -1)[:, :letters]
        if not is_any:
            drawn = self._letters[drawn.astype(np.uint32) * np.uint32(len(self.text.letters)) >> np.uint32(16)]
        return np.hstack([drawn, np.tile(np.frombuffer(end, np.uint8), (len(index), 1))]) if end else drawn


class Chosen:
    """The values of `Choice`, where they are no numbers."""

    count = None

    def __init__(self, values: Sequence[Any], seed: int) -> None:
        self._values, self._which = values, Uniform(seed, 0, len(values) - 1)

    def value(self, index: int) -> Any:
        """The value at one index."""
        return self._values[self._which.value(index)]


class ChosenNumbers:
    """The values of `Choice`, where they are numbers."""

    count = None

    def __init__(self, values: Numbers, seed: int) -> None:
        self._values, self._which = values, Uniform(seed, 0, (values.count or 1) - 1)

    def value(self, index: int) -> Any:
        """The number at one index."""
        return self._values.value(self._which.value(index))

    def word(self, index: Int64s, which: int) -> Words:
        """64 bits of the number at each index."""
        return self._values.word(self._which.word(index, 0).astype(np.int64), which)
