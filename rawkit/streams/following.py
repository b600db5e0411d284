"""Streams as they are given out: whole at their end, or what is new of each batch; in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Final

from rawkit.decode import Packets
from rawkit.decode.layout import PROTOCOL
from rawkit.decode.rows import Mask
from rawkit.facts import ip_protocols
from rawkit.flow import layout
from rawkit.flow.row_kernel import ip_protocol
from rawkit.flow.table.tracker import Tracked
from rawkit.streams.assembler import Assembler
from rawkit.streams.open_stream import OpenStream
from rawkit.streams.segments import key_of
from rawkit.streams.values import Stream

MEMORY: Final = 1 << 28
"""Bytes of payload that are kept until their streams end; those of which most is there are given out in part."""

WANTED: Final = layout.FLOW_END
"""Kinds of events that the tracker has to give."""

Passing = Callable[[Packets, Tracked], Mask]
"""Which packets of a batch a filter lets through."""


class Following:
    """Gives streams out.

    Args:
        only: keys of the streams that are wanted (`rawkit.streams.segments.key_of`); None for all.
        passing: lets packets through: a stream is given once it has one of them; None: all are.
        memory: bytes of payload that are kept.
        at_once: give what is new after each batch, and keep nothing.

    Attributes:
        crowded: streams that were given before their end, or forgotten, since more were open than can be followed.
    """

    def __init__(
        self,
        only: Collection[int] | None = None,
        passing: Passing | None = None,
        *,
        memory: int = MEMORY,
        at_once: bool = False,
    ) -> None:
        self._assembler = Assembler()
        self._only, self._passing, self._memory, self._at_once = only, passing, memory, at_once
        self._frame = self.crowded = 0

    def take(self, packets: Packets, tracked: Tracked) -> Iterator[Stream]:
        """Takes a batch; what is to be given out."""
        if len(packets):
            self._frame = int(packets.numbers[-1])
            passed = self._passed(packets, tracked)
            touched = self._assembler.take(packets, tracked, self._only)
            for key in passed:
                if (stream := self._assembler.streams.get(key)) is not None:
                    stream.passes = True
            if self._at_once:
                yield from self._each(touched, ended=False)
            for stream in self._assembler.crowd_out():
                self.crowded += stream.held > 0
                yield from self._finished(stream, ended=False)
        yield from self._ended(tracked)
        yield from self._in_bounds()

    def finish(self) -> Iterator[Stream]:
        """What is left at the end, in the order of numbers, TCP's first."""
        left = sorted(self._assembler.streams.items(), key=lambda item: (item[0] & 1, item[0]))
        for _, stream in left:
            yield from self._finished(stream, ended=True)

    def _passed(self, packets: Packets, tracked: Tracked) -> set[int]:
        """The streams of packets that the filter lets through."""
        if self._passing is None:
            return set()
        mask = self._passing(packets, tracked) & (tracked.stream >= 0)
        is_udp = packets.rows[mask, PROTOCOL] == ip_protocols.UDP
        return set((tracked.stream[mask].astype("int64") << 1 | is_udp).tolist())

    def _ended(self, tracked: Tracked) -> Iterator[Stream]:
        """The streams whose connections have ended. They are still known: what is sent again is nothing new."""
        for event in tracked.events[tracked.events[:, layout.EVENT_KIND] & WANTED != 0, layout.EVENT_ROW :]:
            protocol = ip_protocol(event, 0)
            if protocol not in (ip_protocols.TCP, ip_protocols.UDP):
                continue
            name = "udp" if protocol == ip_protocols.UDP else "tcp"
            stream = self._assembler.streams.get(key_of(name, int(event[layout.STREAM])))
            if stream is not None:
                yield from self._finished(stream, ended=True)

    def _finished(self, stream: OpenStream, *, ended: bool) -> Iterator[Stream]:
        held = stream.held
        stream.finish(self._frame)
        self._assembler.held += stream.held - held
        return self._each([stream], ended=ended)

    def _each(self, streams: Collection[OpenStream], *, ended: bool) -> Iterator[Stream]:
        """What there is of those that pass; at their end the others' is let go."""
        for stream in streams:
            held = stream.held
            if self._passing is None or stream.passes:
                if (found := stream.take(ended=ended)) is not None:
                    yield found
            elif ended:
                stream.drop(self._frame)
            self._assembler.held += stream.held - held

    def _in_bounds(self) -> Iterator[Stream]:
        """Where more is kept than there is memory for, those of which most is there."""
        if self._assembler.held <= self._memory:
            return
        for stream in sorted(self._assembler.streams.values(), key=lambda stream: -stream.held):
            if self._assembler.held <= self._memory * 3 // 4:
                return
            yield from self._each([stream], ended=False)
            if stream.held:
                self._assembler.held -= stream.held
                stream.drop(self._frame)
