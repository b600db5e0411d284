"""`rawkit synscan` under way: the run, and where its verdicts go."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from typing import TextIO, cast

import rawkit
from rawkit.api.notices import say
from rawkit.api.scan import ScanRequest, ScanRun, open_results, writing_results
from rawkit.cli.synscan.arguments import HOST_BY_HOST, Output, ScanOutput
from rawkit.cli.synscan.beginning import beginning
from rawkit.cli.synscan.terminal import Above
from rawkit.cli.synscan.watch import ScanWatch
from rawkit.cli.usage import asking
from rawkit.errors import CaptureError
from rawkit.view.scan.columns import NAMES
from rawkit.view.scan.facts import ScanFacts
from rawkit.view.scan.show import LineView, ScanView, Views, csv_text, json_text
from rawkit.view.scan.text import TextView
from rawkit.view.send import through


def scan(request: ScanRequest, shown: ScanOutput, user: str | None) -> int:
    """Scans; returns the exit code."""
    with asking():
        run = ScanRun(request)
    with ExitStack() as stack:
        stack.enter_context(run)
        watch = ScanWatch(run, verbose=shown.verbose > 0, color=shown.table_color)
        stack.callback(watch.clear)
        if any(one.format in ("xml", "grepable") for one in shown.outputs):
            import rawkit.view.scan.hosts  # noqa: F401 - later it may not be readable
        run.give_up_root(user)
        run.begin()
        for line in beginning(run, shown):
            say(line)
        goes_on = request.resume is not None and not shown.host_by_host
        outs = [(one, stack.enter_context(_out(one, goes_on, watch))) for one in shown.outputs]
        with writing_results():
            view = Views([_view(run, shown, one, out) for one, out in outs])
            for verdicts in run.earlier():
                view.write(verdicts)
        watch.begin(view)
        with run.stopped_by_signals():
            whole = run.go(watch.write)
        watch.end()
        by, without_xdp = run.through
        if shown.verbose and ("AF_XDP" in by or without_xdp):
            say(through(by, without_xdp))
    return 0 if whole else 130


def _out(output: Output, goes_on: bool, watch: ScanWatch) -> AbstractContextManager[TextIO]:
    path = output.path
    if path is None:
        return nullcontext(cast(TextIO, Above(sys.stdout, watch.clear)) if sys.stdout.isatty() else sys.stdout)
    try:
        return _closing(open_results(path, goes_on=goes_on))
    except OSError as error:
        raise CaptureError(f"cannot write {path}: {error.strerror}: give another file") from None


@contextmanager
def _closing(out: TextIO) -> Iterator[TextIO]:
    """Closes the file; a view has flushed all, and what could not be written has been told."""
    try:
        yield out
    finally:
        with suppress(OSError):
            out.close()


def _view(run: ScanRun, shown: ScanOutput, output: Output, out: TextIO) -> ScanView:
    if output.format in HOST_BY_HOST:
        return _by_hosts(run, shown, output, out)
    is_csv = output.format == "csv"
    head = ",".join(NAMES) if is_csv and not (output.path and out.tell()) else ""
    line = csv_text if is_csv else json_text
    return LineView(out, line, run.scope.names, head, only_open=shown.only_open, protocol=run.kind.transport)


def _by_hosts(run: ScanRun, shown: ScanOutput, output: Output, out: TextIO) -> ScanView:
    scope, up, down = run.scope, run.summary.up, run.summary.down
    arguments = shlex.join(["rawkit", *sys.argv[1:]])
    names, began = (scope.names, scope.others), run.clock()
    facts = ScanFacts(rawkit.__version__, arguments, scope.ports, *names, up, down, began, run.kind)
    if output.format == "text":
        is_file = output.path is not None
        screen = None if is_file else shown.screen
        asked = {"why": shown.why, "only_open": shown.only_open}
        return TextView(out, facts, run.space, **asked, comments=is_file, screen=screen)
    from rawkit.view.scan.hosts import GrepableView, XmlView

    kind = XmlView if output.format == "xml" else GrepableView
    return kind(out, facts, only_open=shown.only_open)
