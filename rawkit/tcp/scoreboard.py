"""What became of what is under way: acknowledged out of order, taken for lost, sent again (RFC 6675, RFC 6582).

With SACK the peer says what it has (RFC 2018); without it a duplicate ACK says that some segment arrived. Both come to
the same three questions here: what is lost, how much is still in the network, what is sent again next.
"""

from __future__ import annotations

from typing import Final

from rawkit.tcp.ranges import Ranges

DUPLICATES: Final = 3
"""DupThresh: after so many duplicate ACKs a segment is lost (RFC 5681, section 3.2; RFC 6675, section 2)."""
MOST_RANGES: Final = 1024
"""More are not kept of what a peer says it has."""


class Scoreboard:
    """Keeps it, in numbers that `rawkit.tcp.sequence` unwrapped.

    Attributes:
        mss: how long a segment is, which without SACK a duplicate ACK speaks of.
        duplicates: duplicate ACKs since something new was acknowledged (RFC 5681, section 2).
        lost_edge: what is below and not in `sacked` is lost.
        resent: what is lost and below was sent again since.

    >>> board = Scoreboard(1000)
    >>> board.sacked_blocks([(2000, 5000)], una=1000, nxt=6000)
    True
    >>> board.find_lost(1000), board.next_hole(1000)
    (True, (1000, 2000))
    >>> board.pipe(1000, 6000)  # of 5,000 bytes one thousand is lost, three have arrived
    1000
    """

    __slots__ = ("duplicates", "lost_edge", "mss", "resent", "sacked")

    def __init__(self, mss: int) -> None:
        self.mss = mss
        self.sacked = Ranges()
        self.duplicates = 0
        self.lost_edge = 0
        self.resent = 0

    def sacked_blocks(self, blocks: list[tuple[int, int]], una: int, nxt: int) -> bool:
        """Takes the blocks of a SACK option; whether they say anything new.

        A block that is not within what is under way says nothing: it is a D-SACK (RFC 2883), old or made up.
        """
        if len(self.sacked) >= MOST_RANGES:
            return False
        before = self.sacked.size
        for start, end in blocks:
            if una < start < end <= nxt:
                self.sacked.add(start, end)
        return self.sacked.size > before

    def find_lost(self, una: int) -> bool:
        """Moves `lost_edge` to where IsLost (RFC 6675, section 4) holds; whether what begins at `una` is lost.

        A hole is lost where DupThresh ranges above it have arrived, or more than (DupThresh - 1) segments in bytes.
        """
        size = 0
        for ranges, (start, end) in enumerate(reversed(self.sacked), 1):
            size += end - start
            if ranges >= DUPLICATES or size > (DUPLICATES - 1) * self.mss:
                self.lost_edge = max(self.lost_edge, start)
                break
        return self.lost_edge > una

    def lose(self, una: int, edge: int) -> None:
        """All from `una` to `edge` that has not arrived is lost, sent again or not."""
        self.lost_edge, self.resent = edge, una

    def forget(self) -> None:
        """What the peer said it has, it may have thrown away (RFC 2018, section 8)."""
        self.sacked.clear()

    def next_hole(self, una: int) -> tuple[int, int] | None:
        """What is to be sent again next, as [start, end), or None (NextSeg, rule 1)."""
        return self.sacked.first_gap(max(una, self.resent), self.lost_edge)

    def pipe(self, una: int, nxt: int) -> int:
        """How many bytes are still in the network (SetPipe)."""
        edge = max(una, self.lost_edge)
        waiting = max(una, min(self.resent, edge))
        lost = edge - waiting - self.sacked.within(waiting, edge)
        arrived = self.sacked.size or self.duplicates * self.mss
        return max(nxt - una - lost - arrived, 0)
