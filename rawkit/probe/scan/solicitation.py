"""Neighbour solicitation and what answers it (RFC 4861), as whole Ethernet frames."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from rawkit.facts import ethertypes, ip_protocols
from rawkit.facts.ndp_options import SOURCE_LINK_LAYER, TARGET_LINK_LAYER
from rawkit.wire import icmpv6
from rawkit.wire.address import multicast_mac, solicited_node
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.ndp import NeighborAdvertisement, NeighborSolicitation
from rawkit.wire.ndp_options import LinkLayerAddress

_HOP_LIMIT: Final = 255
"""Routers lower it, so that it shows that a message is from this link."""


def solicitation(address: IPv6Address, mac: bytes, source: IPv6Address) -> bytes:
    """The frame that asks for the MAC address of an address, from this host's own."""
    group = solicited_node(address)
    question = NeighborSolicitation(address, (LinkLayerAddress(SOURCE_LINK_LAYER, mac),)).pack(src=source, dst=group)
    packet = Ipv6(source, group, ip_protocols.ICMPV6, _HOP_LIMIT).pack(question)
    return Ethernet(multicast_mac(group), mac, ethertypes.IPV6).pack(packet)


def advertised(packet: bytes) -> tuple[IPv6Address, bytes] | None:
    """The address and MAC address that an IPv6 packet tells; None where it is no advertisement.

    Raises DecodeError for a packet that is cut or damaged.
    """
    header, message = Ipv6.unpack(packet)
    if header.next_header != ip_protocols.ICMPV6 or header.hop_limit != _HOP_LIMIT:
        return None
    advert, _ = icmpv6.unpack(message)
    if not isinstance(advert, NeighborAdvertisement):
        return None
    macs = [
        one.address for one in advert.options if isinstance(one, LinkLayerAddress) and one.type == TARGET_LINK_LAYER
    ]
    return (advert.target, macs[0]) if macs else None
