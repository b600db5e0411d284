"""The views of events: handshakes, teardowns, UDP exchanges and flows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from rawkit.decode import Packets
from rawkit.flow import layout
from rawkit.flow.endpoints import Row, protocol
from rawkit.flow.events import handshake, teardown, udp_exchange
from rawkit.flow.messages import MessageCollector
from rawkit.flow.records import flow_record
from rawkit.flow.tracker import Tracked
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.view import flows, flows_owned, handshakes, lines, teardowns, udp
from rawkit.view.flows_owned import Find
from rawkit.view.flows_records import FlowRecords
from rawkit.view.lines import Format

Name = Literal["handshakes", "teardowns", "udp", "flows"]
Write = Callable[[Int64s], bytes]

_NAMES = {"handshakes": handshakes.NAMES, "teardowns": teardowns.NAMES, "udp": udp.NAMES, "flows": flows.NAMES}
_WANTED = {
    "handshakes": layout.HANDSHAKE,
    "teardowns": layout.TEARDOWN,
    "udp": layout.FLOW_END,
    "flows": layout.FLOW_END,
}


class EventView:
    """Makes lines of events.

    Args:
        name: which view.
        format: how its lines look; `zeek` is for flows only.
        engine: runs the kernel that writes many flows at a time.
        find_owner: says which process has a flow (flows only).

    Attributes:
        wanted: kinds of events that the tracker has to give for it.
        threads: how many may call it at once.

    >>> EventView("flows", "csv", Engine("interpreted")).header()[:8]
    b'ts,uid,i'
    """

    def __init__(self, name: Name, format: Format, engine: Engine, find_owner: Find | None = None) -> None:
        self._format, self._names = format, _NAMES[name] + (flows_owned.NAMES if find_owner else ())
        self._collector = MessageCollector() if name == "udp" else None
        write = _writer(name, format, engine, self._collector)
        self._write = flows_owned.owned(write, format, find_owner) if find_owner else write
        self._late: list[Int64s] = []
        self.threads = 2 if name == "flows" and format != "text" and find_owner is None else 1
        self.wanted = _WANTED[name]

    def header(self) -> bytes:
        """What goes before the first line."""
        text = flows.zeek_header(self._names) if self._format == "zeek" else lines.header(self._format, self._names)
        return text.encode() + b"\n" if text else b""

    def tell(self, events: Int64s) -> bytes:
        """The lines of events.

        Those of a UDP exchange come later, from `render` or `rest`: its messages may be in the batch that is under way.
        """
        if self._collector is None:
            return self._write(events)
        self._late.append(events)
        return b""

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The lines that were late, now that this batch is known."""
        if self._collector:
            self._collector.take(packets, tracked.stream)
        return self.rest()

    def rest(self) -> bytes:
        """The lines that were late."""
        written = b"".join([self._write(events) for events in self._late])
        self._late.clear()
        return written


def _writer(name: Name, format: Format, engine: Engine, collector: MessageCollector | None) -> Write:
    if name == "handshakes":
        return _each(handshake, lines.writer(format, handshakes.line, handshakes.values))
    if name == "teardowns":
        return _each(teardown, lines.writer(format, teardowns.line, teardowns.values))
    if name == "flows":
        return _each(flow_record, flows.line) if format == "text" else FlowRecords(engine, format).render
    kept = collector or MessageCollector()

    def conversation(row: Row) -> udp.Conversation | None:
        return (udp_exchange(row), kept.pop(row[layout.STREAM])) if protocol(row) in (17, 136) else None

    return _each(conversation, lines.writer(format, udp.line, udp.values))


def _each(build: Callable[[Row], Any], write: Callable[[Any], str]) -> Write:
    """Writes events one by one; those of which nothing is built are left out."""

    def written(events: Int64s) -> bytes:
        built = (build(event[layout.EVENT_ROW :]) for event in events.tolist())
        return "".join(write(event) + "\n" for event in built if event is not None).encode()

    return written
