"""How the probes of a scan leave this host: the kernel's routes, asked once for each stretch of addresses."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.probe.targets import AddressRange
from rawkit.sockets.interfaces import Interface, interface
from rawkit.sockets.neighbours import neighbour_mac
from rawkit.wire.address import IPAddress

_RTN_LOCAL: Final = 2
_FAMILIES: Final = {4: 2, 6: 10}
_BITS: Final = {4: 32, 6: 128}


@dataclass(frozen=True, slots=True)
class Way:
    """How packets to some addresses leave.

    Attributes:
        link: the interface.
        source: the address they are sent from.
        gateway: the router that takes them; None on the link itself.
        mac: the MAC address that all of them go to; None where each address has its own, or frames have none.
    """

    link: Interface
    source: IPAddress
    gateway: IPAddress | None
    mac: bytes | None

    @property
    def is_on_link(self) -> bool:
        """Whether each address has a MAC address of its own, which has to be asked for."""
        return self.gateway is None and self.link.asks_for_neighbours

    @property
    def is_local(self) -> bool:
        """Whether the addresses are this host's own."""
        return self.link.is_loopback


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user has set.

    Attributes:
        interface: send through this one.
        source: send from this address.
    """

    interface: str | None = None
    source: IPAddress | None = None


def find_ways(ranges: Iterable[AddressRange], asked: Asked) -> tuple[tuple[AddressRange, ...], tuple[Way, ...]]:
    """The ranges, cut so that all addresses of one leave the same way, and each one's way.

    A router whose MAC address is not known is asked for it.

    Raises TargetError where there is no route, no such interface, or no answer from a router.

    >>> pieces, ways = find_ways([AddressRange(IPv4Address("127.0.0.1"), IPv4Address("127.0.0.2"))], Asked())
    >>> len(pieces), ways[0].is_local, str(ways[0].source)
    (1, True, '127.0.0.1')
    """
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        bounds = {version: _bounds(netlink, version) for version in {one.first.version for one in ranges}}
        pieces = [piece for one in ranges for piece in _cut(one, bounds[one.first.version])]
        known: dict[tuple[Any, ...], Way] = {}
        ways = [_way(partial(_route, netlink), piece, asked, known) for piece in pieces]
    return _joined(pieces, ways)


def _bounds(netlink: Any, version: int) -> list[int]:
    """Where another route may begin, sorted."""
    found: set[int] = set()
    for route in netlink.get_routes(family=_FAMILIES[version]):
        begin = int(ip_address(route.get("dst") or ("0.0.0.0" if version == 4 else "::")))  # noqa: S104
        found |= {begin, begin + (1 << _BITS[version] - int(route["dst_len"]))}
    return sorted(found)


def _cut(one: AddressRange, bounds: Sequence[int]) -> Iterator[AddressRange]:
    kind = IPv4Address if one.first.version == 4 else IPv6Address
    first, last = int(one.first), int(one.last)
    for bound in [bound for bound in bounds if first < bound <= last]:
        yield AddressRange(kind(first), kind(bound - 1), one.scope)
        first = bound
    yield AddressRange(kind(first), one.last, one.scope)


def _route(netlink: Any, address: IPAddress, scope: str, asked: Asked) -> Any:
    from pyroute2 import NetlinkError

    wanted: dict[str, Any] = {"dst": str(address)}
    if through := asked.interface or scope:
        wanted["oif"] = interface(int(through) if through.isdecimal() else through).index
    try:
        (found,) = netlink.route("get", **wanted)
    except NetlinkError as error:
        by = f" through {through}" if through else ""
        raise TargetError(f"{address}: no route{by}: {os.strerror(error.code)}: see `ip route`") from error
    return found


def _way(ask: Any, piece: AddressRange, asked: Asked, known: dict[tuple[Any, ...], Way]) -> Way:
    found = ask(piece.first, piece.scope, asked)
    source = _source(found, piece.first, asked)
    via = found.get("via")
    gateway = via["addr"] if via else found.get("gateway")
    key = (found.get("oif"), source, gateway)
    if key not in known:
        link = interface(int(found.get("oif")))
        hop = ip_address(gateway) if gateway else None
        known[key] = Way(link, source, hop, _mac(link, hop))
    return known[key]


def _source(found: Any, address: IPAddress, asked: Asked) -> IPAddress:
    if asked.source is not None and asked.source.version == address.version:
        return asked.source
    if not found.get("prefsrc"):
        raise TargetError(f"{address}: this host has no IPv{address.version} address to send from: give --source-ip")
    return ip_address(found.get("prefsrc"))


def _mac(link: Interface, gateway: IPAddress | None) -> bytes | None:
    if link.link_type not in (linktypes.ETHERNET, linktypes.RAW):
        raise TargetError(f"{link.name}: frames of this kind of link cannot be made: choose another interface with -i")
    if link.mac is None or not link.asks_for_neighbours:
        return link.mac
    return None if gateway is None else neighbour_mac(gateway, link)


def _joined(pieces: Sequence[AddressRange], ways: Sequence[Way]) -> tuple[tuple[AddressRange, ...], tuple[Way, ...]]:
    """Pieces that touch and leave the same way, as one; each address of this host is its own source."""
    found: list[tuple[AddressRange, Way]] = []
    for piece, way in zip(pieces, ways, strict=True):
        if found and found[-1][1] == way and int(found[-1][0].last) + 1 == int(piece.first):
            found[-1] = (AddressRange(found[-1][0].first, piece.last, piece.scope), way)
        else:
            found.append((piece, way))
    return tuple(piece for piece, _ in found), tuple(way for _, way in found)
