"""The ping loop: where the engine, the sockets and the clock meet."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from rawkit.probe.ping.engine import PingEngine
from rawkit.probe.ping.plan import SECOND
from rawkit.probe.ping.results import Probe, Result
from rawkit.run.ping.channel import Arrival, Channel, Departure
from rawkit.run.ping.waking import Bell
from rawkit.sockets.pausing import Pause

TURN: Final = 32
"""Probes that are sent before answers are looked for."""

SPIN: Final = 2_000_000
"""Nanoseconds before a probe in which its processor is kept awake, where one target is all there is to ping.

A processor that slept is slow for its first microseconds, more so a virtual one, which has to be given back first.
"""

SLICE: Final = 5_000_000
"""Nanoseconds for which probes are sent before somebody else's loop goes on."""

STALE: Final = 20_000_000
"""Nanoseconds for which what was found may stay unwritten.

Making lines takes the caches from the next probe, and each writing wakes a reader, who may be on our processor.
"""


class PingLoop:
    """Sends what an engine wants sent, and gives it what comes back.

    Args:
        engine: begun at `time.monotonic_ns()`.
        channels: one for each IP version among the targets.
        on_result: is called with each result.
        on_sent: is called with each probe that has left, and when: nanoseconds since the epoch.
        spin: nanoseconds before each deadline in which the loop looks for answers without a pause, and does not sleep.
        on_pause: is called before each wait of 20 ms or more, and every 20 ms where waits are shorter.
        bell: wakes the loop while it waits, where somebody may want to end it from outside.
    """

    def __init__(
        self,
        engine: PingEngine,
        channels: Mapping[int, Channel],
        on_result: Callable[[Result], None],
        on_sent: Callable[[Probe, int], None] | None = None,
        spin: int = 0,
        on_pause: Callable[[], None] | None = None,
        bell: Bell | None = None,
    ) -> None:
        self._engine, self._channels = engine, channels
        self._readers = [*channels.values(), *([bell] if bell is not None else ())]
        self._on_result, self._on_sent = on_result, on_sent
        self._spin, self._on_pause, self._paused = spin, on_pause, 0

    def run(self) -> bool:
        """Goes on until the engine is done; whether Ctrl-C ended it before."""
        try:
            while not self._engine.done:
                self.turn()
        except KeyboardInterrupt:
            self._engine.stop()
            return True
        return False

    def turn(self) -> None:
        """Sends what is due, waits for what comes or is due next, and gives up what is over."""
        self._send()
        self._read(self._wait())
        self._expire()

    def turns(self) -> Iterator[Pause]:
        """The same until the engine is done, for who waits elsewhere: turn by turn, what is to be waited for in it."""
        while not self._engine.done:
            self._send(time.monotonic_ns() + SLICE)
            yield self._left()
            self._read(self._readable(0))
            self._expire()

    def _left(self) -> Pause:
        """What `_wait` waits for."""
        deadline = None if self._engine.done else self._engine.deadline
        left = None if deadline is None else max(deadline - time.monotonic_ns(), 0) / SECOND
        return Pause(0 if self._engine.done else left, self._readers)

    def _expire(self) -> None:
        self._tell(self._engine.expire(time.monotonic_ns(), time.time_ns()))

    def _send(self, until: int | None = None) -> None:
        for _ in range(TURN):
            probe = self._engine.due(time.monotonic_ns())
            if probe is None:
                return
            self._send_one(probe, self._channels[probe.target.address.version])
            if until is not None and time.monotonic_ns() >= until:
                return

    def _send_one(self, probe: Probe, channel: Channel) -> None:
        at, stamp, problem = channel.send(probe)
        if problem is not None:
            self._tell([self._engine.refused(probe, problem, at, stamp)])
            return
        self._engine.sent(probe, at, stamp)
        self._take(channel.queued())
        if self._on_sent is not None:
            self._on_sent(probe, stamp.time)

    def _wait(self) -> Sequence[Channel | Bell]:
        """The channels that have something to read; none where it is time to send, or time is over."""
        if self._engine.done:
            return ()
        deadline = self._engine.deadline
        self._pause(deadline)
        if deadline is None:
            return self._readable(None)
        readable = self._readable(deadline - self._spin - time.monotonic_ns())
        while not readable and time.monotonic_ns() < deadline:
            readable = self._readable(0)
        return readable

    def _pause(self, deadline: int | None) -> None:
        now = time.monotonic_ns()
        if self._on_pause is not None and (deadline is None or max(deadline, now) - self._paused >= STALE):
            self._paused = now
            self._on_pause()

    def _readable(self, patience: int | None) -> Sequence[Channel | Bell]:
        """The channels that have something to read, or will within some nanoseconds; None is for ever."""
        left = None if patience is None else max(patience, 0) / SECOND
        return select.select(self._readers, (), (), left)[0]

    def _read(self, channels: Iterable[Channel | Bell]) -> None:
        for channel in channels:
            # Transmit stamps first: an answer's round trip needs them.
            self._take(channel.queued())
            self._take(channel.received())

    def _take(self, events: Iterable[Arrival | Departure]) -> None:
        for event in events:
            if isinstance(event, Departure):
                self._engine.stamped(event.probe, event.stamp)
                continue
            result = self._engine.receive(event.answer, time.monotonic_ns(), event.stamp)
            if result is not None:
                self._on_result(result)

    def _tell(self, results: Iterable[Result]) -> None:
        for result in results:
            self._on_result(result)
