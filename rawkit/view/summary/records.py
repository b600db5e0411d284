"""A summary as JSON and CSV: a line for each row of each table, with the table's name in `table`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rawkit.view.lines import csv_line, json_line
from rawkit.view.summary.page import Summed
from rawkit.view.text import epoch, escaped

CAPTURE: Final = ("frames", "bytes", "flows", "first", "last")
"""What the first line has, of the whole."""


def json_lines(found: Summed, top: int | None = None) -> Iterator[str]:
    """JSON objects: of the whole, then of each row; `top` rows of each table at most.

    Where groups by fields were asked for, there are these alone.
    """
    for table, row in records(found, top):
        yield json_line({"table": table, **row})


def csv_lines(found: Summed, top: int | None = None) -> Iterator[str]:
    """CSV with a heading; columns that a table does not have are empty."""
    names = list(dict.fromkeys(name for table in _tables(found).values() for name in table.columns))
    is_chosen = bool(len(found.tables["by"].columns))
    names = names if is_chosen else list(dict.fromkeys(("table", *CAPTURE, *names)))
    yield csv_line(names)
    for table, row in records(found, top):
        if not is_chosen or table == "by":
            values = {"table": table, **row}
            yield csv_line(values.get(name) for name in names)


def records(found: Summed, top: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each row's table, and the row with values as JSON has them."""
    times = {"first": found.first, "last": found.last}
    told = {name: None if time is None else epoch(time) for name, time in times.items()}
    yield "capture", {"frames": found.frames, "bytes": found.bytes, "flows": found.flows, **told}
    for name, table in _tables(found).items():
        kinds = {column: one.kind for column, one in table.columns.items()}
        for row in (table if top is None else table.head(top)).rows():
            yield name, {column: _value(value, kinds[column]) for column, value in row.items()}


def _tables(found: Summed) -> dict[str, Any]:
    tables = dict(found.tables)
    by = tables.pop("by")
    return {"by": by} if len(by.columns) else tables


def _value(value: Any, kind: str) -> Any:
    if kind == "time" and value is not None:
        return epoch(value)
    if isinstance(value, tuple):
        return list(value)
    return escaped(value) if isinstance(value, str) else value
