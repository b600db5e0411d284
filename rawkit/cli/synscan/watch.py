"""What becomes of a scan's verdicts: a view, a live table on a terminal, and the summary at the end."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rawkit.api.notices import say, tell
from rawkit.api.scan import OPEN, STATES, Endpoints, ScanRun, ScanSummary, Verdicts, writing_results
from rawkit.view.scan.rows import addresses
from rawkit.view.text import counted

if TYPE_CHECKING:
    from rawkit.view.scan.show import ScanView
    from rawkit.view.scan.table import ScanTable

SUSPICIOUS: Final = 32
"""Ports of a host that are all open only where something answers for all of them."""
SECOND: Final = 1_000_000_000


class ScanWatch:
    """Hands verdicts on; `begin` comes before the first. `verbose` tells each open port as it is found; `color` is
    for the table."""

    def __init__(self, run: ScanRun, *, verbose: bool = False, color: bool = True) -> None:
        self._run, self._ports, self._verbose = run, len(run.scope.ports), verbose
        self._open: Counter[str] = Counter()
        self._table = _table(color=color)

    def begin(self, view: ScanView) -> None:
        """Says who takes the verdicts."""
        self._view = view

    def write(self, verdicts: Verdicts) -> None:
        """Takes some verdicts; none, for the time that has gone by."""
        with writing_results():
            self._view.write(verdicts)
        found = verdicts.ends.select(verdicts.state == OPEN)
        if self._verbose and len(found):
            self._tell(found)
        if self._ports >= SUSPICIOUS:
            self._open.update(addresses(found))
        if self._table is not None:
            self._table.take(verdicts)
            self._table.show(self._run.elapsed, self._run.counts)

    def clear(self) -> None:
        """Takes the table away."""
        if self._table is not None:
            self._table.clear()

    def end(self) -> None:
        """Ends the view, and writes the summary to standard error."""
        self.clear()
        summary = self._run.summary
        with writing_results():
            self._view.end(summary.elapsed_ns, whole=summary.whole)
        for line in self._lines(summary):
            tell(line)

    def _tell(self, found: Endpoints) -> None:
        self.clear()
        for host, port in zip(addresses(found), found.port.tolist(), strict=True):
            say(f"discovered open port {port}/{self._run.kind.transport} on {host}")

    def _lines(self, summary: ScanSummary) -> Iterator[str]:
        hosts = f"{counted(summary.up, 'host')} up" + (f", {summary.down} down" if summary.down else "")
        found = ", ".join(f"{count} {STATES[state]}" for state, count in self._run.counts.found.items())
        before = f", after {counted(summary.asked, 'frame')} to find hosts" if summary.asked else ""
        yield f"{hosts}: {found}; {counted(summary.sent, 'probe')} sent in {summary.elapsed_ns / SECOND:.2f} s{before}"
        for host, count in self._open.items():
            if count == self._ports:
                yield f"rawkit: {host}: all {self._ports} ports are open: a tarpit or a proxy answers for them"
        if summary.limited:
            which = "1 host limits its" if summary.limited == 1 else f"{summary.limited} hosts limit their"
            yield f"rawkit: {which} ICMP errors: silent ports there were asked slowly, to be told from closed ones"
        if summary.lost:
            came = f"{counted(summary.lost, 'answer')} came"
            yield f"rawkit: {came} faster than could be read: use a lower --rate"


def _table(*, color: bool) -> ScanTable | None:
    """A table where somebody can see it; rich is loaded only then."""
    if not sys.stderr.isatty():
        return None
    from rawkit.view.scan.table import ScanTable

    return ScanTable(sys.stderr, color=color)
