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

NAP: Final = MILLISECOND
"""The least that is waited where there is nothing to send: a fast rate goes out in small bursts."""
LONGEST_NAP: Final = SECOND // 10
"""A stop is heeded in that time."""


def scan_steps(engine: ScanEngine, wire: ScanWire, clock: Clock, stop: Stop) -> Generator[Verdicts, None, None]:
    """Scans until the engine is done, or a stop is asked for; gives verdicts, and none too, for the time that goes by.

    When the next ones are asked for, those before count as written where they do not get lost. Close it in the end.

    Args:
        engine: begun at `clock()`.
        wire: sends what the engine wants sent.
        clock: the time.
        stop: asked for by a signal or another thread.
    """
    with Helper() as helper:
        while not engine.done and not stop.asked:
            answers = _send(engine, wire, clock, helper)
            if answers is not None:
                yield from _told(engine, engine.receive(answers, clock()))
            yield from _told(engine, engine.expire(clock()))
        _landed(engine, helper.finish())


def _send(engine: ScanEngine, wire: ScanWire, clock: Clock, helper: Helper) -> Answers | None:
    """Sends what is due, a whole batch without waiting for it; returns the answers to what was sent before."""
    burst = wire.load(engine.due(clock()))
    answers = wire.receive(0) if helper.busy else None
    _landed(engine, helper.finish())
    if len(burst.probes) == BATCH:
        helper.begin(burst)
        return answers
    burst.send()
    _landed(engine, burst)
    return wire.receive(_patience(engine, clock) / SECOND) if answers is None else answers


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
