"""`rawkit synscan` under way: the run, and where its verdicts go."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from typing import Final, TextIO, cast

import click

import rawkit
from rawkit.api.scan import ScanRequest, ScanRun, whole_lines
from rawkit.cli.synscan.arguments import ScanOutput
from rawkit.cli.synscan.terminal import Above
from rawkit.cli.synscan.watch import ScanWatch
from rawkit.cli.usage import asking
from rawkit.errors import CaptureError
from rawkit.view.scan import hosts as scan_hosts
from rawkit.view.scan import show as lines
from rawkit.view.scan.columns import NAMES

FEW: Final = 25
"""Ports a host up to which text shows all of them, as nmap does; of more, those that are open."""
FEW_HOSTS: Final = 16


def scan(request: ScanRequest, shown: ScanOutput, user: str | None) -> int:
    """Scans; returns the exit code."""
    with asking():
        run = ScanRun(request)
    with ExitStack() as stack:
        stack.enter_context(run)
        watch = ScanWatch(run)
        stack.callback(watch.clear)
        run.give_up_root(user)
        run.begin()
        for line in run.skipped:
            click.echo(f"rawkit: skipped {line}", err=True)
        out = stack.enter_context(_out(request, shown, watch))
        view = _view(run, shown, out)
        for verdicts in run.earlier():
            view.write(verdicts)
        watch.begin(view)
        with run.stopped_by_signals():
            whole = run.go(watch.write)
        watch.end()
    return 0 if whole else 130


def _out(request: ScanRequest, shown: ScanOutput, watch: ScanWatch) -> AbstractContextManager[TextIO]:
    if shown.output is None:
        return nullcontext(cast(TextIO, Above(sys.stdout, watch.clear)) if sys.stdout.isatty() else sys.stdout)
    goes_on = request.resume is not None and not shown.host_by_host
    try:
        if goes_on and shown.output.is_file():
            whole_lines(shown.output)
        return _closing(shown.output.open("a" if goes_on else "w", encoding="utf-8"))
    except OSError as error:
        raise CaptureError(f"cannot write {shown.output}: {error.strerror}: give another file") from None


@contextmanager
def _closing(out: TextIO) -> Iterator[TextIO]:
    """Closes the file; a view has flushed all, and what could not be written has been told."""
    try:
        yield out
    finally:
        with suppress(OSError):
            out.close()


def _view(run: ScanRun, shown: ScanOutput, out: TextIO) -> lines.ScanView:
    ports, up, down = run.scope.ports, run.summary.up, run.summary.down
    if shown.host_by_host:
        kind = scan_hosts.XmlView if shown.format == "xml" else scan_hosts.GrepableView
        arguments = shlex.join(["rawkit", *sys.argv[1:]])
        facts = scan_hosts.ScanFacts(
            rawkit.__version__, arguments, ports, run.scope.names, up, down, run.clock(), run.kind
        )
        return kind(out, facts, only_open=shown.only_open)
    if shown.format == "text":
        many = len(ports) > FEW or up > FEW_HOSTS
        plain = partial(lines.plain_text, why=shown.reason)
        return lines.LineView(out, plain, only_open=shown.only_open or many, protocol=run.kind.transport)
    head = ",".join(NAMES) if shown.format == "csv" and not (shown.output and out.tell()) else ""
    line = lines.csv_text if shown.format == "csv" else lines.json_text
    return lines.LineView(out, line, head, only_open=shown.only_open, protocol=run.kind.transport)
