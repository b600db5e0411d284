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
from rawkit.view.events.unanswered import Unanswered
from rawkit.view.lines import Format
from rawkit.view.moments import When

Write = Callable[[Int64s], bytes]
Together = Callable[[Int64s], list[str | None]]
"""Writes lines of many rows at once; None where it leaves one to others."""


def writer(name: Name, format: Format, collector: MessageCollector, when: When) -> Write:
    """What writes the lines of events, text with times as `when` writes them; UDP exchanges with what was collected."""
    shown = SHOWN[name]
    write = lines.writer(format, partial(shown.line, when=when), shown.fields)
    together = Unanswered(write, when).lines if name == "handshakes" else _nothing
    return _each(builder(name, collector), write, together)


def builder(name: Name, collector: MessageCollector) -> Callable[[Row], Event | Conversation | None]:
    """What makes the value of a row that is to be shown; None where the flow has no event of that kind."""
    kind = BY_NAME[name]

    def told(row: Row) -> Event | Conversation | None:
        event = kind.event(row)
        return Conversation(event, collector.pop(event.stream)) if isinstance(event, UdpExchange) else event

    return told


def _nothing(rows: Int64s) -> list[str | None]:
    return [None] * len(rows)


def _each(build: Callable[[Row], Any], write: Callable[[Any], str], together: Together) -> Write:
    """Writes events that `together` does not, one by one; those of which nothing is built are left out."""

    def written(events: Int64s) -> bytes:
        rows = events[:, layout.EVENT_ROW :]
        lines = together(rows)
        for place, line in enumerate(lines):
            if line is None and (event := build(rows[place].tolist())) is not None:
                lines[place] = write(event)
        return "".join(f"{line}\n" for line in lines if line is not None).encode()

    return written
