"""What came of a capture."""

from __future__ import annotations

from collections.abc import Mapping

from rawkit.flow.noticed import Noticed
from rawkit.values import dataclass, field


@dataclass(frozen=True, slots=True)
class CaptureStatistics:
    """What was captured, and what was lost.

    Attributes:
        frames: frames that came through: the filter, and `count`.
        seconds: how long it has run, from the first frame that was asked for.
        received: live, frames that the filter in the kernel let through and the ring had room for; of a file, those
            that were read from it.
        dropped: frames that the filter let through and the ring had no room for: whoever reads is too slow. 0 of a
            file, which does not say.
        interface_dropped: frames that the interface lost before any filter; 0 of a file.
        flows: connections that were seen, None where nobody looked for them.
        stopped: how often decoding stopped early, as in `rawkit.run.capture.loop.Counts`.
        noticed: what is odd about the traffic.

    >>> CaptureStatistics(frames=10, seconds=1.5, received=10, dropped=2).dropped
    2
    """

    frames: int
    seconds: float
    received: int
    dropped: int = 0
    interface_dropped: int = 0
    flows: int | None = None
    stopped: Mapping[tuple[int, int], int] = field(default_factory=dict)
    noticed: Noticed = field(default_factory=Noticed)
