"""Views that show what a filter lets through; a recording of it."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from rawkit.decode import Packets
from rawkit.decode.rows import Mask
from rawkit.flow import layout
from rawkit.flow.event_names import CODES
from rawkit.flow.table.selecting import selected_rows
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.query.filter import DisplayFilter, Make
from rawkit.query.packets import Clock


class View(Protocol):
    """What `rawkit.run.capture.showing.CaptureView` is."""

    @property
    def wanted(self) -> int: ...
    @property
    def threads(self) -> int: ...
    def header(self) -> bytes: ...
    def render(self, packets: Packets, tracked: Tracked) -> bytes: ...
    def tell(self, events: Int64s) -> bytes: ...
    def rest(self) -> bytes: ...


class EventsView(View, Protocol):
    """What `rawkit.view.events.view.EventView` is."""

    @property
    def peek(self) -> Make | None: ...
    def take(self, packets: Packets, tracked: Tracked) -> None: ...
    def drop(self, events: Int64s) -> None: ...


class NumberedSink(Protocol):
    """What `rawkit.run.capture.loop.NumberedSink` is."""

    def write(self, batch: FrameBatch, numbers: Int64s) -> None: ...


def chosen(packets: Packets, tracked: Tracked, mask: Mask) -> tuple[Packets, Tracked]:
    """The packets that a mask names, with what the tracker says of them."""
    if mask.all():
        return packets, tracked
    return selected_rows(packets, tracked, mask)


class ChosenPackets:
    """A view of packets, of those that a filter lets through.

    Args:
        shown: the view; None: nothing is shown.
        where: the filter.
        sink: takes the frames that come through, where there is one.

    Attributes:
        wanted: kinds of events that the tracker has to give for it.
        threads: how many may call `render` at once.
        frames: how many have come through.
    """

    def __init__(self, shown: View | None, where: DisplayFilter, sink: NumberedSink | None = None) -> None:
        self.frames = 0
        self._shown, self._where, self._sink, self._clock = shown, where, sink, Clock()
        self.wanted = shown.wanted if shown else 0
        self.at_once = getattr(shown, "at_once", 0)
        in_order = sink is not None or where.needs_order or shown is None
        self.threads = 1 if in_order else shown.threads  # type: ignore[union-attr]

    def header(self) -> bytes:
        """What stands before all packets."""
        return self._shown.header() if self._shown else b""

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The lines of those packets."""
        if not len(packets):
            return self._shown.render(packets, tracked) if self._shown else b""
        kept, told = chosen(packets, tracked, self._where.mask(packets, tracked, self._clock))
        self.frames += len(kept)
        if self._sink is not None and len(kept):
            self._sink.write(kept.batch, kept.numbers)
        return self._shown.render(kept, told) if self._shown and len(kept) else b""

    def tell(self, events: Int64s) -> bytes:
        """The lines of events."""
        return self._shown.tell(events) if self._shown else b""

    def rest(self) -> bytes:
        """What is left at the end."""
        return self._shown.rest() if self._shown else b""


PAGE: Final = 1 << 12
"""Connections that are remembered together, and forgotten together when all of them have ended."""
NEVER: Final = np.iinfo(np.int64).max


