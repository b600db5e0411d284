"""The bytes of a stream that nobody has taken yet, in a buffer that batches share without copying."""

from __future__ import annotations

import sys
from typing import Final

import numpy as np

from rawkit.files.streams import ByteStream
from rawkit.frames import Bytes

CHUNK: Final = 1 << 22
"""Bytes of a buffer. Measured: 1 MiB stays in the cache but costs more calls; 4 and 8 MiB took the same time."""
SPARES: Final = 3


class Intake:
    """Collects bytes; what is taken stays where it is, so arrays over it stay valid for as long as they are held.

    Attributes:
        position: bytes of the stream that were taken so far.
    """

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.position = 0
        self._spares: list[Bytes] = []
        self._data = self._fresh(CHUNK)
        self._start = self._end = 0

    @property
    def window(self) -> Bytes:
        """The bytes that are there and not taken."""
        return self._data[self._start : self._end]

    def fill(self) -> int | None:
        """Adds what the stream has now: the number of bytes, 0 at its end, None where none came in time."""
        if len(self._data) - self._end < CHUNK // 8:
            self._renew()
        count = self.stream.readinto(self._data.data[self._end :])
        self._end += count or 0
        return count

    def fill_to(self, size: int) -> bytes:
        """The first `size` bytes that are not taken, or as many as the stream has."""
        while len(self.window) < size and self.fill() != 0:
            pass
        return self.window[:size].tobytes()

    def take(self, size: int) -> None:
        """Leaves the first `size` bytes of the window behind."""
        self._start += size
        self.position += size

    def _renew(self) -> None:
        """Goes on in a new buffer: the old one belongs to the batches made from it."""
        left = self.window
        self._data = self._fresh(max(CHUNK, 2 * len(left)))
        self._data[: len(left)] = left
        self._start, self._end = 0, len(left)

    def _fresh(self, size: int) -> Bytes:
        """A buffer that nobody looks at any more, or a new one, whose first touch costs more than reading into it."""
        for spare in self._spares:
            if len(spare) >= size and sys.getrefcount(spare) == _UNUSED:
                return spare
        made = np.empty(size, dtype=np.uint8)
        if size == CHUNK:  # larger ones, for a record that is larger, are not kept
            self._spares = [made, *self._spares[: SPARES - 1]]
        return made


_UNUSED: Final = 3
"""References to a spare buffer that no batch holds: the list's, the loop's and getrefcount's own."""
