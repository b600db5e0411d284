"""A scan's verdicts as they come: JSON lines and CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TextIO

import numpy as np

from rawkit.probe.scan.kinds import POSSIBLY_OPEN
from rawkit.probe.scan.values import Verdicts
from rawkit.view.lines import csv_line, json_line
from rawkit.view.scan.columns import NAMES
from rawkit.view.scan.rows import PortVerdict, rows

_SECOND: Final = 1_000_000_000


class ScanView(Protocol):
    """Shows verdicts."""

    def write(self, verdicts: Verdicts) -> None:
        """Takes some more."""

    def end(self, elapsed: int, *, whole: bool) -> None:
        """Says that there are no more; `elapsed` is nanoseconds since the scan began, `whole`
        whether all was scanned."""


class Views:
    """Several views of one scan."""

    def __init__(self, views: Sequence[ScanView]) -> None:
        self._views = views

    def write(self, verdicts: Verdicts) -> None:
        """As in `ScanView`."""
        for view in self._views:
            view.write(verdicts)

    def end(self, elapsed: int, *, whole: bool) -> None:
        """As in `ScanView`."""
        for view in self._views:
            view.end(elapsed, whole=whole)


class LineView:
    """A line a verdict, out of the process as soon as it is known.

    Args:
        out: where to.
        line: makes the line of a row.
        names: by which addresses were given.
        head: the first line; empty for none.
        only_open: leave out what is closed and filtered.
        protocol: of the ports.
    """

    def __init__(
        self,
        out: TextIO,
        line: Callable[[PortVerdict], str],
        names: Mapping[str, str],
        head: str = "",
        *,
        only_open: bool = False,
        protocol: str = "tcp",
    ) -> None:
        self._out, self._line, self._names = out, line, names
        self._only_open, self._protocol = only_open, protocol
        if head:
            out.write(head + "\n")

    def write(self, verdicts: Verdicts) -> None:
        """Writes the verdicts, and hands them to the kernel: a crash does not take them away."""
        shown = rows(opened(verdicts) if self._only_open else verdicts, self._names, self._protocol)
        text = "".join(f"{self._line(row)}\n" for row in shown)
        if text:
            self._out.write(text)
            self._out.flush()

    def end(self, elapsed: int, *, whole: bool) -> None:
        """Hands over what is left."""
        self._out.flush()


def opened(verdicts: Verdicts) -> Verdicts:
    """The verdicts that are `open`, or may be (as with nmap's --open)."""
    return verdicts.select(np.isin(verdicts.state, POSSIBLY_OPEN))


def values(row: PortVerdict) -> dict[str, Any]:
    """The fields of a verdict; None for those that it does not have.

    >>> row = PortVerdict("192.0.2.20", 80, "open", "syn-ack", 64, None, 1000, 1_700_000_000_000_000_001)
    >>> values(row)["timestamp"], values(row)["reason_ip"]
    ('1700000000.000000001', None)
    """
    when = f"{row.time_ns // _SECOND}.{row.time_ns % _SECOND:09}"
    return {name: when if name == "timestamp" else getattr(row, name) for name in NAMES}


def json_text(row: PortVerdict) -> str:
    """A verdict as one JSON object.

    >>> json_text(PortVerdict("192.0.2.20", 80, "filtered", "no-response", None, None, None, 0))[:60]
    '{"host":"192.0.2.20","port":80,"protocol":"tcp","state":"fil'
    """
    return json_line(values(row))


def csv_text(row: PortVerdict) -> str:
    """A verdict as a CSV record, the fields as in `NAMES`."""
    return csv_line(values(row).values())
