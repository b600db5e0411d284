"""A recording in several files: a new one after so many bytes, so many seconds, only the last so many kept."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import numpy as np

from rawkit.files import Interface
from rawkit.files.layout import ENHANCED_HEADER, PCAP_HEADER, PCAP_RECORD
from rawkit.files.payload import NO_LIMIT, Payload
from rawkit.files.pcapng_writer import TRAILER
from rawkit.frames import FrameBatch, Int64s
from rawkit.run.capture.following import Following
from rawkit.run.capture.inputs import Files
from rawkit.run.capture.naming import SECOND, is_pattern, numbered, split_compression, stamped
from rawkit.run.capture.plan import RecordingPlan, Rotation
from rawkit.run.capture.recording import Recording, RowComments

LATENESS: Final = SECOND // 10
"""Nanoseconds that a frame may be on its way from the card to the file."""
PIECE: Final = 1 << 16
"""Bytes of frames that are compressed at once, at least: only then it is seen how large the file is."""


def open_recording(
    plan: RecordingPlan, interfaces: Sequence[Interface], read: Files = frozenset()
) -> Recording | RotatedRecording:
    """What writes the frames of these interfaces as planned; the first frame opens the file, or its `begin`.

    `read` are the files that the frames come from, which are not written over.
    """
    if plan.rotation is None and not is_pattern(plan.path):
        return Recording(plan.path, interfaces, read, plan.comment)
    return RotatedRecording(plan.path, interfaces, plan.rotation or Rotation(), read, plan.comment)


class RotatedRecording:
    """Writes frames to one file after another; a FrameSink and a context manager.

    The name may be a pattern of strftime(3) for the time at which the file begins, with `size` and `files` for that of
    the first. Further files of the same name have a number behind it, with as many digits as `files` needs. Of a
    compressed file, `size` is what it takes on the disk.
    """

    def __init__(
        self,
        path: str,
        interfaces: Sequence[Interface],
        rotation: Rotation,
        read: Files = frozenset(),
        comment: str | None = None,
    ) -> None:
        self._path, self._interfaces, self._rotation, self._read = path, interfaces, rotation, read
        self._comment, self._following = comment, Following(rotation.command)
        self._sizes = pcapng_sizes if ".pcapng" in path else pcap_sizes
        self._is_packed = split_compression(path)[1] != ""
        self._file: Recording | None = None
        self._name = self._base = ""
        self._left = 0
        self._next_time = 0
        self._periods = self._number = 0
        self._is_full = False

    def begin(self) -> None:
        """Opens the first file at once, for a source that is live."""
        file = self._open(time.time_ns())
        if file is not None:
            file.begin()

    def write(self, batch: FrameBatch, comments: RowComments | None = None) -> None:
        """Writes the frames, each whole into one file, with its comments."""
        done = 0
        while done < len(batch):
            rest = batch.select(slice(done, None))
            if self._file is not None and self._is_due(rest):
                self._close()
            file = self._file or self._open(int(rest.timestamp[0]))
            if file is None:
                return
            count = self._fitting(rest)
            theirs = {row - done: texts for row, texts in (comments or {}).items() if done <= row < done + count}
            file.write(rest.select(slice(0, count)), theirs)
            if self._is_packed and self._rotation.size is not None:
                self._left = self._rotation.size - os.path.getsize(self._name)
            done += count

    def pass_time(self, now: int) -> None:
        """Begins the file of the next period, of a source that is live, also where no frame comes."""
        seconds = self._rotation.seconds
        if seconds is None or self._file is None or self._is_last or now < self._next_time + LATENESS:
            return
        self._close()
        passed = (now - LATENESS - self._next_time) // (seconds * SECOND)
        file = self._open(self._next_time + passed * seconds * SECOND)
        if file is not None:
            file.begin()

    def is_over(self, now: int) -> bool:
        """Whether the last file that `files` allows is complete at `now` (nanoseconds since the epoch)."""
        return self._is_full or (self._is_last and now >= self._next_time + LATENESS)

    def _is_due(self, rest: FrameBatch) -> bool:
        by_time = self._rotation.seconds is not None and int(rest.timestamp[0]) >= self._next_time
        return by_time or (self._rotation.size is not None and self._left < 0)

    def _fitting(self, rest: FrameBatch) -> int:
        """How many frames go into the file that is open: at least one."""
        count = len(rest)
        if self._rotation.seconds is not None:
            late = np.nonzero(rest.timestamp >= self._next_time)[0]
            count = max(int(late[0]), 1) if len(late) else count
        if self._rotation.size is not None:
            ends = np.cumsum(self._sizes(rest))
            room = max(self._left, PIECE) if self._is_packed else self._left
            count = min(count, int(np.searchsorted(ends, room, "right")) + 1)
            self._left -= int(ends[count - 1])
        return count

    def _open(self, now: int) -> Recording | None:
        """The next file, None where there were enough."""
        rotation = self._rotation
        if rotation.seconds is not None and now >= self._next_time:
            self._begin_period(now)
        if self._is_full:
            return None
        self._left = (rotation.size or 0) - PCAP_HEADER
        self._name = self._next_name(now)
        self._file = Recording(self._name, self._interfaces, self._read, self._comment)
        return self._file

    @property
    def _is_last(self) -> bool:
        """Whether no other file may follow: with `seconds` alone, `files` ends the recording."""
        return self._rotation.size is None and self._periods == self._rotation.files

    def _begin_period(self, now: int) -> None:
        if self._is_last:
            self._is_full = True
            return
        self._periods += 1
        self._next_time = now + (self._rotation.seconds or 1) * SECOND

    def _next_name(self, now: int) -> str:
        """What a file is called that begins now."""
        rotation = self._rotation
        is_ring = rotation.size is not None and rotation.files is not None
        moment = now if rotation.seconds is None else self._next_time - rotation.seconds * SECOND
        base = self._base if is_ring and rotation.seconds is None and self._base else stamped(self._path, moment)
        self._number = self._number + 1 if base == self._base else 0
        self._base = base
        if is_ring and rotation.files != 1:
            assert rotation.files is not None
            return numbered(base, self._number % rotation.files, len(str(rotation.files - 1)))
        return base if is_ring or not self._number else numbered(base, self._number)

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.__exit__(None, None, None)
            self._following.start(self._name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        self._following.wait()


def pcap_sizes(batch: FrameBatch) -> Int64s:
    """Bytes that each frame takes in a pcap file.

    >>> pcap_sizes(FrameBatch.from_frames([bytes(60)])).tolist()
    [76]
    """
    return Payload(batch, NO_LIMIT).captured + PCAP_RECORD


def pcapng_sizes(batch: FrameBatch) -> Int64s:
    """Bytes that each frame takes in a pcapng file, options left out.

    >>> pcapng_sizes(FrameBatch.from_frames([bytes(61)])).tolist()
    [96]
    """
    return (Payload(batch, NO_LIMIT).captured + 3) // 4 * 4 + ENHANCED_HEADER + TRAILER
