"""What a scan goes over: the ports and addresses that a request stands for."""

from __future__ import annotations

import os
from dataclasses import dataclass

from rawkit.errors import MissingError, TargetError
from rawkit.probe.ports import nmap_services, parse_ports, top_ports
from rawkit.probe.scan.kinds import KINDS
from rawkit.probe.scan.targets import PUBLIC_MAX, find_ranges, public_count
from rawkit.probe.targets import AddressRange, Target
from rawkit.run.scan.request import ScanRequest
from rawkit.run.target_list import listed, named


@dataclass(frozen=True, slots=True)
class ScanScope:
    """Ports and addresses.

    Attributes:
        ports: each once, in order.
        ranges: of addresses, sorted, each once.
        names: by which addresses were given, by address.
        unknown: what is wrong with names that stand for no address; they are left out.
    """

    ports: tuple[int, ...]
    ranges: tuple[AddressRange, ...]
    names: dict[str, str]
    unknown: tuple[str, ...] = ()


def find_scope(request: ScanRequest) -> ScanScope:
    """The scope of a request.

    Raises RawkitError for a request that cannot be, MissingError where ports or targets are not named, TargetError for
    what is none, and for more public addresses than are scanned without being asked whether it is meant.

    >>> find_scope(ScanRequest(("192.0.2.1-3",), "80,22", exclude="192.0.2.2")).ports
    (22, 80)
    """
    request.check()
    ports = _ports(request)
    texts = named(request.targets, request.target_file)
    excluded = [*(request.exclude or "").replace(",", " ").split(), *listed(request.exclude_file)]
    unknown: list[TargetError] = []
    ranges, names = find_ranges(texts, excluded, _resolve, unknown.append)
    public = public_count(ranges)
    if public > PUBLIC_MAX and not request.exclude_file and not request.yes_really:
        raise TargetError(f"{public} public addresses: give --exclude-file with those to spare, or --yes-really")
    return ScanScope(ports, ranges, names, tuple(map(str, unknown)))


def _resolve(name: str) -> Target:
    """The target of a name; most scans have none to look up."""
    from rawkit.run.names import resolver

    return resolver()(name)


def _ports(request: ScanRequest) -> tuple[int, ...]:
    if (request.ports is None) == (request.top_ports is None):
        raise MissingError("which ports? Give -p or --top-ports")
    transport = KINDS[request.kind].transport
    if request.ports is not None:
        return parse_ports(request.ports, transport)
    path = nmap_services(os.environ)
    try:
        with open(path, encoding="utf-8") as services:
            return top_ports(request.top_ports or 0, services, transport)
    except OSError as error:
        raise TargetError(f"--top-ports: {path}: {error.strerror}: install nmap, or give -p") from None
