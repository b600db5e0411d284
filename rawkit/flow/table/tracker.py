"""The flow tracker: owns the kernel's arrays, makes room in them, and hands out what it finds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.decode import Packets
from rawkit.decode.layout import MAX_TUNNELS
from rawkit.decode.rows import words
from rawkit.flow import layout
from rawkit.flow.noticed import Noticed
from rawkit.flow.rules import DEFAULT_RULES, FlowRules
from rawkit.flow.table.carriers import PacketSequence, sequence
from rawkit.flow.table.defragment import Defragmenter
from rawkit.flow.table.trust_kernel import GROUP_WIDTH
from rawkit.flow.tcp.states import transition_array
from rawkit.frames import Bytes, Int32s, Int64s
from rawkit.kernels import Engine
from rawkit.values import dataclass, field, replace
from rawkit.wire.sum_kernel import WRONG

FIRST_ROWS: Final = 1 << 18
"""Rows of the table at first: 320 MB of address space, of which only what is used becomes memory."""
FIRST_SLOTS: Final = 4096
"""Places of the table's index at first; it is made larger when half of it is taken."""
KEPT_ROWS: Final = 32768
"""Rows from which on those of ended conversations are used again, the oldest first, where they are a quarter of all."""
LEAST_ROWS: Final = 1024
"""Rows that there are however little memory is given."""
ROW_SIZE: Final = 8 * (layout.WIDTH + 1 + 4)
"""Bytes of memory that a flow takes: its row, its time-out, and at most four places of the index."""
EVENTS_AT_ONCE: Final = 1024
NOTICED: Final = [
    layout.SUMS_COUNTED, layout.SUMS_FILLED_IN_LATER, layout.STRAY_STAMPS, layout.STEPS_BACK, layout.SPLIT_FLOWS,
    layout.TOGETHER, layout.TOGETHER_BYTES, layout.TOGETHER_FIRST, layout.TOGETHER_LAST, layout.ENDED_EARLY,
]  # fmt: skip
"""The tracker's numbers that are `Noticed`, in its order."""

CROWDED: Final = [layout.TOGETHER, layout.ENDED_EARLY]
UNCROWDED: Final = dict.fromkeys(("together", "together_bytes", "together_first", "together_last", "ended_early"), 0)

