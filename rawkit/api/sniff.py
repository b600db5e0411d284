"""Live captures: `sniff` for packets as they come, `record` where they are only written to a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Literal

from rawkit.api.checks import at_least, check_capture, made_engine, of_type, recording_plan
from rawkit.api.notices import say
from rawkit.api.run import Run
from rawkit.errors import RawkitError
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
from rawkit.values import replace

if TYPE_CHECKING:
    from rawkit.api.capture import Capture
    from rawkit.frames import FrameBatch
    from rawkit.run.capture.block_capture import BlockCapture
    from rawkit.run.capture.live import Listener
    from rawkit.run.capture.live_capture import LiveCapture
    from rawkit.run.capture.outcome import CaptureStatistics
    from rawkit.run.capture.plan import RecordingPlan
    from rawkit.run.capture.rings import Listening
    from rawkit.run.capture.showing import CaptureView, Put
    from rawkit.run.stopping import Stop
    from rawkit.sockets.receive.counters import RingStatistics
    from rawkit.sockets.receive.ring import Place

Direction = Literal["in", "out", "inout"]
DIRECTIONS = ("in", "out", "inout")


def sniff(
    interfaces: str | Sequence[str] | None = None,
    filter: str | None = None,
    *,
    count: int | None = None,
    duration: float | None = None,
    promiscuous: bool = True,
    direction: Direction = "inout",
    snaplen: int | None = None,
    memory: int | None = None,
    processes: bool = False,
    engine: Engine | Mode = "auto",
    rules: FlowRules = DEFAULT_RULES,
    listener: Listener | None = None,
) -> Capture:
    """Listens to interfaces; what comes is the same `Capture` as of a file (`rawkit.open`).

    Frames are kept from here on, also before the first is asked for: as many as `memory` has room for. The user stays
    who they are: `rawkit.drop_privileges` is theirs to call, once what needs root is open.

    Args:
        interfaces: a name, or several; all interfaces where none is given, with Linux cooked headers.
        filter: which frames, in tcpdump's language (pcap-filter(7)); it is in the kernel before the first frame.
        count: packets after which it ends.
        duration: seconds after which it ends, counted from the first that is asked for.
        promiscuous: take frames to other hosts' MAC addresses too.
        direction: `"in"` or `"out"` for frames that go this way only.
        snaplen: bytes kept of each frame; the whole where it is None or 0.
        memory: MiB of the receive ring of each interface, 64 where it is None.
        processes: look for the process of this host behind each flow while packets come: see `Capture.owner`.
        engine: runs the kernels: one that other calls use too, or how they are to run. By themselves they are compiled
            before the ring is open, which takes one to two minutes the first time ever, and is said on stderr.
        rules: how flows are told apart, and what a wrong checksum means.
        listener: hears when an interface goes down, and of SIGUSR1; without one, the first is a CaptureWarning.

    Raises PrivilegeError without CAP_NET_RAW, TargetError where there is no such interface, FilterError, CaptureError
    where the memory cannot be had, TypeError and RawkitError for arguments that cannot be. Reading raises CaptureError
    where an interface is removed.

    >>> import socket
    >>> from rawkit.errors import PrivilegeError
    >>> try:
    ...     with (
    ...         sniff("lo", "udp port 9", count=1, direction="in", engine="interpreted") as capture,
    ...         socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ...     ):
    ...         size = sender.sendto(b"hello", ("127.0.0.1", 9))
    ...         print([(packet["ip.dst"], packet.payload) for packet in capture])
    ... except PrivilegeError:  # not everyone may
    ...     print([("127.0.0.1", b"hello")])
    [('127.0.0.1', b'hello')]
    """
    of_type("processes", processes, bool, "True or False")
    capture = sniff_at(
        None, interfaces, filter, count, duration, promiscuous, direction, snaplen, memory, engine, rules, listener
    )
    if processes:
        capture.prepare(processes=True)
    return capture


def sniff_at(
    place: Callable[[], Place] | None,
    interfaces: str | Sequence[str] | None,
    filter: str | None,
    count: int | None,
    duration: float | None,
    promiscuous: bool,
    direction: Direction,
    snaplen: int | None,
    memory: int | None,
    engine: Engine | Mode,
    rules: FlowRules,
    listener: Listener | None,
) -> Capture:
    """As `sniff`; `place` gives what a ring in another network namespace is opened with."""
    check_capture(filter, count, rules)
    listening = _listening(interfaces, filter, snaplen, memory, promiscuous, direction, duration)
    listening = replace(listening, place=place)
    from rawkit.api.capture import Capture
    from rawkit.run.capture.live_capture import LiveCapture

    ready = engine if isinstance(engine, Engine) else _engine(listening, engine)
    hears = listener or _Warning()
    capture = Capture(lambda stop: LiveCapture(listening, ready, stop, hears, count, duration), ready, rules)
    capture.open()
    _load(ready)
    return capture


def record(
    interfaces: str | Sequence[str] | None,
    path: str | os.PathLike[str],
    filter: str | None = None,
    *,
    count: int | None = None,
    duration: float | None = None,
    size: int | None = None,
    seconds: int | None = None,
    files: int | None = None,
    command: Sequence[str] = (),
    comment: str | None = None,
    promiscuous: bool = True,
    direction: Direction = "inout",
    snaplen: int | None = None,
    memory: int | None = None,
    engine: Mode = "auto",
    listener: Listener | None = None,
) -> Recorder:
    """Writes what comes to a file, and does nothing else: the least work for each frame, as `tcpdump -w`.

    Of one interface, to a plain pcap file, frames go from the receive ring to the file without being touched.
    `Recorder.wait` does it.

    Args:
        interfaces: a name, or several; None for all interfaces.
        path: the file, as of `Capture.write`, which has `size`, `seconds`, `files`, `command` and
            `comment` too.

    Other arguments and errors as of `sniff`.

    >>> import os, tempfile
    >>> from rawkit.errors import PrivilegeError
    >>> path = os.path.join(tempfile.mkdtemp(), "lo.pcap")
    >>> try:
    ...     with record("lo", path, "udp port 9", duration=0.05, engine="interpreted") as recorder:
    ...         print(recorder.wait().frames)
    ... except PrivilegeError:  # not everyone may
    ...     print(0)
    0
    """
    of_type("path", path, (str, os.PathLike), "the name of a file, as text or as a Path")
    check_capture(filter, count, DEFAULT_RULES)
    listening = _listening(interfaces, filter, snaplen, memory, promiscuous, direction, duration)
    plan, hears = (
        recording_plan(path, size=size, seconds=seconds, files=files, command=command, comment=comment),
        listener or _Warning(),
    )
    if _is_short(listening, plan, engine):
        from rawkit.run.capture.block_capture import BlockCapture

        compiled = Engine("compiled", notice=say)
        return Recorder(lambda stop: BlockCapture(listening, compiled, stop, hears, plan.path, count, duration))
    from rawkit.run.capture.live_capture import LiveCapture

    # Nothing but a walk through the ring has to run: it is not worth compiling.
    walker = made_engine("interpreted" if engine == "auto" else engine)
    return Recorder(lambda stop: LiveCapture(listening, walker, stop, hears, count, duration, plan))


class Recorder(Run):
    """A recording of what comes, which `record` makes; a context manager, whose ring is opened when it is entered.

    `wait` goes on to the end, and makes the file before, unless `begin` has; `stop` ends it in order, from another
    thread or a signal's handler, within 0.2 s.

    >>> from rawkit.errors import TargetError
    >>> try:
    ...     record("no such link", "none.pcap").open()
    ... except RawkitError as error:
    ...     print(type(error).__name__ in ("TargetError", "PrivilegeError"))
    True
    """

    def __init__(self, make: Callable[[Stop], BlockCapture | LiveCapture]) -> None:
        super().__init__()
        self._source = make(self._stop)

    def begin(self) -> None:
        """Makes the file, as the user that this is now; CaptureError where it cannot be."""
        self.open()
        self._source.begin()

    def wait(self) -> CaptureStatistics:
        """Records until the end: `count`, `duration`, `stop`. Raises CaptureError where an interface is removed."""
        self.begin()
        self._source.run()
        return self.statistics

    @property
    def links(self) -> list[tuple[str, int]]:
        """The name and the LINKTYPE number of each interface."""
        return self._source.links

    @property
    def statistics(self) -> CaptureStatistics:
        """What came of it so far."""
        return self._source.statistics

    def _open(self, stack: ExitStack) -> None:
        stack.enter_context(self._source)

    def _wake(self) -> None:
        if self._was_opened:
            self._source.wake()


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


def _load(engine: Engine) -> None:
    """Loads what reading needs while the ring holds what comes: after root is given up it may not be readable."""
    import rawkit.api.kinds
    import rawkit.api.latency
    import rawkit.api.packet
    import rawkit.api.step
    import rawkit.api.stream_choice
    import rawkit.api.where
    import rawkit.decode.fields.table
    import rawkit.flow.conn_log.table_kernel
    import rawkit.flow.tracked_columns
    import rawkit.query.chosen
    import rawkit.query.events
    import rawkit.streams.following
    import rawkit.tables.rows
    import rawkit.view.capture
    import rawkit.view.events.shown
    import rawkit.view.events.udp
    import rawkit.view.text  # noqa: F401

    with suppress(ModuleNotFoundError):  # then `matches` says what to do
        import re2  # type: ignore[import-untyped,unused-ignore]  # noqa: F401
    from rawkit.run.capture.rehearsal import rehearse
    from rawkit.view.events.view import EventView
    from rawkit.view.packets.view import PacketsView

    rehearse(engine, PacketsView(engine, "text"))
    rehearse(engine, EventView("latency", "json", engine))


class _Warning:
    """Warns of an interface that goes down."""

    def down(self, interface: str) -> None:
        import warnings

        from rawkit.api.capture import CaptureWarning
        from rawkit.view import capture as words

        warnings.warn(words.down(interface), CaptureWarning, stacklevel=2)

    def crowded(self) -> None:
        """Warns that flows make room for others."""
        import warnings

        from rawkit.api.capture import CaptureWarning
        from rawkit.view import capture as words

        warnings.warn(words.crowded(), CaptureWarning, stacklevel=2)

    def report(self, statistics: RingStatistics) -> None:
        """Nothing: nobody is asked."""


def _listening(
    interfaces: Any, filter: str | None, snaplen: Any, memory: Any, promiscuous: Any, direction: Any, duration: Any
) -> Listening:
    """Where to listen; TypeError and RawkitError for what cannot be."""
    of_type("snaplen", snaplen, int, "a number of bytes")
    of_type("memory", memory, int, "a number of MiB")
    of_type("duration", duration, (int, float), "a number of seconds")
    of_type("promiscuous", promiscuous, bool, "True or False")
    for name, value, least in (("snaplen", snaplen, 0), ("memory", memory, 1), ("duration", duration, 0)):
        at_least(name, value, least)
    if direction not in DIRECTIONS:
        raise RawkitError(f"direction {direction!r}: give one of {', '.join(DIRECTIONS)}")
    from rawkit.run.capture.rings import Listening

    return Listening(_named(interfaces), filter or None, snaplen, memory, promiscuous, direction)


def _named(interfaces: Any) -> tuple[str, ...]:
    """The interfaces by their names; none for all of them."""
    names = (interfaces,) if isinstance(interfaces, str) else interfaces
    wrong = f"interfaces {interfaces!r}: give a name, such as 'eth0', or several"
    try:
        found = () if names is None else tuple(names)
    except TypeError:
        raise TypeError(wrong) from None
    if not all(isinstance(name, str) and name for name in found):
        raise TypeError(wrong)
    return found


def _is_short(listening: Listening, plan: RecordingPlan, kernels: Mode) -> bool:
    """Whether blocks go from the ring to the file as they are, and the kernel for it is compiled."""
    from rawkit.kernels import all_compiled
    from rawkit.run.capture.block_capture import is_enough

    return kernels != "interpreted" and plan.rotation is None and is_enough(listening, plan.path) and all_compiled()


def _engine(listening: Listening, kernels: Mode) -> Engine:
    """An engine that has nothing left to compile: that takes one to two minutes, in which a ring would run full."""
    engine = made_engine(kernels)
    if kernels == "interpreted":
        return engine
    from rawkit.api.compile_all import is_ready, make_ready

    if not is_ready():
        listening.open(engine).close()  # what is wrong there is said before, not after
    return make_ready(engine)
