"""One pass over a source of frames that somebody else has opened, and closes."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from rawkit.files import CaptureReader
from rawkit.run.capture.live import RingReader
from rawkit.run.capture.loop import CaptureLoop, SourceClock, wall_clock
from rawkit.run.capture.outcome import CaptureStatistics
from rawkit.run.capture.recordings import Recordings
from rawkit.run.capture.rotation import open_recording
from rawkit.run.opened import Opened
from rawkit.sockets.filter.bpf import FrameFilter
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.sockets.receive.ring_set import RingSet
from rawkit.values import dataclass, field

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch, FrameSource
    from rawkit.kernels import Engine
    from rawkit.run.capture.loop import Clock
    from rawkit.run.capture.plan import RecordingPlan
    from rawkit.run.stopping import Stop


@dataclass(slots=True)
class SourceCapture(Opened):
    """A FrameSource that is gone through once; a context manager, which leaves the source open.

    Args:
        source: the frames. Of a receive ring time passes by itself, of another source by its empty batches.
        engine: runs the kernels.
        stop: says when to end.
        filter: which frames, in tcpdump's language; None for all.
        count: frames after which it ends, None for all.
        clock: the time, where it is known how to tell it.

    Attributes:
        loop: goes through it, once it is entered.
        recordings: the files that it is recorded to.
    """

    source: FrameSource
    engine: Engine
    stop: Stop
    filter: str | None = None
    count: int | None = None
    clock: Clock | None = None
    loop: CaptureLoop = field(init=False)
    recordings: Recordings = field(init=False)
    _begin: float = 0.0

    def _open(self, stack: ExitStack) -> None:
        self.recordings = stack.enter_context(Recordings())
        only = FrameFilter(self.filter) if self.filter else None
        source, clock = (self.source, self.clock) if self.clock else _timed(self.source)
        self._begin = time.monotonic()
        watched = _Stoppable(source, self.stop)
        self.loop = CaptureLoop(watched, self.engine, only, self.count, self.recordings, clock)

    @property
    def links(self) -> list[tuple[str, int]]:
        """None are known."""
        return []

    def record_to(self, plan: RecordingPlan) -> None:
        """Records what is read from now on, as planned; the file is made when the first frames come."""
        self.recordings.add(open_recording(plan, ()))

    @property
    def statistics(self) -> CaptureStatistics:
        """What came of it so far; nothing is known of flows."""
        counts = self.loop.counts
        return CaptureStatistics(counts.kept, time.monotonic() - self._begin, counts.frames, stopped=counts.stopped)

    def wake(self) -> None:
        """Nothing: between two batches it looks whether it is to end."""


def _timed(source: FrameSource) -> tuple[FrameSource, Clock | None]:
    """The source as it is to be read, and its time, where it is live or may be."""
    if isinstance(source, ReceiveRing | RingSet):
        return RingReader(source), wall_clock
    return source, None if isinstance(source, CaptureReader) else SourceClock()


class _Stoppable:
    """The same frames, until somebody says stop."""

    def __init__(self, source: FrameSource, stop: Stop) -> None:
        self._source, self._stop = source, stop

    def read(self) -> FrameBatch | None:
        return None if self._stop.asked else self._source.read()
