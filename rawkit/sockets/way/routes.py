"""How a packet gets to a target: interface, source address, next hop and its MAC address (rtnetlink(7))."""

from __future__ import annotations

from ipaddress import ip_address

from rawkit.sockets.way.neighbours import TIMEOUT
from rawkit.sockets.way.ways import Way, Ways, macs, silent
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress


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
        is_local: whether the target is this host itself.
    """

    interface: str
    source: IPAddress
    next_hop: IPAddress
    destination_mac: bytes | None
    source_mac: bytes | None
    link_type: int
    mtu: int
    is_local: bool = False

    @classmethod
    def of(cls, target: IPAddress, way: Way, mac: bytes | None) -> Route:
        """The route to a target on its way, to that MAC address."""
        out = way.link
        return cls(out.name, way.source, way.next_hop(target), mac, out.mac, out.link_type, way.mtu, way.is_local)


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
        source: take the route for packets from this address; where it is not this host's the route is any packet's.
        timeout: seconds to wait for the next hop's answer.

    Raises TargetError where there is no route or no such interface, or the next hop does not answer.

    >>> route = route_to("127.0.0.1")
    >>> route.interface, str(route.source), route.destination_mac.hex(), route.mtu
    ('lo', '127.0.0.1', '000000000000', 65536)
    """
    address = ip_address(target)
    way = Ways(interface, None if source is None else ip_address(source)).way(address)
    mac = macs({address: way}, timeout).get(address)
    if mac is None and way.link.mac is not None:
        raise silent(way.next_hop(address), way)
    return Route.of(address, way, mac)
