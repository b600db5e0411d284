"""`rawkit ping`: is it there, and how far away? One target as iputils' ping does, many as fping does."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Literal

import click

from rawkit.api.notices import say
from rawkit.cli.elsewhere import Command
from rawkit.cli.ping.status import told_on_sigquit
from rawkit.cli.target_list import listed
from rawkit.errors import PrivilegeError, RawkitError, TargetError
from rawkit.probe.ping.engine import PingEngine
from rawkit.probe.ping.icmp import PATTERN_MAX
from rawkit.probe.ping.plan import FLOOD_INTERVAL, MILLISECOND, SECOND, PingPlan
from rawkit.probe.ping.results import Probe, Result
from rawkit.probe.targets import Target
from rawkit.run.names import find_targets
from rawkit.run.ping.channel import Channel
from rawkit.run.ping.loop import SPIN, PingLoop
from rawkit.run.ping.options import PMTU, ProbeOptions
from rawkit.run.ping.sockets import open_channel
from rawkit.view.ping.progress import PingProgress
from rawkit.view.ping.show import FloodView, ListView, RecordView, Style, TableView, TextView, View
from rawkit.view.ping.text import status_line

USER_INTERVAL: Final = 2 * MILLISECOND
"""The shortest interval that takes no root (ping(8))."""
USER_BROADCAST_INTERVAL: Final = 200 * MILLISECOND
USER_RATE: Final = 1000
USER_PRELOAD: Final = 3
DATA: Final = 56  # bytes, as in iputils
NO_RATE: Final = 1_000_000_000
TIMEOUT: Final = 10 * SECOND
FOREVER: Final = 1_000_000_000 * SECOND
LIST_TIMEOUT: Final = 500 * MILLISECOND
LIST_RETRIES: Final = 3
LIST_BACKOFF: Final = 1.5
"""What --alive and --unreachable do without -W, --retries and --backoff: the same as fping."""


def _seconds(text: str) -> int:
    """Seconds with decimals, as nanoseconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise click.BadParameter(f"{text!r} is no number of seconds")
    return round(seconds * SECOND)


def _octet(text: str) -> int:
    """An integer from 0 to 255, decimal or as 0x1f."""
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= 255:
        raise click.BadParameter(f"{text!r} is no number from 0 to 255")
    return number


