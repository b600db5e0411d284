"""`rawkit synscan` under way: what has to be known and open before the first probe, and where the verdicts go."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import rawkit
from rawkit.cli.synscan.request import HOST_BY_HOST, Request, rate_of, seed_of, shard_of
from rawkit.cli.synscan.terminal import Above
from rawkit.cli.synscan.watch import Watch
from rawkit.errors import CaptureError, TargetError
from rawkit.probe.scan.cookie import Cookies
from rawkit.probe.scan.engine import ScanEngine, ScanPlan
from rawkit.probe.scan.space import Space
from rawkit.run.scan.journal import Journal
from rawkit.run.scan.loop import run_scan
from rawkit.run.scan.resume import ScanCourse, ledger_of, load, whole_lines
from rawkit.run.scan.setup import Ground, check, survey
from rawkit.run.scan.ways import Asked
from rawkit.run.scan.wire import Clock, ScanWire, reserve_ports
from rawkit.run.stopping import Stop
from rawkit.sockets.privileges import drop
from rawkit.view.scan import hosts as scan_hosts
from rawkit.view.scan import show as lines

if TYPE_CHECKING:
    from rawkit.probe.scan.turns import Ledger
    from rawkit.probe.targets import AddressRange

FEW: Final = 25
"""Ports a host up to which text shows all of them, as nmap does; of more, those that are open."""
FEW_HOSTS: Final = 16


def scan(request: Request, ports: tuple[int, ...], ranges: tuple[AddressRange, ...], names: dict[str, str]) -> int:
    """Scans; returns the exit code."""
    course, ground, begun = _course(request, ranges)
    check(ground, asked=not request.skip_discovery)
    space, clock = Space(ground.ranges, ports), Clock()
    with ExitStack() as stack:
        port = reserve_ports({one.first.version for one in ground.ranges}, course.source_port, stack)
        course = replace(course, source_port=port)
        cookies = Cookies.of(course.seed, port)
        wire = stack.enter_context(ScanWire(space, ground.ways, cookies, port, ground.macs, clock))
        watch = Watch(clock, len(ports))
        stack.callback(watch.clear)
        drop(request.user)
        ledger = ledger_of(request.resume, course) if request.resume else None
        journal = stack.enter_context(_journal(request, begun)) if request.resume else None
        out = stack.enter_context(_out(request, watch))
        view = _view(request, out, ports, names, ground, clock())
        if journal is not None and ledger is not None:
            _take_up(journal, ledger, view)
        timeout = None if request.timeout is None else round(request.timeout * 1e9)
        plan = ScanPlan(course.seed, course.shard, rate_of(request.rate), request.retries, timeout)
        engine = ScanEngine(space, cookies, plan, clock(), ledger)
        watch.begin(engine.counts, view, journal)
        with Stop() as stop:
            whole = run_scan(engine, wire, clock, watch.write, stop)
        watch.end(ground, wire.lost, whole=whole)
    return 0 if whole else 130


def _course(request: Request, ranges: tuple[AddressRange, ...]) -> tuple[ScanCourse, Ground, bool]:
    """Where the scan goes, as its file says or anew; and whether it was begun before."""
    asked = Asked(request.interface, None if request.source_ip is None else _address(request.source_ip))
    mark = [str(ranges), str(request.ports), str(request.top_ports), request.shard, str(request.seed)]
    mark.append("host by host" if request.format in HOST_BY_HOST else "line by line")
    course = load(request.resume, mark) if request.resume else None
    if course is not None:
        return course, survey(course.address_ranges(), asked, keep_silent=True), True
    ground = survey(ranges, asked, find=not request.skip_discovery)
    kept = [(str(one.first), str(one.last), one.scope) for one in ground.ranges]
    course = ScanCourse(mark, kept, seed_of(request), request.source_port, shard_of(request.shard), ground.down)
    return course, ground, False


def _address(text: str) -> Any:
    try:
        return ip_address(text)
    except ValueError:
        raise TargetError(f"--source-ip {text}: give an address of this host") from None


def _journal(request: Request, begun: bool) -> AbstractContextManager[Journal | None]:
    """Where verdicts are kept until their host is whole; other formats write them at once."""
    if request.resume is None or request.format not in HOST_BY_HOST:
        return nullcontext()
    return Journal(request.resume.with_name(f"{request.resume.name}.found"), anew=not begun)


def _take_up(journal: Journal, ledger: Ledger, view: lines.ScanView) -> None:
    """Shows what was found before, and sees that it is not asked again."""
    for verdicts in journal.verdicts():
        view.write(verdicts)
        ledger.settle(verdicts.turns)


def _out(request: Request, watch: Watch) -> AbstractContextManager[TextIO]:
    if request.output is None:
        return nullcontext(cast(TextIO, Above(sys.stdout, watch.clear)) if sys.stdout.isatty() else sys.stdout)
    goes_on = request.resume is not None and request.format not in HOST_BY_HOST
    try:
        if goes_on and request.output.is_file():
            whole_lines(request.output)
        return _closing(request.output.open("a" if goes_on else "w", encoding="utf-8"))
    except OSError as error:
        raise CaptureError(f"cannot write {request.output}: {error.strerror}: give another file") from None


@contextmanager
def _closing(out: TextIO) -> Iterator[TextIO]:
    """Closes the file; a view has flushed all, and what could not be written has been told."""
    try:
        yield out
    finally:
        with suppress(OSError):
            out.close()


def _view(
    request: Request, out: TextIO, ports: tuple[int, ...], names: dict[str, str], ground: Ground, now: int
) -> lines.ScanView:
    up = sum(map(len, ground.ranges))
    if request.format in HOST_BY_HOST:
        kind = scan_hosts.XmlView if request.format == "xml" else scan_hosts.GrepableView
        arguments = shlex.join(["rawkit", *sys.argv[1:]])
        facts = scan_hosts.ScanFacts(rawkit.__version__, arguments, ports, names, up, ground.down, now)
        return kind(out, facts, only_open=request.only_open)
    if request.format == "text":
        many = len(ports) > FEW or up > FEW_HOSTS
        return lines.LineView(out, partial(lines.plain_text, why=request.reason), only_open=request.only_open or many)
    head = ",".join(lines.NAMES) if request.format == "csv" and not (request.output and out.tell()) else ""
    line = lines.csv_text if request.format == "csv" else lines.json_text
    return lines.LineView(out, line, head, only_open=request.only_open)
