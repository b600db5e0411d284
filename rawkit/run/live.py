"""A receive ring as a source that ends: after a time, at Ctrl-C; and that says what happens to its interface."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from rawkit.frames import FrameBatch
from rawkit.run.stopping import Stop
from rawkit.sockets.counters import RingStatistics
from rawkit.sockets.ring_set import RingSet

PATIENCE: Final = 0.1
"""Seconds that a read waits before it looks whether it is to end."""


class LiveSource:
    """Reads rings until `stop` is asked or `duration` seconds are over; a FrameSource.

    Args:
        rings: the open rings.
        stop: says when to end, and when to report.
        duration: seconds, None for no end.
        say: gets a line for each thing that a person should know.
    """

    def __init__(self, rings: RingSet, stop: Stop, duration: float | None, say: Callable[[str], None]) -> None:
        self._rings, self._stop, self._say = rings, stop, say
        self._begin = time.monotonic()
        self._deadline = None if duration is None else self._begin + duration
        self._reported = 0
        self._downs = [0] * len(rings.rings)

    def read(self) -> FrameBatch | None:
        """The next block, an empty batch where none came in time, None at the end.

        Raises CaptureError where an interface is gone.
        """
        if self._stop.asked or (self._deadline is not None and time.monotonic() >= self._deadline):
            return None
        batch = self._rings.read(self._patience())
        self._tell_links()
        if self._stop.reports > self._reported:
            self._reported = self._stop.reports
            self._say(counters(self._rings.statistics()))
        return batch

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self._begin

    def _patience(self) -> float:
        if self._deadline is None:
            return PATIENCE
        return max(0.0, min(PATIENCE, self._deadline - time.monotonic()))

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
