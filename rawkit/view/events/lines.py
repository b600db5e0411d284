"""Lines of events one by one: all views of events but records of flows, which a kernel writes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from rawkit.flow import layout
from rawkit.flow.endpoints import Row
from rawkit.flow.event_names import Name
from rawkit.flow.events import UdpExchange
from rawkit.flow.kinds import BY_NAME, Event
from rawkit.flow.udp.messages import MessageCollector
from rawkit.frames import Int64s
from rawkit.view import lines
from rawkit.view.events.shown import SHOWN
from rawkit.view.events.udp import Conversation
from rawkit.view.lines import Format
from rawkit.view.moments import When

Write = Callable[[Int64s], bytes]


def writer(name: Name, format: Format, collector: MessageCollector, when: When) -> Write:
    """What writes the lines of events, text with times as `when` writes them; UDP exchanges with what was collected."""
    kind, shown = BY_NAME[name], SHOWN[name]
    write = lines.writer(format, partial(shown.line, when=when), shown.fields)

    def told(row: Row) -> Event | Conversation | None:
        event = kind.event(row)
        return Conversation(event, collector.pop(event.stream)) if isinstance(event, UdpExchange) else event

    return _each(told, write)


def _each(build: Callable[[Row], Any], write: Callable[[Any], str]) -> Write:
    """Writes events one by one; those of which nothing is built are left out."""

    def written(events: Int64s) -> bytes:
        built = (build(event[layout.EVENT_ROW :]) for event in events.tolist())
        return "".join(write(event) + "\n" for event in built if event is not None).encode()

    return written
