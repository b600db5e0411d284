"""The views of events: handshakes, teardowns, UDP exchanges, flows and latencies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from rawkit.decode import Packets
from rawkit.flow.conn_log.columns import NAMES, TYPES
from rawkit.flow.endpoints import Row
from rawkit.flow.event_names import CODES, Name
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.view.flows import text as flows
from rawkit.view.packets.layout import TIME_OF_DAY

if TYPE_CHECKING:
    from rawkit.view.columns import Screen
    from rawkit.view.events.lines import Write
    from rawkit.view.events.making import EventMaker
    from rawkit.view.flows.owned import Find
    from rawkit.view.lines import Format


class EventView:
    """Makes lines of events.

    Args:
        name: which view.
        format: how its lines look; `zeek` is for flows only.
        engine: runs the kernel that writes many flows at a time.
        find_owner: says which process has a flow (flows only).
        times: how text gives times: one of `rawkit.view.moments.FORMS`.
        screen: the terminal that text is written for: lines are columns then; without it one stable line an event.

    Attributes:
        wanted: kinds of events that the tracker has to give for it.
        threads: how many may call it at once.

    >>> EventView("flows", "csv", Engine("interpreted")).header()[:8]
    b'ts,uid,i'
    """

    def __init__(
        self,
        name: Name,
        format: Format,
        engine: Engine,
        find_owner: Find | None = None,
        times: int = TIME_OF_DAY,
        screen: Screen | None = None,
    ) -> None:
        self._format = format
        self._names = NAMES
        self._maker: EventMaker | None = None
        self._late: list[Int64s] = []
        self._owners: dict[str, str] = {}
        self.threads = 1
        if name == "flows" and format != "text":
            self.threads = 1 if find_owner else 2
            write = _records(format, engine)
        elif screen is not None and format == "text":
            write, find_owner = self._on_screen(name, times, screen, find_owner, engine), None
        else:
            write = self._lines(name, times, engine)
        self._write = self._owned(write, find_owner) if find_owner else write
        self.wanted = CODES[name]

    def _lines(self, name: Name, times: int, engine: Engine) -> Write:
        from rawkit.view import moments
        from rawkit.view.events import lines as event_lines
        from rawkit.view.events.making import EventMaker
        from rawkit.view.events.shown import SHOWN

        self._names, self._maker = SHOWN[name].names, EventMaker(name, engine)
        return event_lines.writer(name, self._format, self._maker, moments.when(times), engine)

    def _on_screen(self, name: Name, times: int, screen: Screen, find_owner: Find | None, engine: Engine) -> Write:
        from rawkit.view import moments
        from rawkit.view.events.making import EventMaker
        from rawkit.view.screens import events as screens

        self._maker = EventMaker(name, engine)
        return screens.writer(name, self._maker.value, moments.when(times), screen, find_owner)

    def _owned(self, write: Write, find_owner: Find) -> Write:
        from rawkit.view.flows import owned as flows_owned

        self._owners = flows_owned.TYPES
        self._names += tuple(self._owners)
        return flows_owned.owned(write, self._format, find_owner)

    def header(self) -> bytes:
        """What goes before the first line."""
        if self._format == "zeek":
            return flows.zeek_header(TYPES | self._owners).encode() + b"\n"
        return ",".join(self._names).encode() + b"\n" if self._format == "csv" else b""

    def tell(self, events: Int64s) -> bytes:
        """The lines of events.

        Those of UDP exchanges and latencies come later, from `render` or `rest`: what they need may be in the batch
        that is under way.
        """
        if self._maker is None or not self._maker.collects:
            return self._write(events)
        self._late.append(events)
        return b""

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The lines that were late, now that this batch is known."""
        self.take(packets, tracked)
        return self.rest()

    def take(self, packets: Packets, tracked: Tracked) -> None:
        """Makes a batch known, before its events are told."""
        if self._maker is not None:
            self._maker.take(packets, tracked)

    @property
    def peek(self) -> Callable[[Row], Any] | None:
        """What makes the value of an event for a filter to look at; None where the event's row tells all."""
        return self._maker.peek if self._maker is not None else None

    def drop(self, events: Int64s) -> None:
        """Forgets what was kept for events that are not told."""
        if self._maker is not None:
            self._maker.drop(events)

    @property
    def forgotten(self) -> int:
        """UDP conversations of which messages had to make room for those of others."""
        return self._maker.forgotten if self._maker is not None else 0

    @property
    def untimed(self) -> int:
        """TCP connections that there was no room to time."""
        return self._maker.untimed if self._maker is not None else 0

    def rest(self) -> bytes:
        """The lines that were late."""
        written = b"".join([self._write(events) for events in self._late])
        self._late.clear()
        return written


def _records(format: Literal["json", "csv", "zeek"], engine: Engine) -> Write:
    """Loads little: a run of many flows is short, and so is its start."""
    from rawkit.view.flows.records import FlowRecords

    return FlowRecords(engine, format).render
