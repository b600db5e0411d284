"""Which hosts are on a link, and their MAC addresses: ARP (RFC 826) and neighbour solicitation (RFC 4861)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import arp, ethertypes, ip_protocols
from rawkit.facts.ndp_options import SOURCE_LINK_LAYER, TARGET_LINK_LAYER
from rawkit.frames import FrameBatch
from rawkit.probe.ping.link import solicited_node
from rawkit.wire import icmpv6
from rawkit.wire.address import BROADCAST, IPAddress, multicast_mac
from rawkit.wire.arp import Arp
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.ndp import NeighborAdvertisement, NeighborSolicitation
from rawkit.wire.ndp_options import LinkLayerAddress

ANSWERS: Final = "(arp and arp[6:2] == 2) or (icmp6 and ip6[40] == 136)"
"""The capture filter for what `neighbours_in` reads."""
_HOP_LIMIT: Final = 255
"""Routers lower it, so that it shows that a message is from this link."""


def who_has(address: IPAddress, mac: bytes, source: IPAddress) -> bytes:
    """The frame that asks for the MAC address of an address.

    Args:
        address: of a host on the link.
        mac: this host's MAC address there.
        source: this host's address of the same IP version.

    >>> ours = bytes.fromhex("00005e005301")
    >>> len(who_has(IPv4Address("192.0.2.20"), ours, IPv4Address("192.0.2.10")))
    42
    """
    if isinstance(address, IPv4Address):
        request = Arp(arp.REQUEST, mac, IPv4Address(int(source)), address)
        return Ethernet(BROADCAST, mac, ethertypes.ARP).pack(request.pack())
    group, own = solicited_node(address), IPv6Address(int(source))
    question = NeighborSolicitation(address, (LinkLayerAddress(SOURCE_LINK_LAYER, mac),)).pack(src=own, dst=group)
    packet = Ipv6(own, group, ip_protocols.ICMPV6, _HOP_LIMIT).pack(question)
    return Ethernet(multicast_mac(group), mac, ethertypes.IPV6).pack(packet)


def neighbours_in(batch: FrameBatch) -> Iterator[tuple[IPAddress, bytes]]:
    """The addresses and MAC addresses that the answers in a batch tell.

    >>> ours, theirs = bytes.fromhex("00005e005301"), bytes.fromhex("00005e005302")
    >>> reply = Arp(arp.REPLY, theirs, IPv4Address("192.0.2.20"), IPv4Address("192.0.2.10"), ours)
    >>> frame = Ethernet(ours, theirs, ethertypes.ARP).pack(reply.pack())
    >>> [(str(address), mac.hex()) for address, mac in neighbours_in(FrameBatch.from_frames([frame]))]
    [('192.0.2.20', '00005e005302')]
    """
    for frame in batch.frames():
        try:
            header, rest = Ethernet.unpack(frame)
            found = _from_arp(rest) if header.type == ethertypes.ARP else _from_advertisement(rest)
        except DecodeError:
            continue
        if found is not None:
            yield found


def _from_arp(message: bytes) -> tuple[IPAddress, bytes] | None:
    reply, _ = Arp.unpack(message)
    return (reply.sender_ip, reply.sender_mac) if reply.operation == arp.REPLY else None


def _from_advertisement(packet: bytes) -> tuple[IPAddress, bytes] | None:
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