Tell = Callable[[Int64s], None]
Asked = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """What the tracker says of a batch of packets.

    Attributes:
        stream: `tcp.stream` or `udp.stream` of each packet, -1 where it has none.
        analysis: `tcp.analysis` flags of each packet, bits in the order of `layout.ANALYSIS`.
        events: a row an event, `layout.EVENT_WIDTH` columns of int64, in the order in which they happened; none where
            the tracker tells them as they happen.
        sums: what the checksum of each packet is (`rawkit.wire.sum_kernel`), uint8.
        connections: the connection that each packet counts for, by the number that events have of it
            (`layout.CONNECTION`), 0 for none; where packets carry others, also those of the carriers.
        sources: of each connection the place of its packet in the batch; None: they are the packets, in order.
        bases: of each packet what its TCP sequence numbers are told from in text, those of the sender and those of the
            receiver, two columns; -1: from nothing, they are the header's. Empty: nobody asked.
        whole: the packets as they were followed: those put together from fragments in the place of their last one;
            None: nobody asked.
    """

    stream: Int32s
    analysis: Int32s
    events: Int64s
    sums: Bytes
    connections: Int64s = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    sources: NDArray[np.intp] | None = None
    bases: Int64s = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    whole: Packets | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A batch of packets, ready to be followed.

    Attributes:
        packets: the packets, those put together from fragments in the place of the last fragment.
        sums: what the checksum of each is (`rawkit.wire.sum_kernel`), uint8.
        sequence: the packets with those that carry them; None where they are alone.
    """

    packets: Packets
    sums: Bytes
    sequence: PacketSequence | None


class FlowTracker:
    """Follows flows through batches of packets; the memory that it takes is bounded by the flows that are open.

    Args:
        engine: runs the kernels.
        wanted: kinds of events to give: `layout.HANDSHAKE`, `TEARDOWN`, `FLOW_END`, added up; with them `layout.BASES`
            where lines of text are made of the packets.
        tell: is called with some events at a time, in an array that it may keep; where it is not given, events come
            as results.
        rules: how flows are told apart, and the memory for those that are open.
        hurries: is asked between some events and the next; once it says yes, no time-out is told any more, only what
            packets show.
        seed: of the table's hashes; random where not given.

    >>> tracker = FlowTracker(Engine("interpreted"), layout.FLOW_END)
    >>> tracker.finish().shape == (0, layout.EVENT_WIDTH)
    True
    """

    def __init__(
        self,
        engine: Engine,
        wanted: int = layout.FLOW_END,
        *,
        tell: Tell | None = None,
        rules: FlowRules = DEFAULT_RULES,
        hurries: Asked | None = None,
        seed: int | None = None,
    ) -> None:
        self._engine, self._hurries = engine, hurries
        self._rules = rules
        self._told: list[Int64s] = []
        self._tell = tell or self._told.append
        self._defragmenter = Defragmenter(engine)
        self._tracker = np.zeros(layout.TRACKER_WIDTH, dtype=np.int64)
        self._tracker[layout.SEED] = int.from_bytes(os.urandom(4)) >> 1 if seed is None else seed
        self._tracker[layout.WANTED] = wanted
        self._tracker[layout.CLOCK] = layout.NOT_YET
        self._tracker[[layout.NEXT_DUE, layout.WHEEL_DUE]] = layout.NO_DEADLINE
        self._tracker[layout.KEPT_ROWS] = KEPT_ROWS
        most = self._tracker[layout.MOST_ROWS] = max(LEAST_ROWS, rules.memory // ROW_SIZE)
        rows = min(FIRST_ROWS, int(most))
        self._flows = np.zeros(rows * layout.WIDTH, dtype=np.int64)
        self._deadlines = np.zeros(rows, dtype=np.int64)
        self._slots = np.zeros(FIRST_SLOTS, dtype=np.int64)
        self._lists = np.repeat(-1 - np.arange(layout.LISTS), layout.LIST_WIDTH)
        self._key = np.zeros(layout.KEY_ROOM, dtype=np.int64)
        self._key[layout.KEY_IGNORES_VLANS] = rules.vlan == "ignore"
        self._ahead = np.zeros(layout.AHEAD + 1, dtype=np.int64)
        self._path = np.full(MAX_TUNNELS + 1, -1, dtype=np.int64)
        self._tracker[layout.FOLLOWS_CARRIERS] = rules.tunnels == "both"
        self._events = np.zeros(EVENTS_AT_ONCE * layout.EVENT_WIDTH, dtype=np.int64)
        self._transitions = transition_array()

    def track(self, packets: Packets) -> Tracked:
        """Takes the packets of a batch, in order."""
        return self.follow(self.prepare(packets))

    def prepare(self, packets: Packets) -> Prepared:
        """What can be done ahead: one thread may prepare batches, in order, while another follows them."""
        whole = self._defragmenter.reassemble(packets)
        batch, sums = whole.batch, np.zeros(len(packets), dtype=np.uint8)
        if self._rules.checksums != "ignore":
            self._engine.call(
                "rawkit.decode.headers.checksum_kernel", "judge", 0,
                batch.data, *words(batch.data), batch.offset, batch.status, whole.rows.reshape(-1), sums,
            )  # fmt: skip
        verify = self._rules.checksums == "verify"
        return Prepared(whole, sums, sequence(self._engine, whole, self._rules.tunnels, verify=verify))

    def follow(self, prepared: Prepared) -> Tracked:
        """Takes prepared packets, in order."""
        packets, batch, sums = prepared.packets, prepared.packets.batch, prepared.sums
        if self._rules.checksums == "auto" and WRONG in sums:
            self.trust(prepared)
        if prepared.sequence is None:
            found = self._take(batch.data, batch.offset, batch.timestamp, sums, packets.rows, packets.numbers)
            return Tracked(*found[:2], self._kept(), sums, found[2], bases=found[3], whole=packets)
        places, sources = prepared.sequence.places, prepared.sequence.sources
        all_sums = sums[sources]
        all_sums[prepared.sequence.outer] = prepared.sequence.outer_sums
        found = self._take(
            batch.data, batch.offset[sources], batch.timestamp[sources], all_sums, prepared.sequence.rows,
            packets.numbers[sources],
        )  # fmt: skip
        stream, analysis = found[0][places], found[1][places]
        stream[places < 0], analysis[places < 0] = -1, 0
        bases = found[3][places] if len(found[3]) else found[3]
        bases[places[: len(bases)] < 0] = -1
        return Tracked(stream, analysis, self._kept(), sums, found[2], sources, bases, packets)

    def _take(
        self, data: Bytes, offset: Int64s, timestamp: Int64s, sums: Bytes, rows: Int32s, numbers: Int64s
    ) -> tuple[Int32s, Int32s, Int64s, Int64s]:
        """Takes packets in order; their streams, analysis flags, connections, and what numbers are told from."""
        count = len(offset)
        stream, analysis = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
        connections = np.empty(count, dtype=np.int64)
        bases = np.empty((count if self._tracker[layout.WANTED] & layout.BASES else 0, 2), dtype=np.int64)
        done = 0
        while done < count:
            done = self._engine.call(
                "rawkit.flow.table.track_kernel", "track", count - done,
                data, offset, timestamp, sums, rows.reshape(-1), done, count, numbers, stream, analysis, connections,
                bases.reshape(-1), self._key, self._ahead, self._path, self._slots, self._flows, self._deadlines,
                self._lists, self._tracker, self._events, self._transitions,
            )  # fmt: skip
            self._drain()
            if self._tracker[layout.FULL]:
                self.grow()
            self._hurry()
        return stream, analysis, connections, bases

    def _hurry(self) -> bool:
        """Whether somebody wants it to end; then no more time-outs are told."""
        if self._hurries is None or not self._hurries():
            return False
        self._tracker[layout.HURRIES] = 1
        return True

    def trust(self, prepared: Prepared) -> None:
        """Marks the packets that count although their checksums are wrong."""
        count, batch = len(prepared.packets), prepared.packets.batch
        places = np.zeros(1 << (2 * count).bit_length(), dtype=np.int64)
        groups = np.empty(count * GROUP_WIDTH, dtype=np.int64)
        self._engine.call(
            "rawkit.flow.table.trust_kernel", "trust", count,
            batch.data, batch.offset, prepared.packets.rows.reshape(-1), prepared.sums, self._key, self._slots,
            self._flows, self._tracker, places, groups, *np.full((2, count), -1, dtype=np.int64),
        )  # fmt: skip

    @property
    def _tells_events(self) -> bool:
        return bool(self._tracker[layout.WANTED] & layout.EVENT_KINDS)

    @property
    def noticed(self) -> Noticed:
        """What was odd so far, as far as it concerns what is told."""
        found = replace(Noticed(*self._tracker[NOTICED].tolist()), forgotten=self._defragmenter.given_up)
        return found if self._tells_events else replace(found, **UNCROWDED)

    @property
    def is_crowded(self) -> bool:
        """Whether flows had to make room for others, and it shows in what is told."""
        return self._tells_events and bool(self._tracker[CROWDED].any())

    def expire(self, now: int) -> Int64s:
        """Ends the connections whose time is over at `now` (nanoseconds since the epoch); their events."""
        return self._repeat("expire", self._hurry, now)

    def expire_parts(self, now: int) -> Iterator[Int64s]:
        """The same, some events at a time; what is not asked for is told later."""
        return self._parts("expire", now)

    def finish(self, is_enough: Asked | None = None) -> Int64s:
        """Ends all connections; their events.

        Where `is_enough` says so, which is asked between some events and the next, it leaves the rest; `still_open`
        says how many these are.
        """
        return self._repeat("finish", is_enough)

    def finish_parts(self) -> Iterator[Int64s]:
        """The same, some events at a time."""
        return self._parts("finish")

    @property
    def connections(self) -> int:
        """Connections so far, those that are open included."""
        return int(self._tracker[layout.CONNECTIONS])

    @property
    def still_open(self) -> int:
        """Connections that have not ended."""
        return int(self._tracker[layout.FLOW_COUNT] - self._tracker[layout.ENDED_COUNT])

    def _repeat(self, function: str, is_enough: Asked | None, *first: int) -> Int64s:
        for _ in self._calls(function, *first):
            if is_enough is not None and is_enough():
                break
        return self._kept()

    def _parts(self, function: str, *first: int) -> Iterator[Int64s]:
        for _ in self._calls(function, *first):
            yield self._kept()

    def _calls(self, function: str, *first: int) -> Iterator[None]:
        """Calls a function until it is done; after each the events are drained."""
        done = False
        while not done:
            done = self._engine.call(
                "rawkit.flow.events_kernel", function, 0,
                *first, self._flows, self._deadlines, self._lists, self._tracker, self._events,
            )  # fmt: skip
            self._drain()
            yield

    def _drain(self) -> None:
        count = int(self._tracker[layout.EVENT_COUNT])
        if count:
            self._tracker[layout.EVENT_COUNT] = 0
            told, self._events = self._events, np.empty_like(self._events)
            self._tell(told[: count * layout.EVENT_WIDTH].reshape(count, layout.EVENT_WIDTH))

    def _kept(self) -> Int64s:
        kept = np.concatenate([np.empty((0, layout.EVENT_WIDTH), dtype=np.int64), *self._told])
        self._told.clear()
        return kept

    def grow(self) -> None:
        """Makes the index four times as large, or the table twice, or as large as it may be: whichever is full.

        Where there is no memory for that, the table stays as it is, and open flows make room for new ones.
        """
        self._tracker[layout.FULL] = 0
        rows = len(self._deadlines)
        if self._tracker[layout.FLOW_COUNT] < rows:
            self._slots = np.zeros(4 * len(self._slots), dtype=np.int64)
            self._engine.call(
                "rawkit.flow.table.table_kernel", "reindex", rows,
                self._slots, self._flows, int(self._tracker[layout.FLOW_COUNT]),
            )  # fmt: skip
            return
        most = int(self._tracker[layout.MOST_ROWS])
        larger = 2 * rows if 4 * rows < most else most  # while it is copied, the table takes its old memory too
        try:
            self._flows = _longer(self._flows, larger * layout.WIDTH)
            self._deadlines = _longer(self._deadlines, larger)
        except MemoryError:
            self._tracker[layout.MOST_ROWS] = rows


def _longer(array: Int64s, size: int) -> Int64s:
    longer = np.zeros(size, dtype=np.int64)
    longer[: len(array)] = array
    return longer
