"""A ping on a terminal: iputils' words in columns, what went wrong coloured, targets in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TextIO

from rawkit.probe.ping.results import Probe, Result
from rawkit.probe.ping.statistics import Summary
from rawkit.probe.targets import Target
from rawkit.view.colors import DIM, GREEN, RED, YELLOW, painted
from rawkit.view.columns import Column, Screen, Sheet
from rawkit.view.ping import text as ping_text
from rawkit.view.ping.numbers import milliseconds
from rawkit.view.ping.show import Style, TableView, TextView

UNCUT: Final = 1 << 30
"""As wide as lines get that are not cut: what a ping says of a probe is worth a second line on a narrow terminal."""

LOST: Final = "-"
"""In place of a round trip."""
COLORS: Final = {"up": GREEN, "lossy": YELLOW, "down": RED, "unknown": DIM}
"""Of the states of targets."""
_KINDS: Final = {"error": RED, "corrupt": RED, "duplicate": YELLOW, "late": YELLOW}


def state(summary: Summary) -> str:
    """What is known of a target: `lossy` where some answers did not come, or came late."""
    if not summary.alive:
        return "unknown" if summary.cut_short else "down"
    return "lossy" if summary.lost else "up"


def _times(part: int) -> Callable[[Summary], str]:
    """One of the least, the mean and the greatest round trip, in milliseconds."""

    def found(summary: Summary) -> str:
        times = summary.times
        return milliseconds(int((times.minimum, times.mean, times.maximum)[part])) if times.count else ""

    return found


def _notes(summary: Summary) -> str:
    counts = (
        (summary.duplicates, "dup"),
        (summary.late, "late"),
        (summary.corrupt, "corrupt"),
        (summary.errors, "err"),
    )
    return ", ".join(f"{number} {word}" for number, word in counts if number)


TARGETS: Final[tuple[Column[Summary], ...]] = (
    Column("STATE", state, 5, style=lambda summary: COLORS[state(summary)]),
    Column("TARGET", lambda summary: ping_text.named(summary.target), 15, middle=True),
    Column("SENT", lambda summary: str(summary.sent), right=True, rank=3),
    Column("GOT", lambda summary: str(summary.received), right=True, rank=4),
    Column("LOSS", lambda summary: f"{summary.loss_percent:.0f}%", right=True, rank=1),
    Column("MIN ms", _times(0), right=True, rank=5),
    Column("AVG ms", _times(1), right=True, rank=2),
    Column("MAX ms", _times(2), right=True, rank=6),
    Column("NOTES", _notes, 6, rank=7, fills=True),
)
"""Of a line a target."""

_Told = tuple[Result, tuple[str, str, str, str, str]]
"""A result, and what its line consists of (`rawkit.view.ping.text.result_parts`)."""
_USUAL: Final = ("", "icmp_seq=99", "ttl=255", "time=0.0314 ms")
"""How long the parts of lines are before one is longer."""
_TIME: Final = 3


def _part(place: int) -> Column[_Told]:
    return Column("", lambda told: told[1][place], len(_USUAL[place]), right=place == _TIME)


def _color(told: _Told) -> str:
    result, _ = told
    return _KINDS.get(result.kind, YELLOW if result.from_elsewhere or result.reordered else "")


_REST: Final = Column[_Told]("", lambda told: told[1][-1], 1, fills=True, style=_color)


class ScreenTextView(TextView):
    """Lines as those of `TextView`, one below the other in columns; many targets at the end as a table."""

    def __init__(self, out: TextIO, style: Style, is_unanswered: Callable[[Probe], bool], screen: Screen) -> None:
        super().__init__(out, style, is_unanswered)
        self._screen = screen
        columns = [*map(_part, range(4)), _REST]
        self._lines = Sheet(columns, color=screen.color, heads=False, gaps=(1,))

    def end(self, summaries: Sequence[Summary]) -> None:
        """The statistics."""
        if len(summaries) == 1:
            super().end(summaries)
            return
        self._write("")
        sheet = Sheet(TARGETS, color=self._screen.color, detail=_answerers, ellipsis=self._screen.ellipsis)
        width, _ = self._screen.size()
        for line in sheet.lines(sorted(summaries, key=lambda summary: in_order(summary.target)), width):
            self._write(line)

    def _result_text(self, result: Result) -> str | None:
        parts = ping_text.result_parts(result, self._style.method, among_others=self._among_others)
        return None if parts is None else self._lines.lines([(result, parts)], UNCUT)[0]

    def _unanswered_text(self, probe: Probe) -> str:
        return self._painted(super()._unanswered_text(probe), YELLOW)

    def _summary_line(self, summary: Summary, line: str) -> str:
        """The loss coloured by how much it is."""
        loss = ping_text.loss_words(summary)
        style = YELLOW if summary.received and summary.lost else RED if summary.lost else GREEN
        return line.replace(loss, self._painted(loss, style))

    def _painted(self, text: str, style: str) -> str:
        return painted(text, style) if self._screen.color else text


def _answerers(summary: Summary) -> str:
    return "; ".join(ping_text.answerer_lines(summary))


def in_order(target: Target) -> tuple[int, int, str]:
    """By which targets are sorted: IPv4 first, then by number."""
    return target.address.version, int(target.address), target.text


class ScreenTableView(TableView):
    """All round trips of each target in columns, in the order of addresses."""

    def __init__(self, out: TextIO, count: int, screen: Screen) -> None:
        super().__init__(out, count)
        self._screen = screen

    def _lines(self, summaries: Sequence[Summary]) -> list[str]:
        def column(place: int) -> Column[Summary]:
            def cell(summary: Summary) -> str:
                time = self._times_of(summary)[place]
                return LOST if time is None else milliseconds(time)

            return Column(str(place + 1), cell, 1, right=True, style=lambda one: RED if cell(one) == LOST else "")

        target = Column[Summary]("TARGET", lambda summary: ping_text.named(summary.target), 15)
        sheet = Sheet((target, *map(column, range(self._count))), color=self._screen.color)
        return sheet.lines(sorted(summaries, key=lambda summary: in_order(summary.target)), UNCUT)
