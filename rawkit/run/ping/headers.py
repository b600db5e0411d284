"""What a ping puts into the headers of its probes: the identifier, the mark, IPv4 options."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from rawkit.errors import RawkitError
from rawkit.run.ping.options import STAMPS, STAMPS_OF_MAX, MethodName, Version


def check_fields(method: MethodName, mark: int | None, ident: int | None) -> None:
    """Refuses what the headers of a method do not have (RawkitError)."""
    if mark is not None and method in ("tcp", "arp"):
        raise RawkitError(f"-m is for --method icmp and udp: {method} does not ask for marked routes")
    if ident is not None and method != "icmp":
        raise RawkitError(f"-e is for --method icmp: a probe of {method} has no identifier")


def check_options(
    method: MethodName, version: Version | None, record_route: bool, timestamps: str | None, hosts: Sequence[str]
) -> None:
    """Refuses IPv4 options that do not go together, or not with the method (RawkitError)."""
    if timestamps is None and not record_route:
        return
    letter = "-R" if record_route else "-T"
    if method != "icmp":
        raise RawkitError(f"{letter} is for --method icmp: leave it out")
    if record_route and timestamps is not None:
        raise RawkitError("-R and -T do not fit into one header: give one of them")
    if version == 6:
        raise RawkitError(f"{letter} is an option of IPv4: leave out -6")
    if timestamps is not None and timestamps not in STAMPS:
        raise RawkitError(f"-T {timestamps}: give one of {', '.join(STAMPS)}")
    if timestamps == "tsprespec":
        _check_hosts(hosts)


def _check_hosts(hosts: Sequence[str]) -> None:
    if not 1 <= len(hosts) <= STAMPS_OF_MAX:
        raise RawkitError(f"-T tsprespec takes 1 to {STAMPS_OF_MAX} addresses of hosts before the target")
    for host in hosts:
        try:
            IPv4Address(host)
        except ValueError:
            raise RawkitError(f"-T tsprespec: {host} is no IPv4 address: give the addresses of hosts") from None


def ip_options(record_route: bool, timestamps: str | None, hosts: Sequence[str]) -> bytes:
    """The options that -R and -T put into the probes' IPv4 header.

    >>> ip_options(False, None, ()), len(ip_options(True, None, ()))
    (b'', 40)
    """
    if timestamps is None and not record_route:
        return b""
    from rawkit.probe.ping import ip_options as made

    if timestamps is None:
        return made.record_route()
    return made.timestamps(timestamps, [IPv4Address(host) for host in hosts])
