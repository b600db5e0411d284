"""What `rawkit sniff` calls: a capture file or interfaces through a view, to a file, or both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from rawkit.api.notices import say
from rawkit.flow.rules import CHECKSUMS as CHECKSUMS
from rawkit.flow.rules import DEFAULT_RULES
from rawkit.flow.rules import FLOW_MEMORY as FLOW_MEMORY
from rawkit.flow.rules import TUNNELS as TUNNELS
from rawkit.flow.rules import VLAN as VLAN
from rawkit.flow.rules import Checksums as Checksums
from rawkit.flow.rules import FlowRules as FlowRules
from rawkit.flow.rules import Tunnels as Tunnels
from rawkit.flow.rules import Vlan as Vlan
from rawkit.kernels import Engine, Mode

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch
    from rawkit.run.capture.block_capture import BlockCapture
    from rawkit.run.capture.file import FileCapture, Progress
    from rawkit.run.capture.live import Listener
    from rawkit.run.capture.live_capture import LiveCapture
    from rawkit.run.capture.plan import RecordingPlan
    from rawkit.run.capture.rings import Listening
    from rawkit.run.capture.showing import CaptureView, MakeView, Put


def open_file(
    path: str,
    *,
    view: MakeView | None = None,
    filter: str | None = None,
    count: int | None = None,
    plan: RecordingPlan | None = None,
    kernels: Mode = "auto",
    progress: Progress | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> FileCapture:
    """A capture file to go through once; arguments and errors as of `FileCapture`, which is to be entered.

    >>> with open_file("captures/tcp-connect-refused.pcap") as capture:
    ...     capture.loop.record()
    >>> capture.loop.counts.frames
    2
    """
    from rawkit.run.capture.file import FileCapture

    engine = Engine(kernels, notice=say)
    return FileCapture(path, engine, view, filter, count, plan, progress, rules)


@contextmanager
def capture(
    listening: Listening,
    listener: Listener,
    *,
    view: MakeView | None = None,
    count: int | None = None,
    duration: float | None = None,
    processes: bool = False,
    plan: RecordingPlan | None = None,
    user: str | None = None,
    kernels: Mode = "auto",
    rules: FlowRules = DEFAULT_RULES,
) -> Iterator[LiveCapture | BlockCapture]:
    """A live capture of the whole program: it hears signals, and root is given up for good once all is open.

    Args:
        listening: where, and for what.
        listener: hears what happens meanwhile.
        view: makes what is shown.
        count: frames after which it ends.
        duration: seconds after which it ends.
        processes: look for the owners of flows.
        plan: where the frames are recorded.
        user: who to be then; else it is who called sudo.
        kernels: how they run.
        rules: how flows are told apart.

    Raises what `LiveCapture` raises.
    """
    from rawkit.run.stopping import Stop
    from rawkit.sockets.privileges import drop

    give_up_root = partial(drop, user)
    if plan is not None and view is None and _is_short(listening, plan, kernels):
        from rawkit.run.capture.block_capture import BlockCapture

        engine = Engine("compiled", notice=say)
        with (
            Stop() as stop,
            BlockCapture(listening, engine, stop, listener, plan.path, count, duration, give_up_root) as blocks,
        ):
            yield blocks
        return
    from rawkit.run.capture.live_capture import LiveCapture

    engine = _engine(listening, view, kernels)
    with (
        Stop() as stop,
        LiveCapture(
            listening, engine, stop, listener, view, count, duration, processes, plan, give_up_root, rules
        ) as whole,
    ):
        yield whole


def show_frames(batch: FrameBatch, view: Callable[[Engine], CaptureView], put: Put) -> None:
    """Puts out what a view says of frames in memory; Ctrl-C ends it."""
    from rawkit.run.capture.loop import CaptureLoop
    from rawkit.run.capture.showing import show

    engine = Engine("interpreted")
    loop = CaptureLoop(_Once(batch), engine)
    show(loop, view(engine), put)
    if loop.interrupted:
        raise KeyboardInterrupt


class _Once:
    """A source of one batch.

    >>> from rawkit.frames import FrameBatch
    >>> source = _Once(FrameBatch.from_frames([b"a"]))
    >>> len(source.read()), source.read()
    (1, None)
    """

    def __init__(self, batch: FrameBatch) -> None:
        self._batch: FrameBatch | None = batch

    def read(self) -> FrameBatch | None:
        batch, self._batch = self._batch, None
        return batch


def _is_short(listening: Listening, plan: RecordingPlan, kernels: Mode) -> bool:
    """Whether blocks go from the ring to the file as they are, and the kernel for it is compiled."""
    from rawkit.kernels import all_compiled
    from rawkit.run.capture.block_capture import is_enough

    return kernels != "interpreted" and plan.rotation is None and is_enough(listening, plan.path) and all_compiled()


def _engine(listening: Listening, view: Any, kernels: Mode) -> Engine:
    """An engine that has nothing left to compile: that takes half a minute, in which a ring would run full."""
    if view is None and kernels == "auto":
        return Engine("interpreted")  # nothing but a walk through the ring
    engine = Engine(kernels, notice=say)
    if kernels == "interpreted":
        return engine
    from rawkit.api.compile_all import is_ready, make_ready

    if not is_ready():
        listening.open(engine).close()  # what is wrong there is said before, not after
    return make_ready(engine)