class Remembered:
    """The first frame of each connection that gave an answer, for all answers that there are.

    Connections are numbered as they begin. Memory follows those that are open, a page at a time.
    """

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self._pages: dict[int, Int64s] = {}
        self._ended: dict[int, int] = {}

    def note(self, connections: Int64s, answers: Int64s, frames: Int64s) -> None:
        """Notes what the packets of a batch gave; their frames ascend."""
        pages = connections // PAGE
        for page in np.unique(pages).tolist():
            here = pages == page
            first = self._page(page)
            places = (connections[here] % PAGE) * self._answers + answers[here]
            is_new = first[places] == NEVER
            first[places[is_new][::-1]] = frames[here][is_new][::-1]  # of several the first, which comes last

    def known(self, connections: Int64s, until: Int64s) -> Int64s:
        """A number each: bit n says that a packet up to the frame `until` gave the answer n."""
        found = np.zeros(len(connections), dtype=np.int64)
        pages = connections // PAGE
        for page in np.unique(pages).tolist():
            here = np.nonzero(pages == page)[0]
            first = self._pages.get(page)
            if first is None:
                continue
            rows = first.reshape(-1, self._answers)[connections[here] % PAGE]
            seen = (rows <= until[here, np.newaxis]).astype(np.int64)
            found[here] = np.sum(seen << np.arange(self._answers), axis=1)
        return np.asarray(found)

    def end(self, connections: Int64s) -> None:
        """Forgets the pages of which all connections have ended."""
        for page, count in zip(*np.unique(connections // PAGE, return_counts=True), strict=True):
            self._ended[int(page)] = self._ended.get(int(page), 0) + int(count)
            if self._ended[int(page)] >= PAGE - (page == 0):
                self._pages.pop(int(page), None)
                del self._ended[int(page)]

    def _page(self, page: int) -> Int64s:
        if page not in self._pages:
            self._pages[page] = np.full(PAGE * self._answers, NEVER, dtype=np.int64)
        found: Int64s = self._pages[page]
        return found


class EventChooser:
    """Which events a filter lets through: those of whose connection a packet up to then passes, with their own fields.

    Args:
        where: a filter of events.
        engine: runs the kernels.
        make: makes the value of an event's row, where the row alone does not tell it.

    Attributes:
        needs: kinds of events besides those of the filter that the tracker has to give for it.
    """

    def __init__(self, where: DisplayFilter, engine: Engine, make: Make | None = None) -> None:
        assert where.event is not None
        self._make = make
        self._where, self._engine, self._clock = where, engine, Clock()
        self._remembered = Remembered(1 << len(where.leaves))
        self._code = CODES[where.event]
        self.needs = layout.FLOW_END if where.leaves else 0
        self._load()

    def _load(self) -> None:
        """Loads what it needs to look at events: later, as another user, it may not be able to."""
        event = np.zeros((1, layout.EVENT_WIDTH), dtype=np.int64)
        event[0, layout.EVENT_KIND] = self._code
        self._where.event_mask(self._engine, event, np.full(1, -1, dtype=np.int64), self._make)

    def note(self, packets: Packets, tracked: Tracked) -> None:
        """Takes note of the packets of a batch; its events come after."""
        if not self._where.leaves or not len(packets):
            return
        masks = self._where.packet_masks(packets, tracked, self._clock)
        answers = np.zeros(len(packets), dtype=np.int64)
        for leaf, mask in enumerate(masks):
            answers |= mask.astype(np.int64) << leaf
        numbers, connections = packets.numbers, tracked.connections
        if tracked.sources is not None:
            answers, numbers = answers[tracked.sources], numbers[tracked.sources]
        followed = connections > 0
        self._remembered.note(connections[followed], answers[followed], numbers[followed])

    def mask(self, events: Int64s) -> Mask:
        """Which of the events come through; none of another kind does."""
        connections = events[:, layout.EVENT_ROW + layout.CONNECTION]
        found: Mask = events[:, layout.EVENT_KIND] == self._code
        known = np.ones(len(events), dtype=np.int64)
        if self._where.leaves:
            known = self._remembered.known(connections, events[:, layout.EVENT_FRAME])
            self._remembered.end(connections[events[:, layout.EVENT_KIND] == layout.FLOW_END])
        if found.any():
            found[found] = self._where.event_mask(self._engine, events[found], known[found], self._make)
        return found


class ChosenEvents:
    """A view of events, of those that a filter lets through.

    Args:
        shown: the view.
        where: a filter of its events.
        engine: runs the kernels.

    Attributes:
        wanted: kinds of events that the tracker has to give for it.
        threads: how many may call it at once.
    """

    def __init__(self, shown: EventsView, where: DisplayFilter, engine: Engine) -> None:
        self._shown, self._chooser = shown, EventChooser(where, engine, shown.peek)
        self._late: list[Int64s] = []
        self.wanted = shown.wanted | self._chooser.needs
        self.threads = 1

    def header(self) -> bytes:
        """What stands before all events."""
        return self._shown.header()

    def tell(self, events: Int64s) -> bytes:
        """Nothing yet: the packets of the batch under way count."""
        self._late.append(events)
        return b""

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The lines of the events that happened in this batch."""
        self._chooser.note(packets, tracked)
        self._shown.take(packets, tracked)
        return self._told() + self._shown.rest()

    def rest(self) -> bytes:
        """What is left at the end."""
        return self._told() + self._shown.rest()

    def _told(self) -> bytes:
        told = []
        for events in self._late:
            passes = self._chooser.mask(events)
            told.append(self._shown.tell(events[passes]))
            self._shown.drop(events[~passes])
        self._late.clear()
        return b"".join(told)
