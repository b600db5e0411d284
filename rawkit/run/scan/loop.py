"""The scan loop: where the engine, the sockets and the clock meet."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from rawkit.probe.scan.answers import Answers
from rawkit.probe.scan.engine import BATCH, ScanEngine
from rawkit.probe.scan.patience import MILLISECOND, SECOND
from rawkit.probe.scan.values import Verdicts
from rawkit.run.scan.sending import Burst, Helper
from rawkit.run.scan.wire import Clock, ScanWire
from rawkit.run.stopping import Stop
from rawkit.sockets.pausing import OTHERS, Pause, Steps

NAP: Final = MILLISECOND
"""The least that is waited where there is nothing to send: a fast rate goes out in small bursts."""
LONGEST_NAP: Final = SECOND // 10
"""A stop is heeded in that time."""
AT_ONCE: Final = 2
"""Blocks of answers that are read before others go on, where this thread is somebody else's."""


def scan_steps(
    engine: ScanEngine, wire: ScanWire, clock: Clock, stop: Stop, helper: Helper | None
) -> Generator[Pause | Verdicts, None, None]:
    """Scans until the engine is done, or a stop is asked for; gives verdicts, and none too, for the time that goes by.

    Between them it pauses. When the next ones are asked for, those before count as written where they do not get lost.

    Args:
        engine: begun at `clock()`.
        wire: sends what the engine wants sent.
        clock: the time.
        stop: asked for by a signal or another thread.
        helper: sends beside this thread; None where that is somebody else's, who wants to go on soon.
    """
    while not engine.done and not stop.asked:
        answers = yield from _send(engine, wire, clock, helper)
        while answers is not None:
            yield from _told(engine, engine.receive(answers, clock()))
            yield OTHERS
            answers = wire.receive(AT_ONCE) if helper is None else None  # none may wait while time runs out
        yield from _told(engine, engine.expire(clock()))
    if helper is not None:
        _landed(engine, helper.finish())


def _send(engine: ScanEngine, wire: ScanWire, clock: Clock, helper: Helper | None) -> Steps[Answers | None]:
    """Sends what is due, a whole batch without waiting for it; returns the answers to what was sent before."""
    burst, answers = wire.load(engine.due(clock())), None
    if helper is None:
        yield from burst.steps()
    else:
        answers = wire.receive() if helper.busy else None
        _landed(engine, helper.finish())
        if len(burst.probes) == BATCH:
            helper.begin(burst)
            return answers
        burst.send()
    _landed(engine, burst)
    if answers is not None:
        return answers
    yield wire.pause(_patience(engine, clock) / SECOND)
    return wire.receive(AT_ONCE if helper is None else None)


def _landed(engine: ScanEngine, burst: Burst | None) -> None:
    if burst is not None and len(burst.probes):
        engine.sent(burst.probes, burst.times)


def _patience(engine: ScanEngine, clock: Clock) -> int:
    deadline = engine.deadline
    left = LONGEST_NAP if deadline is None else deadline - clock()
    return min(max(left, NAP), LONGEST_NAP)


def _told(engine: ScanEngine, verdicts: Verdicts) -> Iterator[Verdicts]:
    yield verdicts
    if len(verdicts):
        engine.written(verdicts)
