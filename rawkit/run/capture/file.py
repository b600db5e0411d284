"""One pass over a capture file: what of it is wanted, recorded elsewhere where asked, until its end or Ctrl-C."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Protocol

from rawkit.files import open_capture
from rawkit.flow.rules import DEFAULT_RULES, FlowRules
from rawkit.run.capture import showing
from rawkit.run.capture.loop import CaptureLoop
from rawkit.run.opened import Opened
from rawkit.run.stopping import Stop
from rawkit.values import dataclass, field

if TYPE_CHECKING:
    from rawkit.files import CaptureReader
    from rawkit.frames import FrameBatch, FrameSink
    from rawkit.kernels import Engine
    from rawkit.run.capture.plan import RecordingPlan
    from rawkit.run.capture.showing import MakeView, Put
    from rawkit.sockets.filter.bpf import FrameFilter

LARGE: Final = 1 << 24
"""Bytes of a file from which on reading ahead is worth a thread."""


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
        path: the file; `-` for standard input.
        engine: runs the kernels.
        view: makes what `run` shows; None where nothing is shown.
        filter: which frames, in tcpdump's language; None for all.
        count: frames after which it ends, None for all.
        plan: where the frames are recorded.
        progress: is told how far it is.
        rules: how flows are told apart.

    Raises CaptureError and FilterError, when it is entered.

    Attributes:
        reader: the file, once it is entered.
        loop: goes through it. A large file is read ahead; what comes through a pipe is shown as it comes.

    >>> from rawkit.kernels import Engine
    >>> with FileCapture("captures/tcp-connect-refused.pcap", Engine("interpreted"), filter="tcp") as capture:
    ...     [len(packets) for packets in capture.loop.packets()]
    [2]
    """

    path: str
    engine: Engine
    view: MakeView | None = None
    filter: str | None = None
    count: int | None = None
    plan: RecordingPlan | None = None
    progress: Progress | None = None
    rules: FlowRules = DEFAULT_RULES
    reader: CaptureReader = field(init=False)
    loop: CaptureLoop = field(init=False)
    _stop: Stop | None = field(init=False)

    def _open(self, stack: ExitStack) -> None:
        self.reader = stack.enter_context(open_capture(self.path, self.engine))
        sink = self._recording(self.plan, stack) if self.plan else None
        only = _frame_filter(self.filter, self.reader) if self.filter else None
        is_large = os.path.isfile(self.path) and os.path.getsize(self.path) > LARGE
        self._stop = stack.enter_context(Stop()) if is_large else None
        source = _Watched(self.reader, self._stop, self.progress)
        self.loop = CaptureLoop(source, self.engine, only, self.count, sink, ahead=is_large)

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return self.loop.interrupted or (self._stop is not None and self._stop.asked)

    def run(self, put: Put) -> None:
        """Goes through the file; `put` takes the lines of the view."""
        if self.view is None:
            self.loop.record()
        else:
            showing.show(self.loop, self.view(self.engine, None), put, self.rules)

    def _recording(self, plan: RecordingPlan, stack: ExitStack) -> FrameSink:
        from rawkit.run.capture.rotation import open_recording

        recording = open_recording(plan, self.reader.interfaces)
        stack.enter_context(recording)
        return recording


def _frame_filter(expression: str, reader: CaptureReader) -> FrameFilter:
    """The filter; what is wrong with it for frames of the first link type is an error here, if that is the only one."""
    from rawkit.sockets.filter.bpf import FrameFilter

    found = FrameFilter(expression)
    if reader.format == "pcap":
        found.program(reader.interfaces[0].link_type)
    return found


class _Watched:
    """The frames of a file, until Ctrl-C.

    Ctrl-C is noted, not raised, where threads work: one that is raised in the middle of a line would cut it. Where a
    pipe is read it is raised, because nothing else ends the wait.
    """

    def __init__(self, reader: CaptureReader, stop: Stop | None, progress: Progress | None) -> None:
        self._reader, self._stop, self._progress = reader, stop, progress
        self._frames = 0

    def read(self) -> FrameBatch | None:
        batch = None if self._stop and self._stop.asked else self._reader.read()
        if self._progress is not None:
            self._tell(self._progress, batch)
        return batch

    def _tell(self, progress: Progress, batch: FrameBatch | None) -> None:
        if batch is None:
            progress.close()
            return
        progress.show(self._reader.position, self._frames)
        self._frames += len(batch)
