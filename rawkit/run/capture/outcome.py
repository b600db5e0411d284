"""What came of a live capture."""

from __future__ import annotations

from collections.abc import Mapping

from rawkit.flow.noticed import Noticed
from rawkit.sockets.receive.counters import RingStatistics
from rawkit.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was captured, and what was lost.

    Attributes:
        frames: frames that were captured.
        seconds: how long it took.
        statistics: the counters of the rings.
        flows: connections that were seen, None where nobody looked for them.
        stopped: how often decoding stopped early, as in `rawkit.run.capture.loop.Counts`.
        noticed: what is odd about the traffic.
    """

    frames: int
    seconds: float
    statistics: RingStatistics
    flows: int | None = None
    stopped: Mapping[tuple[int, int], int] = field(default_factory=dict)
    noticed: Noticed = field(default_factory=Noticed)
