"""A table as people read it: a few of its rows, in columns as wide as their values, or as HTML for notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, Final, Protocol

from rawkit.tables.column import TableColumn
from rawkit.tables.rows import plain

ROWS: Final = 10
"""Rows that are shown."""
WIDEST: Final = 40
"""Letters that are shown of a value."""
SECOND: Final = 1_000_000_000
GAP: Final = "  "


class Table(Protocol):
    """What is asked of a table that is shown."""

    @property
    def columns(self) -> Mapping[str, TableColumn]: ...
    def head(self, count: int, /) -> Table: ...
    def __len__(self) -> int: ...


def text(table: Table, width: int) -> str:
    """The first rows, in as many columns as `width` letters have room for, and what is not shown.

    Columns that no row has a value in are only named.
    """
    shown, empty = _columns(table)
    cells = {name: [name, *(_cut(value) for value in values)] for name, values in shown.items()}
    widths = {name: max(map(len, column)) for name, column in cells.items()}
    fitting = _fitting(widths, width)
    lines = [_line([cells[name][row] for name in fitting], [widths[name] for name in fitting], table, fitting)
             for row in range(min(len(table), ROWS) + 1)] if fitting else []  # fmt: skip
    return "\n".join([*lines, *_rest(table, [name for name in shown if name not in fitting], empty, width)])


def html(table: Table) -> str:
    """The first rows as an HTML table: all columns that have values in it."""
    shown, empty = _columns(table)
    head = "".join(f"<th>{escape(name)}</th>" for name in shown)
    rows = zip(*shown.values(), strict=True)
    body = "".join(f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in row)}</tr>" for row in rows)
    below = "<br>".join(map(escape, _rest(table, [], empty, 10_000)))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{below}</p>"


def _columns(table: Table) -> tuple[dict[str, list[str]], list[str]]:
    """The cells of the first rows by column, and the names of columns without any value."""
    first, shown, empty = table.head(ROWS), dict[str, list[str]](), []
    for name, column in table.columns.items():
        if len(table) and not column.mask.any():
            empty.append(name)
        else:
            values = plain(first.columns[name])
            shown[name] = ["" if value is None else _cell(column, value) for value in values]
    return shown, empty


def _cell(column: TableColumn, value: Any) -> str:
    """A value as text, printable."""
    if column.kind == "time":
        return _time(value)
    if column.kind == "duration":
        return f"{'-' if value < 0 else ''}{abs(value) // SECOND}.{abs(value) % SECOND:09d}"
    found = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in found)


def _time(nanoseconds: int) -> str:
    """A time in UTC; the number itself where there is no date for it.

    >>> _time(1_700_000_000_000_000_001)
    '2023-11-14 22:13:20.000000001'
    """
    seconds, rest = divmod(nanoseconds, SECOND)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:09d}"
    except (OverflowError, OSError, ValueError):
        return str(nanoseconds)


def _cut(value: str) -> str:
    return value if len(value) <= WIDEST else value[: WIDEST - 3] + "..."


def _fitting(widths: dict[str, int], width: int) -> list[str]:
    """The first columns that have room beside each other: at least one."""
    names, used = list[str](), -len(GAP)
    for name, size in widths.items():
        used += len(GAP) + size
        if used > width and names:
            break
        names.append(name)
    return names


def _line(cells: Sequence[str], widths: Sequence[int], table: Table, names: Sequence[str]) -> str:
    """A row: numbers and durations on the right of their column."""
    right = [table.columns[name].kind in ("number", "duration") for name in names]
    padded = (
        cell.rjust(size) if is_right else cell.ljust(size)
        for cell, size, is_right in zip(cells, widths, right, strict=True)
    )
    return GAP.join(padded).rstrip()


def _rest(table: Table, left_out: Sequence[str], empty: Sequence[str], width: int) -> list[str]:
    """What is not shown: the number of rows, other columns, columns without values."""
    count = len(table)
    more = f", of which the first {ROWS} are shown" if count > ROWS else ""
    lines = [f"({count} row{'' if count == 1 else 's'}{more})"]
    for title, names in (("also", left_out), ("without values", empty)):
        if names:
            lines.append(_listed(title, names, width))
    return lines


def _listed(title: str, names: Sequence[str], width: int) -> str:
    """As many names as have room, and how many more there are."""
    for count in range(len(names), 0, -1):
        more = f" and {len(names) - count} more" if count < len(names) else ""
        line = f"({title}: {', '.join(names[:count])}{more})"
        if len(line) <= width:
            return line
    return f"({title}: {len(names)} columns)"
