"""What a congestion control has to be."""

from __future__ import annotations

from typing import Final, Protocol


class Congestion(Protocol):
    """Says how many bytes may be under way, and is told what became of those that were.

    Attributes:
        threshold: the slow start threshold (ssthresh) in bytes.
    """

    threshold: int

    @property
    def window(self) -> int:
        """The congestion window (cwnd) in bytes."""

    @window.setter
    def window(self, size: int) -> None: ...

    def acked(self, size: int, round_trip: int, now: int) -> None:
        """`size` bytes were acknowledged outside of recovery, and the window was what held the sender back."""

    def lost(self, flight: int, now: int) -> None:
        """A segment was lost, with `flight` bytes under way: fast recovery begins."""

    def timed_out(self, flight: int, first: bool) -> None:
        """The retransmission time-out ran out; `first`: not again for the same segment."""


INITIAL_SEGMENTS: Final = 10
INITIAL_BYTES: Final = 14600


def initial_window(mss: int) -> int:
    """How much may be sent before the first ACK (RFC 6928, section 2).

    >>> initial_window(1460), initial_window(9000)
    (14600, 18000)
    """
    return min(INITIAL_SEGMENTS * mss, max(2 * mss, INITIAL_BYTES))


def halved(flight: int, mss: int) -> int:
    """The slow start threshold after a loss (RFC 5681, equation 4)."""
    return max(flight // 2, 2 * mss)
