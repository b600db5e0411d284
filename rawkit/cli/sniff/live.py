"""`rawkit sniff -i`: live traffic."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any

from rawkit.api.notices import say
from rawkit.cli.sniff.options import Options
from rawkit.cli.sniff.output import put, recording, undecoded, view
from rawkit.errors import CaptureError

ANY = "any"
MEMORY = 64
"""MiB of a ring: more than half a second of the smallest frames at full speed, in which a view may fall behind."""
LOOKS_APART = 0.1  # seconds


def capture(options: Options) -> int:
    """Captures until it is told to end; returns the exit code."""
    from rawkit.cli.sniff.record import is_all, record

    return record(options) if is_all(options) else _capture(options)


def _capture(options: Options) -> int:
    from rawkit.run.capture.live import LiveSource
    from rawkit.run.capture.loop import Replay
    from rawkit.run.stopping import Stop

    engine = _engine(options)
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        rings = stack.enter_context(open_rings(options, engine))
        _load(options, engine)
        owners = _Owners() if options.processes else None
        to_write = recording(options, options.write, _described(rings)) if options.write else None
        give_up_root(options.user)
        sink = stack.enter_context(to_write) if to_write else None
        if sink is not None:
            sink.begin()  # where the file cannot be, it is said at once
        replay = Replay(engine, 0, None, options.count, sink, time.time_ns)
        source = LiveSource(rings, stop, options.duration, say, *((sink.is_over,) if sink else ()))
        announce(rings)
        try:
            _run(replay, owners.watch(source) if owners else source, options, engine, owners)
        except BrokenPipeError:
            raise  # nobody reads: nothing is left to say
        except BaseException:
            _summarize(replay, source, rings, options)
            raise
        _summarize(replay, source, rings, options)
    return 130 if replay.interrupted else 0


def _engine(options: Options) -> Any:
    """An engine that has nothing left to compile: that takes half a minute, in which a ring would run full."""
    from rawkit.api.warm import is_ready, make_ready
    from rawkit.kernels import Engine

    if options.shown is None and options.kernels == "auto":
        return Engine("interpreted")  # nothing but a walk through the ring
    engine = Engine(options.kernels, notice=say)  # type: ignore[arg-type]
    if options.kernels == "interpreted":
        return engine
    if not is_ready():
        open_rings(options, engine).close()  # what is wrong there is said before, not after
    return make_ready(engine)


def _load(options: Options, engine: Any) -> None:
    """Loads all code that the run needs: later, as another user, it may not be able to read it."""
    from rawkit.api.warm import rehearse, rehearse_writing

    rehearse(engine, view(options, engine) if options.shown else None)
    if options.write:
        rehearse_writing(options.write)


def _run(replay: Any, source: Any, options: Options, engine: Any, owners: _Owners | None) -> None:
    if options.shown is None:
        replay.record(source)
        return
    shown = view(options, engine, owners and owners.find)
    replay.wanted = shown.wanted
    put(shown.header())
    try:
        replay.run(
            source,
            lambda packets, tracked: put(shown.render(packets, tracked)),
            lambda events: put(shown.tell(events)),
        )
    except CaptureError:
        put(shown.rest())
        raise
    put(shown.rest())


def open_rings(options: Options, engine: Any, *, memory: int = MEMORY, batches: bool = True) -> Any:
    """The rings of all interfaces, with the filter in them before the first frame.

    Args:
        options: those of the command.
        engine: runs the walk through the blocks.
        memory: MiB of each ring, where the options do not say it.
        batches: as in `ReceiveRing`.
    """
    from rawkit.sockets.receive.ring import SNAPLEN
    from rawkit.sockets.receive.ring_set import RingSet

    names = [None if name == ANY else name for name in options.interfaces or (ANY,)]
    return RingSet(
        names,
        memory=options.buffer or memory,
        promiscuous=not options.no_promiscuous,
        filter=options.filter or None,
        snaplen=options.snaplen or SNAPLEN,
        direction=options.direction or "inout",
        engine=engine,
        batches=batches,
    )


def _described(rings: Any) -> list[Any]:
    from rawkit.files import Interface

    return [Interface(ring.link_type, name=ring.interface or ANY) for ring in rings.rings]


def give_up_root(user: str | None) -> None:
    """Goes on as that user, or as the one who called sudo."""
    from rawkit.sockets.privileges import drop

    drop(user)


def announce(rings: Any) -> None:
    """Says that the capture has begun."""
    from rawkit import linktypes

    names = ", ".join(f"{ring.interface or ANY} ({linktypes.name(ring.link_type)})" for ring in rings.rings)
    say(f"listening on {names}; Ctrl-C ends it")


def _summarize(replay: Any, source: Any, rings: Any, options: Options) -> None:
    flows = f", {replay.connections} flows" if options.shown else ""
    found = undecoded(replay.counts)
    stopped = f"; stopped early: {found}" if found else ""
    summarize(f"{replay.counts.kept} frames captured{flows}", source, rings, stopped)


def summarize(captured: str, source: Any, rings: Any, more: str = "") -> None:
    """Says what was captured, in how long, and what was lost."""
    from rawkit.run.capture.live import counters

    say(f"{captured} in {source.seconds:.1f} s; {counters(rings.statistics())}{more}")


class _Owners:
    """Looks who has which socket, as often as packets come but not more than ten times a second."""

    def __init__(self) -> None:
        from rawkit.sockets.owners import SocketOwners

        self._owners = SocketOwners()
        self._owners.look()
        self._next = 0.0

    def watch(self, source: Any) -> Any:
        """The same source; each read looks first."""
        self._source = source
        return self

    def read(self) -> Any:
        batch = self._source.read()
        if time.monotonic() >= self._next:
            self._owners.look()
            self._next = time.monotonic() + LOOKS_APART
        return batch

    def find(self, protocol: int, one: Any, other: Any) -> tuple[int, str, str] | None:
        owner = self._owners.find(protocol, (one.address, one.port), (other.address, other.port))
        return (owner.pid, owner.name, owner.user) if owner else None
