"""The retransmission time-out, RFC 6298."""

from __future__ import annotations

from typing import Final

from rawkit.tcp.settings import MILLISECOND, SECOND, Settings

_GRANULARITY: Final = MILLISECOND
"""G: of the clock that round trips are measured with, the timestamps'."""
_AFTER_LOST_SYN: Final = 3 * SECOND


class RetransmissionTimeout:
    """How long to wait for an ACK, by the round trips so far.

    >>> rto = RetransmissionTimeout(Settings())
    >>> rto.measured(100 * MILLISECOND)  # the first: SRTT = R, RTTVAR = R / 2, RTO = SRTT + 4 * RTTVAR
    >>> rto.now // MILLISECOND
    300
    >>> rto.back_off()
    >>> rto.now // MILLISECOND
    600
    """

    __slots__ = ("_base", "_max", "_min", "backoff", "srtt", "variation")

    def __init__(self, settings: Settings) -> None:
        self._min, self._max, self._base = settings.rto_min, settings.rto_max, settings.rto_initial
        self.srtt = 0
        """The smoothed round trip in nanoseconds, 0 before the first one."""
        self.variation = 0
        self.backoff = 0
        """How often the time-out was doubled since the last measurement or answer."""

    @property
    def now(self) -> int:
        """The time-out in nanoseconds (2.4, 2.5, 5.5)."""
        return min(self._base << min(self.backoff, 32), self._max)

    def measured(self, round_trip: int) -> None:
        """Takes a round trip of a segment that was sent once (2.2, 2.3; Karn's algorithm is the caller's)."""
        if not self.srtt:
            self.srtt, self.variation = max(round_trip, 1), round_trip // 2
        else:
            self.variation += (abs(self.srtt - round_trip) - self.variation) // 4
            self.srtt += (round_trip - self.srtt) // 8
        self._base = max(self.srtt + max(_GRANULARITY, 4 * self.variation), self._min)
        self.backoff = 0

    def back_off(self) -> None:
        """The time-out ran out: it doubles (5.5)."""
        self.backoff += 1

    def answered(self) -> None:
        """Something new was acknowledged: the time-out is what round trips say again (5.3)."""
        self.backoff = 0

    def syn_was_lost(self) -> None:
        """The SYN had to be sent again, and no round trip is known: data begin with 3 s (5.7)."""
        if not self.srtt:
            self._base = _AFTER_LOST_SYN
