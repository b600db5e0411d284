"""Lines of aligned columns that fit a terminal: values go in with a width, lines come out.

What a line has is declared: a `Column` says its heading, how wide it is at least, on which side it stands, and how soon
it goes where there is no room. A column is as wide as the widest cell of the screen and the one before, so lines that
come one by one stand below each other; where that changes, or a screen is full, the headings come again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar
from unicodedata import combining, east_asian_width

from rawkit.values import dataclass
from rawkit.view.colors import BOLD, DIM, painted
from rawkit.view.text import readable

Value_contra = TypeVar("Value_contra", contravariant=True)
Value = TypeVar("Value")

GAPS: Final = (2, 1)
"""Spaces between columns: the first where all columns have room so, else the last."""
LEAST: Final = 6
"""What a column that always stays is not made narrower than."""
INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class Column(Generic[Value_contra]):
    """One column.

    Attributes:
        name: its heading.
        cell: what stands in it.
        width: it has at least; 0 where it is there only once a value has something to say in it.
        most: it has at most, and cells that are longer are cut; 0 for no limit.
        right: whether cells stand on its right side, as numbers do.
        rank: 0 stays however narrow the terminal is; of the others the highest goes first.
        middle: whether a cell that is too long loses its middle, not its end.
        fills: whether it takes what the others leave; `width` is then the room without which it goes. The last
            column only.
        style: the colour of a value's cell, in `rawkit.view.colors`.
    """

    name: str
    cell: Callable[[Value_contra], str]
    width: int = 0
    most: int = 0
    right: bool = False
    rank: int = 0
    middle: bool = False
    fills: bool = False
    style: Callable[[Value_contra], str] | None = None


class Screen(NamedTuple):
    """What lines are written for.

    Attributes:
        size: asks for the columns and lines that it has now; None for lines where it has no end.
        color: whether it is to have colours.
        details: whether each value has its second line.
        ellipsis: what stands for what was cut.
    """

    size: Callable[[], tuple[int, int | None]]
    color: bool = True
    details: bool = False
    ellipsis: str = "…"


class Layout(NamedTuple):
    """The columns there is room for: the place of each among all, and its width; and the spaces between them."""

    columns: tuple[tuple[int, int], ...]
    gap: int


def fit(columns: Sequence[Column[Any]], widest: Sequence[int], width: int, gaps: Sequence[int] = GAPS) -> Layout:
    """The columns that have room in so many characters, where the widest cells of each so far are known.

    >>> columns = (Column("STATE", str, 8), Column("SERVICE", str, 10, rank=2), Column("WHY", str, 6, rank=1))
    >>> fit(columns, (4, 4, 9), 80)
    Layout(columns=((0, 8), (1, 10), (2, 9)), gap=2)
    >>> fit(columns, (4, 4, 9), 20)
    Layout(columns=((0, 8), (2, 9)), gap=1)
    """
    needs = {place: need for place, need in enumerate(map(_need, columns, widest)) if need}
    for gap in gaps:
        chosen = _chosen(columns, needs, width, gap)
        if len(chosen) == len(needs):
            break
    return Layout(tuple(_filled(columns, chosen, width, gap)), gap)


def _need(column: Column[Any], widest: int) -> int:
    """The characters without which it goes, 0 where it has nothing to say."""
    if not widest and (column.fills or not column.width):
        return 0
    widest = max(min(widest, column.most or widest), len(column.name))
    return min(widest, max(column.width, len(column.name))) if column.fills else max(widest, column.width)


def _chosen(columns: Sequence[Column[Any]], needs: dict[int, int], width: int, gap: int) -> dict[int, int]:
    chosen = {place: need for place, need in needs.items() if not columns[place].rank}
    left = width - sum(chosen.values()) - gap * (len(chosen) - 1)
    for place in sorted(needs.keys() - chosen.keys(), key=lambda place: (columns[place].rank, place)):
        if needs[place] + gap <= left:
            chosen[place] = needs[place]
            left -= needs[place] + gap
    return dict(sorted(chosen.items()))


def _filled(columns: Sequence[Column[Any]], chosen: dict[int, int], width: int, gap: int) -> Iterator[tuple[int, int]]:
    """The columns with their widths: those that always stay are made narrower where they have to."""
    widths = dict(chosen)
    left = width - sum(widths.values()) - gap * (len(widths) - 1)
    while left < 0 and max(widths.values()) > LEAST:
        widths[max(widths, key=lambda place: widths[place])] -= 1
        left += 1
    for place, wide in widths.items():
        yield place, wide + max(left, 0) if columns[place].fills else wide


@dataclass(frozen=True, slots=True)
class _Row(Generic[Value]):
    value: Value
    cells: list[str]
    details: list[str]


class Sheet(Generic[Value]):
    r"""Lines of values, one below the other.

    What a terminal would act on is escaped here, whatever a column's cells hold.

    Args:
        columns: what a line has, from left to right.
        color: whether lines have colours.
        detail: what stands below a value's line, dimmed; without it nothing.
        ellipsis: what stands for what was cut.
        heads: whether there are headings.
        gaps: spaces between columns: the first where all columns have room so, else the last.
        harmless: escapes cells and details: `readable` for what somebody has typed, `escaped` for what the wire says.

    >>> size = Column("SIZE", lambda value: str(len(value)), right=True)
    >>> sheet = Sheet((Column("HOST", str.lower, 6), size), color=False)
    >>> print("\n".join(sheet.lines(["ALPHA", "BE\x1b"], 80)))
    HOST    SIZE
    alpha      5
    be\x1b     3
    """

    def __init__(
        self,
        columns: Sequence[Column[Value]],
        *,
        color: bool,
        detail: Callable[[Value], str] | None = None,
        ellipsis: str = "…",
        heads: bool = True,
        gaps: Sequence[int] = GAPS,
        harmless: Callable[[str], str] = readable,
    ) -> None:
        self._harmless = harmless
        self._columns, self._detail, self._heads, self._gaps = columns, detail, heads, gaps
        self._color, self._ellipsis = color, ellipsis
        self._widest, self._earlier = [0] * len(columns), [0] * len(columns)
        self._layout: Layout | None = None
        self._written = 1

    def lines(self, values: Iterable[Value], width: int, height: int | None = None) -> list[str]:
        """The lines of some more values, headings among them.

        Args:
            values: what is to be shown.
            width: characters a line has at most.
            height: lines of the screen, on each of which the headings are to stand; None: they stand above alone.
        """
        rows = [self._row(value, width) for value in values]
        lines: list[str] = []
        at = 0
        while at < len(rows):
            end = self._end(rows, at, height)
            if end == at:
                self._turn()
                end = max(self._end(rows, at, height), at + 1)
            lines += self._lines(rows[at:end], width)
            at = end
        return lines

    def _row(self, value: Value, width: int) -> _Row[Value]:
        cells = [self._harmless(column.cell(value)).strip() for column in self._columns]
        return _Row(value, cells, self._details(value, width))

    def _end(self, rows: Sequence[_Row[Value]], at: int, height: int | None) -> int:
        """The place behind the last row that has room on this screen, which keeps a line for the prompt."""
        if height is None:
            return len(rows)
        room = height - 1 - self._written
        while at < len(rows) and (room := room - 1 - len(rows[at].details)) >= 0:
            at += 1
        return at

    def _turn(self) -> None:
        """Begins a new screen: of those before, the widths of the last one alone still count."""
        self._widest, self._earlier = [0] * len(self._columns), self._widest
        self._layout, self._written = None, 1

    def _lines(self, rows: Sequence[_Row[Value]], width: int) -> Iterator[str]:
        """The lines of rows of one screen, below headings where the columns are not those of the line before."""
        for row in rows:
            self._widest = list(map(max, self._widest, map(shown_width, row.cells)))
        layout = fit(self._columns, list(map(max, self._widest, self._earlier)), width, self._gaps)
        if layout != self._layout:
            self._layout, self._written = layout, 1
            if self._heads:
                yield self._line([column.name for column in self._columns], layout, width)
        for row in rows:
            yield self._line(row.cells, layout, width, row.value)
            yield from row.details
            self._written += 1 + len(row.details)

    def _line(self, cells: list[str], layout: Layout, width: int, value: Value | None = None) -> str:
        """The cells next to each other; `value` chooses the colours, None is that of the headings."""
        parts, at = [], 0
        last = layout.columns[-1][0]
        for place, wide in layout.columns:
            column, text = self._columns[place], cells[place]
            wide = min(wide, width - at)
            if wide <= 0:
                break
            text = cut(text, wide, self._ellipsis, middle=column.middle)
            # Behind the last one nothing comes, and where lines have no end the rest of the line is a gigabyte.
            pad = "" if place == last and not column.right else " " * (wide - shown_width(text))
            style = "" if value is None or column.style is None else column.style(value)
            text = painted(text, style) if self._color else text
            parts.append(pad + text if column.right else text + pad)
            at += wide + layout.gap
        line = (" " * layout.gap).join(parts).rstrip()
        return painted(line, BOLD) if self._color and value is None else line

    def _details(self, value: Value, width: int) -> list[str]:
        detail = self._harmless(self._detail(value)) if self._detail is not None else ""
        if not detail:
            return []
        from textwrap import wrap

        lines = wrap(detail, max(width, 2 * len(INDENT)), initial_indent=INDENT, subsequent_indent=INDENT)
        return [painted(line, DIM) if self._color else line for line in lines]


def cut(text: str, width: int, ellipsis: str = "…", *, middle: bool = False) -> str:
    """The text in so many characters of a terminal: without its end, or without its middle.

    >>> cut("connect() = 0", 9), cut("[2001:db8:ffff:ffff::20]:9000", 16, middle=True)
    ('connect(…', '[2001:db…0]:9000')
    """
    if shown_width(text) <= width:
        return text
    tail = (width - 1) // 2 if middle else 0
    head, behind = text, text[len(text) - tail :]
    while shown_width(behind) > tail:
        behind = behind[1:]
    if text.isascii():
        head = text[: width - 1 - tail]
    while shown_width(head) > width - 1 - tail:
        head = head[:-1]
    return head + ellipsis + behind


def shown_width(text: str) -> int:
    """How many characters of a terminal a text takes (Unicode Standard Annex 11): letters of some scripts take two.

    >>> shown_width("server"), shown_width("例え"), shown_width("e\\u0301")
    (6, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)
