"""A recording in several files: a new one after so many bytes, so many seconds, only the last so many kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import numpy as np

from rawkit.files import Interface
from rawkit.frames import FrameBatch
from rawkit.run.recording import Recording

RECORD: Final = {True: 32, False: 16}
"""Bytes of a record's header: pcapng's block, pcap's record."""
SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a new file begins, as tcpdump's -C, -G and -W say it.

    Attributes:
        size: bytes after which a new file begins.
        seconds: seconds of capture time after which a new file begins.
        files: with `size`: how many files there are, the oldest is overwritten; with `seconds` alone: after how many
            the recording ends.
    """

    size: int | None = None
    seconds: int | None = None
    files: int | None = None


class RotatedRecording:
    """Writes frames to one file after another; a FrameSink and a context manager.

    With `seconds`, the name is a pattern of strftime(3) for the time at which the file begins; with `size`, further
    files have a number behind their name, with as many digits as `files` has.

    Attributes:
        is_full: whether as many files were written as `files` allows.
    """

    def __init__(self, path: str, interfaces: Sequence[Interface], rotation: Rotation) -> None:
        self._path, self._interfaces, self._rotation = path, interfaces, rotation
        self._header = RECORD[".pcapng" in path]
        self._file: Recording | None = None
        self._left = 0
        self._next_time = 0
        self._periods = self._number = 0
        self.is_full = False

    def write(self, batch: FrameBatch) -> None:
        """Writes the frames, each whole into one file."""
        done = 0
        while done < len(batch):
            rest = batch.select(slice(done, None))
            if self._file is not None and self._is_due(rest):
                self._close()
            file = self._file or self._open(int(rest.timestamp[0]))
            if file is None:
                return
            count = self._fitting(rest)
            file.write(rest.select(slice(0, count)))
            done += count

    def _is_due(self, rest: FrameBatch) -> bool:
        by_time = self._rotation.seconds is not None and int(rest.timestamp[0]) >= self._next_time
        return by_time or (self._rotation.size is not None and self._left <= 0)

    def _fitting(self, rest: FrameBatch) -> int:
        """How many frames go into the file that is open: at least one."""
        count = len(rest)
        if self._rotation.seconds is not None:
            late = np.nonzero(rest.timestamp >= self._next_time)[0]
            count = int(late[0]) if len(late) else count
        if self._rotation.size is not None:
            sizes = np.cumsum(rest.captured.astype(np.int64) + self._header)
            count = min(count, int(np.searchsorted(sizes, self._left)) + 1)
            self._left -= int(sizes[min(max(count, 1), len(rest)) - 1])
        return max(count, 1)

    def _open(self, now: int) -> Recording | None:
        """The next file, None where there were enough."""
        rotation = self._rotation
        if rotation.seconds is not None and now >= self._next_time:
            self._begin_period(now)
        if self.is_full:
            return None
        self._left = rotation.size or 0
        self._file = Recording(self._name(now), self._interfaces)
        self._number += 1
        return self._file

    def _begin_period(self, now: int) -> None:
        seconds = self._rotation.seconds or 1
        ended = self._rotation.size is None and self._rotation.files is not None
        if ended and self._periods == self._rotation.files:
            self.is_full = True
            return
        self._periods += 1
        self._number = 0
        self._next_time = now + seconds * SECOND

    def _name(self, now: int) -> str:
        name = self._path
        if self._rotation.seconds is not None:
            name = time.strftime(name, time.localtime(now // SECOND))
        if self._rotation.size is None:
            return name
        if self._rotation.files is None:
            return f"{name}{self._number}" if self._number else name
        return f"{name}{self._number % self._rotation.files:0{len(str(self._rotation.files - 1))}d}"

    def _close(self) -> None:
        if self._file is not None:
            self._file.__exit__(None, None, None)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
