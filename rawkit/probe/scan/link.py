"""Which hosts are on a link, and their MAC addresses: ARP (RFC 826) and neighbour solicitation (RFC 4861)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import arp, ethertypes
from rawkit.frames import FrameBatch
from rawkit.wire.address import BROADCAST, IPAddress
from rawkit.wire.arp import Arp
from rawkit.wire.ethernet import Ethernet

ANSWERS: Final = "(arp and arp[6:2] == 2) or (icmp6 and ip6[40] == 136)"
"""The capture filter for what `neighbours_in` reads."""


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
    from rawkit.probe.scan.solicitation import solicitation  # 20 dataclasses, which an IPv4 scan does not need

    return solicitation(address, mac, IPv6Address(int(source)))


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
            found = _from_arp(rest) if header.type == ethertypes.ARP else _from_ipv6(rest)
        except DecodeError:
            continue
        if found is not None:
            yield found


def _from_arp(message: bytes) -> tuple[IPAddress, bytes] | None:
    reply, _ = Arp.unpack(message)
    return (reply.sender_ip, reply.sender_mac) if reply.operation == arp.REPLY else None


def _from_ipv6(packet: bytes) -> tuple[IPAddress, bytes] | None:
    from rawkit.probe.scan.solicitation import advertised

    return advertised(packet)
