# Written by scripts/generate from rawkit/run/scan/request.py: change it there, not here.
"""`rawkit.scan`: a function with the words of its request."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from rawkit.api.scan import ScanRequest, ScanRun
from rawkit.api.words import Ports, Targets, port_text, target_texts


def scan(
    targets: Targets = (),
    ports: Ports | None = None,
    *,
    top_ports: int | None = None,
    target_file: str | None = None,
    exclude: str | None = None,
    exclude_file: str | None = None,
    version: Literal[4, 6] | None = None,
    resolve_all: bool = False,
    yes_really: bool = False,
    rate: float | str = "auto",
    min_rate: float | None = None,
    max_rate: float | None = None,
    timing: str = "3",
    retries: int | None = None,
    timeout: float | None = None,
    interface: str | None = None,
    source_ip: str | None = None,
    source_port: int = 0,
    seed: int | None = None,
    shard: str = "1/1",
    resume: Path | str | None = None,
    whole_hosts: bool = False,
    skip_discovery: bool = False,
    kind: str = "syn",
) -> ScanRun:
    """Finds open ports, with nmap's verdicts.

    Nothing is sent before the run that it gives is iterated over, or told to `wait`; its results are
    `rawkit.PortVerdict`, in the order in which they become known. The words are those of `rawkit synscan`, and so are
    the defaults. Times that are asked for are seconds, those that are told integers of nanoseconds (`rtt_ns`). It
    takes CAP_NET_RAW.

    Args:
        targets: names, addresses, networks (192.0.2.0/24) and ranges (192.0.2.1-50).
        ports: as in `22,80-90,http`; `-` is all of them. None for `top_ports`.
        top_ports: in place of `ports`, so many of those that are open most often, by nmap's list; 1,000 where neither
            is said.
        target_file: a file with more targets, one a line; `-` is standard input.
        exclude: targets that are not scanned, with commas between them.
        exclude_file: a file with more of those.
        version: 4 or 6, for addresses of that IP version alone; None for both.
        resolve_all: scan all addresses of a name, not the first alone.
        yes_really: scan more than 65,536 public addresses.
        rate: probes a second; `auto` for what the network takes.
        min_rate, max_rate: with `auto`, probes a second between which it stays; None for no such limit.
        timing: nmap's template, its number or name: what `retries`, time-outs and rate are where nothing else is said.
        retries: how often a probe is sent again at most; None for as often as `timing` has it.
        timeout: seconds for an answer; None to learn it from round trips.
        interface: send through this interface.
        source_ip: send from this address.
        source_port: send from this port; 0 for any.
        seed: of the order; None for a random one. Shards need the same.
        shard: which part, and of how many, as in `1/3`.
        resume: the file in which the state is kept, and from which a scan that was ended goes on.
        whole_hosts: with `resume`, keep the verdicts in a second file too, and tell those of before again: for who
            needs all ports of a host together.
        skip_discovery: scan hosts behind routers also if they answer no ping (-Pn).
        kind: of scan: `syn`, `udp`, `ack` … (`rawkit.probe.scan.kinds`).

    Raises RawkitError for what cannot be asked, MissingError where no ports or no targets are named, TargetError
    for what is no target. Iterating raises PrivilegeError without CAP_NET_RAW, TargetError where no host is up; targets
    that nothing can be sent to are in `skipped`.

    >>> import rawkit
    >>> run = rawkit.scan(["192.0.2.20", "192.0.2.30-31"], range(80, 83))
    >>> len(run.scope.ports), sum(map(len, run.scope.ranges))
    (3, 3)
    >>> rawkit.scan("192.0.2.20", 80, kind="x")
    Traceback (most recent call last):
    rawkit.errors.RawkitError: kind 'x': give one of syn, udp, ack, fin, null, xmas, maimon
    """
    return ScanRun(
        ScanRequest(
            targets=target_texts(targets),
            ports=port_text(ports),
            top_ports=top_ports,
            target_file=target_file,
            exclude=exclude,
            exclude_file=exclude_file,
            version=version,
            resolve_all=resolve_all,
            yes_really=yes_really,
            rate=rate,
            min_rate=min_rate,
            max_rate=max_rate,
            timing=timing,
            retries=retries,
            timeout=timeout,
            interface=interface,
            source_ip=source_ip,
            source_port=source_port,
            seed=seed,
            shard=shard,
            resume=None if resume is None else Path(resume),
            whole_hosts=whole_hosts,
            skip_discovery=skip_discovery,
            kind=kind,
        )
    )
