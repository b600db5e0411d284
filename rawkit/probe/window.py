"""How many probes may be under way, and how long an answer may take: what the answers so far tell.

Round trips as TCP counts them (RFC 6298). The window opens as hosts answer, and closes where nearly half of those that
answer had to be asked again: loss of that size comes from a full queue, and the loss of a bad line, which is smaller,
does not slow a scan down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from rawkit.frames import Int64s

MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000 * MILLISECOND
FIRST_TIMEOUT: Final = SECOND
SHORTEST: Final = 100 * MILLISECOND
LONGEST: Final = 10 * SECOND
GRANULARITY: Final = 10 * MILLISECOND
"""What a busy host or a full queue adds to a round trip without notice."""


@dataclass(slots=True)
class RoundTrips:
    """The smoothed round trip and its variation, in nanoseconds; None before the first.

    >>> import numpy as np
    >>> trips = RoundTrips()
    >>> trips.timeout
    1000000000
    >>> trips.add(np.array([20_000_000, 20_000_000]))
    >>> trips.timeout
    100000000
    """

    smoothed: float | None = None
    variation: float = 0.0

    def add(self, times: Int64s) -> None:
        """Takes the round trips of probes that were sent once; those of one moment count as one."""
        if not len(times):
            return
        middle, spread = float(times.mean()), float(times.max() - times.min()) / 2
        if self.smoothed is None:
            self.smoothed, self.variation = middle, max(middle / 2, spread)
            return
        error = max(abs(middle - self.smoothed), spread)
        self.variation += (error - self.variation) / 4
        self.smoothed += (middle - self.smoothed) / 8

    @property
    def timeout(self) -> int:
        """How long an answer may take before the probe is sent again."""
        if self.smoothed is None:
            return FIRST_TIMEOUT
        return int(min(max(self.smoothed + max(GRANULARITY, 4 * self.variation), SHORTEST), LONGEST))


class Window:
    """How many probes may be under way at once.

    Args:
        most: how far it opens.

    Attributes:
        size: that number.

    >>> window = Window()
    >>> window.answered(probes=200, lost=0)
    >>> window.answered(probes=200, lost=0)
    >>> window.size
    912.0
    """

    FIRST: Final = 512
    MOST: Final = 1 << 16
    FEWEST: Final = 32
    TELLING: Final = 256
    """Answers that have to be there before their losses mean anything."""
    TOO_MANY: Final = 0.45
    """The share of answered probes that had to be sent again from which on the network is taken to be full."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.size = float(min(self.FIRST, most))
        self._threshold = float(most)
        self._answered = self._lost = 0

    def answered(self, probes: int, lost: int) -> None:
        """Says that `probes` were answered, of which `lost` only when they were sent again."""
        self._answered += probes
        self._lost += lost
        if self.size < self._threshold:
            self.size = min(self.size + probes, self._most)
        else:
            self.size = min(self.size + probes / self.size * 16, self._most)
        if self._answered >= max(self.TELLING, self.size / 4):
            self._judge()

    def _judge(self) -> None:
        share = self._lost / self._answered
        if share > self.TOO_MANY:
            self.size = max(self.size / 2, self.FEWEST)
            self._threshold = self.size
        self._answered = self._lost = 0


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
