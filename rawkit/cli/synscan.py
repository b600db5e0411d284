"""`rawkit synscan`: which TCP ports are open? nmap's verdicts, sent and read in batches."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from rawkit.errors import CaptureError, RawkitError, TargetError

if TYPE_CHECKING:
    from rawkit.probe.scan_engine import ScanEngine, Verdicts
    from rawkit.probe.targets import AddressRange
    from rawkit.run.scan_resume import Course
    from rawkit.run.scan_setup import Ground
    from rawkit.view.scan import ScanView

FEW: Final = 25
"""Ports a host up to which text shows all of them, as nmap does; of more, those that are open."""
FEW_HOSTS: Final = 16
SUSPICIOUS: Final = 32
"""Ports of a host that are all open only where something answers for all of them."""
DRY_RUN_BATCH: Final = 4096


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for."""

    targets: tuple[str, ...]
    ports: str | None
    top_ports: int | None
    target_file: str | None
    exclude: str | None
    exclude_file: str | None
    yes_really: bool
    rate: str
    retries: int
    timeout: float | None
    interface: str | None
    source_ip: str | None
    source_port: int
    seed: int | None
    shard: str
    resume: Path | None
    skip_discovery: bool
    only_open: bool
    reason: bool
    dry_run: bool
    count_only: bool
    format: str
    output: Path | None


@click.command("synscan", context_settings={"help_option_names": ["--help", "-h"]})
@click.option("-p", "ports", metavar="PORTS", help="22,80-90,http; - is all of them.")
@click.option("--top-ports", type=int, metavar="N", help="The N ports that are open most often (nmap's list).")
@click.option("--target-file", metavar="FILE", help="Read more targets from a file; - is standard input.")
@click.option("--exclude", metavar="TARGET,...", help="Do not scan these.")
@click.option("--exclude-file", metavar="FILE", help="Do not scan what is in a file.")
@click.option("--yes-really", is_flag=True, help="Scan more than 65,536 public addresses.")
@click.option("--rate", default="auto", metavar="N|auto", help="Probes a second, or what the network takes (auto).")
@click.option("--retries", type=click.IntRange(0, 20), default=10, metavar="N", help="Send again at most N times (10).")
@click.option("--timeout", type=float, metavar="SECONDS", help="Time for an answer; without it, by round trips.")
@click.option("-i", "interface", metavar="IFACE", help="Send through this interface.")
@click.option("--source-ip", metavar="ADDRESS", help="Send from this address.")
@click.option("--source-port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Send from this port.")
@click.option("--seed", type=click.IntRange(0, (1 << 64) - 1), metavar="N", help="The order; shards need the same.")
@click.option("--shard", default="1/1", metavar="X/Y", help="Scan part X of Y.")
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="FILE", help="Keep the state here, and go on from it."
)
@click.option("-Pn", "skip_discovery", is_flag=True, help="Scan hosts behind routers also if they answer no ping.")
@click.option("--open", "only_open", is_flag=True, help="Show open ports only.")
@click.option("--reason", is_flag=True, help="Say why.")
@click.option("--dry-run", is_flag=True, help="Print what would be scanned, in the order of sending; send nothing.")
@click.option("--count-only", is_flag=True, help="With --dry-run: only how much it is.")
@click.option(
    "--format", type=click.Choice(["text", "json", "csv", "xml", "grepable"]), default="text", help="How to show it."
)
@click.option("-o", "output", type=click.Path(path_type=Path), metavar="FILE", help="Write results to a file.")
@click.argument("targets", nargs=-1, metavar="TARGET...")
def command(**options: Any) -> int:
    """Find open TCP ports by half of a handshake: SYN-ACK means open, RST closed, an ICMP error or silence filtered.

    TARGET is a name, an address, a network (192.0.2.0/24) or a range (192.0.2.1-50). Networks that are not on the
    Internet are left out of a larger target; name them, or an address of theirs, to scan them.

    \b
    rawkit synscan -p 22,80,443 192.0.2.0/24
    rawkit synscan -p - --open 192.0.2.20
    rawkit synscan -p 443 --rate 100000 --format json -o found.json 198.18.0.0/15

    Exit code: 0, 130 after Ctrl-C, 2 an error.
    """
    return _synscan(Request(**options))


def _synscan(request: Request) -> int:
    ports, ranges, names = _what(request)
    if request.dry_run:
        return _dry_run(request, ports, ranges)
    course, ground = _course(request, ranges)
    from rawkit.run.scan_setup import check

    check(ground)
    return _scan(request, ports, names, course, ground)


def _what(request: Request) -> tuple[tuple[int, ...], tuple[AddressRange, ...], dict[str, str]]:
    """Ports and addresses; all that is wrong with them is said here, before anything is sent."""
    from rawkit.probe.scan_targets import PUBLIC_MAX, find_ranges, public_count

    _check(request)
    ports = _ports(request)
    texts = [*request.targets, *_listed(request.target_file)]
    if not texts:
        raise click.UsageError("no target: name one")
    excluded = [*(request.exclude or "").replace(",", " ").split(), *_listed(request.exclude_file)]
    ranges, names = find_ranges(texts, excluded, _resolve)
    public = public_count(ranges)
    if public > PUBLIC_MAX and not request.exclude_file and not request.yes_really:
        raise TargetError(f"{public} public addresses: give --exclude-file with those to spare, or --yes-really")
    return ports, ranges, names


