"""Round-trip times of one target, added up as they come, in integers and in memory that does not grow."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import isqrt
from typing import Final

from rawkit.probe.ping.results import Clock
from rawkit.probe.targets import Target
from rawkit.values import dataclass, field

SAMPLES: Final = 1 << 16
"""Round-trip times that are kept for percentiles, over all targets together; at least `SAMPLES_EACH` a target."""
SAMPLES_EACH: Final = 256
DETAILS: Final = 16
"""Kinds of answers that are kept for an address."""


@dataclass(slots=True)
class RoundTrips:
    """Sums over round-trip times in nanoseconds, and the last `keep` of them.

    >>> times = RoundTrips(keep=100)
    >>> for rtt in (1000, 3000, 2000):
    ...     times.add(rtt)
    >>> times.minimum, times.mean, times.maximum, times.deviation, times.jitter, times.percentile(50)
    (1000, 2000, 3000, 816, 1500, 2000)
    >>> times.smoothed
    1343
    """

    keep: int = SAMPLES
    count: int = 0
    total: int = 0
    squares: int = 0
    minimum: int = 0
    maximum: int = 0
    differences: int = 0
    kept: array[int] = field(default_factory=lambda: array("q"))
    _last: int = 0
    _eightfold: int = 0

    def add(self, rtt: int) -> None:
        """Takes one more."""
        self.minimum = min(self.minimum, rtt) if self.count else rtt
        self.maximum = max(self.maximum, rtt)
        self.differences += abs(rtt - self._last) if self.count else 0
        if len(self.kept) < self.keep:
            self.kept.append(rtt)
        else:
            self.kept[self.count % self.keep] = rtt
        self._last = rtt
        self._eightfold += rtt - self._eightfold // 8 if self.count else 8 * rtt
        self.count += 1
        self.total += rtt
        self.squares += rtt * rtt

    @property
    def mean(self) -> int:
        """The arithmetic mean."""
        return self.total // self.count if self.count else 0

    @property
    def deviation(self) -> int:
        """The standard deviation of the population, which ping(8) calls mdev."""
        return isqrt(self.squares * self.count - self.total * self.total) // self.count if self.count else 0

    @property
    def jitter(self) -> int:
        """The mean difference between one round trip and the next, whichever is longer."""
        return self.differences // (self.count - 1) if self.count > 1 else 0

    @property
    def smoothed(self) -> int:
        """The moving average in which each new round trip weighs 1/8, which ping(8) calls ewma."""
        return self._eightfold // 8

    def percentile(self, percent: int) -> int:
        """The nearest-rank percentile of the times that are kept: at least `percent` in 100 are not longer."""
        return percentile(sorted(self.kept), percent)


def percentile(ordered: Sequence[int], percent: int) -> int:
    """The nearest-rank percentile of values in order; 0 where there are none.

    >>> percentile([15, 20, 35, 40, 50], 30), percentile([15, 20, 35, 40, 50], 100)
    (20, 50)
    """
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(rank, 1) - 1] if ordered else 0


@dataclass(slots=True)
class Summary:
    """All that one target did.

    Attributes:
        target: whom it is about.
        sent: probes that left this host.
        received: probes that were answered in time, by a right answer.
        duplicates, late, corrupt, errors: answers of these kinds (`rawkit.probe.ping.results.Result`).
        reordered: answers among `received` that a later one had overtaken.
        times: of the replies.
        elapsed_ns: nanoseconds from the first probe to the last event.
        clock: `kernel` where all times are from the kernel's stamps, `user` where none is, `mixed`; empty for none.
        answerers: how many answers in time came from each address.
        details: kinds of answers seen, by address: MAC addresses, for instance.
        cut_short: whether it ended with probes still to be sent or waited for: without an answer nothing is known then.
    """

    target: Target
    times: RoundTrips
    sent: int = 0
    received: int = 0
    duplicates: int = 0
    late: int = 0
    corrupt: int = 0
    errors: int = 0
    reordered: int = 0
    elapsed_ns: int = 0
    clock: Clock | str = ""
    answerers: dict[str, int] = field(default_factory=dict)
    details: dict[str, list[str]] = field(default_factory=dict)
    cut_short: bool = False

    @property
    def lost(self) -> int:
        """Probes that left and were not answered in time."""
        return self.sent - self.received

    @property
    def loss_percent(self) -> float:
        """Of 100 probes that left, how many were not answered in time; 0 where none left."""
        return 100 * self.lost / self.sent if self.sent else 0.0

    @property
    def alive(self) -> bool:
        """Whether a right answer came, in time or late."""
        return bool(self.received or self.late)

    def take(self, rtt: int, clock: Clock) -> None:
        """Counts the round trip of an answer in time."""
        self.times.add(rtt)
        self.clock = clock if self.clock in ("", clock) else "mixed"

    def note(self, address: str, detail: str) -> None:
        """Notes who answered, and how."""
        self.answerers[address] = self.answerers.get(address, 0) + 1
        seen = self.details.setdefault(address, [])
        if detail and detail not in seen and len(seen) < DETAILS:
            seen.append(detail)
