"""Flows with the process that has the socket behind them."""

from __future__ import annotations

from collections.abc import Callable

from rawkit.flow import layout
from rawkit.flow.endpoints import Endpoint, Row, protocol
from rawkit.flow.events import endpoints
from rawkit.frames import Int64s
from rawkit.view.lines import Format, csv_line, json_line
from rawkit.view.text import escaped

Owner = tuple[int, str, str]
"""Process id, command, user."""
Find = Callable[[int, Endpoint, Endpoint], Owner | None]
Write = Callable[[Int64s], bytes]

TYPES = {"process.pid": "count", "process.name": "string", "user.name": "string"}
"""Columns that are added, by the names of the Elastic Common Schema, and their types in a Zeek log."""


def owned(write: Write, format: Format, find: Find) -> Write:
    """A writer of flows that adds to each line whose the flow is, where that is known."""

    def written(events: Int64s) -> bytes:
        lines = write(events).decode().splitlines()
        rows = (event[layout.EVENT_ROW :] for event in events.tolist())
        pairs = zip(lines, rows, strict=True)
        return "".join(_added(line, owner(row, find), format) + "\n" for line, row in pairs).encode()

    return written


def owner(row: Row, find: Find) -> Owner | None:
    """Whose the flow of a row is."""
    return find(protocol(row), *endpoints(row))


def _added(line: str, owner: Owner | None, format: Format) -> str:
    if format == "json":
        return line[:-1] + "," + json_line(dict(zip(TYPES, owner, strict=True)))[1:] if owner else line
    if format == "csv":
        return line + "," + csv_line(owner or ("", "", ""))
    if format == "zeek":
        return "\t".join((line, *(escaped(str(part)) for part in owner or "---")))
    return line + (f", {escaped(owner[1])}[{owner[0]}] of {escaped(owner[2])}" if owner else "")
