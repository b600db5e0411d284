"""A stream that goes on: both sides, what was put together since somebody took it, and what is compared with."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

import numpy as np

from rawkit.flow.endpoints import Endpoint
from rawkit.streams.half import Half, Segment
from rawkit.streams.values import SIDES, Conflict, Content, Gap, Protocol, Reason, Run, Stream

RECENT: Final = 1 << 20
"""Bytes of a stream that are remembered, to compare what is sent again."""


class OpenStream:
    """A stream that goes on.

    Args:
        protocol: `tcp` or `udp`.
        number: `tcp.stream` or `udp.stream`.
        endpoints: the client and the server.
        client: which of the two senders of `rawkit.streams.segments` the client is.

    Attributes:
        held: bytes of payload that nobody has taken yet.
        remembered: bytes that are kept to compare.
        passes: whether a filter has let a packet of it through.
        lost: of each side what had to go before it passed.
    """

    __slots__ = (
        "_content", "_count", "_parts", "_recent", "_sizes", "_starts", "client", "endpoints", "halves", "held",
        "lost", "number", "part", "passes", "protocol", "remembered",
    )  # fmt: skip

    def __init__(self, protocol: Protocol, number: int, endpoints: tuple[Endpoint, Endpoint], client: int) -> None:
        self.protocol, self.number, self.endpoints, self.client = protocol, number, endpoints, client
        self.halves = (Half(), Half())  # of the client, of the server
        self.held = self.remembered = self.part = self._count = 0
        self.passes = False
        self.lost: list[Gap | None] = [None, None]
        self._content: list[Content] = []
        self._parts: list[bytes] = []
        self._sizes: list[tuple[int, int, int, int]] = []
        self._starts = (0, 0)
        self._recent: deque[tuple[Run, tuple[int, int]]] = deque()  # with the offsets behind each

    # What comes -----------------------------------------------------------------------------------------------

    def add_run(self, run: Run) -> None:
        """Takes pieces that are in order, all at once; the sides have gone on already."""
        self.flush()
        self._keep(run)

    def datagram(self, side: int, segment: Segment) -> None:
        """Takes a datagram."""
        self._deliver(side, segment)

    def segment(self, side: int, position: int, size: int, data: bytes, frame: int, time_ns: int) -> None:
        """Takes payload of TCP, wherever it belongs."""
        half = self.halves[side]
        self._count += 1
        segment = Segment(self._count, position, size, data, frame, time_ns)
        if position > half.offset:
            half.wait(segment)
            return
        self._place(side, segment)
        self._drain(side)

    def acknowledge(self, side: int, ack: int, frame: int) -> None:
        """The peer of a side has these bytes: those that are missing in front of what waits will not come."""
        half = self.halves[side]
        while (lowest := half.lowest) is not None and half.position(ack) > lowest:
            self.give_up(side, lowest, frame, "not seen")

    def give_up(self, side: int, until: int, frame: int, reason: Reason) -> None:
        """Goes on behind bytes that are missing."""
        half = self.halves[side]
        self._tell(Gap(SIDES[side], half.offset, until - half.offset, frame, reason))
        half.go_on(until - half.offset)
        self._drain(side)

    def finish(self, frame: int) -> None:
        """Nothing comes any more: what waits is put behind gaps, and what is known to be missing is told."""
        for side, half in enumerate(self.halves):
            while (lowest := half.lowest) is not None:
                self.give_up(side, lowest, frame, "not seen")
            if half.missing:
                self.give_up(side, half.offset + half.missing, frame, "not seen")

    def _drain(self, side: int) -> None:
        while (segment := self.halves[side].ready()) is not None:
            self._place(side, segment)

    def _place(self, side: int, segment: Segment) -> None:
        """Puts a segment to the end of what is there, as far as it reaches beyond; the rest is compared."""
        half = self.halves[side]
        known = half.offset - segment.position
        if known > 0:
            is_keep_alive = segment.size == 1 and known == 1  # its byte means nothing (RFC 9293, section 3.8.4)
            if not is_keep_alive:
                self._compare(side, segment)
            segment = segment._replace(
                position=half.offset, size=max(segment.size - known, 0), data=segment.data[known:]
            )
        if segment.size:
            self._deliver(side, segment)

    def _deliver(self, side: int, segment: Segment) -> None:
        half = self.halves[side]
        if not self._parts:
            self._starts = (self.halves[0].offset, self.halves[1].offset)
        self._parts.append(segment.data)
        self._sizes.append((side, len(segment.data), segment.frame, segment.time_ns))
        if half.seq is None:
            half.offset += len(segment.data)
        else:
            half.go_on(len(segment.data))
        if missing := segment.size - len(segment.data):
            self._tell(Gap(SIDES[side], half.offset, missing, segment.frame, "cut"))
            if half.seq is None:
                half.offset += missing
            else:
                half.go_on(missing)

    # What is sent again ---------------------------------------------------------------------------------------

    def _compare(self, side: int, segment: Segment) -> None:
        """Tells where the bytes of a segment are not those that are there already."""
        self.flush()
        end = segment.position + len(segment.data)
        for at, kept in self._remember(side, segment.position, min(end, self.halves[side].offset)):
            begin = at - segment.position
            other = segment.data[begin : begin + len(kept)]
            if kept != other:
                differ = np.nonzero(np.frombuffer(kept, np.uint8) != np.frombuffer(other, np.uint8))[0]
                first, last = int(differ[0]), int(differ[-1]) + 1
                self._content.append(
                    Conflict(SIDES[side], at + first, kept[first:last], other[first:last], segment.frame)
                )

    def _remember(self, side: int, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """What is still known of a side's bytes, with their places; the oldest first."""
        found = []
        for run, ends in reversed(self._recent):
            start = run.starts[side]
            if start < end and ends[side] > begin and ends[side] > start:
                bytes_of = run.of(side)
                whole = memoryview(bytes_of[0] if len(bytes_of) == 1 else b"".join(bytes_of))
                first = max(begin, start)
                found.append((first, bytes(whole[first - start : end - start])))
            if start <= begin:
                break
        return reversed(found)

    def forget(self) -> int:
        """Lets go of what is kept to compare; how many bytes that were."""
        freed, self.remembered = self.remembered, 0
        self._recent.clear()
        return freed

    # What is taken --------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Makes a run of the pieces that came one by one."""
        if not self._parts:
            return
        numbers = np.array(self._sizes, dtype=np.int64).T.copy()
        run = Run(b"".join(self._parts), numbers[1], numbers[0], numbers[2], numbers[3], self._starts)
        self._parts, self._sizes = [], []
        self._keep(run)

    def take(self, *, ended: bool = False) -> Stream | None:
        """What was put together since the last time; None where that is nothing."""
        self.flush()
        self._content = [gap for gap in self.lost if gap is not None and gap.size] + self._content
        self.lost = [None, None]
        if not self._content:
            return None
        content, self._content, self.held = tuple(self._content), [], 0
        self.part += 1
        return Stream(self.protocol, self.number, *self.endpoints, self.part, ended, content)

    def drop(self, frame: int) -> None:
        """Lets go of what nobody has taken; the frame is the last one so far."""
        self.flush()
        for side, half in enumerate(self.halves):
            before = self.lost[side]
            starts = [run.starts[side] for run in self._content if isinstance(run, Run)]
            begin = before.offset if before is not None else min(starts, default=half.offset)
            self.lost[side] = Gap(SIDES[side], begin, half.offset - begin, frame, "memory")
        self._content, self.held = [], 0

    def _tell(self, one: Gap) -> None:
        self.flush()
        self._content.append(one)

    def _keep(self, run: Run) -> None:
        self._content.append(run)
        self.held += len(run.data)
        self._recent.append((run, (self.halves[0].offset, self.halves[1].offset)))
        self.remembered += len(run.data)
        while self.remembered - len(self._recent[0][0].data) > RECENT:
            self.remembered -= len(self._recent.popleft()[0].data)
