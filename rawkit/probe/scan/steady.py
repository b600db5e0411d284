"""Rates of a scan: a fixed one, or limits of what its window takes; and how far sending is behind them."""

from __future__ import annotations

from typing import Final

from rawkit.probe.scan.patience import MILLISECOND, SECOND

CATCH_UP: Final = 50 * MILLISECOND
"""How far sending may fall behind, and catch up: what was missed before is not sent in a burst later."""


class Steady:
    """So many probes a second from a moment on.

    Args:
        rate: probes a second.
        now: when it begins; the first probe is due a gap later.
        forgetful: what was sent too early counts for nothing: of a least rate, which has to hold at any time.

    >>> steady = Steady(1000, now=0)
    >>> steady.behind(10 * MILLISECOND), steady.behind(SECOND)
    (10, 50)
    >>> steady.count(50)
    >>> steady.behind(SECOND), steady.next - SECOND
    (0, 1000000)
    """

    def __init__(self, rate: float, now: int, *, forgetful: bool = False) -> None:
        self._rate, self._began, self._sent, self._forgetful = rate, now, 0, forgetful

    @property
    def next(self) -> int:
        """When one more probe is due."""
        return self._began + round((self._sent + 1) * SECOND / self._rate)

    def behind(self, now: int) -> int:
        """How many probes are due now; less than 0 where more were sent than that."""
        behind = int((now - self._began) * self._rate / SECOND) - self._sent
        most = max(int(CATCH_UP * self._rate / SECOND), 1)
        if behind > most:
            self._began += int((behind - most) * SECOND / self._rate)
        elif behind < 0 and self._forgetful:
            self._began, self._sent, behind = now, 0, 0
        return min(behind, most)

    def count(self, probes: int) -> None:
        """Says that so many were sent."""
        self._sent += probes


class Pace:
    """How many probes may be sent, by a fixed rate, or by a window within limits.

    Args:
        fixed: probes a second, whatever the window says; None to go by the window.
        least, most: probes a second between which it is gone by; None for no such limit.
        now: when it begins.

    >>> pace = Pace(None, 10, 1000, now=0)
    >>> pace.allowed(100, now=0), pace.allowed(0, now=SECOND), pace.allowed(500, now=SECOND)
    (1, 1, 50)
    """

    def __init__(self, fixed: float | None, least: float | None, most: float | None, now: int) -> None:
        self._fixed = None if fixed is None else Steady(fixed, now)
        self._least = None if least is None else Steady(least, now, forgetful=True)
        # The first probe is due at once: of a rate of one in five minutes nobody waits for it.
        self._most = None if most is None else Steady(most, now - int(SECOND / most) - 1)

    def allowed(self, free: int, now: int) -> int:
        """How many probes may be sent, where the window has room for so many."""
        if self._fixed is not None:
            return self._fixed.behind(now)
        if self._least is not None:
            free = max(free, self._least.behind(now))
        return free if self._most is None else min(free, self._most.behind(now))

    def deadlines(self, free: int) -> list[int]:
        """When that may change without an answer."""
        limits = [self._fixed, self._least, self._most if free > 0 else None]
        return [one.next for one in limits if one is not None]

    def count(self, probes: int) -> None:
        """Says that so many were sent."""
        for one in (self._fixed, self._least, self._most):
            if one is not None:
                one.count(probes)
