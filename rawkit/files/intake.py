"""The bytes of a stream that nobody has taken yet, in a buffer that batches share without copying."""

from __future__ import annotations

from typing import Final

import numpy as np

from rawkit.files.streams import ByteStream
from rawkit.frames import Bytes

CHUNK: Final = 1 << 20
"""Bytes of a buffer: what stays in a processor's cache from the walk to the decoder."""


class Intake:
    """Collects bytes; what is taken stays where it is, so arrays over it stay valid for as long as they are held.

    Attributes:
        position: bytes of the stream that were taken so far.
    """

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.position = 0
        self._data: Bytes = np.empty(CHUNK, dtype=np.uint8)
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
        self._data = np.empty(max(CHUNK, 2 * len(left)), dtype=np.uint8)
        self._data[: len(left)] = left
        self._start, self._end = 0, len(left)
