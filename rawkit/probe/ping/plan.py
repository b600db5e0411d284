"""What a ping is to do: how many probes, how often, how long to wait; the names are those of iputils' options."""

from __future__ import annotations

from typing import Final

from rawkit.values import dataclass

SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000

FLOOD_INTERVAL: Final = 10 * MILLISECOND
"""A flood sends when an answer comes, or a hundred times a second, whichever is more (ping(8))."""


@dataclass(frozen=True, slots=True)
class PingPlan:
    """When probes are sent, and when a target is done; all times are nanoseconds.

    Attributes:
        count: probes for each target (-c); None to go on until `deadline` or until somebody stops it.
        interval: between two probes to the same target (-i).
        timeout: after which a probe has no answer (-W).
        deadline: from the start, after which all ends (-w); None for none. With it, `count` counts answers.
        preload: probes that are sent at once in the beginning (-l).
        rate: probes a second over all targets together.
        eager: sends the next probe as soon as an answer comes (-A, -f), `minimum` after the last at the earliest.
        minimum: the shortest time between two probes to the same target where `eager` is set.
        retries: more probes for a target that has not answered, each sent when the one before has timed out; the
            first answer ends it. None for `count` probes whatever is answered.
        backoff: by how much the timeout grows with each retry.

    >>> PingPlan(retries=3, timeout=500 * MILLISECOND, backoff=1.5).timeout_of(3) / SECOND
    1.125
    """

    count: int | None = None
    interval: int = SECOND
    timeout: int = 10 * SECOND
    deadline: int | None = None
    preload: int = 1
    rate: int = 1000
    eager: bool = False
    minimum: int = 0
    retries: int | None = None
    backoff: float = 1.0

    @property
    def most(self) -> int | None:
        """Probes that a target gets at most."""
        if self.retries is not None:
            return self.retries + 1
        return None if self.deadline is not None else self.count

    def timeout_of(self, seq: int) -> int:
        """How long probe number `seq`, counted from 1, may take."""
        return round(self.timeout * self.backoff ** (seq - 1)) if self.retries else self.timeout

    def pause_after(self, seq: int) -> int:
        """How long after probe number `seq` the next one is due."""
        if self.retries is not None:
            return self.timeout_of(seq)
        return 0 if seq < self.preload else self.interval
