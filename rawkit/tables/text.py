"""Text for many rows: made once for each distinct value, and then looked up.

A capture has few addresses and many packets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rawkit.tables.column import TableColumn, Word
from rawkit.values import replace

Codes = NDArray[np.int64]


class Coded(NamedTuple):
    """Text as places in a list: row `i` says `words[codes[i]]`; the last word is None, for what is not there."""

    codes: Codes
    words: list[Word | None]


def coded(column: TableColumn) -> Coded:
    """The text or the words of a column.

    >>> rows = np.array([[192, 0, 2, 1], [0, 0, 0, 0], [192, 0, 2, 1]], dtype=np.uint8)
    >>> codes, words = coded(TableColumn("text", rows, np.array([True, False, True]), bytes.hex))
    >>> codes.tolist(), words
    ([0, 1, 0], ['c0000201', None])
    """
    assert column.read is not None
    present = np.nonzero(column.mask)[0]
    values = column.values[present]
    first, found = distinct(values)
    codes = np.full(len(column.mask), len(first), dtype=np.int64)
    codes[present] = found
    chosen = values[first]
    keys: list[Any] = chosen.tolist() if chosen.ndim == 1 else [row.tobytes() for row in chosen]
    return Coded(codes, [*map(column.read, keys), None])


def alike(pieces: Sequence[TableColumn]) -> Sequence[TableColumn]:
    """Pieces of one column that all read their values in the same way: where they do not, as places in one list.

    >>> one, other = (TableColumn("text", np.array([0]), np.array([True]), (name,).__getitem__) for name in ("a", "b"))
    >>> [piece.read(piece.values[0]) for piece in alike([one, other])]
    ['a', 'b']
    """
    reads = [piece.read for piece in pieces if piece.mask.any()]
    if all(read == reads[0] for read in reads):
        return [replace(piece, read=reads[0]) for piece in pieces] if reads else pieces
    words: list[Word | None] = []
    word_of: Callable[[int], Any] = words.__getitem__
    merged = []
    for piece in pieces:
        found = coded(piece)
        merged.append(replace(piece, values=found.codes + len(words), read=word_of))
        words += found.words
    return merged


def distinct(values: NDArray[Any]) -> tuple[Codes, Codes]:
    """Of each distinct value a place where it stands, and for each row which of these it is.

    Values are numbers, or rows of bytes in two dimensions; they are compared whole.

    >>> rows = np.array([[1, 2], [1, 1], [1, 2]], dtype=np.uint8)
    >>> first, found = distinct(rows)
    >>> bool((rows[first][found] == rows).all()), len(first)
    (True, 2)
    """
    codes = np.zeros(len(values), dtype=np.int64)
    for number, word in enumerate(_words(values)):
        found, place = np.unique(word, return_inverse=True)
        codes = np.unique(codes * len(found) + place, return_inverse=True)[1] if number else place
    first = np.zeros(int(codes.max()) + 1 if len(codes) else 0, dtype=np.int64)
    first[codes] = np.arange(len(codes))
    return first, codes


def _words(values: NDArray[Any]) -> NDArray[Any]:
    """The values as rows of numbers, one row for each eight bytes; what sorts fast is a number."""
    if values.ndim == 1:
        return values[np.newaxis]
    size = values.shape[1]
    whole = np.zeros((len(values), size + -size % 8), dtype=np.uint8)
    whole[:, :size] = values
    return whole.view(np.uint64).T
