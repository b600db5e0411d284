"""What becomes of a scan's verdicts: journal, view, a live table on a terminal, and the summary at the end."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from rawkit.errors import CaptureError
from rawkit.probe.scan.engine import OPEN
from rawkit.view.scan.rows import addresses
from rawkit.view.scan.words import STATES

if TYPE_CHECKING:
    from rawkit.probe.scan.engine import ScanCounts, Verdicts
    from rawkit.run.scan.journal import Journal
    from rawkit.run.scan.setup import Ground
    from rawkit.view.scan.show import ScanView
    from rawkit.view.scan.table import ScanTable

SUSPICIOUS: Final = 32
"""Ports of a host that are all open only where something answers for all of them."""


class Watch:
    """Hands verdicts on; `begin` comes before the first.

    Args:
        clock: the time in nanoseconds.
        ports: how many each host is asked.
    """

    def __init__(self, clock: Callable[[], int], ports: int) -> None:
        self._clock, self._ports = clock, ports
        self._open: Counter[str] = Counter()
        self._table = _table()

    def begin(self, counts: ScanCounts, view: ScanView, journal: Journal | None) -> None:
        """Says what is counted, and who takes the verdicts."""
        self._counts, self._view, self._journal, self._began = counts, view, journal, self._clock()

    def write(self, verdicts: Verdicts) -> None:
        """Takes some verdicts; none, for the time that has gone by."""
        with _told():
            if self._journal is not None:
                self._journal.write(verdicts)
            self._view.write(verdicts)
        if self._ports >= SUSPICIOUS:
            self._open.update(addresses(verdicts.ends.select(verdicts.state == OPEN)))
        if self._table is not None:
            self._table.take(verdicts)
            self._table.show(self._clock() - self._began, self._counts)

    def clear(self) -> None:
        """Takes the table away."""
        if self._table is not None:
            self._table.clear()

    def end(self, ground: Ground, lost: int, *, whole: bool) -> None:
        """Ends the view, and writes the summary to standard error."""
        self.clear()
        elapsed = self._clock() - self._began
        with _told():
            self._view.end(elapsed, whole=whole)
        for line in self._summary(ground, lost, elapsed):
            click.echo(line, err=True)

    def _summary(self, ground: Ground, lost: int, elapsed: int) -> Iterator[str]:
        found = ", ".join(f"{self._counts.found[state]} {name}" for state, name in STATES.items())
        up = sum(map(len, ground.ranges))
        hosts = f"{up} host{'s' * (up != 1)} up" + (f", {ground.down} down" if ground.down else "")
        yield f"{hosts}: {found}; {self._counts.sent} probes sent in {elapsed / 1e9:.2f} s"
        for host, count in self._open.items():
            if count == self._ports:
                yield f"rawkit: {host}: all {self._ports} ports are open: a tarpit or a proxy answers for them"
        if lost:
            yield f"rawkit: {lost} answers came faster than they were read: use a lower --rate"


@contextmanager
def _told() -> Iterator[None]:
    """Says that results cannot be written; a reader that has gone away is no error."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CaptureError(f"cannot write the results: {error.strerror}: make room, or give another file") from None


def _table() -> ScanTable | None:
    """A table where somebody can see it; rich is loaded only then."""
    if not sys.stderr.isatty():
        return None
    from rawkit.view.scan.table import ScanTable

    return ScanTable(sys.stderr)
