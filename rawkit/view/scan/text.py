"""A scan's verdicts for people, host by host, as nmap prints them: what is open, and how many ports are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, TextIO

import numpy as np

from rawkit.frames import Int64s
from rawkit.probe.scan.kinds import OPEN, POSSIBLY_OPEN, STATES
from rawkit.probe.scan.space import Space
from rawkit.probe.scan.values import Verdicts
from rawkit.view.scan.facts import MANY, ScanFacts, foot, head
from rawkit.view.scan.rows import PortVerdict, addresses
from rawkit.view.scan.tally import Tally
from rawkit.view.scan.words import reason, service
from rawkit.view.text import counted, escaped, pause

if TYPE_CHECKING:
    from rawkit.view.columns import Screen

IN_ORDER: Final = 4096
"""Hosts up to which each waits for those before it. Of more, a host is written when its last port is known, if one is
open, and ports that are not open are counted: hosts and ports are asked in no order, and all would wait to the end."""
HEADINGS: Final = ("PORT", "STATE", "SERVICE", "REASON")


class TextView:
    """Writes a block a host; what is not known when a scan is ended is said.

    Args:
        out: where to.
        facts: what is known before the first verdict.
        space: of the hosts that are scanned.
        why: give the reason of each state.
        only_open: leave out what cannot be open, and hosts where nothing else is.
        comments: begin and end with lines that say what was scanned, as nmap's files do.
        screen: the terminal that it is written for, if it is one.
    """

    def __init__(
        self,
        out: TextIO,
        facts: ScanFacts,
        space: Space,
        *,
        why: bool = False,
        only_open: bool = False,
        comments: bool = False,
        screen: Screen | None = None,
    ) -> None:
        self._out, self._facts, self._space, self._why, self._comments = out, facts, space, why, comments
        self._screen = screen
        self._in_order = space.hosts <= IN_ORDER
        self._only_open = only_open or not self._in_order
        shown = {*(POSSIBLY_OPEN if self._only_open else STATES)} if self._in_order else set()
        limits = {state: MANY if state in shown else 0 for state in STATES if state != OPEN}
        self._tally = Tally(space, facts.names, limits, facts.scan.transport)
        self._limits = {STATES[state]: limit for state, limit in limits.items()}
        self._waiting = np.zeros(space.hosts if self._in_order else 0, dtype=np.bool_)
        self._next = 0
        self._say(head(facts) if comments else ())

    def write(self, verdicts: Verdicts) -> None:
        """Takes verdicts, and writes the hosts that are whole."""
        if len(verdicts):
            whole = self._tally.take(verdicts)
            self._say(line for host in self._ready(whole).tolist() for line in self._block(host))

    def end(self, elapsed: int, *, whole: bool) -> None:
        """Writes what is left, of hosts that are not whole too."""
        begun, known = self._tally.begun(), self._tally.known
        left = begun[begun >= self._next] if self._in_order else begun[known[begun] < len(self._space.ports)]
        self._say(line for host in left.tolist() for line in self._block(host))
        self._say(foot(self._facts, elapsed, whole) if self._comments else ())

    def _ready(self, whole: Int64s) -> Int64s:
        """Of hosts that are whole, those that can be written: in order, none before one that is not whole."""
        if not self._in_order or not len(whole):
            return whole
        self._waiting[whole] = True
        gaps = np.flatnonzero(~self._waiting[self._next :])
        first, self._next = self._next, self._next + int(gaps[0]) if len(gaps) else len(self._waiting)
        return np.arange(first, self._next, dtype=np.int64)

    def _say(self, lines: Iterable[str]) -> None:
        text = "".join(f"{line}\n" for line in lines)
        if text:
            self._out.write(text)
            self._out.flush()

    def _block(self, host: int) -> Iterator[str]:
        listed, counts = self._tally.rows(host), self._tally.counts(host)
        found = self._of_states(counts)
        listed = [row for row in listed if not self._is_ignored(row.state, found)]
        if self._only_open and not listed:
            return
        number = np.array([host], dtype=np.int64)
        address = addresses(self._space.addresses(number, number))[0]
        yield from self._about(address, host)
        ignored = {pair: count for pair, count in counts.items() if self._is_ignored(STATES[pair[0]], found)}
        if not listed:
            yield f"All {sum(counts.values())} scanned ports on {self._called(address)} are in ignored states."
        yield f"Not shown: {', '.join(_ignored(ignored, self._facts.scan.transport))}" if ignored else ""
        yield from self._ports(listed)
        yield ""

    def _ports(self, listed: list[PortVerdict]) -> Iterable[str]:
        if self._screen is None:
            return _table(listed, self._why)
        from rawkit.view.screens.scan import table

        return table(listed, self._screen, why=self._why)

    def _about(self, address: str, host: int) -> Iterator[str]:
        known, asked = int(self._tally.known[host]), len(self._space.ports)
        are = "is" if known == 1 else "are"
        rest = f", not finished: {known} of {counted(asked, 'port')} {are} known" if known < asked else ""
        yield f"Scan report for {self._called(address)}{rest}"
        latency = self._tally.latency(host)
        yield "Host is up." if latency is None else f"Host is up ({pause(latency)} latency)."
        if address in self._facts.others:
            name, others = self._facts.names[address], " ".join(self._facts.others[address])
            yield f"Other addresses for {escaped(name)} (not scanned): {others}"

    def _called(self, address: str) -> str:
        name = self._facts.names.get(address)
        return address if name is None else f"{escaped(name)} ({address})"

    def _of_states(self, counts: dict[tuple[int, int], int]) -> dict[str, int]:
        found = dict.fromkeys(STATES.values(), 0)
        for (state, _), count in counts.items():
            found[STATES[state]] += count
        return found

    def _is_ignored(self, state: str, found: dict[str, int]) -> bool:
        return state in self._limits and found[state] > self._limits[state]


def _ignored(counts: dict[tuple[int, int], int], transport: str) -> Iterator[str]:
    """How many ports of each state and reason, the most first."""
    for (state, kind), count in sorted(counts.items(), key=lambda pair: -pair[1]):
        yield f"{counted(count, f'{STATES[state]} {transport} port')} ({reason(kind)})"


def _table(listed: list[PortVerdict], why: bool) -> Iterator[str]:
    """Ports below a line of headings, in columns as wide as they need to be."""
    if not listed:
        return
    lines = [
        (f"{row.port}/{row.protocol}", row.state, escaped(service(row.port, row.protocol)) or "unknown", row.why())
        for row in listed
    ]
    columns = list(zip(HEADINGS, *lines, strict=True))[: 4 if why else 3]
    widths = [max(map(len, column)) for column in columns]
    for cells in zip(*columns, strict=True):
        yield " ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
