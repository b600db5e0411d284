"""The views of events: handshakes, teardowns, UDP exchanges and flows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from rawkit.decode import Packets
from rawkit.flow import layout
from rawkit.flow.endpoints import protocol
from rawkit.flow.events import Row, handshake, teardown, udp_exchange
from rawkit.flow.messages import MessageCollector
from rawkit.flow.records import flow_record
from rawkit.flow.tracker import Tracked
from rawkit.frames import Int64s
from rawkit.view import flows, handshakes, lines, teardowns, udp
from rawkit.view.lines import Format

Name = Literal["handshakes", "teardowns", "udp", "flows"]


class EventView:
    """Makes lines of events.

    Args:
        name: which view.
        format: how its lines look; `zeek` is for flows only.

    Attributes:
        wanted: kinds of events that the tracker has to give for it.

    >>> EventView("flows", "csv").header()[:8]
    b'ts,uid,i'
    """

    def __init__(self, name: Name, format: Format) -> None:
        self._zeek = format == "zeek"
        self._format = format
        self._collector = MessageCollector() if name == "udp" else None
        self._names = _NAMES[name]
        self._line = _writer(name, format, self._collector)
        self.wanted = _WANTED[name]
        self._keeps = _is_udp if name == "udp" else _is_any

    def header(self) -> bytes:
        """What goes before the first line."""
        text = flows.zeek_header() if self._zeek else lines.header(self._format, self._names)
        return text.encode() + b"\n" if text else b""

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The lines of what happened in a batch."""
        if self._collector:
            self._collector.take(packets, tracked.stream)
        return self.events(tracked.events)

    def events(self, events: Int64s) -> bytes:
        """The lines of events."""
        rows = (event[layout.EVENT_ROW :] for event in events.tolist() if event[layout.EVENT_KIND] == self.wanted)
        return "".join(self._line(row) + "\n" for row in rows if self._keeps(row)).encode()


def _is_any(_row: Row) -> bool:
    return True


def _is_udp(row: Row) -> bool:
    return protocol(row) in (17, 136)


_NAMES = {"handshakes": handshakes.NAMES, "teardowns": teardowns.NAMES, "udp": udp.NAMES, "flows": flows.NAMES}
_WANTED = {
    "handshakes": layout.HANDSHAKE,
    "teardowns": layout.TEARDOWN,
    "udp": layout.FLOW_END,
    "flows": layout.FLOW_END,
}


def _writer(name: Name, format: Format, collector: MessageCollector | None) -> Callable[[Row], str]:
    if name == "handshakes":
        return _after(handshake, lines.writer(format, handshakes.line, handshakes.values))
    if name == "teardowns":
        return _after(teardown, lines.writer(format, teardowns.line, teardowns.values))
    if name == "flows":
        return _after(
            flow_record, flows.zeek_line if format == "zeek" else lines.writer(format, flows.line, flows.values)
        )
    kept = collector or MessageCollector()

    def conversation(row: Row) -> udp.Conversation:
        return udp_exchange(row), kept.pop(row[layout.STREAM])

    return _after(conversation, lines.writer(format, udp.line, udp.values))


def _after(build: Callable[[Row], Any], write: Callable[[Any], str]) -> Callable[[Row], str]:
    def line(row: Row) -> str:
        return write(build(row))

    return line
