# Written by scripts/generate from rawkit/run/ping/request.py: change it there, not here.
"""`rawkit.ping`: a function with the words of its request."""

from __future__ import annotations

from rawkit.api.ping import PingRequest, PingRun
from rawkit.api.words import Targets, target_texts
from rawkit.run.ping.options import MethodName, Version


def ping(
    targets: Targets = (),
    *,
    target_file: str | None = None,
    version: Version | None = None,
    numeric: bool = False,
    method: MethodName = "icmp",
    port: int | None = None,
    count: int | None = None,
    interval: float | None = None,
    timeout: float | None = None,
    deadline: float | None = None,
    preload: int = 1,
    adaptive: bool = False,
    flood: bool = False,
    rate: int | None = None,
    alive: bool = False,
    retries: int | None = None,
    backoff: float | None = None,
    size: int | None = None,
    pattern: bytes = b"",
    ttl: int | None = None,
    tos: int | None = None,
    pmtu: str | None = None,
    interface: str | None = None,
    source: str | None = None,
    broadcast: bool = False,
    mark: int | None = None,
    ident: int | None = None,
    record_route: bool = False,
    timestamps: str | None = None,
    timestamp_hosts: tuple[str, ...] = (),
    no_loop: bool = False,
) -> PingRun:
    """Sends probes to targets, and times the answers by the kernel's own clock.

    Nothing is sent before the run that it gives is iterated over, or told to `wait`; its results are
    `rawkit.PingResult`, its `summaries` what each target did. The words are those of `rawkit ping`, and so are the
    defaults: without `count` it goes on until somebody calls `stop`. Times that are asked for are seconds, those that
    are told integers of nanoseconds (`rtt_ns`).

    Args:
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

    Raises RawkitError for what cannot be asked, PrivilegeError for what only root may, TargetError where none of
    the targets is one; those of several that are none are in `troubles`. Iterating raises PrivilegeError where the
    user may not have the sockets. An answer that does not come is a result, and no error.

    >>> import rawkit
    >>> run = rawkit.ping("127.0.0.1", method="udp", count=2, interval=0.01)
    >>> [(result.kind, result.seq) for result in run]
    [('reply', 1), ('reply', 2)]
    >>> run.summaries[0].received, run.summaries[0].loss_percent
    (2, 0.0)
    >>> rawkit.ping("127.0.0.1", ttl=300)
    Traceback (most recent call last):
    rawkit.errors.RawkitError: -t 300: give a number from 1 to 255
    """
    return PingRun(
        PingRequest(
            targets=target_texts(targets),
            target_file=target_file,
            version=version,
            numeric=numeric,
            method=method,
            port=port,
            count=count,
            interval=interval,
            timeout=timeout,
            deadline=deadline,
            preload=preload,
            adaptive=adaptive,
            flood=flood,
            rate=rate,
            alive=alive,
            retries=retries,
            backoff=backoff,
            size=size,
            pattern=pattern,
            ttl=ttl,
            tos=tos,
            pmtu=pmtu,
            interface=interface,
            source=source,
            broadcast=broadcast,
            mark=mark,
            ident=ident,
            record_route=record_route,
            timestamps=timestamps,
            timestamp_hosts=timestamp_hosts,
            no_loop=no_loop,
        )
    )
