"""A file that gets whole records, also where their headers and payloads lie in different memory (writev(2))."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from functools import cache

import numpy as np

from rawkit.errors import CaptureError
from rawkit.files.portions import portions
from rawkit.files.streams import cannot
from rawkit.files.targets import Target
from rawkit.frames import Bytes, Int64s


class RecordTarget(Target):
    """A `Target` that keeps a file of its own whole: what a failed write leaves of a record is cut off again."""

    _whole = 0

    @property
    def is_direct(self) -> bool:
        """Whether the bytes go to a file of its own as they are, which `write_scattered` needs."""
        return self._owned and self._compressor is None

    def write(self, data: memoryview) -> None:
        """Writes all of `data`; CaptureError where the system does not take it."""
        super().write(data)
        self._whole += len(data)

    def write_records(self, records: Bytes, ends: Int64s) -> None:
        """Writes records that stand one behind the other, and end at `ends`."""
        begin = 0
        for rows in portions(ends):
            part = ends[rows]
            try:
                self.write(records.data[begin : int(part[-1])])
                self.flush()
            except CaptureError:
                self._cut(part - begin)
                raise
            begin = int(part[-1])

    def write_scattered(self, headers: Bytes, size: int, data: Bytes, at: Int64s, captured: Int64s) -> None:
        """Writes records: a header each, of `size` bytes, and `captured` bytes of `data` from `at` on."""
        vectors = np.empty((len(at), 2, 2), dtype=np.int64)  # struct iovec: address, length
        vectors[:, 0, 0] = np.arange(0, size * len(at), size) + _address(headers)
        vectors[:, 0, 1] = size
        np.add(at, _address(data), out=vectors[:, 1, 0])
        vectors[:, 1, 1] = captured
        ends, begin = np.cumsum(captured + size), 0
        for rows in portions(ends):
            part = ends[rows]
            self._gather(vectors[rows].reshape(-1, 2), part, begin)
            begin = int(part[-1])

    def _gather(self, vectors: Int64s, ends: Int64s, begin: int) -> None:
        size = int(ends[-1]) - begin
        try:
            written = _writev(self._file.fileno(), vectors)
            while written < size:
                written += _writev(self._file.fileno(), _left(vectors, written))
        except OSError as error:
            self._cut(ends - begin)
            raise cannot("write", self.name, error) from None
        self._whole += size

    def _cut(self, ends: Int64s) -> None:
        """Takes the part of a record off the end; `ends` are those of the records that were to be written."""
        if self.is_direct and stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            done = os.lseek(self._file.fileno(), 0, os.SEEK_CUR) - self._whole
            count = int(ends.searchsorted(done, "right"))
            self._file.truncate(self._whole + (int(ends[count - 1]) if count else 0))


def _writev(descriptor: int, vectors: Int64s) -> int:
    """How many bytes of the vectors the system took: not always all."""
    while True:
        written = int(_libc().writev(descriptor, _address(vectors), len(vectors)))
        if written >= 0:
            return written
        number = ctypes.get_errno()
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))


def _left(vectors: Int64s, written: int) -> Int64s:
    """What is left of the vectors when so many bytes, but not all, are written.

    >>> _left(np.array([[1000, 16], [2000, 60], [3000, 16]]), 20).tolist()
    [[2004, 56], [3000, 16]]
    """
    ends = vectors[:, 1].cumsum()
    first = int(ends.searchsorted(written, "right"))
    rest = vectors[first:].copy()
    done = written - (int(ends[first - 1]) if first else 0)
    rest[0] += (done, -done)
    return rest


def _address(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> int:
    return int(array.__array_interface__["data"][0])


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.writev.restype = ctypes.c_ssize_t
    libc.writev.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
    return libc
