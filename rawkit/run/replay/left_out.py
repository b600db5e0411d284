"""`LeftOut`: the frames that a replay does not send, or not as they were recorded."""

from __future__ import annotations

from rawkit.values import dataclass, field


@dataclass(slots=True)
class LeftOut:
    """Frames that cannot go out as they were recorded.

    Attributes:
        large: those that are larger than the interface's MTU allows; not sent.
        short: those without a whole link header, or on links without one those that are no IP packet; not sent.
        foreign: those of another link type than the interface's, by LINKTYPE number; not sent.
        not_carried: those that have nothing in them that another kind of link could carry; not sent.
        unreached: those whose next hop on another kind of link is not known; not sent.
        cut: those that the capture has only a part of; that part is sent.
    """

    large: int = 0
    short: int = 0
    foreign: dict[int, int] = field(default_factory=dict)
    not_carried: int = 0
    unreached: int = 0
    cut: int = 0
