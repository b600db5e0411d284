"""What a ping is asked to do, in the words of `rawkit ping`, and what follows from it: the plan, the packets."""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import Final

from rawkit.errors import PrivilegeError, RawkitError
from rawkit.probe.ping.icmp import PATTERN_MAX
from rawkit.probe.ping.plan import FLOOD_INTERVAL, MILLISECOND, SECOND, PingPlan
from rawkit.run.limits import Limit, check_limits
from rawkit.run.ping.options import PMTU, MethodName, ProbeOptions, Version
from rawkit.values import dataclass

USER_INTERVAL: Final = 2 * MILLISECOND
"""The shortest interval that takes no root (ping(8))."""
USER_BROADCAST_INTERVAL: Final = 200 * MILLISECOND
USER_RATE: Final = 1000
USER_PRELOAD: Final = 3
NO_RATE: Final = 1_000_000_000
TIMEOUT: Final = 10 * SECOND
FOREVER: Final = 1_000_000_000 * SECOND
LIST_TIMEOUT: Final = 500 * MILLISECOND
LIST_RETRIES: Final = 3
LIST_BACKOFF: Final = 1.5
"""What --alive and --unreachable do without -W, --retries and --backoff: the same as fping."""

LONGEST: Final = 999_999_999  # seconds
LIMITS: Final = {
    "count": Limit("-c", 1),
    "interval": Limit("-i", 0, LONGEST),
    "timeout": Limit("-W", 0, LONGEST),
    "deadline": Limit("-w", 0, LONGEST),
    "size": Limit("-s", 0, 65507),
    "ttl": Limit("-t", 1, 255),
    "tos": Limit("-Q", 0, 255),
    "preload": Limit("-l", 1, 65536),
    "port": Limit("--port", 1, 65535),
    "retries": Limit("--retries", 0),
    "backoff": Limit("--backoff", 1, 5),
    "rate": Limit("--rate", 1, 1_000_000),
    "mark": Limit("-m", 0, (1 << 32) - 1),
    "ident": Limit("-e", 0, (1 << 16) - 1),
}
"""What the numbers of a request may be."""


@dataclass(frozen=True, slots=True)
class PingRequest:
    """Who is to be pinged, and how; the names are those of the command's options, and so are the defaults.

    Attributes:
        targets: names, addresses, networks (192.0.2.0/24) and ranges (192.0.2.1-9).
        target_file: a file with more of them, one a line; `-` is standard input.
        version: 4 or 6 for IPv4 or IPv6 only.
        numeric: call targets by their addresses in all results (-n).
        method: `icmp`, `tcp`, `udp` or `arp`, which is neighbour solicitation over IPv6.
        port: for TCP (80) and UDP (33434).
        count: probes to each target (-c); None to go on until somebody stops it.
        interval: seconds between two probes to a target (-i); 1, and of a flood 0.
        timeout: seconds that an answer may take (-W); 10, and 0.5 with `alive`; 0 for any.
        deadline: seconds after which all ends (-w), or after `count` answers.
        preload: probes that are sent at once in the beginning (-l).
        adaptive: the next probe as soon as an answer comes (-A).
        flood: as fast as answers come, or a hundred probes a second (-f).
        rate: probes a second over all targets; 1000 where there are several.
        alive: ask only who is there: each target until it has answered once, as --alive and --unreachable do.
        retries: with `alive`, how often a silent target is asked again (3).
        backoff: with `alive`, by how much the timeout grows each time (1.5).
        size: bytes of data in a probe (-s); 56.
        pattern: up to 16 bytes to fill it with (-p).
        ttl: TTL or hop limit (-t); None for the system's.
        tos: TOS byte or traffic class (-Q).
        pmtu: path MTU discovery, `do`, `want`, `dont` or `probe` (-M).
        interface: send through this interface (-I).
        source: send from this address (-I).
        broadcast: allow broadcast addresses (-b).
        mark: the mark of probes, by which rules (`ip rule add fwmark`) may send them another way (-m).
        ident: the identifier of echo requests (-e); None for one that nobody else uses.
        record_route: ask hosts on the way to write their addresses into the probe (-R); IPv4.
        timestamps: ask them for their time (-T): `tsonly`; `tsandaddr`, with their addresses; `tsprespec`, those of
            `timestamp_hosts` alone, up to 4 addresses.
        timestamp_hosts: for `tsprespec`.
        no_loop: what is sent to a group does not come back to this host (-L).

    >>> PingRequest(("192.0.2.20",), count=3, interval=0.2).plan(targets=1).interval
    200000000
    """

    targets: tuple[str, ...] = ()
    target_file: str | None = None
    version: Version | None = None
    numeric: bool = False
    method: MethodName = "icmp"
    port: int | None = None
    count: int | None = None
    interval: float | None = None
    timeout: float | None = None
    deadline: float | None = None
    preload: int = 1
    adaptive: bool = False
    flood: bool = False
    rate: int | None = None
    alive: bool = False
    retries: int | None = None
    backoff: float | None = None
    size: int | None = None
    pattern: bytes = b""
    ttl: int | None = None
    tos: int | None = None
    pmtu: str | None = None
    interface: str | None = None
    source: str | None = None
    broadcast: bool = False
    mark: int | None = None
    ident: int | None = None
    record_route: bool = False
    timestamps: str | None = None
    timestamp_hosts: tuple[str, ...] = ()
    no_loop: bool = False

    def check(self) -> None:
        """Refuses what cannot be (RawkitError), and what only root may do to a network (PrivilegeError).

        >>> PingRequest(("192.0.2.20",), port=80).check()
        Traceback (most recent call last):
        rawkit.errors.RawkitError: --port is for --method tcp and udp: icmp has no ports
        """
        check_limits(self, LIMITS)
        _check_words(self)
        if self._asks_for_headers:
            from rawkit.run.ping.headers import check_fields, check_options

            check_fields(self.method, self.mark, self.ident)
            check_options(self.method, self.version, self.record_route, self.timestamps, self.timestamp_hosts)
        if os.geteuid() != 0:
            _check_rights(self)

    def plan(self, targets: int) -> PingPlan:
        """When to send to so many targets; a flood's pause is what it waits for an answer, at most."""
        interval = _interval(self) or FLOOD_INTERVAL
        rate = self.rate or (NO_RATE if targets == 1 or self.flood else USER_RATE)
        timeout, deadline = _nanoseconds(self.timeout), _nanoseconds(self.deadline) or None
        if self.alive:
            timeout = LIST_TIMEOUT if timeout is None else timeout
            retries = LIST_RETRIES if self.retries is None else self.retries
            backoff = self.backoff or LIST_BACKOFF
            return PingPlan(1, interval, timeout, deadline, 1, rate, retries=retries, backoff=backoff)
        return PingPlan(
            count=self.count,
            interval=interval,
            timeout=TIMEOUT if timeout is None else timeout or FOREVER,
            deadline=deadline,
            preload=self.preload,
            rate=rate,
            eager=self.adaptive or self.flood,
            minimum=0 if os.geteuid() == 0 else USER_INTERVAL,
        )

    def probes(self) -> ProbeOptions:
        """What the packets and sockets are like.

        >>> PingRequest(method="tcp").probes().port
        80
        """
        return ProbeOptions(
            method=self.method,
            port=self.port or (80 if self.method == "tcp" else 33434),
            size=ProbeOptions().size if self.size is None else self.size,
            pattern=self.pattern,
            ttl=self.ttl,
            tos=self.tos,
            pmtu=self.pmtu,
            interface=self.interface,
            source=self.source,
            broadcast=self.broadcast,
            mark=self.mark,
            ident=self.ident,
            ip_options=self._ip_options(),
            no_loop=self.no_loop,
        )

    @property
    def _asks_for_headers(self) -> bool:
        return self.record_route or any(one is not None for one in (self.mark, self.ident, self.timestamps))

    def _ip_options(self) -> bytes:
        if not self._asks_for_headers:
            return b""
        from rawkit.run.ping.headers import ip_options

        return ip_options(self.record_route, self.timestamps, self.timestamp_hosts)


