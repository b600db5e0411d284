"""One of several capture files that are read as one: its next frames, and where they belong among the others'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from rawkit.files.interfaces import Interface
from rawkit.files.pcapng import Comment
from rawkit.files.reader import CaptureReader, open_capture
from rawkit.files.streams import is_file
from rawkit.frames import FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.values import replace

EARLIEST: Final = int(np.iinfo(np.int64).min)
_NOTHING: Final = FrameBatch.from_frames(())


class Part:
    """A file that is read when its time has come, and a context manager that closes it.

    A key is a frame's time, or that of an earlier one where the file goes back: frames of others cannot get between.

    Args:
        path: the file, `-` for standard input.
        engine: runs the kernels.
        place_of: gives an interface's number among those of all files.

    Attributes:
        format: `"pcap"` or `"pcapng"`.
        begin: no frame that is still to be read has a lesser key.
        batch: the frames that were read and not taken.
        keys: theirs.
        ended: whether there is nothing more to read.
    """

    def __init__(self, path: str, engine: Engine, place_of: Callable[[Interface], int]) -> None:
        self._path, self._engine, self._place_of = path, engine, place_of
        self.batch, self.keys, self.ended = _NOTHING, _NOTHING.timestamp, False
        self.begin = EARLIEST
        self._places: list[int] = []
        self._read = self._noted = 0
        self._reader = open_capture(path, engine)
        self._is_open = True
        self.format = self._reader.format
        if is_file(path):
            self._look()

    def _look(self) -> None:
        """Finds out when a file on disk begins, and closes it again."""
        with self._reader as reader:
            first = reader.read()
            self._describe(reader)
        self._is_open = False
        if first is not None and len(first):
            self.begin = int(first.timestamp[0])

    def load(self) -> bool:
        """Reads the next frames; False where none came in time."""
        if not self._is_open:
            self._reader, self._is_open = open_capture(self._path, self._engine), True
        batch = self._reader.read()
        self._describe(self._reader)
        if batch is None:
            self.ended = True
            self._reader.close()
            return True
        if not len(batch):
            return False
        self.batch = replace(batch, interface=np.array(self._places, dtype=np.int32)[batch.interface])
        self.keys = np.maximum(np.maximum.accumulate(batch.timestamp), self.begin)
        self.begin = int(self.keys[-1])
        return True

    def take(self, until: int, *, inclusive: bool) -> tuple[FrameBatch, Int64s]:
        """The frames whose keys are less than `until`, or the same where that is meant, and their keys."""
        count = int(np.searchsorted(self.keys, until, "right" if inclusive else "left"))
        taken = self.batch.select(slice(0, count)), self.keys[:count]
        self.batch, self.keys = self.batch.select(slice(count, None)), self.keys[count:]
        return taken

    def comments(self, numbers: Int64s) -> Iterator[Comment]:
        """The comments on the next frames, which were taken and have these numbers now, and those on no frame."""
        while self._noted < len(self._reader.comments):
            number, text = self._reader.comments[self._noted]
            row = 0 if number is None else number - self._read - 1
            if number is not None and row >= len(numbers):
                break
            yield None if number is None else int(numbers[row]), text
            self._noted += 1
        self._read += len(numbers)

    @property
    def truncated(self) -> str | None:
        """After the end, where the file was cut or damaged."""
        return self._reader.truncated if self.ended else None

    @property
    def remarks(self) -> list[str]:
        """After the end, what of the file was not taken as it stands, a line each."""
        return self._reader.remarks if self.ended else []

    @property
    def position(self) -> int:
        """Bytes of it (uncompressed) that were read."""
        return self._reader.position if self._is_open else 0

    def _describe(self, reader: CaptureReader) -> None:
        self._places += [self._place_of(one) for one in reader.interfaces[len(self._places) :]]

    def __enter__(self) -> Part:
        return self

    def __exit__(self, *_error: object) -> None:
        self._reader.close()
