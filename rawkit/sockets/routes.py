"""How a packet gets to a target: interface, source address, next hop and its MAC address (rtnetlink(7))."""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.sockets import interfaces
from rawkit.sockets.interfaces import Interface
from rawkit.sockets.neighbours import TIMEOUT, neighbour_mac
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
    scope = getattr(address, "scope_id", None)
    found = _get(address, interface or scope, source)
    link = interfaces.interface(int(found.get("oif")))
    next_hop = _next_hop(found, address)
    return Route(
        interface=link.name,
        source=_source(found, address, source),
        next_hop=next_hop,
        destination_mac=_mac(found, link, address, next_hop, timeout),
        source_mac=link.mac,
        link_type=link.link_type,
        mtu=_mtu(found, link),
    )


def _get(address: IPAddress, interface: str | None, source: IPAddress | str | None) -> Any:
    """What the kernel answers to `ip route get`."""
    from pyroute2 import IPRoute, NetlinkError

    wanted: dict[str, Any] = {"dst": str(address).partition("%")[0]}
    if interface is not None:
        wanted["oif"] = interfaces.interface(interface).index
    if source is not None:
        wanted["src" if address.version == 4 else "prefsrc"] = str(source)
    with IPRoute() as netlink:
        try:
            (found,) = netlink.route("get", **wanted)
        except NetlinkError as error:
            through = f" through {interface}" if interface else ""
            reason = f"{os.strerror(error.code)}: see `ip route`"
            raise TargetError(f"{address}: no route{through}: {reason}") from error
    return found


def _next_hop(found: Any, address: IPAddress) -> IPAddress:
    via = found.get("via")  # a next hop of the other IP version
    gateway = via["addr"] if via else found.get("gateway")
    return ip_address(gateway) if gateway else address


def _source(found: Any, address: IPAddress, asked: IPAddress | str | None) -> IPAddress:
    source = asked or found.get("prefsrc")
    if not source:
        raise TargetError(f"{address}: this host has no IPv{address.version} address to send from: give it one")
    return ip_address(source)


def _mac(found: Any, link: Interface, address: IPAddress, next_hop: IPAddress, timeout: float) -> bytes | None:
    if link.link_type != linktypes.ETHERNET:
        return None
    if found["type"] == _RTN_BROADCAST:
        return BROADCAST
    if address.is_multicast:
        return multicast_mac(address)
    # Without ARP, loopback among them, the kernel sends to the interface's own address (arp_constructor).
    return neighbour_mac(next_hop, link, timeout) if link.asks_for_neighbours else link.mac


def _mtu(found: Any, link: Interface) -> int:
    metrics = found.get("metrics")
    return int(metrics.get("mtu") or link.mtu) if metrics else link.mtu
