"""How a packet gets to a target: interface, source address, next hop and its MAC address (rtnetlink(7))."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.sockets.interfaces import SystemInterface
from rawkit.sockets.way.neighbours import TIMEOUT, neighbour_mac
from rawkit.sockets.way.rtnetlink import Found, link, route_get
from rawkit.wire.address import BROADCAST, IPAddress, multicast_mac

_RTN_BROADCAST: Final = 3


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a target.

    Attributes:
        interface: name of the interface to send on.
        source: the address that the kernel sends from.
        next_hop: the neighbour that takes the packet: a router, or the target itself.
        destination_mac: the next hop's MAC address, 6 bytes; None where frames have no Ethernet header.
        source_mac: the interface's own; None likewise.
        link_type: LINKTYPE number of the interface's frames.
        mtu: bytes of the largest IP packet that the kernel would send to the target in one piece.
    """

    interface: str
    source: IPAddress
    next_hop: IPAddress
    destination_mac: bytes | None
    source_mac: bytes | None
    link_type: int
    mtu: int


def route_to(
    target: IPAddress | str,
    *,
    interface: str | None = None,
    source: IPAddress | str | None = None,
    timeout: float = TIMEOUT,
) -> Route:
    """The route that the kernel would take; a next hop whose MAC address is not known is asked for it.

    Args:
        target: an address; a link-local IPv6 one needs its interface, as in `fe80::1%eth0`.
        interface: take the route through this one.
        source: take the route for packets from this address.
        timeout: seconds to wait for the next hop's answer.

    Raises TargetError where there is no route or no such interface, or the next hop does not answer.

    >>> route = route_to("127.0.0.1")
    >>> route.interface, str(route.source), route.destination_mac.hex(), route.mtu
    ('lo', '127.0.0.1', '000000000000', 65536)
    """
    address = ip_address(target)
    wanted = None if source is None else ip_address(source)
    found = route_get(address, interface or getattr(address, "scope_id", None), wanted)
    out, next_hop = link(found.interface), found.gateway or address
    return Route(
        interface=out.name,
        source=_source(found, address, wanted),
        next_hop=next_hop,
        destination_mac=_mac(found, out, address, next_hop, timeout),
        source_mac=out.mac,
        link_type=out.link_type,
        mtu=found.mtu or out.mtu,
    )


def _source(found: Found, address: IPAddress, asked: IPAddress | None) -> IPAddress:
    source = asked or found.source
    if source is None:
        raise TargetError(f"{address}: this host has no IPv{address.version} address to send from: give it one")
    return source


def _mac(found: Found, out: SystemInterface, address: IPAddress, next_hop: IPAddress, timeout: float) -> bytes | None:
    if out.link_type != linktypes.ETHERNET:
        return None
    if found.kind == _RTN_BROADCAST:
        return BROADCAST
    if address.is_multicast:
        return multicast_mac(address)
    # Without ARP, loopback among them, the kernel sends to the interface's own address (arp_constructor).
    return neighbour_mac(next_hop, out, timeout) if out.asks_for_neighbours else out.mac
