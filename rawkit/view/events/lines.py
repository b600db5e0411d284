"""Lines of events, many at a time where they are alike, else one by one: all but records of flows (a kernel's)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from rawkit.flow import layout
from rawkit.flow.endpoints import Row
from rawkit.flow.event_names import Name
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.view import lines
from rawkit.view.events.making import EventMaker
from rawkit.view.events.shown import SHOWN
from rawkit.view.lines import Format
from rawkit.view.moments import When

Write = Callable[[Int64s], bytes]
Together = Callable[[Int64s], list[str | None]]
"""Writes lines of many events at once; None where it leaves one to others."""


def writer(name: Name, format: Format, maker: EventMaker, when: When, engine: Engine) -> Write:
    """What writes the lines of the events that `maker` makes, text with times as `when` writes them."""
    shown = SHOWN[name]
    write = lines.writer(format, partial(shown.line, when=when), shown.fields)
    return _each(maker.value, write, _together(name, write, when, engine))


def _together(name: Name, write: Callable[[Any], str], when: When, engine: Engine) -> Together:
    """Imports what a view needs and no more."""
    if name in ("handshakes", "teardowns"):
        from rawkit.view.events.one_syn import OneSyn

        return OneSyn(name, write, when).lines
    if name == "flows":
        from rawkit.view.flows.together import FlowLines

        return FlowLines(engine, when).lines
    return lambda events: [None] * len(events)


def _each(build: Callable[[Row], Any], write: Callable[[Any], str], together: Together) -> Write:
    """Writes events that `together` does not, one by one; those of which nothing is built are left out."""

    def written(events: Int64s) -> bytes:
        lines = together(events)
        for place, line in enumerate(lines):
            if line is None and (event := build(events[place, layout.EVENT_ROW :].tolist())) is not None:
                lines[place] = write(event)
        return "".join(f"{line}\n" for line in lines if line is not None).encode()

    return written
