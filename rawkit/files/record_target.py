"""A file that gets whole records, also where their headers and payloads lie in different memory (writev(2))."""

from __future__ import annotations

import os
import stat
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from rawkit.errors import CaptureError
from rawkit.files.streams import cannot
from rawkit.files.targets import Output
from rawkit.files.vectors import left, portions, write_vectors

if TYPE_CHECKING:
    from rawkit.frames import Bytes, Int64s


class RecordTarget(Output):
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
            except CaptureError:
                self._cut((part - begin).tolist())
                raise
            begin = int(part[-1])
        self.flush()

    def write_scattered(self, headers: Bytes, size: int, data: Bytes, at: Int64s, captured: Int64s) -> None:
        """Writes records: a header each, of `size` bytes, and `captured` bytes of `data` from `at` on."""
        import numpy as np

        vectors = np.empty((len(at), 2, 2), dtype=np.int64)  # struct iovec: address, length
        vectors[:, 0, 0] = np.arange(0, size * len(at), size) + headers.ctypes.data
        vectors[:, 0, 1] = size
        np.add(at, data.ctypes.data, out=vectors[:, 1, 0])
        vectors[:, 1, 1] = captured
        ends, begin = np.cumsum(captured + size), 0
        for rows in portions(ends):
            end = int(ends[rows.stop - 1])
            self.write_vectors(vectors[rows].reshape(-1).data, end - begin, each=2)
            begin = end

    def write_vectors(self, vectors: memoryview, size: int, each: int = 1) -> None:
        """Writes records of `size` bytes together, which lie where the vectors say, `each` vectors a record.

        `vectors` are 64-bit integers, an address and a number of bytes in turn: at most 1024 pairs.
        """
        try:
            written = write_vectors(self._file.fileno(), vectors)
            while written < size:
                written += write_vectors(self._file.fileno(), left(vectors, written))
        except OSError as error:
            self._cut(list(accumulate(vectors[1::2]))[each - 1 :: each])
            raise cannot("write", self.name, error) from None
        self._whole += size

    def _cut(self, ends: Sequence[int]) -> None:
        """Takes the part of a record off the end; `ends` are those of the records that were to be written."""
        if self.is_direct and stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            done = os.lseek(self._file.fileno(), 0, os.SEEK_CUR) - self._whole
            count = bisect_right(ends, done)
            self._file.truncate(self._whole + (ends[count - 1] if count else 0))
