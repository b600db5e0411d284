"""What is seen of a ping while it goes on."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

from rawkit.api.ping import PingRequest, PingRun, Probe, Result
from rawkit.cli.ping.arguments import PingOutput
from rawkit.view.ping.progress import PingProgress
from rawkit.view.ping.show import FloodView, ListView, RecordView, Style, TableView, TextView, View

if TYPE_CHECKING:
    from rawkit.view.columns import Screen

STDERR: Final = 2


def view(run: PingRun, request: PingRequest, shown: PingOutput) -> View:
    """The view that was asked for, on standard output."""
    probes = request.probes()
    style = Style(
        method=request.method,
        size=probes.size,
        port=probes.port if request.method in ("tcp", "udp") else 0,
        through=" ".join(filter(None, (request.source, request.interface))),
        ip_options=len(probes.ip_options),
        quiet=shown.quiet,
        times=shown.times,
        bell=shown.bell,
        outstanding=shown.outstanding,
        terminal=sys.stdout.isatty(),
    )
    if shown.format != "text":
        return RecordView(sys.stdout, style, csv=shown.format == "csv")
    if shown.lists:
        return ListView(sys.stdout, alive=shown.alive, unreachable=shown.unreachable)
    if shown.table is not None:
        return _table(shown.table, shown.screen)
    if shown.screen is not None and not request.flood:
        from rawkit.view.screens.ping import ScreenTextView

        return ScreenTextView(sys.stdout, style, run.is_unanswered, shown.screen)
    kind = FloodView if request.flood else TextView
    return kind(sys.stdout, style, run.is_unanswered)


def _table(count: int, screen: Screen | None) -> View:
    if screen is None:
        return TableView(sys.stdout, count)
    from rawkit.view.screens.ping import ScreenTableView

    return ScreenTableView(sys.stdout, count, screen)


class PingWatch:
    """Hands what happens to the view, and on a terminal says how far many targets are.

    Results are kept until there is time for them: what makes a line of one takes the caches from the next probe.
    """

    def __init__(self, view: View, run: PingRun, *, tells_of_sending: bool) -> None:
        self.view, self._run, self._tells_of_sending = view, run, tells_of_sending
        self._results: deque[Result] = deque()
        targets = len(run.targets)
        self._progress = PingProgress(sys.stderr, targets) if targets > 1 and sys.stderr.isatty() else None
        self._sent = self._answered = 0

    def sent(self, probe: Probe, time: int) -> None:
        """Takes a probe that has left."""
        self._sent += 1
        if self._tells_of_sending:
            self._show_results()
            self.view.sent(probe, time)
        self._show_progress()

    def result(self, result: Result) -> None:
        """Takes a result."""
        self._answered += result.kind == "reply"
        self._results.append(result)

    def write(self) -> None:
        """Writes what has come."""
        self._show_results()
        sys.stdout.flush()

    def end(self) -> None:
        """Writes what is left, and the summaries."""
        self._show_results()
        if self._progress is not None:
            self._progress.clear()
        self.view.end(self._run.summaries)

    def _show_results(self) -> None:
        if self._results and self._progress is not None:
            self._progress.clear()
        while self._results:
            self.view.result(self._results.popleft())

    def _show_progress(self) -> None:
        if self._progress is not None:
            self._progress.show(time.monotonic_ns(), self._sent, self._answered, self._run.finished)


@contextmanager
def told_on_sigquit(tell: Callable[[], str]) -> Iterator[None]:
    """While the body runs, SIGQUIT (Ctrl-\\) writes a line to standard error and ends nothing, as with iputils' ping.

    >>> asked = []
    >>> with told_on_sigquit(lambda: asked.append(True) or "3/4 packets, 25% loss"):
    ...     signal.raise_signal(signal.SIGQUIT)
    >>> asked
    [True]
    """

    def write(_number: int, _frame: FrameType | None) -> None:
        # Past Python's buffers: the signal may come in the middle of a line that is being written there.
        os.write(STDERR, f"\r{tell()}\n".encode())

    before = signal.signal(signal.SIGQUIT, write)
    try:
        yield
    finally:
        signal.signal(signal.SIGQUIT, before)