def _pattern(text: str) -> bytes:
    """Up to 16 bytes in hexadecimal."""
    try:
        pattern = bytes.fromhex(text if len(text) % 2 == 0 else f"0{text}")
    except ValueError:
        pattern = b""
    if not 0 < len(pattern) <= PATTERN_MAX:
        raise click.BadParameter(f"{text!r} is no pattern of up to {PATTERN_MAX} bytes in hexadecimal")
    return pattern


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for; times are nanoseconds."""

    targets: tuple[str, ...]
    target_file: str | None
    count: int | None
    interval: int | None
    timeout: int | None
    deadline: int | None
    size: int | None
    ttl: int | None
    through: str | None
    version: Literal[4, 6] | None
    quiet: bool
    times: bool
    outstanding: bool
    flood: bool
    adaptive: bool
    bell: bool
    preload: int
    numeric: bool
    pmtu: str | None
    pattern: bytes
    tos: int | None
    broadcast: bool
    method: Literal["icmp", "tcp", "udp", "arp"]
    port: int | None
    alive: bool
    unreachable: bool
    table: int | None
    retries: int | None
    backoff: float | None
    rate: int | None
    user: str | None
    format: str

    @property
    def lists(self) -> bool:
        """Whether it is about which targets answer, and not about how fast."""
        return self.alive or self.unreachable


ELSEWHERE: Final = {
    "-V": "use 'rawkit --version'",
    "-g": "name the network, or the range, as a target",
    "-r": "use --retries N",
    "-u": "use --unreachable",
    "-v": "errors are always shown: leave it out",
}
"""ProbeOptions of fping's and iputils', and what to do here."""


@click.command("ping", cls=Command, elsewhere=ELSEWHERE, context_settings={"help_option_names": ["--help", "-h"]})
@click.option("-c", "count", type=click.IntRange(min=1), metavar="N", help="Stop after N probes to each target.")
@click.option("-i", "interval", type=_seconds, metavar="SECONDS", help="Time between probes to a target (1).")
@click.option("-W", "timeout", type=_seconds, metavar="SECONDS", help="Time that an answer may take (10); 0: any.")
@click.option(
    "-w", "deadline", type=_seconds, metavar="SECONDS", help="End after this time, or -c N answers; 0: no end."
)
@click.option("-s", "size", type=click.IntRange(0, 65507), metavar="BYTES", help="Data in a probe (56).")
@click.option("-t", "ttl", type=click.IntRange(1, 255), metavar="N", help="TTL, or hop limit.")
@click.option("-I", "through", metavar="IFACE|ADDRESS", help="Send through an interface, or from an address.")
@click.option("-4", "version", flag_value=4, type=int, default=None, help="IPv4 only.")
@click.option("-6", "version", flag_value=6, type=int, help="IPv6 only.")
@click.option("-q", "quiet", is_flag=True, help="Nothing but the summary.")
@click.option("-D", "times", is_flag=True, help="A timestamp before each line.")
@click.option("-O", "outstanding", is_flag=True, help="Say when a probe has no answer yet as the next one leaves.")
@click.option("-f", "flood", is_flag=True, help="As fast as answers come, or 100 a second. Root only, without -i.")
@click.option("-A", "adaptive", is_flag=True, help="The next probe as soon as an answer comes.")
@click.option("-a", "bell", is_flag=True, help="Ring the bell for each reply.")
@click.option("-l", "preload", type=click.IntRange(1, 65536), default=1, metavar="N", help="N probes at once to begin.")
@click.option("-n", "numeric", is_flag=True, help="Addresses, not the names that were given.")
@click.option("-M", "pmtu", type=click.Choice(list(PMTU)), help="Path MTU discovery; do: never fragment.")
@click.option("-p", "pattern", type=_pattern, metavar="HEX", help="Up to 16 bytes to fill probes with.")
@click.option("-Q", "tos", type=_octet, metavar="TOS", help="TOS byte, or traffic class.")
@click.option("-b", "broadcast", is_flag=True, help="Allow broadcast addresses.")
@click.option("--method", type=click.Choice(["icmp", "tcp", "udp", "arp"]), default="icmp", help="What to probe with.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="For tcp (80) and udp (33434).")
@click.option("--target-file", metavar="FILE", help="Read more targets from a file; - is standard input.")
@click.option("--alive", is_flag=True, help="Print the targets that answer, as soon as they do.")
@click.option("--unreachable", is_flag=True, help="Print the targets that do not answer.")
@click.option("-C", "table", type=click.IntRange(min=1), metavar="N", help="N probes each; a table of all times.")
@click.option("--retries", type=click.IntRange(min=0), metavar="N", help="For --alive and --unreachable (3).")
@click.option("--backoff", type=click.FloatRange(1, 5), metavar="X", help="How the timeout grows with retries (1.5).")
@click.option("--rate", type=click.IntRange(1, 1_000_000), metavar="N", help="Probes a second in all (1000).")
@click.option("-Z", "user", metavar="USER", help="Become this user once the sockets are open.")
@click.option("--format", type=click.Choice(["text", "json", "csv"]), default="text", help="How to show it.")
@click.argument("targets", nargs=-1, metavar="TARGET...")
def command(**options: Any) -> int:
    """Send probes to targets and time the answers by the kernel's own clock.

    TARGET is a name, an address, a network (192.0.2.0/24) or a range (192.0.2.1-9). Without -c one target is probed
    until Ctrl-C; Ctrl-\\ (SIGQUIT) says how it is so far. Run by sudo it gives up root once its sockets are open.

    \b
    rawkit ping -c 3 192.0.2.20
    rawkit ping --method tcp --port 443 server.example
    rawkit ping --alive 192.0.2.0/24
    rawkit ping -c 10 -i 0.1 --format json 192.0.2.1-9

    Exit code: 0 a reply from each target, 1 some gave none, 2 an error. Of CSV with -q the summaries are what is left.
    """
    request = Request(**(options | {"pattern": options["pattern"] or b""}))
    _check(request)
    return _ping(request)


def _check(request: Request) -> None:
    """Refuses what cannot be, and what only root may do to a network."""
    if request.table is not None and (request.lists or request.format != "text"):
        raise RawkitError("-C is a table of times: use it without --alive, --unreachable and --format")
    if request.retries is not None and not request.lists:
        raise RawkitError("--retries is for --alive and --unreachable: use -c for a number of probes")
    if request.backoff is not None and not request.lists:
        raise RawkitError("--backoff is for --alive and --unreachable: use -W for how long an answer may take")
    if request.port is not None and request.method in ("icmp", "arp"):
        raise RawkitError(f"--port is for --method tcp and udp: {request.method} has no ports")
    if request.size is not None and request.method in ("tcp", "arp"):
        raise RawkitError(f"-s is for --method icmp and udp: a probe of {request.method} carries no data")
    if request.pattern and request.method in ("tcp", "arp"):
        raise RawkitError(f"-p is for --method icmp and udp: a probe of {request.method} carries no data")
    if os.geteuid() == 0:
        return
    interval = _interval(request)
    if interval < USER_INTERVAL:
        raise PrivilegeError("an interval under 0.002 s is a flood: use a longer one, or sudo")
    if request.broadcast and interval < USER_BROADCAST_INTERVAL:
        raise PrivilegeError("an interval under 0.2 s is too short for a broadcast: use a longer one, or sudo")
    if request.preload > USER_PRELOAD:
        raise PrivilegeError(f"-l {request.preload} is for root: use at most {USER_PRELOAD}, or sudo")
    if (request.rate or 0) > USER_RATE:
        raise PrivilegeError(f"--rate {request.rate} is for root: use at most {USER_RATE}, or sudo")


def _interval(request: Request) -> int:
    if request.interval is not None:
        return request.interval
    return 0 if request.flood else SECOND


def _plan(request: Request, targets: int) -> PingPlan:
    """When to send: a flood's pause is what it waits for an answer, at most; one target is held by its interval."""
    interval = _interval(request) or FLOOD_INTERVAL
    rate = request.rate or (NO_RATE if targets == 1 or request.flood else USER_RATE)
    if request.lists:
        timeout = LIST_TIMEOUT if request.timeout is None else request.timeout
        retries = LIST_RETRIES if request.retries is None else request.retries
        backoff = request.backoff or LIST_BACKOFF
        return PingPlan(1, interval, timeout, request.deadline or None, 1, rate, retries=retries, backoff=backoff)
    return PingPlan(
        count=request.table or request.count,
        interval=interval,
        timeout=TIMEOUT if request.timeout is None else request.timeout or FOREVER,
        deadline=request.deadline or None,
        preload=request.preload,
        rate=rate,
        eager=request.adaptive or request.flood,
        minimum=0 if os.geteuid() == 0 else USER_INTERVAL,
    )


