"""What a segment is answered with where no connection is (RFC 9293, section 3.10.7.1)."""

from __future__ import annotations

from rawkit.facts.tcp import ACK, RST
from rawkit.tcp.segment import Segment
from rawkit.tcp.sequence import wrap


def reset_for(segment: Segment) -> Segment | None:
    """The RST that answers a segment nobody waits for; None where it is a RST itself.

    >>> from rawkit.facts.tcp import SYN
    >>> reset_for(Segment(seq=99, flags=SYN)).ack
    100
    """
    if segment.flags & RST:
        return None
    if segment.flags & ACK:
        return Segment(seq=segment.ack, flags=RST)
    return Segment(ack=wrap(segment.seq + segment.length), flags=RST | ACK)
