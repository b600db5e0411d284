"""What a ping puts into the headers of its probes: the identifier, the mark, IPv4 options."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from rawkit.errors import RawkitError
from rawkit.run.ping.options import STAMPS, STAMPS_OF_MAX

if TYPE_CHECKING:
    from rawkit.run.ping.request import PingRequest


def check_header(request: PingRequest) -> None:
    """Refuses what the headers of a method do not have (RawkitError)."""
    if request.mark is not None and request.method in ("tcp", "arp"):
        raise RawkitError(f"-m is for --method icmp and udp: {request.method} does not ask for marked routes")
    if request.ident is not None and request.method != "icmp":
        raise RawkitError(f"-e is for --method icmp: a probe of {request.method} has no identifier")
    if request.timestamps is None and not request.record_route:
        return
    letter = "-R" if request.record_route else "-T"
    if request.method != "icmp":
        raise RawkitError(f"{letter} is for --method icmp")
    if request.record_route and request.timestamps is not None:
        raise RawkitError("-R and -T do not fit into one header: give one of them")
    if request.version == 6:
        raise RawkitError(f"{letter} is an option of IPv4: leave out -6")
    _check_timestamps(request)


def _check_timestamps(request: PingRequest) -> None:
    if request.timestamps is not None and request.timestamps not in STAMPS:
        raise RawkitError(f"-T {request.timestamps}: give one of {', '.join(STAMPS)}")
    if request.timestamps != "tsprespec":
        return
    if not 1 <= len(request.timestamp_hosts) <= STAMPS_OF_MAX:
        raise RawkitError(f"-T tsprespec takes 1 to {STAMPS_OF_MAX} addresses of hosts before the target")
    for host in request.timestamp_hosts:
        try:
            IPv4Address(host)
        except ValueError:
            raise RawkitError(f"-T tsprespec: {host} is no IPv4 address: give the addresses of hosts") from None


def ip_options(request: PingRequest) -> bytes:
    """The options that -R and -T put into the probes' IPv4 header."""
    if request.timestamps is None and not request.record_route:
        return b""
    from rawkit.probe.ping.ip_options import record_route, timestamps

    if request.timestamps is None:
        return record_route()
    return timestamps(request.timestamps, [IPv4Address(host) for host in request.timestamp_hosts])
