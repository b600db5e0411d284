"""No congestion control: the peer's window alone limits. For labs, where nobody else is hurt."""

from __future__ import annotations

from typing import Final

_NO_LIMIT: Final = 1 << 40


class Uncontrolled:
    """A congestion window that never closes."""

    def __init__(self, mss: int) -> None:
        self.window = self.threshold = _NO_LIMIT

    def acked(self, size: int, round_trip: int, now: int) -> None:
        """Nothing follows."""

    def lost(self, flight: int, now: int) -> None:
        """Nothing follows."""

    def timed_out(self, flight: int, first: bool) -> None:
        """Nothing follows."""
