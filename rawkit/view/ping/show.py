"""The ways to show a ping while it goes on: each takes probes sent and results, and writes lines.

Whoever drives them flushes the output, when there is time for it (`rawkit.run.ping.loop`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from rawkit.probe.ping.results import Probe, Result
from rawkit.probe.ping.statistics import Summary
from rawkit.probe.targets import Target
from rawkit.values import dataclass, replace
from rawkit.view.lines import csv_line, json_line
from rawkit.view.ping import records as ping_records
from rawkit.view.ping import text as ping_text
from rawkit.view.text import readable, written


class View(Protocol):
    """Shows a ping."""

    def begin(self, targets: Sequence[Target]) -> None:
        """Before the first probe."""

    def sent(self, probe: Probe, time: int) -> None:
        """A probe has left; `time` is nanoseconds since the epoch."""

    def result(self, result: Result) -> None:
        """Something happened to a probe."""

    def end(self, summaries: Sequence[Summary]) -> None:
        """After all."""


@dataclass(frozen=True, slots=True)
class Style:
    """What lines say and leave out.

    Attributes:
        method, size, port, through: of the probes, for the heading and sequence numbers.
        ip_options: bytes of options in the probes' IPv4 header.
        quiet: no line a result (-q).
        times: a time before each line (-D).
        bell: the terminal's bell with each reply (-a).
        outstanding: a line for each probe that has no answer when the next one leaves (-O).
        terminal: whether a person reads it on a terminal.
    """

    method: str = "icmp"
    size: int = 56
    port: int = 0
    through: str = ""
    ip_options: int = 0
    quiet: bool = False
    times: bool = False
    bell: bool = False
    outstanding: bool = False
    terminal: bool = False


class Nothing:
    """Shows nothing; other views say what they show."""

    def begin(self, targets: Sequence[Target]) -> None:
        """Shows nothing."""

    def sent(self, probe: Probe, time: int) -> None:
        """Shows nothing."""

    def result(self, result: Result) -> None:
        """Shows nothing."""

    def end(self, summaries: Sequence[Summary]) -> None:
        """Shows nothing."""


class TextView(Nothing):
    """A line a result, as ping writes it; for many targets at the end a line each, as fping does.

    Args:
        out: where to.
        style: how.
        is_unanswered: whether a probe still has no answer, for `style.outstanding`.
    """

    def __init__(self, out: TextIO, style: Style, is_unanswered: Callable[[Probe], bool]) -> None:
        self._out, self._style, self._is_unanswered = out, style, is_unanswered
        self._among_others = False
        self._routes: dict[Target, tuple[str, ...]] = {}

    def begin(self, targets: Sequence[Target]) -> None:
        """The heading."""
        style = self._style
        self._among_others = len(targets) > 1
        if len(targets) == 1:
            of_probes = style.method, style.size, style.port, style.through, style.ip_options
            self._write(ping_text.heading(targets[0], *of_probes))
        elif targets:
            self._write(f"PING {len(targets)} targets")

    def sent(self, probe: Probe, time: int) -> None:
        """With -O, says so where the probe before has no answer yet."""
        before = replace(probe, seq=probe.seq - 1)
        if self._style.outstanding and not self._style.quiet and self._is_unanswered(before):
            self._write(f"{self._when(time)}{self._unanswered_text(before)}")

    def result(self, result: Result) -> None:
        """The result's line."""
        if self._style.quiet:
            return
        line = self._result_text(result)
        if line is not None:
            bell = "\a" if self._style.bell and result.kind == "reply" else ""
            self._write(f"{bell}{self._when(result.time_ns)}{line}{self._behind(result)}")

    def end(self, summaries: Sequence[Summary]) -> None:
        """The statistics."""
        if len(summaries) == 1:
            for line in ping_text.summary_lines(summaries[0], self._style.terminal):
                self._write(self._summary_line(summaries[0], line))
            return
        self._write("")
        width = max((len(readable(one.target.name)) for one in summaries), default=0)
        for summary in summaries:
            self._write(ping_text.short_summary(summary, width))
            for line in ping_text.answerer_lines(summary):
                self._write(line)

    def _result_text(self, result: Result) -> str | None:
        return ping_text.result_line(result, self._style.method, among_others=self._among_others)

    def _unanswered_text(self, probe: Probe) -> str:
        return ping_text.unanswered_line(probe, self._style.method, among_others=self._among_others)

    def _summary_line(self, _summary: Summary, line: str) -> str:
        return line

    def _behind(self, result: Result) -> str:
        """What the IPv4 options of an answer say: behind its line, or in lines of their own."""
        if not result.ip_options:
            return ""
        from rawkit.view.ping import ip_options

        hops, last = ip_options.route(result.ip_options), self._routes.get(result.target)
        self._routes[result.target] = hops
        if hops and hops == last:
            return "\t(same route)"
        return "".join(f"\n{line}" for line in ip_options.lines(result.ip_options))

    def _when(self, time: int) -> str:
        return f"[{time // 10**9}.{time // 1000 % 10**6:06d}] " if self._style.times else ""

    def _write(self, line: str) -> None:
        self._out.write(f"{written(line, self._out.encoding)}\n")


