"""Numbers and bytes written into all frames of a matrix at once; a row is a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.craft.places import Place
from rawkit.frames import Bytes, Int64s
from rawkit.values import dataclass

Words = NDArray[np.uint64]
SIZES: Final = (8, 4, 2, 1)


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of a number: `word` of it, moved `left` or `right` by so many bits, goes to `size` bytes at `offset`.

    `shared` parts have other bits in their bytes; theirs must be 0 before.
    """

    offset: int
    size: int
    word: int
    left: int
    right: int
    shared: bool

    def write(self, frames: Bytes, words: Words) -> None:
        """Writes the part of one word a row; the matrix must be C-contiguous."""
        moved = words << np.uint64(self.left) >> np.uint64(self.right) if self.left or self.right else words
        column = np.ndarray((len(frames),), f">u{self.size}", frames, self.offset, (frames.shape[1],))
        if self.shared:
            column |= moved.astype(column.dtype)
        else:
            column[:] = moved.astype(column.dtype.newbyteorder("="))


def number_parts(place: Place) -> tuple[Part, ...]:
    """The parts that write a number of up to 128 bits; a number that shares a byte has up to 57.

    >>> [(part.offset, part.size) for part in number_parts(Place(48, 48))]
    [(6, 4), (10, 2)]
    """
    spare = place.end * 8 - place.bit - place.bits
    shared = bool(spare or place.bit % 8)
    return tuple(_parts(place, spare, shared))


def _parts(place: Place, spare: int, shared: bool) -> Iterator[Part]:
    offset = place.first
    while offset < place.end:
        size = next(size for size in SIZES if size <= place.end - offset)
        behind = (place.end - offset - size) * 8
        yield Part(offset, size, behind // 64, spare, behind % 64, shared)
        offset += size


def write_number(frames: Bytes, parts: tuple[Part, ...], word: Callable[[Int64s, int], Words], index: Int64s) -> None:
    """Writes the numbers that `word` gives for the rows' indexes."""
    words = {which: word(index, which) for which in {part.word for part in parts}}
    for part in parts:
        part.write(frames, words[part.word])
