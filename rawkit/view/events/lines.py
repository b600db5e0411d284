"""Lines of events one by one: all views of events but records of flows, which a kernel writes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from rawkit.flow import layout
from rawkit.flow.conn_log.record import flow_record
from rawkit.flow.endpoints import Row, protocol
from rawkit.flow.events import handshake, teardown, udp_exchange
from rawkit.flow.udp.messages import MessageCollector
from rawkit.frames import Int64s
from rawkit.view import lines
from rawkit.view.events import handshakes, teardowns, udp
from rawkit.view.flows import text as flows
from rawkit.view.lines import Format
from rawkit.view.moments import When

Name = Literal["handshakes", "teardowns", "udp", "flows"]
Write = Callable[[Int64s], bytes]

NAMES = {"handshakes": handshakes.NAMES, "teardowns": teardowns.NAMES, "udp": udp.NAMES, "flows": flows.NAMES}
"""The columns of each view."""


def writer(name: Name, format: Format, collector: MessageCollector, when: When) -> Write:
    """What writes the lines of events, text with times as `when` writes them; UDP exchanges with what was collected."""
    if name == "handshakes":
        return _each(handshake, lines.writer(format, partial(handshakes.line, when=when), handshakes.values))
    if name == "teardowns":
        return _each(teardown, lines.writer(format, partial(teardowns.line, when=when), teardowns.values))
    if name == "flows":
        return _each(flow_record, partial(flows.line, when=when))

    def conversation(row: Row) -> udp.Conversation | None:
        return (udp_exchange(row), collector.pop(row[layout.STREAM])) if protocol(row) in (17, 136) else None

    return _each(conversation, lines.writer(format, partial(udp.line, when=when), udp.values))


def _each(build: Callable[[Row], Any], write: Callable[[Any], str]) -> Write:
    """Writes events one by one; those of which nothing is built are left out."""

    def written(events: Int64s) -> bytes:
        built = (build(event[layout.EVENT_ROW :]) for event in events.tolist())
        return "".join(write(event) + "\n" for event in built if event is not None).encode()

    return written