def _check_words(request: PingRequest) -> None:
    if request.retries is not None and not request.alive:
        raise RawkitError("--retries is for --alive and --unreachable: use -c for a number of probes")
    if request.backoff is not None and not request.alive:
        raise RawkitError("--backoff is for --alive and --unreachable: use -W for how long an answer may take")
    if request.port is not None and request.method in ("icmp", "arp"):
        raise RawkitError(f"--port is for --method tcp and udp: {request.method} has no ports")
    if request.size is not None and request.method in ("tcp", "arp"):
        raise RawkitError(f"-s is for --method icmp and udp: a probe of {request.method} carries no data")
    if request.pattern and request.method in ("tcp", "arp"):
        raise RawkitError(f"-p is for --method icmp and udp: a probe of {request.method} carries no data")
    if len(request.pattern) > PATTERN_MAX:
        raise RawkitError(f"-p {request.pattern.hex()}: give up to {PATTERN_MAX} bytes")
    if request.pmtu is not None and request.pmtu not in PMTU:
        raise RawkitError(f"-M {request.pmtu}: give one of {', '.join(PMTU)}")
    if request.source is not None:
        _check_address(request.source)


def _check_address(text: str) -> None:
    try:
        ip_address(text)
    except ValueError:
        raise RawkitError(f"-I {text}: give an address of this host") from None


def _check_rights(request: PingRequest) -> None:
    interval = _interval(request)
    if interval < USER_INTERVAL:
        raise PrivilegeError("an interval under 0.002 s is a flood: use a longer one, or sudo")
    if request.broadcast and interval < USER_BROADCAST_INTERVAL:
        raise PrivilegeError("an interval under 0.2 s is too short for a broadcast: use a longer one, or sudo")
    if request.preload > USER_PRELOAD:
        raise PrivilegeError(f"-l {request.preload} is for root: use at most {USER_PRELOAD}, or sudo")
    if (request.rate or 0) > USER_RATE:
        raise PrivilegeError(f"--rate {request.rate} is for root: use at most {USER_RATE}, or sudo")


def _interval(request: PingRequest) -> int:
    asked = _nanoseconds(request.interval)
    if asked is not None:
        return asked
    return 0 if request.flood else SECOND


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * SECOND)
