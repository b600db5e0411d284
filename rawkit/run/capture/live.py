"""A receive ring as a source that ends: after a time, at Ctrl-C; and that says what happens to its interface."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Final

from rawkit.run.stopping import Stop
from rawkit.sockets.receive.counters import RingStatistics
from rawkit.sockets.receive.ring_set import RingSet

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch
    from rawkit.sockets.receive.ring import ReceiveRing

PATIENCE: Final = 0.1
"""Seconds that a read waits before it looks whether it is to end."""
LINGER: Final = 0.05
"""Seconds that it reads on at the end, for what the kernel has not handed over yet: twice its time-out and a half."""
LINGER_NS: Final = 50_000_000


class LiveSource:
    """Reads rings until it is to end; a FrameSource.

    Args:
        rings: the open rings.
        stop: says when to end, and when to report.
        duration: seconds after which it ends, None for no end.
        is_over: another reason to end, given the time in nanoseconds since the epoch.
        say: gets a line for each thing that a person should know.
    """

    def __init__(
        self,
        rings: RingSet,
        stop: Stop,
        duration: float | None,
        say: Callable[[str], None],
        is_over: Callable[[int], bool] = lambda now: False,
    ) -> None:
        self._rings, self._stop, self._say, self._is_over = rings, stop, say, is_over
        self._begin = time.monotonic()
        self._deadline = inf if duration is None else self._begin + duration
        self._last, self._too_late = inf, 0
        self._reported = 0
        self._ring: ReceiveRing | None = None
        self._downs = [0] * len(rings.rings)

    def read(self) -> FrameBatch | None:
        """The frames of the next block, an empty batch where none came in time, None at the end.

        Raises CaptureError where an interface is gone.
        """
        if not self._advance():
            return None
        if self._ring is not None:
            return self._ring.take()
        from rawkit.frames import FrameBatch

        return FrameBatch.from_frames(())

    def read_block(self) -> memoryview | None:
        """The next block as the kernel made it, nothing (of length 0) where none came in time; else as `read`."""
        if not self._advance():
            return None
        return self._ring.take_block() if self._ring is not None else memoryview(b"")

    def _advance(self) -> bool:
        """Waits for the next block; whether it is to be read, and not the end."""
        if self._last == inf and self._is_to_end():
            self._last, self._too_late = time.monotonic() + LINGER, time.time_ns() + LINGER_NS
        is_late = time.monotonic() >= self._last
        self._ring = self._rings.next_ring(self._patience())
        if is_late and (self._ring is None or self._ring.begin() > self._too_late):
            return False  # also where this process had to wait for the processor, all is read that came in time
        self._tell_links()
        if self._stop.reports > self._reported:
            self._reported = self._stop.reports
            self._say(counters(self._rings.statistics()))
        return True

    def _is_to_end(self) -> bool:
        return self._stop.asked or time.monotonic() >= self._deadline or self._is_over(time.time_ns())

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self._begin

    def _patience(self) -> float:
        end = self._deadline if self._last == inf else self._last
        return max(0.0, min(PATIENCE, end - time.monotonic()))

    def _tell_links(self) -> None:
        for place, ring in enumerate(self._rings.rings):
            if ring.link.downs > self._downs[place]:
                self._downs[place] = ring.link.downs
                self._say(f"{ring.interface}: the interface is down: waiting until it is up again")


def counters(statistics: RingStatistics) -> str:
    """The counters of a capture as a line.

    >>> counters(RingStatistics(received=10, dropped=2))
    '10 frames received by the filter, 2 dropped by the kernel, 0 dropped by the interface'
    """
    return (
        f"{statistics.received} frames received by the filter, {statistics.dropped} dropped by the kernel, "
        f"{statistics.interface_dropped} dropped by the interface"
    )