def _resolve(name: str) -> Any:
    """The target of a name; most scans have none to look up."""
    from rawkit.run.ping_names import resolver

    return resolver()(name)


def _check(request: Request) -> None:
    if request.count_only and not request.dry_run:
        raise RawkitError("--count-only counts what --dry-run prints: use both")
    if request.resume and request.format in ("xml", "grepable"):
        raise RawkitError(f"--format {request.format} is written at the end: use json, csv or text with --resume")
    if request.timeout is not None and not 0 < request.timeout < 1e6:
        raise RawkitError(f"--timeout {request.timeout}: give a number of seconds over 0")
    _rate(request.rate)
    _shard(request.shard)


def _rate(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1e9:
        raise RawkitError(f"--rate {text}: give a number of probes a second, or auto")
    return rate


def _shard(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if part.isdecimal() and parts.isdecimal() and 0 < int(part) <= int(parts):
        return int(part), int(parts)
    raise RawkitError(f"--shard {text}: give it as in 1/3, the first of three")


def _ports(request: Request) -> tuple[int, ...]:
    from rawkit.probe.ports import NMAP_SERVICES, parse_ports, top_ports

    if (request.ports is None) == (request.top_ports is None):
        raise click.UsageError("which ports? Give -p or --top-ports")
    if request.ports is not None:
        return parse_ports(request.ports)
    try:
        with open(NMAP_SERVICES, encoding="utf-8") as services:
            return top_ports(request.top_ports or 0, services)
    except OSError as error:
        raise TargetError(f"--top-ports: {NMAP_SERVICES}: {error.strerror}: install nmap, or give -p") from None


def _listed(path: str | None) -> list[str]:
    from rawkit.probe.targets import read_list

    if path is None:
        return []
    try:
        if path == "-":
            return list(read_list(sys.stdin))
        with open(path, encoding="utf-8") as lines:
            return list(read_list(lines))
    except (OSError, UnicodeError) as error:
        raise TargetError(f"cannot read {path}: {error}: give a text file with a target a line") from None


def _dry_run(request: Request, ports: tuple[int, ...], ranges: tuple[AddressRange, ...]) -> int:
    import numpy as np

    from rawkit.probe.permutation import Permutation
    from rawkit.probe.scan_engine import ScanPlan
    from rawkit.probe.scan_space import Space
    from rawkit.view.scan_rows import addresses

    space, seed = Space(ranges, ports), _seed(request)
    plan = ScanPlan(seed, _shard(request.shard))
    total, (part, parts) = plan.turns(len(space)), plan.shard
    if request.count_only:
        click.echo(f"{space.hosts} addresses, {len(ports)} ports each: {total} probes, each sent again if need be")
        return 0
    order = Permutation(len(space), seed)
    for begin in range(0, total, DRY_RUN_BATCH):
        turns = np.arange(begin, min(begin + DRY_RUN_BATCH, total))
        ends = space.endpoints(order.forward(turns * parts + part - 1))
        click.echo("\n".join(f"{host} {port}" for host, port in zip(addresses(ends), ends.port.tolist(), strict=True)))
    return 0


def _seed(request: Request) -> int:
    return int.from_bytes(os.urandom(8), "big") if request.seed is None else request.seed


def _course(request: Request, ranges: tuple[AddressRange, ...]) -> tuple[Course, Ground]:
    """Where the scan goes: as its file says, or anew."""
    from rawkit.run.scan_resume import Course, load
    from rawkit.run.scan_setup import survey
    from rawkit.run.scan_ways import Asked

    source = None if request.source_ip is None else _address(request.source_ip)
    asked = Asked(request.interface, source)
    mark = [str(ranges), str(request.ports), str(request.top_ports), request.shard, str(request.seed)]
    course = load(request.resume, mark) if request.resume else None
    if course is not None:
        return course, survey(course.address_ranges(), asked, keep_silent=True)
    ground = survey(ranges, asked, find=not request.skip_discovery)
    kept = [(str(one.first), str(one.last), one.scope) for one in ground.ranges]
    seed, shard = _seed(request), _shard(request.shard)
    return Course(mark, kept, seed, request.source_port, shard, ground.down), ground


def _address(text: str) -> Any:
    try:
        return ip_address(text)
    except ValueError:
        raise TargetError(f"--source-ip {text}: give an address of this host") from None


def _scan(request: Request, ports: tuple[int, ...], names: dict[str, str], course: Course, ground: Ground) -> int:
    from dataclasses import replace

    from rawkit.probe.cookie import Cookies
    from rawkit.probe.scan_engine import ScanEngine, ScanPlan
    from rawkit.probe.scan_space import Space
    from rawkit.run.scan import run_scan
    from rawkit.run.scan_resume import ledger_of
    from rawkit.run.scan_wire import Clock, ScanWire, reserve_ports
    from rawkit.run.stopping import Stop

    space, clock = Space(ground.ranges, ports), Clock()
    with ExitStack() as stack:
        versions = {one.first.version for one in ground.ranges}
        port = reserve_ports(versions, course.source_port, stack)
        course = replace(course, source_port=port)
        cookies = Cookies.of(course.seed, port)
        timeout = None if request.timeout is None else round(request.timeout * 1e9)
        plan = ScanPlan(course.seed, course.shard, _rate(request.rate), request.retries, timeout)
        ledger = ledger_of(request.resume, course) if request.resume else None
        wire = stack.enter_context(ScanWire(space, ground.ways, cookies, port, ground.macs, clock))
        engine = ScanEngine(space, cookies, plan, clock(), ledger)
        out = stack.enter_context(_out(request))
        watch = _Watch(request, _view(request, out, ports, names, ground, clock()), engine, clock, len(ports))
        with Stop() as stop:
            whole = run_scan(engine, wire, clock, watch.write, stop)
        watch.end(ground, wire.lost)
    return 0 if whole else 130


def _out(request: Request) -> Any:
    from contextlib import nullcontext

    if request.output is None:
        return nullcontext(sys.stdout)
    try:
        return request.output.open("a" if request.resume else "w", encoding="utf-8")
    except OSError as error:
        raise CaptureError(f"cannot write {request.output}: {error.strerror}: give another file") from None


def _view(
    request: Request, out: TextIO, ports: tuple[int, ...], names: dict[str, str], ground: Ground, now: int
) -> ScanView:
    from functools import partial

    import rawkit
    from rawkit.view import scan

    if request.format in ("xml", "grepable"):
        from rawkit.view import scan_hosts

        kind = scan_hosts.XmlView if request.format == "xml" else scan_hosts.GrepableView
        up = sum(map(len, ground.ranges))
        arguments = shlex.join(["rawkit", *sys.argv[1:]])
        facts = scan_hosts.ScanFacts(rawkit.__version__, arguments, ports, names, up, ground.down, now)
        return kind(out, facts, only_open=request.only_open)
    if request.format == "text":
        many = len(ports) > FEW or sum(map(len, ground.ranges)) > FEW_HOSTS
        return scan.LineView(out, partial(scan.plain_text, why=request.reason), only_open=request.only_open or many)
    head = ",".join(scan.NAMES) if request.format == "csv" and not (request.output and out.tell()) else ""
    line = scan.csv_text if request.format == "csv" else scan.json_text
    return scan.LineView(out, line, head, only_open=request.only_open)


class _Watch:
    """Hands verdicts to the view, says how far the scan is on a terminal, and at the end what it was."""

    def __init__(self, request: Request, view: ScanView, engine: ScanEngine, clock: Any, ports: int) -> None:
        from rawkit.view.scan_progress import ScanProgress

        self._request, self._view, self._engine, self._clock = request, view, engine, clock
        self._began, self._ports = clock(), ports
        self._open: Counter[str] = Counter()
        self._progress = ScanProgress(sys.stderr, self._began) if sys.stderr.isatty() else None

    def write(self, verdicts: Verdicts) -> None:
        if self._progress is not None:
            if len(verdicts):
                self._progress.clear()
            self._progress.show(self._clock(), self._engine.counts)
        self._view.write(verdicts)
        if self._ports >= SUSPICIOUS:
            self._count(verdicts)

    def _count(self, verdicts: Verdicts) -> None:
        from rawkit.probe.scan_engine import OPEN
        from rawkit.view.scan_rows import addresses

        self._open.update(addresses(verdicts.ends.select(verdicts.state == OPEN)))

    def _everywhere_open(self) -> list[str]:
        """Hosts on which every port seemed open."""
        return [host for host, count in self._open.items() if count == self._ports]

    def end(self, ground: Ground, lost: int) -> None:
        if self._progress is not None:
            self._progress.clear()
        elapsed = self._clock() - self._began
        self._view.end(elapsed)
        for line in self._summary(ground, lost, elapsed):
            click.echo(line, err=True)

    def _summary(self, ground: Ground, lost: int, elapsed: int) -> Iterator[str]:
        from rawkit.view.scan_words import STATES

        counts = self._engine.counts
        found = ", ".join(f"{counts.found[state]} {name}" for state, name in STATES.items())
        up = sum(map(len, ground.ranges))
        hosts = f"{up} host{'s' * (up != 1)} up" + (f", {ground.down} down" if ground.down else "")
        yield f"{hosts}: {found}; {counts.sent} probes sent in {elapsed / 1e9:.2f} s"
        for host in self._everywhere_open():
            yield f"rawkit: {host}: all {self._ports} ports are open: a tarpit or a proxy answers for them"
        if lost:
            yield f"rawkit: {lost} answers came faster than they were read: use a lower --rate"
