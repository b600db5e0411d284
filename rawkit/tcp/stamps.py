"""Timestamps and PAWS, protection against wrapped sequence numbers (RFC 7323, sections 3 to 5)."""

from __future__ import annotations

from typing import Final

from rawkit.tcp.sequence import unwrap, wrap
from rawkit.tcp.settings import MILLISECOND, SECOND

_OUTDATED: Final = 24 * 86400 * SECOND
"""A connection that was silent for so long has wrapped timestamps (section 5.5)."""


class Stamps:
    """What is told and what was heard of timestamps.

    Attributes:
        are_used: whether both sides sent the option in their SYNs (section 3.2).
        recent: TS.Recent, what is echoed.

    >>> stamps = Stamps(offset=0)
    >>> stamps.begin(100, 0)
    >>> stamps.is_old(99, 0), stamps.is_old(100, 0)
    (True, False)
    """

    __slots__ = ("_at", "_offset", "are_used", "recent")

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self.are_used = False
        self.recent = 0
        self._at = 0

    def clock(self, now: int) -> int:
        """TSval: milliseconds, as section 5.4 wants between 1 ms and 1 s."""
        return wrap(now // MILLISECOND + self._offset)

    def begin(self, value: int, now: int) -> None:
        """The peer's SYN has the option."""
        self.are_used, self.recent, self._at = True, value, now

    def is_old(self, value: int, now: int) -> bool:
        """Whether a segment with this TSval is from before what was heard last (section 5.3, R1)."""
        return unwrap(value, self.recent) < self.recent and now - self._at < _OUTDATED

    def heard(self, value: int, now: int) -> None:
        """A segment that covers what was acknowledged last has this TSval (section 4.3, rule 2)."""
        self.recent, self._at = value, now

    def round_trip(self, echo: int, now: int) -> int | None:
        """The round trip in nanoseconds that TSecr tells (section 4.1); None where it can be none."""
        ticks = wrap(self.clock(now) - echo)
        return ticks * MILLISECOND if ticks < 1 << 31 else None
