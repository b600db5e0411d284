"""Lines of events one by one: all views of events but records of flows, which a kernel writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from rawkit.flow import layout
from rawkit.flow.endpoints import Row, protocol
from rawkit.flow.events import handshake, teardown, udp_exchange
from rawkit.flow.messages import MessageCollector
from rawkit.flow.records import flow_record
from rawkit.frames import Int64s
from rawkit.view import flows, handshakes, lines, teardowns, udp
from rawkit.view.lines import Format

Name = Literal["handshakes", "teardowns", "udp", "flows"]
Write = Callable[[Int64s], bytes]

NAMES = {"handshakes": handshakes.NAMES, "teardowns": teardowns.NAMES, "udp": udp.NAMES, "flows": flows.NAMES}
"""The columns of each view."""


def writer(name: Name, format: Format, collector: MessageCollector) -> Write:
    """What writes the lines of events; those of UDP exchanges with the messages in the collector."""
    if name == "handshakes":
        return _each(handshake, lines.writer(format, handshakes.line, handshakes.values))
    if name == "teardowns":
        return _each(teardown, lines.writer(format, teardowns.line, teardowns.values))
    if name == "flows":
        return _each(flow_record, flows.line)

    def conversation(row: Row) -> udp.Conversation | None:
        return (udp_exchange(row), collector.pop(row[layout.STREAM])) if protocol(row) in (17, 136) else None

    return _each(conversation, lines.writer(format, udp.line, udp.values))


def _each(build: Callable[[Row], Any], write: Callable[[Any], str]) -> Write:
    """Writes events one by one; those of which nothing is built are left out."""

    def written(events: Int64s) -> bytes:
        built = (build(event[layout.EVENT_ROW :]) for event in events.tolist())
        return "".join(write(event) + "\n" for event in built if event is not None).encode()

    return written