def _options(request: Request) -> ProbeOptions:
    from ipaddress import ip_address

    interface, source = request.through, None
    try:
        source = str(ip_address(request.through or ""))
        interface = None
    except ValueError:
        pass
    return ProbeOptions(
        method=request.method,
        port=request.port or (80 if request.method == "tcp" else 33434),
        size=DATA if request.size is None else request.size,
        pattern=request.pattern,
        ttl=request.ttl,
        tos=request.tos,
        pmtu=request.pmtu,
        interface=interface,
        source=source,
        broadcast=request.broadcast,
    )


def _ping(request: Request) -> int:
    troubles: list[TargetError] = []
    targets = _targets(request, troubles)
    with ExitStack() as stack:
        channels: dict[int, Channel] = {}
        for version in sorted({target.address.version for target in targets}):
            channels[version] = open_channel(_options(request), 4 if version == 4 else 6)
            stack.callback(channels[version].close)
        plan = _plan(request, len(targets))  # what root may is settled here, before root is given up
        _give_up_root(request.user)
        engine = PingEngine(plan, targets, time.monotonic_ns())
        watch = _Watch(
            _view(request, engine), engine, len(targets), tells_of_sending=request.flood or request.outstanding
        )
        stack.callback(watch.write)  # what was found stands before an error's line
        with told_on_sigquit(lambda: status_line(engine.summaries)):
            watch.view.begin(targets)
            spin = SPIN if len(targets) == 1 else 0
            PingLoop(engine, channels, watch.result, watch.sent, spin, watch.write).run()
        watch.end()
    return 2 if troubles else _exit_code(request, engine)


