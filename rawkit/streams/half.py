"""One side's bytes of a TCP connection: what comes next, and what waits until that has come (RFC 9293, 3.10.7.4).

Which bytes win where segments overlap is Wireshark's rule: what extends the stream first stays. Of what waits the one
that came first is taken, of those that reach the place.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final, NamedTuple

EACH: Final = 256
"""Bytes of memory that a segment takes that waits, beside its payload."""
_HALF: Final = 1 << 31


class Segment(NamedTuple):
    """Payload of a segment.

    Attributes:
        number: how many came before, of this side.
        position: where it begins in what the side sent.
        size: bytes of it on the wire.
        data: what was captured of them.
        frame: its `frame.number`.
        time_ns: nanoseconds since 1970.
    """

    number: int
    position: int
    size: int
    data: bytes
    frame: int
    time_ns: int

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.position + self.size

    @property
    def memory(self) -> int:
        """Bytes that it takes where it waits."""
        return len(self.data) + EACH


def distance(one: int, other: int) -> int:
    """How far a sequence number is behind another, which wrap at 2^32.

    >>> distance(2, 0xFFFFFFFF), distance(0xFFFFFFFF, 2)
    (3, -3)
    """
    return (one - other + _HALF) % (2 * _HALF) - _HALF


class Half:
    """What is known of one side.

    Attributes:
        seq: sequence number of the byte that comes next; None before the first packet.
        offset: how many bytes came before it.
        end: how many bytes there are in all, once there was a FIN.
        acked: how many bytes the peer has acknowledged.
        waiting_bytes: memory of what waits.
    """

    __slots__ = ("_early", "_later", "acked", "end", "offset", "seq", "waiting_bytes")

    def __init__(self) -> None:
        self.seq: int | None = None
        self.offset = self.acked = self.waiting_bytes = 0
        self.end: int | None = None
        self._later: list[tuple[int, int, Segment]] = []  # beyond what comes next, by position
        self._early: list[tuple[int, Segment]] = []  # those that reach it, by the order in which they came

    def position(self, seq: int) -> int:
        """Where the byte with a sequence number is in what the side sent."""
        assert self.seq is not None
        return self.offset + distance(seq, self.seq)

    def go_on(self, size: int) -> None:
        """So many bytes are known, or known to be missing."""
        assert self.seq is not None
        self.seq = (self.seq + size) % (2 * _HALF)
        self.offset += size

    def wait(self, segment: Segment) -> None:
        """Keeps a segment that begins later."""
        heappush(self._later, (segment.position, segment.number, segment))
        self.waiting_bytes += segment.memory

    @property
    def lowest(self) -> int | None:
        """Where the first one that waits begins; None where none does."""
        return self._later[0][0] if self._later else None

    def ready(self) -> Segment | None:
        """The next segment that reaches what comes next, or lies before it; None where all are later."""
        while self._later and self._later[0][0] <= self.offset:
            _, number, segment = heappop(self._later)
            heappush(self._early, (number, segment))
        if not self._early:
            return None
        segment = heappop(self._early)[1]
        self.waiting_bytes -= segment.memory
        return segment

    @property
    def missing(self) -> int:
        """Bytes at the end that never came: up to the FIN, or as far as the peer acknowledged them.

        One byte more than what came may be a FIN that was not captured.
        """
        if self.end is not None:
            return max(self.end - self.offset, 0)
        return self.acked - self.offset if self.acked > self.offset + 1 else 0
