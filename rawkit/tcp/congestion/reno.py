"""Reno: slow start, congestion avoidance, and half the window after a loss (RFC 5681)."""

from __future__ import annotations

from rawkit.tcp.congestion.control import halved, initial_window


class Reno:
    """RFC 5681. Bytes are counted, not ACKs (RFC 3465), without its limit of two segments an ACK.

    One ACK of a receiver that joins segments (GRO) says as much as forty of another, so Linux has no limit either.

    >>> reno = Reno(1000)
    >>> reno.acked(10_000, 0, 0)  # slow start: what was acknowledged is added
    >>> reno.window
    20000
    >>> reno.lost(20_000, 0)
    >>> reno.window
    10000
    >>> reno.acked(10_000, 0, 0)  # congestion avoidance: a segment a window
    >>> reno.window
    11000
    """

    def __init__(self, mss: int) -> None:
        self._mss = mss
        self.window = initial_window(mss)
        self.threshold = 1 << 40  # "arbitrarily high" (section 3.1)
        self._counted = 0

    def acked(self, size: int, round_trip: int, now: int) -> None:
        """Slow start below the threshold, a segment each window above (section 3.1)."""
        if self.window < self.threshold:
            self.window += size
            return
        self._counted += size
        if self._counted >= self.window:
            self._counted -= self.window
            self.window += self._mss

    def lost(self, flight: int, now: int) -> None:
        """Half of what is under way (section 3.2, steps 2 and 3)."""
        self.threshold = self.window = halved(flight, self._mss)
        self._counted = 0

    def timed_out(self, flight: int, first: bool) -> None:
        """One segment (section 3.1, equation 4 and below)."""
        if first:
            self.threshold = halved(flight, self._mss)
        self.window = self._mss
        self._counted = 0
