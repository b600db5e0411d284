"""The things that an expectation is about, a batch of them: packets, or events of a kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from rawkit.decode import Packets
from rawkit.decode.rows import Mask
from rawkit.flow import layout
from rawkit.flow.event_names import Name
from rawkit.flow.kinds import BY_NAME
from rawkit.flow.table.selecting import selected_rows
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.query.chosen import EventChooser
from rawkit.query.events import EventValues
from rawkit.query.filter import DisplayFilter
from rawkit.query.packets import Clock, PacketValues
from rawkit.query.terms import Source
from rawkit.values import dataclass
from rawkit.view.events.view import EventView
from rawkit.view.packets.layout import NO_TIME
from rawkit.view.packets.view import PacketsView


@dataclass(frozen=True, slots=True)
class Batch:
    """Some things, and what can be asked of them.

    Attributes:
        passed: which of them the filter lets through.
        source: gives values of fields.
        frames: the numbers of the frames that prove the thing at a place.
        line: it in words, as its view writes it, without the time.
    """

    passed: Mask
    source: Source
    frames: Callable[[int], tuple[int, ...]]
    line: Callable[[int], str]


class Things(Protocol):
    """Gives the things of each step of a capture.

    Attributes:
        wanted: kinds of events that the tracker has to give for it.
    """

    wanted: int

    def batch(self, packets: Packets, tracked: Tracked) -> Batch: ...


class PacketThings:
    """Packets."""

    wanted = 0

    def __init__(self, where: DisplayFilter | None, engine: Engine) -> None:
        self._where, self._chosen, self._asked = where, Clock(), Clock()
        self._view = PacketsView(engine, "text", numeric=True, times=NO_TIME)

    def batch(self, packets: Packets, tracked: Tracked) -> Batch:
        passed = np.ones(len(packets), dtype=np.bool_)
        if self._where is not None and len(packets):
            passed = self._where.mask(packets, tracked, self._chosen)

        def line(place: int) -> str:
            return self._view.render(*selected_rows(packets, tracked, slice(place, place + 1))).decode().rstrip("\n")

        values = PacketValues(packets, tracked, self._asked)
        return Batch(passed, values, lambda place: (int(packets.numbers[place]),), line)


class EventThings:
    """Events of a kind."""

    def __init__(self, event: Name, where: DisplayFilter | None, engine: Engine) -> None:
        self._event, self._kind, self._engine = event, BY_NAME[event], engine
        self._chooser = EventChooser(where, engine) if where is not None else None
        self._view = EventView(event, "text", engine, times=NO_TIME)
        self.wanted = self._view.wanted | (self._chooser.needs if self._chooser else 0)

    def batch(self, packets: Packets, tracked: Tracked) -> Batch:
        among = self._kind.among(tracked.events)
        passed = among
        if self._chooser is not None:
            self._chooser.note(packets, tracked)
            passed = self._chooser.mask(tracked.events)
        events = tracked.events[among]
        values = EventValues(self._engine, self._event, events)
        return Batch(
            passed[among], values, lambda at: self._frames(events[at]), lambda at: self._line(events[at : at + 1])
        )

    def _frames(self, event: Int64s) -> tuple[int, ...]:
        """Those that the event itself names; of a flow the first and the last."""
        row = event[layout.EVENT_ROW :].tolist()
        found: Sequence[int] | None = getattr(self._kind.event(row), "frames", None)
        return tuple(dict.fromkeys(found or (row[layout.FIRST_FRAME], row[layout.LAST_FRAME])))

    def _line(self, one: Int64s) -> str:
        return (self._view.tell(one) + self._view.rest()).decode().rstrip("\n")


def things(event: Name | None, where: DisplayFilter | None, engine: Engine) -> Things:
    """What gives the things of a view."""
    return PacketThings(where, engine) if event is None else EventThings(event, where, engine)
