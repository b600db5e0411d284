"""A live capture: rings, what they are recorded to, and the loop, opened in the order that giving up root asks for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from rawkit.flow.rules import DEFAULT_RULES, FlowRules
from rawkit.kernels import Engine
from rawkit.run.capture import rehearsal, showing
from rawkit.run.capture.live import Listener, LiveSource
from rawkit.run.capture.loop import CaptureLoop, wall_clock
from rawkit.run.capture.outcome import Outcome
from rawkit.run.capture.owners import Owners
from rawkit.run.capture.plan import RecordingPlan
from rawkit.run.capture.recording import rehearse
from rawkit.run.capture.rings import Listening, described, links
from rawkit.run.capture.rotation import open_recording
from rawkit.run.capture.showing import MakeView, Put
from rawkit.run.opened import Opened
from rawkit.run.stopping import Stop
from rawkit.sockets.receive import block
from rawkit.sockets.receive.ring_set import RingSet
from rawkit.values import dataclass, field


@dataclass(slots=True)
class LiveCapture(Opened):
    """Interfaces that are listened to until somebody says stop; a context manager.

    When it is entered the rings are opened, then everything is loaded that the run needs: the rings hold what arrives
    meanwhile. Then `give_up_root` is called, and files are opened as the user that it leaves.

    Args:
        listening: where, and for what.
        engine: runs the kernels.
        stop: says when to end, and when to report.
        listener: hears what happens meanwhile.
        view: makes what `run` shows; None where nothing is shown.
        count: frames after which it ends, None for all.
        duration: seconds after which it ends, None for no end.
        processes: look for the owners of flows while packets come.
        plan: where the frames are recorded.
        give_up_root: is called when nothing is left to do that needs root.
        rules: how flows are told apart.

    Raises what `ReceiveRing`, `Recording` and `give_up_root` raise, when it is entered.

    Attributes:
        loop: goes through what comes, once it is entered.
    """

    listening: Listening
    engine: Engine
    stop: Stop
    listener: Listener
    view: MakeView | None = None
    count: int | None = None
    duration: float | None = None
    processes: bool = False
    plan: RecordingPlan | None = None
    give_up_root: Callable[[], object] | None = None
    rules: FlowRules = DEFAULT_RULES
    loop: CaptureLoop = field(init=False)
    _rings: RingSet = field(init=False)
    _source: LiveSource = field(init=False)
    _owners: Owners | None = field(init=False)

    def _open(self, stack: ExitStack) -> None:
        self._rings = stack.enter_context(self.listening.open(self.engine))
        self._load()
        self._owners = Owners() if self.processes else None
        recording = open_recording(self.plan, described(self._rings)) if self.plan else None
        if self.give_up_root is not None:
            self.give_up_root()
        if recording is not None:
            stack.enter_context(recording)
            recording.begin()  # where the file cannot be, it is said at once
        ends = (recording.is_over,) if recording is not None else ()
        self._source = LiveSource(self._rings, self.stop, self.duration, self.listener, *ends)
        source = self._owners.watch(self._source) if self._owners else self._source
        self.loop = CaptureLoop(source, self.engine, None, self.count, recording, wall_clock)

    @property
    def links(self) -> list[tuple[str, int]]:
        """The name and the LINKTYPE number of each interface."""
        return links(self._rings)

    @property
    def interrupted(self) -> bool:
        """Whether it was ended by a Ctrl-C that nobody had asked `stop` to note."""
        return self.loop.interrupted

    def run(self, put: Put) -> None:
        """Listens until the end; `put` takes the lines of the view."""
        if self.view is None:
            self.loop.record()
        else:
            showing.show(self.loop, self.view(self.engine, self._owners and self._owners.find), put, self.rules)

    @property
    def outcome(self) -> Outcome:
        """What came of it so far."""
        counts = self.loop.counts
        flows = self.loop.connections if self.view else None
        noticed = self.loop.noticed
        return Outcome(counts.kept, self._source.seconds, self._rings.statistics(), flows, counts.stopped, noticed)

    def _load(self) -> None:
        """Loads all code that the run needs: later, as another user, it may not be able to read it."""
        block.rehearse(self.engine)
        if self.view is not None:
            rehearsal.rehearse(self.engine, self.view(self.engine, None))
        if self.plan is not None:
            rehearse(self.plan.path)
