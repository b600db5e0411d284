"""How far a scan is, as a table on a terminal that is drawn over: hosts with open ports, and how much is left."""

from __future__ import annotations

from typing import Final, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rawkit.probe.scan.kinds import OPEN, STATES
from rawkit.probe.scan.values import ScanCounts, Verdicts
from rawkit.view.scan.rows import addresses

FIRST: Final = 500_000_000
"""Nanoseconds before it is drawn first: most scans are over by then."""
STEP: Final = 200_000_000
AGAIN: Final = 50_000_000
"""Nanoseconds before it is drawn again where lines have taken its place."""
ROWS: Final = 10
"""Hosts that are shown: the last ones in which something was found."""
PORTS: Final = 12
"""Ports of a host that are shown."""
_SECOND: Final = 1_000_000_000


class ScanTable:
    """Draws the table, and takes it away; what time it is, others say.

    Args:
        out: a terminal.
        color: whether it has colours.
    """

    def __init__(self, out: TextIO, *, color: bool = True) -> None:
        self._console = Console(file=out, color_system="auto" if color else None, no_color=not color)
        self._live: Live | None = None
        self._open: dict[str, list[int]] = {}
        self._drawn = self._sent = 0

    def take(self, verdicts: Verdicts) -> None:
        """Takes note of open ports."""
        found = verdicts.ends.select(verdicts.state == OPEN)
        for host, port in zip(addresses(found), found.port.tolist(), strict=True):
            ports = self._open.pop(host, [])
            ports.append(port)
            self._open[host] = ports  # the last host in the order

    def show(self, elapsed: int, counts: ScanCounts) -> None:
        """Draws it, unless it was drawn a moment ago; `elapsed` is nanoseconds since the scan began."""
        if elapsed < (self._drawn + (STEP if self._live else AGAIN) if self._drawn else FIRST):
            return
        rate = (counts.sent - self._sent) * _SECOND // (elapsed - self._drawn)
        if self._live is None:
            self._live = _live(self._console)
            self._live.start()
        self._live.update(Group(*_hosts(self._open), _progress(elapsed, counts, rate)), refresh=True)
        self._drawn, self._sent = elapsed, counts.sent

    def clear(self) -> None:
        """Takes it away, so that lines can be written in its place."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def _live(console: Console) -> Live:
    """Draws when it is told to, and leaves other files alone."""
    return Live(console=console, transient=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)


def _hosts(found: dict[str, list[int]]) -> list[Table]:
    """The hosts with open ports; nothing where there are none."""
    if not found:
        return []
    table = Table("host", "open", "ports", box=None, header_style="dim")
    for host in list(found)[-ROWS:]:
        ports = found[host]
        more = f" and {len(ports) - PORTS} more" if len(ports) > PORTS else ""
        table.add_row(host, str(len(ports)), ", ".join(map(str, sorted(ports)[:PORTS])) + more)
    if len(found) > ROWS:
        table.add_row(f"and {len(found) - ROWS} more", "", "")
    return [table]


def _progress(elapsed: int, counts: ScanCounts, rate: int) -> Table:
    done = counts.decided / max(counts.probes, 1)
    left = f"{elapsed / _SECOND * (1 / done - 1):.0f} s left" if done else "no answer yet"
    found = [Text(f"{count} {STATES[state]}", "green" * (state == OPEN)) for state, count in counts.found.items()]
    line = Table.grid(padding=(0, 1))
    line.add_row(ProgressBar(total=1, completed=done, width=20), f"{done:.0%} of {counts.probes}")
    line.columns[1].no_wrap = True
    line.add_row(Text(), Text(", ").join([*found, Text(f"{rate} sent/s"), Text(left)]))
    return line
