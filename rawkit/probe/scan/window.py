"""How many probes may be under way, and how long an answer may take: what the answers so far tell.

Round trips as TCP counts them (RFC 6298). A loss is an answer to a probe that was sent again, as in nmap.
"""

from __future__ import annotations

import math
from typing import Final

from rawkit.frames import Int64s
from rawkit.probe.scan.patience import MILLISECOND, USUAL, Patience
from rawkit.values import dataclass

GRANULARITY: Final = 10 * MILLISECOND
"""What a busy host or a full queue adds to a round trip without notice."""


@dataclass(slots=True)
class ScanRoundTrips:
    """The smoothed round trip and its variation, in nanoseconds; None before the first.

    Attributes:
        patience: between which limits an answer is waited for.

    >>> import numpy as np
    >>> trips = ScanRoundTrips()
    >>> trips.timeout
    1000000000
    >>> trips.add(np.array([20_000_000, 20_000_000]))
    >>> trips.timeout
    100000000
    """

    patience: Patience = USUAL
    smoothed: float | None = None
    variation: float = 0.0
    shortest: float = math.inf

    def add(self, times: Int64s) -> None:
        """Takes the round trips of probes that were sent once; those of one moment count as one."""
        if not len(times):
            return
        middle, spread = float(times.mean()), float(times.max() - times.min()) / 2
        self.shortest = min(self.shortest, float(times.min()))
        if self.smoothed is None:
            self.smoothed, self.variation = middle, max(middle / 2, spread)
            return
        error = max(abs(middle - self.smoothed), spread)
        self.variation += (error - self.variation) / 4
        self.smoothed += (middle - self.smoothed) / 8

    @property
    def queueing(self) -> float:
        """How much longer round trips are than without a queue that is worth it: over 1, there is one."""
        return 0.0 if self.smoothed is None else self.smoothed / (2 * (self.shortest + GRANULARITY))

    @property
    def timeout(self) -> int:
        """How long an answer may take before the probe is sent again."""
        limits = self.patience
        return limits.first if self.smoothed is None else min(max(self.soon, limits.shortest), limits.longest)

    @property
    def soon(self) -> int:
        """The same where it costs nothing if the answer comes later."""
        if self.smoothed is None:
            return self.patience.first
        return int(self.smoothed + max(GRANULARITY, 4 * self.variation))


class Window:
    """How many probes may be under way at once.

    Losses halve it. Where answers then come as fast as before, a queue was full, and it stays; where they come more
    slowly, the losses are the line's own, and it opens again. Round trips that grow tell of a queue before it is full.

    Args:
        most: how far it opens.

    Attributes:
        size: that number.

    >>> window = Window()
    >>> for now in (1, 2):
    ...     window.answered(probes=200, lost=0, trips=ScanRoundTrips(), now=now)
    >>> window.size
    912.0
    """

    FIRST: Final = 512
    MOST: Final = 1 << 16
    FEWEST: Final = 32
    TELLING: Final = 64
    """Answers that have to be there before their losses mean anything."""
    NOTICED: Final = 0.03
    """A share of losses, above the line's own, that means nothing yet."""
    SLOWER: Final = 0.75
    """The share of the answers a second at which halving the window has made the scan slower."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.size = float(min(self.FIRST, most))
        self._threshold = float(most)
        self._answered = self._lost = self._since = self._until = 0
        self._line = 0.0
        self._halved: tuple[float, float] | None = None
        self._settling = False

    def answered(self, probes: int, lost: int, trips: ScanRoundTrips, now: int) -> None:
        """Says that `probes` were answered, of which `lost` only when they were sent again."""
        self._since = self._since or now
        self._answered += probes
        self._lost += lost
        more = probes if self.size < self._threshold else probes / self.size * 16
        self.size = min(self.size + more, self._most)
        self._until = self._until or now + trips.timeout
        if now >= self._until and self._answered >= self.TELLING:
            self._judge(self._lost / self._answered, self._answered / max(now - self._since, 1), trips)
            self._answered = self._lost = 0
            self._since, self._until = now, now + trips.timeout + int(trips.smoothed or 0)

    def _judge(self, share: float, speed: float, trips: ScanRoundTrips) -> None:
        """Once in the time in which a probe that was lost is sent again and answered."""
        if self._settling:  # these losses are from before the window was halved
            self._settling = False
        elif self._halved is not None and speed < self.SLOWER * self._halved[0]:
            self._line, self.size = max(self._line, share), max(self.size, self._halved[1])
            self._threshold, self._halved = self.size, None
        elif share > self._line + self.NOTICED + 2 * math.sqrt(share * (1 - share) / self._answered):
            self._halved, self._settling = (speed, self.size), True
            self._close(self.size / 2)
        elif trips.queueing > 1:
            self._close(max(self.size / trips.queueing, self.size / 2))
        else:
            self._halved = None

    def _close(self, size: float) -> None:
        self.size = self._threshold = max(size, min(self.FEWEST, self._most))


def tries_needed(answered: int, again: int, most: int) -> int:
    """How often a probe has to be sent before silence means something.

    So often that, with the losses so far, less than one in a thousand scans would miss an answer.

    Args:
        answered: probes that were answered.
        again: how many of them only when sent again.
        most: the answer is at most this.

    >>> tries_needed(1000, 0, 11), tries_needed(1000, 100, 11), tries_needed(1000, 360, 11), tries_needed(0, 0, 11)
    (2, 7, 11, 2)
    """
    if not again:
        return min(2, most)
    loss = min(again / answered, 0.9)
    return max(min(math.ceil(math.log(1e-3 / answered) / math.log(loss)) + 1, most), min(2, most))
