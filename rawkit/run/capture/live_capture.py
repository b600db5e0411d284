"""A live capture: rings, what they are recorded to, and the loop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from rawkit.kernels import Engine
from rawkit.run.capture.live import Listener, LiveSource
from rawkit.run.capture.loop import CaptureLoop, wall_clock
from rawkit.run.capture.outcome import CaptureStatistics
from rawkit.run.capture.plan import RecordingPlan
from rawkit.run.capture.recording import rehearse
from rawkit.run.capture.recordings import Recordings
from rawkit.run.capture.rings import Listening, described, links
from rawkit.run.capture.rotation import open_recording
from rawkit.run.opened import Opened
from rawkit.run.stopping import Stop
from rawkit.sockets.pausing import Pause
from rawkit.sockets.receive import block
from rawkit.sockets.receive.ring_set import RingSet
from rawkit.values import dataclass, field


@dataclass(slots=True)
class LiveCapture(Opened):
    """Interfaces that are listened to until somebody says stop; a context manager.

    Args:
        listening: where, and for what.
        engine: runs the kernels.
        stop: says when to end, and when to report.
        listener: hears what happens meanwhile.
        count: frames after which it ends, None for all.
        duration: seconds after which it ends, None for no end.
        plan: where `begin` records what comes.

    Raises what `ReceiveRing` raises, when it is entered.

    Attributes:
        loop: goes through what comes, once it is entered.
        recordings: the files that it is recorded to.
    """

    listening: Listening
    engine: Engine
    stop: Stop
    listener: Listener
    count: int | None = None
    duration: float | None = None
    plan: RecordingPlan | None = None
    loop: CaptureLoop = field(init=False)
    recordings: Recordings = field(init=False)
    _rings: RingSet = field(init=False)
    _source: LiveSource = field(init=False)

    def _open(self, stack: ExitStack) -> None:
        self.recordings = stack.enter_context(Recordings())
        self._rings = stack.enter_context(self.listening.open(self.engine))
        block.rehearse(self.engine)  # later, as another user, it may not be able to read the code
        if self.plan is not None:
            rehearse(self.plan.path)
        self._source = LiveSource(self._rings, self.stop, self.duration, self.listener, self._is_over)
        self.loop = CaptureLoop(
            self._source, self.engine, None, self.count, self.recordings, wall_clock,
            hurries=self._is_asked, crowded=self.listener.crowded,
        )  # fmt: skip

    def _is_over(self, now: int) -> bool:
        self.recordings.pass_time(now)
        return self.recordings.are_over(now)

    def _is_asked(self) -> bool:
        return self.stop.asked

    @property
    def links(self) -> list[tuple[str, int]]:
        """The name and the LINKTYPE number of each interface."""
        return links(self._rings)

    def record_to(self, plan: RecordingPlan) -> None:
        """Records what comes from now on, as planned; CaptureError where the file cannot be."""
        recording = open_recording(plan, described(self._rings))
        recording.begin()
        self.recordings.add(recording)

    def begin(self) -> None:
        """Makes the file of the plan; CaptureError where it cannot be."""
        if self.plan is not None:
            self.record_to(self.plan)
            self.plan = None

    def run(self) -> None:
        """Goes on to the end, and only records."""
        self.begin()
        for _kept in self.loop.kept():
            pass

    @property
    def statistics(self) -> CaptureStatistics:
        """What came of it so far; nothing is known of flows."""
        counts, found = self.loop.counts, self._rings.statistics()
        lost = (found.dropped, found.interface_dropped)
        return CaptureStatistics(counts.kept, self._source.seconds, found.received, *lost, stopped=counts.stopped)

    def await_elsewhere(self) -> Callable[[], Pause]:
        """Has no read wait from now on; returns what says what is to be waited for before each."""
        self._source.is_awaited = self.loop.in_parts = True
        return self._source.pause

    def wake(self) -> None:
        """Has a wait end: `stop` was asked."""
        self._rings.wake()
