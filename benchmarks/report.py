"""The figures as Markdown: results.md with all, docs/benchmarks.md with the targets, README.md with a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.results import Results, Section
from benchmarks.rows import Row

BEGIN: Final = "<!-- bench -->"
END: Final = "<!-- /bench -->"
WHOLE: Final = ("work", "beside", "rawkit", "the other", "ratio", "target", "met", "note")
TARGETS: Final = ("work", "beside", "rawkit", "the other", "ratio", "target", "met")
BRIEF: Final = ("work", "beside", "rawkit", "the other", "ratio")
CHOSEN: Final = (
    ("flows, JSON: 1,999,992 packets, 166,666 flows", "tcptrace"),
    ("packets, text: 2,000,000 packets, 50 flows", "tcpdump -nn"),
    ("packets, JSON: 2,000,000 packets, 50 flows", "tshark -T ek"),
    ("ping: median round trip", "iputils"),
    ("scan: 65,536 hosts, one closed port", "masscan"),
    ("capture of 2,000,000 frames at full speed, rawkit -w: CPU time", "tcpdump -w"),
)
"""Work and peer of the README's lines: one for each kind of work, and one of those where the peer is better."""


def markdown(results: Results) -> str:
    """results.md."""
    parts = ["# Figures", "", *_facts("machine", results.machine), *_facts("versions", results.versions), ""]
    for name, section in results.sections.items():
        parts += [f"## {name}", "", _told(section), ""]
        parts += [*table(WHOLE, section.rows), ""] if section.rows else []
        parts += ["```", section.text.strip(), "```", ""] if section.text else []
    return "\n".join(parts)


def _facts(title: str, facts: dict[str, str]) -> list[str]:
    return [f"- {title}: " + ", ".join(f"{name} {value}" for name, value in facts.items())]


def _told(section: Section) -> str:
    unfinished = "" if section.complete else " Cut short."
    runs = "" if section.text else f"--runs {section.runs}, medians; "
    return f"{section.when}, {runs}load {section.load} at the beginning.{unfinished}"


def targets(results: Results) -> str:
    """A line a target, met or not, and every ratio where we lose to a program that does the work."""
    told = [row for row in results.rows() if not row.growth]
    lost = [row for row in told if row.kind != "physical" and row.ratio is not None and row.ratio < 1]
    shown = [row for row in told if row.target is not None or row in lost]
    return "\n".join(table(TARGETS, shown))


def brief(results: Results) -> str:
    """The README's lines."""
    rows = {(row.work, row.peer): row for row in results.rows() if not row.growth}
    return "\n".join(table(BRIEF, [rows[chosen] for chosen in CHOSEN if chosen in rows]))


def put_between_markers(path: Path, lines: str) -> bool:
    """Writes a table between the markers of a page; False where the page has none."""
    text = path.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return False
    path.write_text(f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}")
    return True


def table(columns: Sequence[str], rows: Iterable[Row]) -> list[str]:
    """The rows as lines of Markdown."""
    head = [_line(columns), _line("---:" if name in ("rawkit", "the other", "ratio") else "---" for name in columns)]
    return [*head, *(_line(_cells(row)[name] for name in columns) for row in rows)]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Row) -> dict[str, str]:
    return {
        "work": row.work,
        "beside": row.peer,
        "rawkit": _figure(row.ours, row.unit, row.ours_range),
        "the other": _figure(row.theirs, row.unit, row.theirs_range),
        "ratio": "" if row.ratio is None else f"{number(row.ratio)} x",
        "target": "" if row.target is None else f"{number(row.target)} x",
        "met": {True: "yes", False: "**no**", None: ""}[row.met],
        "note": row.note if row.theirs is not None else f"**{row.note}**",
    }


def _figure(value: float | None, unit: str, spread: tuple[float, float] | None) -> str:
    if value is None:
        return "-"
    around = f" ({number(spread[0])} to {number(spread[1])})" if spread else ""
    return f"{number(value)} {unit}{around}"


def number(value: float) -> str:
    """Three digits of a number, whole ones in full.

    >>> number(0.01234), number(3.14159), number(1_234_567.0), number(300.0)
    ('0.0123', '3.14', '1,234,567', '300')
    """
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