def _give_up_root(user: str | None) -> None:
    """Reads what comes from outside as somebody who may do nothing else to this host; open sockets stay open."""
    from rawkit.sockets.privileges import drop

    drop(user)


def _targets(request: Request, troubles: list[TargetError]) -> list[Target]:
    """All targets; an error in one of many is said, and the others go on."""
    texts = [*request.targets, *listed(request.target_file)]
    if not texts:
        raise click.UsageError("no target: name one")
    found = find_targets(texts, request.version, troubles.append)
    if not found:
        raise troubles[0]
    for error in troubles:
        say(str(error))
    return [Target(str(one.address), one.address, one.scope) for one in found] if request.numeric else found


def _view(request: Request, engine: PingEngine) -> View:
    style = Style(
        method=request.method,
        size=DATA if request.size is None else request.size,
        port=_options(request).port if request.method in ("tcp", "udp") else 0,
        through=request.through or "",
        quiet=request.quiet,
        times=request.times,
        bell=request.bell,
        outstanding=request.outstanding,
        terminal=sys.stdout.isatty(),
    )
    if request.format != "text":
        return RecordView(sys.stdout, style, csv=request.format == "csv")
    if request.lists:
        return ListView(sys.stdout, alive=request.alive, unreachable=request.unreachable)
    if request.table is not None:
        return TableView(sys.stdout, request.table)
    kind = FloodView if request.flood else TextView
    return kind(sys.stdout, style, engine.is_unanswered)


class _Watch:
    """Hands what happens to the view, and on a terminal says how far many targets are.

    Results are kept until there is time for them: what makes a line of one takes the caches from the next probe.
    """

    def __init__(self, view: View, engine: PingEngine, targets: int, *, tells_of_sending: bool) -> None:
        self.view, self._engine, self._tells_of_sending = view, engine, tells_of_sending
        self._results: deque[Result] = deque()
        self._progress = PingProgress(sys.stderr, targets) if targets > 1 and sys.stderr.isatty() else None
        self._sent = self._answered = 0

    def sent(self, probe: Probe, time: int) -> None:
        self._sent += 1
        if self._tells_of_sending:
            self._show_results()
            self.view.sent(probe, time)
        self._show_progress()

    def result(self, result: Result) -> None:
        self._answered += result.kind == "reply"
        self._results.append(result)

    def write(self) -> None:
        self._show_results()
        sys.stdout.flush()

    def end(self) -> None:
        self._show_results()
        if self._progress is not None:
            self._progress.clear()
        self.view.end(self._engine.summaries)

    def _show_results(self) -> None:
        if self._results and self._progress is not None:
            self._progress.clear()
        while self._results:
            self.view.result(self._results.popleft())

    def _show_progress(self) -> None:
        if self._progress is not None:
            self._progress.show(time.monotonic_ns(), self._sent, self._answered, self._engine.finished)


def _exit_code(request: Request, engine: PingEngine) -> int:
    """As iputils: 1 where no reply came, or with -c and -w not all of them; here, for one of the targets at least."""
    summaries: Sequence[Any] = engine.summaries
    wanted = request.count if request.count and request.deadline else 1
    if request.lists:
        return 0 if all(summary.alive for summary in summaries) else 1
    return 0 if all(summary.received >= wanted for summary in summaries) else 1
