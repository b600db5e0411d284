"""Writing memory that lies in many places, in one call (writev(2)), and in pieces that cost the system little."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rawkit.frames import Int64s

PORTION: Final = 1 << 16
"""Bytes of a piece: where files have large folios (ext4, XFS), writes of twice as much take five times the CPU time."""
MOST_VECTORS: Final = 1024
"""Vectors that writev(2) takes (UIO_MAXIOV)."""
MOST_RECORDS: Final = MOST_VECTORS // 2
"""Records of a piece, with two vectors each."""


def write_vectors(descriptor: int, vectors: memoryview) -> int:
    """How many bytes the system took: not always all; OSError where it took none.

    `vectors` are writable 64-bit integers, an address and a size in turn (struct iovec).

    >>> text = ctypes.create_string_buffer(b"ab")
    >>> vectors = memoryview(bytearray(32)).cast("q")
    >>> vectors[0] = vectors[2] = ctypes.addressof(text)
    >>> vectors[1], vectors[3] = 2, 1
    >>> with open(os.devnull, "wb") as file:
    ...     write_vectors(file.fileno(), vectors)
    3
    """
    pointer = ctypes.byref(ctypes.c_char.from_buffer(vectors))
    while True:
        written = int(_libc().writev(descriptor, pointer, len(vectors) // 2))
        if written >= 0:
            return written
        number = ctypes.get_errno()
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))


def left(vectors: memoryview, written: int) -> memoryview:
    """What is left of the vectors when so many bytes, but not all, are written.

    >>> left(memoryview(bytearray(48)).cast("q"), 0).tolist()
    [0, 0, 0, 0, 0, 0]
    """
    first = 0
    while written and written >= vectors[2 * first + 1]:
        written -= vectors[2 * first + 1]
        first += 1
    rest = memoryview(bytearray(vectors[2 * first :])).cast("q")
    rest[0] += written
    rest[1] -= written
    return rest


def portions(ends: Int64s) -> Iterator[slice]:
    """Cuts records, which stand one behind the other and end at the bytes `ends`, into pieces of whole ones.

    A piece has at most `PORTION` bytes, unless it is one record that has more, and at most `MOST_RECORDS` records.

    >>> import numpy as np
    >>> list(portions(np.array([40_000, 60_000, 200_000])))
    [slice(0, 2, None), slice(2, 3, None)]
    """
    first, begin = 0, 0
    while first < len(ends):
        last = max(int(ends.searchsorted(begin + PORTION, "right")), first + 1)
        last = min(last, first + MOST_RECORDS)
        yield slice(first, last)
        first, begin = last, int(ends[last - 1])


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.writev.restype = ctypes.c_ssize_t
    libc.writev.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
    return libc
