"""CUBIC: the window grows by a cubic function of the time since the last loss (RFC 9438)."""

from __future__ import annotations

from typing import Final

from rawkit.tcp.congestion.control import initial_window

_C: Final = 0.4
"""Segments a second cubed (section 4.6 and 5)."""
_BETA: Final = 0.7
"""What is left of the window after a loss (section 4.6)."""
_ALPHA: Final = 3 * (1 - _BETA) / (1 + _BETA)
"""How fast the Reno-friendly estimate grows (section 4.3)."""


class Cubic:
    """RFC 9438; its equations count segments, `window` bytes.

    >>> cubic = Cubic(1000)
    >>> cubic.acked(10_000, 1, 0)
    >>> cubic.lost(20_000, 0)
    >>> cubic.window
    14000
    """

    def __init__(self, mss: int) -> None:
        self._mss = mss
        self.threshold = 1 << 40
        self._cwnd = initial_window(mss) / mss
        self._w_max = 0.0
        self._epoch: int | None = None
        self._k = 0.0
        self._estimate = 0.0

    @property
    def window(self) -> int:
        """The congestion window in bytes."""
        return int(self._cwnd * self._mss)

    @window.setter
    def window(self, size: int) -> None:
        self._cwnd = size / self._mss

    def acked(self, size: int, round_trip: int, now: int) -> None:
        """Slow start below the threshold, else towards the cubic of one round trip ahead (sections 4.2 to 4.5)."""
        segments = size / self._mss
        if self.window < self.threshold:
            self._cwnd += segments
            return
        if self._epoch is None:
            self._begin(now)
        ahead = (now - (self._epoch or 0) + round_trip) / 1e9
        target = _C * (ahead - self._k) ** 3 + self._w_max
        target = min(max(target, self._cwnd), 1.5 * self._cwnd)
        alpha = _ALPHA if self._estimate < self._w_max else 1.0
        self._estimate += alpha * segments / self._cwnd
        self._cwnd = max(self._cwnd + (target - self._cwnd) / self._cwnd * segments, self._estimate)

    def _begin(self, now: int) -> None:
        """Congestion avoidance begins: where the cubic starts, and when it comes to W_max (section 4.2)."""
        self._epoch = now
        self._w_max = max(self._w_max, self._cwnd)
        self._k = ((self._w_max - self._cwnd) / _C) ** (1 / 3)
        self._estimate = self._cwnd

    def lost(self, flight: int, now: int) -> None:
        """Less by beta; W_max falls faster where it was not reached again (sections 4.6 and 4.7)."""
        self._fall(flight)
        self.window = self.threshold

    def timed_out(self, flight: int, first: bool) -> None:
        """One segment, and beta for the threshold (section 4.8)."""
        if first:
            self._fall(flight)
        self._cwnd = 1.0

    def _fall(self, flight: int) -> None:
        cwnd = self._cwnd
        self._w_max = cwnd * (1 + _BETA) / 2 if cwnd < self._w_max else cwnd
        self.threshold = max(int(min(flight, self.window) * _BETA), 2 * self._mss)
        self._epoch = None
