"""What arrived before its turn (RFC 9293, section 3.10.7.4, seventh: check the segment text)."""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice
from typing import Final

MOST_PIECES: Final = 1024
"""More are not kept, so that a peer that sends single bytes with gaps costs no more than this; it sends them again."""


class Reassembly:
    """Pieces of the stream beyond the next number that is expected, in order; where two overlap the first one holds.

    Attributes:
        recent: the pieces' starts, the one that grew last first: the order of SACK blocks (RFC 2018, section 4).

    >>> queue = Reassembly()
    >>> queue.put(13, b"def"), queue.put(10, b"abcXX"), queue.blocks()
    (False, True, [(10, 16)])
    >>> bytes(queue.take(10)), len(queue)
    (b'abcdef', 0)
    """

    __slots__ = ("_pieces", "_starts", "recent")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._pieces: list[bytearray] = []
        self.recent: list[int] = []

    def __len__(self) -> int:
        return len(self._starts)

    def put(self, start: int, data: bytes) -> bool:
        """Keeps the data that begin at `start`; whether some of them were there before."""
        end = start + len(data)
        first = bisect_left(self._starts, start)
        if first and self._end(first - 1) >= start:
            first -= 1
        elif len(self._starts) >= MOST_PIECES:
            return False
        if self._follows(first, start, end):
            self._pieces[first] += data
            self._replace(first, first + 1, self._starts[first], self._pieces[first])
            return False
        last = first
        joined = bytearray()
        at = start
        while last < len(self._starts) and self._starts[last] <= end:
            joined += data[at - start : max(self._starts[last] - start, at - start)]
            joined += self._pieces[last]
            at = max(at, self._end(last))
            last += 1
        before = sum(len(piece) for piece in self._pieces[first:last])
        joined += data[at - start :]
        self._replace(first, last, min(start, *self._starts[first:last], start), joined)
        return len(joined) < before + len(data)

    def _follows(self, place: int, start: int, end: int) -> bool:
        """Whether [start, end) lengthens the piece at a place and touches no other: no need to copy the piece then."""
        is_next = place < len(self._starts) and self._end(place) == start
        return is_next and (place + 1 == len(self._starts) or end < self._starts[place + 1])

    def _end(self, place: int) -> int:
        return self._starts[place] + len(self._pieces[place])

    def _replace(self, first: int, last: int, start: int, joined: bytearray) -> None:
        gone = set(self._starts[first:last])
        self.recent = [start, *(one for one in self.recent if one not in gone)]
        self._starts[first:last] = [start]
        self._pieces[first:last] = [joined]

    def take(self, at: int) -> bytearray:
        """Takes out what follows on `at` without a gap."""
        if not self._starts or self._starts[0] > at:
            return bytearray()
        start, piece = self._starts.pop(0), self._pieces.pop(0)
        self.recent.remove(start)
        return piece[at - start :]

    def blocks(self, most: int = MOST_PIECES) -> list[tuple[int, int]]:
        """What is there as [start, end), the piece that grew last first, `most` of them."""
        return [(start, self._end(bisect_left(self._starts, start))) for start in islice(self.recent, most)]