class FloodView(TextView):
    """A dot for each probe and a backspace for each reply: what stays is what is missing."""

    def sent(self, probe: Probe, time: int) -> None:
        """A dot."""
        self._mark(".")

    def result(self, result: Result) -> None:
        """A backspace for a reply, a letter for what is no reply."""
        marks = {"reply": "\b \b", "error": "\bE", "corrupt": "\bC"}
        if result.kind in marks:
            self._mark(marks[result.kind])

    def _mark(self, mark: str) -> None:
        if not self._style.quiet:
            self._out.write(mark)


class RecordView(Nothing):
    """A JSON object a line, or CSV: results, and at the end the summaries; CSV has these only where it is quiet."""

    def __init__(self, out: TextIO, style: Style, *, csv: bool) -> None:
        self._out, self._quiet, self._csv = out, style.quiet, csv

    def begin(self, targets: Sequence[Target]) -> None:
        """CSV's header."""
        if self._csv:
            self._write(csv_line(ping_records.SUMMARY_NAMES if self._quiet else ping_records.RESULT_NAMES))

    def result(self, result: Result) -> None:
        """The result's record."""
        if not self._quiet:
            values = ping_records.result_values(result)
            self._write(csv_line(values.values()) if self._csv else json_line(values))

    def end(self, summaries: Sequence[Summary]) -> None:
        """The summaries' records."""
        for values in map(ping_records.summary_values, summaries):
            if not self._csv:
                self._write(json_line(values))
            elif self._quiet:
                self._write(csv_line(values.values()))

    def _write(self, line: str) -> None:
        self._out.write(f"{line}\n")


class ListView(Nothing):
    """The names of targets that answer, as soon as they do, or at the end of those that did not.

    Args:
        out: where to.
        alive, unreachable: which.
    """

    def __init__(self, out: TextIO, *, alive: bool, unreachable: bool) -> None:
        self._out, self._alive, self._unreachable = out, alive, unreachable
        self._both = alive and unreachable
        self._seen: set[Target] = set()

    def result(self, result: Result) -> None:
        """The name of a target that has answered for the first time."""
        if self._alive and result.kind in ("reply", "late") and result.target not in self._seen:
            self._seen.add(result.target)
            self._write(result.target.name, "alive")

    def end(self, summaries: Sequence[Summary]) -> None:
        """The names of those that have not, as far as they were asked to the end."""
        for summary in summaries:
            if self._unreachable and not summary.alive and not summary.cut_short:
                self._write(summary.target.name, "unreachable")

    def _write(self, name: str, state: str) -> None:
        line = f"{readable(name)} is {state}" if self._both else readable(name)
        self._out.write(f"{written(line, self._out.encoding)}\n")


class TableView(Nothing):
    """At the end a line a target with all its round trips, as fping -C writes it."""

    def __init__(self, out: TextIO, count: int) -> None:
        self._out, self._count = out, count
        self._times: dict[Target, list[int | None]] = {}

    def result(self, result: Result) -> None:
        """Keeps the round trip."""
        if result.kind == "reply":
            times = self._times.setdefault(result.target, [None] * self._count)
            times[result.seq - 1] = result.rtt_ns

    def end(self, summaries: Sequence[Summary]) -> None:
        """Writes the table."""
        for line in self._lines(summaries):
            self._out.write(f"{written(line, self._out.encoding)}\n")

    def _lines(self, summaries: Sequence[Summary]) -> list[str]:
        width = max((len(readable(one.target.name)) for one in summaries), default=0)
        return [ping_text.table_line(one.target.name, self._times_of(one), width) for one in summaries]

    def _times_of(self, summary: Summary) -> list[int | None]:
        return self._times.get(summary.target, [None] * self._count)
