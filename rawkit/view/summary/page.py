"""A summary on a page: as many rows of each section as there is room for, side by side where lines are long."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from rawkit.view.colors import BOLD, DIM, RED, YELLOW, painted
from rawkit.view.columns import Screen, Sheet, cut, shown_width
from rawkit.view.summary.sections import SECTIONS, Row, Section, chosen, missed, size
from rawkit.view.text import SECOND, counted, escaped, short_pause

LINES: Final = 50
"""Of a page where nobody says how many there are."""
LEAST_LINES: Final = 24
ROWS: Final = range(10, 2, -1)
"""How many rows of each section are tried."""
BESIDE: Final = 130
"""Characters of a line from which on sections stand side by side."""
GAP: Final = "    "
INDENT: Final = " " * len("UNDECODED  ")


class RowsOf(Protocol):
    """A table."""

    columns: Mapping[str, Any]

    def __len__(self) -> int: ...
    def rows(self) -> Iterator[Row]: ...
    def head(self, count: int) -> RowsOf: ...


class Summed(Protocol):
    """What a capture comes to: `rawkit.count.summary.Summary`."""

    @property
    def frames(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def flows(self) -> int: ...
    @property
    def first(self) -> int | None: ...
    @property
    def last(self) -> int | None: ...
    @property
    def sort(self) -> str: ...
    @property
    def fields(self) -> Sequence[str]: ...
    @property
    def keyless(self) -> int: ...
    @property
    def dns_times(self) -> tuple[int, int, int] | None: ...
    @property
    def bounds(self) -> Mapping[str, int]: ...
    @property
    def tables(self) -> Mapping[str, Any]: ...


def page(found: Summed, screen: Screen | None, top: int | None = None) -> list[str]:
    """The lines of the page.

    Args:
        found: what is to be shown.
        screen: what it is written for; None: 80 characters a line, without colours.
        top: rows of each section; None: as many as there is room for.
    """
    width, height = (80, None) if screen is None else screen.size()
    writer = _Page(found, width, color=screen is not None and screen.color, ellipsis=screen.ellipsis if screen else "~")
    if top is not None:
        return writer.lines(top)
    room = max((height or LINES + 1) - 1, LEAST_LINES)
    if len(found.tables["by"].columns):
        return writer.lines(room - 5)
    lines: list[str] = []
    for rows in ROWS:
        lines = writer.lines(rows)
        if len(lines) <= room:
            break
    return lines


class _Page:
    def __init__(self, found: Summed, width: int, *, color: bool, ellipsis: str) -> None:
        self._found, self._width, self._color, self._ellipsis = found, width, color, ellipsis

    def lines(self, top: int) -> list[str]:
        """The page with so many rows of each section at most."""
        begin = [cut(each, self._width, self._ellipsis) for each in head(self._found, self._width)]
        lines = [self._painted(each, BOLD) for each in begin]
        by = self._found.tables["by"]
        if len(by.columns):
            lines += ["", *self._section(chosen(self._found.fields), top, self._width)]
        else:
            lines += self._sections(top)
        return lines + self._bounds()

    def _sections(self, top: int) -> list[str]:
        beside = self._width >= BESIDE
        width = (self._width - len(GAP)) // 2 if beside else self._width
        blocks = [self._section(each, top, width) for each in SECTIONS if len(self._found.tables[each.table])]
        lines: list[str] = []
        for place in range(0, len(blocks), 2 if beside else 1):
            lines += ["", *(_beside(*blocks[place : place + 2], width=width) if beside else blocks[place])]
        return lines + self._few()

    def _section(self, section: Section, top: int, width: int) -> list[str]:
        table = self._found.tables[section.table]
        columns = [*section.columns, missed(section.by or self._found.sort)]
        sheet = Sheet(columns, color=self._color, ellipsis=self._ellipsis, harmless=escaped)
        lines = sheet.lines(table.head(top).rows(), width)
        has_more = len(table) > top and section.is_whole
        return [*lines, self._painted(f"and {len(table) - top:,} more", DIM)] if has_more else lines

    def _few(self) -> list[str]:
        """What has few words: a line or two each."""
        tables = self._found.tables
        times = self._found.dns_times
        took = [f"answers took {' / '.join(map(short_pause, times))} (least / mean / most)"] if times else []
        told = {
            "RESETS": [f"{row['connections']:,} {row['reason']} by {row['by']}" for row in tables["resets"].rows()],
            "TCP": [f"{row['packets']:,} {row['flag'].replace('_', ' ')}" for row in tables["analysis"].rows()],
            "DNS": [
                *(f"{row['answers']:,} {row['code']}" for row in tables["dns_codes"].rows()),
                *(f"{row['queries']:,} {row['type']}?" for row in tables["dns_types"].rows()),
                *took,
            ],
            "UNDECODED": [f"{row['packets']:,} {row['layer']} {row['reason']}" for row in tables["undecoded"].rows()],
        }
        lines = [line for name, parts in told.items() if parts for line in self._wrapped(name, parts)]
        return ["", *lines] if lines else []

    def _wrapped(self, name: str, parts: Sequence[str]) -> Iterator[str]:
        """The parts behind a heading, on two lines at most."""
        from textwrap import wrap

        room = self._width - len(INDENT)
        style = {"RESETS": RED, "UNDECODED": YELLOW}.get(name, "")
        lines = wrap(escaped(", ".join(parts)), room, break_on_hyphens=False)
        if len(lines) > 2:
            lines = [lines[0], cut(f"{lines[1]} {lines[2]}", room, self._ellipsis)]
        for place, line in enumerate(lines):
            begin = INDENT if place else self._painted(name, BOLD) + INDENT[len(name) :]
            yield begin + self._painted(line, style)

    def _bounds(self) -> list[str]:
        """What is said where not all keys were kept."""
        found, lines = self._found, []
        if found.bounds:
            missing = ", ".join(f"{name.replace('_', ' ')} {bound:,}" for name, bound in found.bounds.items())
            lines += ["more keys than memory holds, the lightest were let go: a row lacks at most"]
            lines += [f"what OR says ({missing})"]
        if found.keyless:
            lines.append(f"{counted(found.keyless, 'packet')} without any of these fields")
        return ["", *(self._painted(line, YELLOW) for line in lines)] if lines else []

    def _painted(self, text: str, style: str) -> str:
        return painted(text, style) if self._color else text


def head(found: Summed, width: int = 80) -> list[str]:
    """How much it is, and from when to when: one line, or two where that is too long."""
    first = f"{_many(found.frames, 'frame')}, {size(found.bytes, ' ')}B, {_many(found.flows, 'flow')}"
    if found.first is None or found.last is None:
        return [first]
    span = found.last - found.first
    bits = size(found.bytes * 8 * SECOND // span, " ") if span else ""
    rate = f", {found.frames * SECOND / span:,.0f} frames/s, {bits}bit/s" if span else ""
    parts = [f"{first} in {short_pause(span)}{rate}", f"from {_moment(found.first)} to {_moment(found.last)}"]
    together = "; ".join(parts)
    return [together] if len(together) <= width else parts


def _many(count: int, name: str) -> str:
    """As `counted`, with commas, as the numbers in tables have them.

    >>> _many(1, "flow"), _many(12345, "flow")
    ('1 flow', '12,345 flows')
    """
    return f"{count:,}{counted(count, name).removeprefix(str(count))}"


def _moment(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, SECOND)
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds)) + f".{rest // 1_000_000:03d}"


def _beside(left: list[str], right: Iterable[str] = (), *, width: int) -> Iterator[str]:
    """Two blocks next to each other."""
    others = list(right)
    for place in range(max(len(left), len(others))):
        line = left[place] if place < len(left) else ""
        other = others[place] if place < len(others) else ""
        yield f"{line}{' ' * (width - _plain_width(line))}{GAP}{other}" if other else line


def _plain_width(line: str) -> int:
    """Characters that a line with colours takes."""
    import re

    return shown_width(re.sub(r"\x1b\[[0-9;]*m", "", line))
