"""Views of events on a terminal: rows become values, values lines of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from rawkit.flow import layout
from rawkit.flow.conn_log.record import FlowRecord
from rawkit.flow.endpoints import Row
from rawkit.flow.event_names import Name
from rawkit.frames import Int64s
from rawkit.view.columns import Screen, Sheet
from rawkit.view.flows.owned import Find, owner
from rawkit.view.moments import When
from rawkit.view.screens import flows, handshakes, latency, teardowns, udp
from rawkit.view.screens.shared import ScreenOf
from rawkit.view.text import escaped

SCREENS: Final[dict[Name, ScreenOf]] = {
    "handshakes": handshakes.SCREEN,
    "teardowns": teardowns.SCREEN,
    "udp": udp.SCREEN,
    "flows": flows.SCREEN,
    "latency": latency.SCREEN,
}
"""By the names of the views."""

Build = Callable[[Row], Any]


def writer(name: Name, build: Build, when: When, screen: Screen, find_owner: Find | None) -> Callable[[Int64s], bytes]:
    """What writes the lines of events, as wide as the screen is at the time.

    Args:
        name: which view.
        build: makes the value of a row; None where it has none.
        when: writes times.
        screen: what it is written for.
        find_owner: says which process has a flow.
    """
    shown = SCREENS[name]
    detail = shown.detail if screen.details else None
    sheet = Sheet(shown.columns(when), color=screen.color, detail=detail, ellipsis=screen.ellipsis, harmless=escaped)

    def values(rows: list[Row]) -> Iterator[Any]:
        for row in rows:
            value = build(row)
            if isinstance(value, FlowRecord):
                yield flows.OwnedFlow(value, owner(row, find_owner) if find_owner else None)
            elif value is not None:
                yield value

    def written(events: Int64s) -> bytes:
        found = list(values(events[:, layout.EVENT_ROW :].tolist()))
        lines = sheet.lines(found, *screen.size()) if found else []
        return "".join(f"{line}\n" for line in lines).encode()

    return written
