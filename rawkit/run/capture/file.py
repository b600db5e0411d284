"""One pass over a capture file, until its end, or until somebody says stop."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from rawkit.errors import CaptureError
from rawkit.files import MergedReader, open_capture
from rawkit.files.streams import is_file, size_of
from rawkit.run.capture.inputs import files_of
from rawkit.run.capture.loop import CaptureLoop
from rawkit.run.capture.outcome import CaptureStatistics
from rawkit.run.capture.recordings import Recordings
from rawkit.run.capture.rotation import open_recording
from rawkit.run.opened import Opened
from rawkit.run.stopping import Stop
from rawkit.sockets.pausing import OTHERS
from rawkit.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rawkit.files import CaptureReader
    from rawkit.frames import FrameBatch, FrameSource
    from rawkit.kernels import Engine
    from rawkit.run.capture.plan import RecordingPlan
    from rawkit.run.stopping import Stop
    from rawkit.sockets.filter.bpf import FrameFilter
    from rawkit.sockets.pausing import Pause

LARGE: Final = 1 << 24
"""Bytes of a file from which on reading ahead is worth a thread."""
SMALL: Final = 1024
"""Frames that come at once where somebody else's loop waits."""


class Progress(Protocol):
    """Is told how far the reading is."""

    def show(self, done: int, frames: int) -> None:
        """So many bytes of the file (uncompressed) and so many frames were read."""

    def close(self) -> None:
        """It is over."""


@dataclass(slots=True)
class FileCapture(Opened):
    """A capture file that is gone through once; a context manager.

    Args:
        source: the path, `-` for standard input, or an open binary file, which stays open; or several paths, whose
            frames come in the order of time.
        engine: runs the kernels.
        stop: says when to end.
        filter: which frames, in tcpdump's language; None for all.
        count: frames after which it ends, None for all.
        progress: is told how far it is.

    Raises CaptureError and FilterError, when it is entered.

    Attributes:
        reader: the file, once it is entered.
        loop: goes through it. A large file is read ahead; what comes through a pipe is shown as it comes.
        recordings: the files that it is recorded to.

    >>> from rawkit.kernels import Engine
    >>> from rawkit.run.stopping import Stop
    >>> with FileCapture("captures/tcp-connect-refused.pcap", Engine("interpreted"), Stop(), "tcp") as capture:
    ...     [len(packets) for packets in capture.loop.packets()]
    [2]
    """

    source: str | os.PathLike[str] | BinaryIO | Sequence[str | os.PathLike[str]]
    engine: Engine
    stop: Stop
    filter: str | None = None
    count: int | None = None
    progress: Progress | None = None
    reader: CaptureReader | MergedReader = field(init=False)
    loop: CaptureLoop = field(init=False)
    recordings: Recordings = field(init=False)
    _begin: float = 0.0

    def _open(self, stack: ExitStack) -> None:
        self.reader = self._opened()
        stack.callback(self.reader.close)
        self.recordings = stack.enter_context(Recordings(lambda: self.reader.comments))
        only = _frame_filter(self.filter, self.reader) if self.filter else None
        source = _Watched(self.reader, self.stop, self.progress)
        self._begin = time.monotonic()
        self.loop = CaptureLoop(
            source, self.engine, only, self.count, self.recordings, ahead=self._is_large(), hurries=self._is_asked
        )

    def _opened(self) -> CaptureReader | MergedReader:
        sources = self._sources
        if len(sources) > 1:
            return MergedReader(sources, self.engine)
        return open_capture(sources[0], self.engine)

    def _are_files(self) -> bool:
        return all(isinstance(path, str | os.PathLike) and is_file(path) for path in self._sources)

    def _is_large(self) -> bool:
        return self._are_files() and sum(map(size_of, self._sources)) > LARGE

    @property
    def _sources(self) -> Sequence[Any]:
        return self.source if isinstance(self.source, list | tuple) else (self.source,)

    def _is_asked(self) -> bool:
        return self.stop.asked

    @property
    def links(self) -> list[tuple[str, int]]:
        """The name, where it has one, and the LINKTYPE number of each interface that the file described so far."""
        return [(one.name, one.link_type) for one in self.reader.interfaces]

    def record_to(self, plan: RecordingPlan) -> None:
        """Records what is read from now on, as planned; the file is made when the first frames come."""
        self.recordings.add(open_recording(plan, self.reader.interfaces, files_of(self._sources)))

    @property
    def statistics(self) -> CaptureStatistics:
        """What came of it so far; nothing is known of flows."""
        counts = self.loop.counts
        return CaptureStatistics(counts.kept, time.monotonic() - self._begin, counts.frames, stopped=counts.stopped)

    def await_elsewhere(self) -> Callable[[], Pause]:
        """Has a thousand frames come at once from now on, and no thread read ahead; returns what lets others go on.

        Raises CaptureError for what is no file on a disk: whoever reads a pipe waits for it.
        """
        if not self._are_files():
            raise CaptureError(f"{self.reader.name}: a pipe holds up the loop: give the path of a file")
        self.loop.source = Parts(self.loop.source, SMALL)
        self.loop.ahead, self.loop.in_parts = False, True
        return lambda: OTHERS

    def wake(self) -> None:
        """Nothing: between two batches it looks whether it is to end."""


def _frame_filter(expression: str, reader: CaptureReader | MergedReader) -> FrameFilter:
    """The filter; what is wrong with it for frames of the first link type is an error here, if that is the only one."""
    from rawkit.sockets.filter.bpf import FrameFilter

    found = FrameFilter(expression)
    if reader.format == "pcap" and reader.interfaces:
        found.program(reader.interfaces[0].link_type)
    return found


class Parts:
    """The frames of a source, so many at once at most; batches stay valid.

    >>> from types import SimpleNamespace
    >>> from rawkit.frames import FrameBatch
    >>> source = SimpleNamespace(read=iter([FrameBatch.from_frames([b"a", b"b", b"c"]), None]).__next__)
    >>> parts = Parts(source, 2)
    >>> [len(parts.read()), len(parts.read()), parts.read()]
    [2, 1, None]
    """

    def __init__(self, source: FrameSource, most: int) -> None:
        self._source, self._most = source, most
        self._batch: FrameBatch | None = None
        self._at = 0

    def read(self) -> FrameBatch | None:
        """The next frames; None at the end."""
        if self._batch is None or self._at >= len(self._batch):
            self._batch, self._at = self._source.read(), 0
        if self._batch is None:
            return None
        part = slice(self._at, self._at + self._most)
        self._at = part.stop
        return self._batch.select(part)


class _Watched:
    """The frames of a file, until somebody says stop.

    A Ctrl-C that is noted, and not raised, cuts no line where threads work.
    """

    def __init__(self, reader: CaptureReader | MergedReader, stop: Stop, progress: Progress | None) -> None:
        self._reader, self._stop, self._progress = reader, stop, progress
        self._frames = 0

    def read(self) -> FrameBatch | None:
        batch = None if self._stop.asked else self._reader.read()
        if self._progress is not None:
            self._tell(self._progress, batch)
        return batch

    def _tell(self, progress: Progress, batch: FrameBatch | None) -> None:
        if batch is None:
            progress.close()
            return
        progress.show(self._reader.position, self._frames)
        self._frames += len(batch)
