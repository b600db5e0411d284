"""Writing memory that lies in many places, in one call (writev(2))."""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache


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


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.writev.restype = ctypes.c_ssize_t
    libc.writev.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
    return libc
