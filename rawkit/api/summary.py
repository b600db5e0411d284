"""What a capture comes to: `rawkit summary`, `rawkit sniff --summary`, and `read_summary` for your own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rawkit.api.checks import made_engine
from rawkit.api.counting import new_counter
from rawkit.count.counter import WANTED, Counter
from rawkit.count.measures import MEASURES as MEASURES
from rawkit.count.summary import TABLES as TABLES
from rawkit.count.summary import Summary as Summary
from rawkit.count.summary import summary
from rawkit.flow import layout
from rawkit.flow.rules import DEFAULT_RULES, FlowRules

if TYPE_CHECKING:
    from rawkit.api.opening import Source
    from rawkit.api.where import DisplayFilter
    from rawkit.decode import Packets
    from rawkit.flow.table.tracker import Tracked
    from rawkit.frames import Int64s
    from rawkit.kernels import Engine, Mode
    from rawkit.run.capture.showing import CaptureView

Write = Callable[[Summary], bytes]
"""Makes the lines of a summary."""


def read_summary(
    source: Source,
    filter: str | None = None,
    *,
    where: str | DisplayFilter | None = None,
    by: Sequence[str] | None = None,
    sort: str = "bytes",
    engine: Engine | Mode | None = None,
    rules: FlowRules = DEFAULT_RULES,
) -> Summary:
    """What a capture comes to: who talked to whom how much, how connections began and ended, what DNS was asked.

    Memory is bounded: of each table the heaviest rows are kept, at least 262,144 of them; `bounds` and a column
    `missed` say where others had to go.

    Args:
        source: as of `rawkit.open`.
        filter: which packets, in tcpdump's language (pcap-filter(7)); what it leaves out is not known of.
        where: which packets are counted, in Wireshark's display filter language (docs/filters.md); of attempts to
            connect and of resets those of connections that a packet up to then passes.
        by: fields of packets, those of docs/views.md that have one value, to group packets by besides.
        sort: by which measure tables are sorted: `bytes`, `packets`, `flows`, `retransmissions`, `zero_windows`.
        engine: as of `rawkit.open`.
        rules: how flows are told apart, and what a wrong checksum means.

    Raises what `read_packets` raises; RawkitError for another measure.

    >>> summary = read_summary("captures/syn-scan.pcap", by=["tcp.dstport"], sort="packets")
    >>> summary.frames, summary.servers["refused"].tolist(), summary.by[0]["tcp.dstport"], summary.by[0]["packets"]
    (9, [0, 1, 0, 0], 22, 2)
    >>> print(read_summary("captures/dns.pcap").dns_codes)
    code      answers
    NOERROR         3
    NXDOMAIN        1
    (2 rows)
    """
    from rawkit.api.opening import open_capture

    new_counter(by, sort)  # what is wrong with them is said before anything is opened
    with open_capture(source, filter, engine=made_engine(engine), rules=rules) as capture:
        return capture.summary(where=where, by=by, sort=sort)


class SummaryView:
    """Counts what goes through it, and has a page at the end; another view may show the packets or events meanwhile.

    Args:
        write: makes the page.
        shown: the other view.
        by: as of `read_summary`.
        sort: as of `read_summary`.
        every: seconds between two pages, None for the last one alone.

    Attributes:
        wanted: kinds of events that the tracker has to give for it.
        threads: how many may call it at once.
    """

    threads = 1

    def __init__(
        self,
        write: Write,
        shown: CaptureView | None = None,
        *,
        by: Sequence[str] = (),
        sort: str = "bytes",
        every: float | None = None,
    ) -> None:
        self._counter, self._write, self._shown = Counter(by, sort=sort), write, shown
        self._every, self._next = every, None if every is None else time.monotonic() + every
        self._late: list[Int64s] = []
        self.wanted = WANTED | (shown.wanted if shown else 0)
        write(summary(Counter(by, sort=sort)))  # loads what it needs: later, as another user, it may not be able to

    def header(self) -> bytes:
        """What stands before all lines."""
        return self._shown.header() if self._shown else b""

    def tell(self, events: Int64s) -> bytes:
        """The other view's lines of events; they are counted once the packets of this batch are known."""
        self._late.append(events)
        if self._shown is None:
            return b""
        return self._shown.tell(events[events[:, layout.EVENT_KIND] & self._shown.wanted != 0])

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The other view's lines of packets, and a page where its time has come."""
        lines = self._shown.render(packets, tracked) if self._shown else b""
        self._counter.take(packets, tracked)
        self._count_late()
        if self._next is not None and self._every is not None and time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every
            lines += self._write(summary(self._counter)) + b"\n"
        return lines

    def rest(self) -> bytes:
        """What is left of the other view, and the page."""
        lines = self._shown.rest() if self._shown else b""
        self._count_late()
        return lines + self._write(summary(self._counter))

    def _count_late(self) -> None:
        for events in self._late:
            self._counter.tell(events)
        self._late.clear()
