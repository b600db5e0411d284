"""How the probes of a scan leave this host: the kernel's routes, asked once for each stretch of addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.probe.targets import AddressRange
from rawkit.sockets.interfaces import SystemInterface
from rawkit.sockets.way.rtnetlink import Found, bounds, link, route_get
from rawkit.wire.address import IPAddress


@dataclass(frozen=True, slots=True)
class Way:
    """How packets to some addresses leave.

    Attributes:
        link: the interface.
        source: the address they are sent from.
        gateway: the router that takes them; None on the link itself.
        mac: the MAC address that all of them go to; None where each address has its own, or frames have none.
    """

    link: SystemInterface
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
    if asked.source is not None and all(one.first.version != asked.source.version for one in ranges):
        raise TargetError(f"{asked.source} sends to no target: give a source address of the targets' IP version")
    edges = {version: bounds(version) for version in {one.first.version for one in ranges}}
    pieces = [piece for one in ranges for piece in _cut(one, edges[one.first.version])]
    known: dict[tuple[Any, ...], Way] = {}
    return _joined(pieces, [_way(piece, asked, known) for piece in pieces])


def _cut(one: AddressRange, edges: Sequence[int]) -> Iterator[AddressRange]:
    kind = IPv4Address if one.first.version == 4 else IPv6Address
    first, last = int(one.first), int(one.last)
    for edge in [edge for edge in edges if first < edge <= last]:
        yield AddressRange(kind(first), kind(edge - 1), one.scope)
        first = edge
    yield AddressRange(kind(first), one.last, one.scope)


def _way(piece: AddressRange, asked: Asked, known: dict[tuple[Any, ...], Way]) -> Way:
    through = asked.interface or piece.scope or None
    if through is None and piece.first.version == 6 and piece.first.is_link_local:
        raise TargetError(f"{piece.first} may be on any link: name the interface, as in {piece.first}%eth0")
    found = route_get(piece.first, through)
    source = _source(found, piece.first, asked)
    key = (found.interface, source, found.gateway)
    if key not in known:
        out = link(found.interface)
        known[key] = Way(out, source, found.gateway, _mac(out, found.gateway))
    return known[key]


def _source(found: Found, address: IPAddress, asked: Asked) -> IPAddress:
    if asked.source is not None and asked.source.version == address.version:
        return asked.source
    if found.source is None:
        raise TargetError(f"{address}: this host has no IPv{address.version} address to send from: give --source-ip")
    return found.source


def _mac(link: SystemInterface, gateway: IPAddress | None) -> bytes | None:
    if link.link_type not in (linktypes.ETHERNET, linktypes.RAW):
        raise TargetError(f"{link.name}: frames of this kind of link cannot be made: choose another interface with -i")
    if link.mac is None or not link.asks_for_neighbours:
        return link.mac
    if gateway is None:
        return None
    from rawkit.sockets.way.neighbours import neighbour_mac

    return neighbour_mac(gateway, link)


def _joined(pieces: Sequence[AddressRange], ways: Sequence[Way]) -> tuple[tuple[AddressRange, ...], tuple[Way, ...]]:
    """Pieces that touch and leave the same way, as one; each address of this host is its own source."""
    found: list[tuple[AddressRange, Way]] = []
    for piece, way in zip(pieces, ways, strict=True):
        if found and found[-1][1] == way and int(found[-1][0].last) + 1 == int(piece.first):
            found[-1] = (AddressRange(found[-1][0].first, piece.last, piece.scope), way)
        else:
            found.append((piece, way))
    return tuple(piece for piece, _ in found), tuple(way for _, way in found)
