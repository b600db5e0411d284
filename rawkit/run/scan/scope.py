"""What a scan goes over: the ports and addresses that a request stands for."""

from __future__ import annotations

import os
from typing import Final

from rawkit.errors import MissingError, RawkitError, TargetError
from rawkit.probe.ports import nmap_services, parse_ports, top_ports
from rawkit.probe.scan.kinds import KINDS
from rawkit.probe.scan.targets import PUBLIC_MAX, find_ranges, public_count
from rawkit.probe.targets import AddressRange, Target
from rawkit.run.scan.request import ScanRequest
from rawkit.run.target_list import listed, named
from rawkit.values import dataclass

USUAL: Final = 1000
"""Ports that are asked where nobody says which, as nmap has it."""


@dataclass(frozen=True, slots=True)
class ScanScope:
    """Ports and addresses.

    Attributes:
        ports: each once, in order.
        ranges: of addresses, sorted, each once.
        names: by which addresses were given, by address.
        others: other addresses of those names, which are not scanned, by address.
        again: names of which the address was given before by another name, and that address.
        unknown: what is wrong with names that stand for no address; they are left out.
        note: what is to be said of the ports; empty where they are what was asked for.
    """

    ports: tuple[int, ...]
    ranges: tuple[AddressRange, ...]
    names: dict[str, str]
    others: dict[str, tuple[str, ...]]
    again: dict[str, str]
    unknown: tuple[str, ...] = ()
    note: str = ""


def find_scope(request: ScanRequest) -> ScanScope:
    """The scope of a request.

    Raises RawkitError for a request that cannot be, MissingError where no targets are named, or no ports while nmap's
    list is not there, TargetError for what is none, and for more public addresses than are scanned without being asked
    whether it is meant.

    >>> find_scope(ScanRequest(("192.0.2.1-3",), "80,22", exclude="192.0.2.2")).ports
    (22, 80)
    """
    request.check()
    ports, note = _ports(request)
    texts = named(request.targets, request.target_file)
    excluded = [*(request.exclude or "").replace(",", " ").split(), *listed(request.exclude_file)]
    unknown: list[TargetError] = []
    found = find_ranges(
        texts,
        excluded,
        _lookup,
        unknown.append,
        resolve_all=request.resolve_all,
        version=request.version,
        link=lambda scope: _link(scope or request.interface or ""),
    )
    public = public_count(found.ranges)
    if public > PUBLIC_MAX and not request.exclude_file and not request.yes_really:
        raise TargetError(f"{public} public addresses: give --exclude-file with those to spare, or --yes-really")
    return ScanScope(ports, found.ranges, found.names, found.others, found.again, tuple(map(str, unknown)), note)


def _lookup(name: str) -> list[Target]:
    """The addresses of a name; most scans have none to look up."""
    from rawkit.run.names import lookup

    return lookup(name)


def _link(name: str) -> str:
    """The name of a link, given by name or number."""
    from rawkit.run.names import link_name

    return link_name(name)


def _ports(request: ScanRequest) -> tuple[tuple[int, ...], str]:
    """The ports, and what is to be said of them."""
    if request.ports is not None and request.top_ports is not None:
        raise RawkitError("-p and --top-ports: give one of them")
    transport = KINDS[request.kind].transport
    if request.ports is not None:
        return parse_ports(request.ports, transport), ""
    path = nmap_services(os.environ)
    try:
        with open(path, encoding="utf-8") as services:
            return top_ports(USUAL if request.top_ports is None else request.top_ports, services, transport), ""
    except OSError as error:
        if request.top_ports is None and KINDS[request.kind].is_udp:
            return _asked_well(path)
        if request.top_ports is None:
            raise MissingError(f"which ports? nmap's list of the usual ones, {path}, is not there: give -p") from None
        raise TargetError(f"--top-ports: {path}: {error.strerror}: install nmap, or give -p") from None


def _asked_well(path: str) -> tuple[tuple[int, ...], str]:
    """The UDP ports that there is a question for, where nmap's list is not there."""
    from rawkit.probe.scan.payloads import payloads

    ports = tuple(sorted({port for one in payloads() for port in one.ports}))
    return (
        ports,
        f"nmap's list, {path}, is not there: {len(ports)} well-known UDP ports are scanned; give -p for others",
    )
