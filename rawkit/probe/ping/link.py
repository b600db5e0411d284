"""Who has this address on the link? ARP (RFC 826) for IPv4, neighbour solicitation (RFC 4861) for IPv6.

Answers carry no number, so each is for the latest probe to its address that waits. Nor do they say which program asked:
ARP requests of others on this host, its kernel among them, are heard as well, and each has an answer that is not ours.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv6Address

from rawkit.errors import DecodeError
from rawkit.facts import arp, ethertypes
from rawkit.facts import icmpv6 as icmpv6_facts
from rawkit.facts.ndp_options import SOURCE_LINK_LAYER, TARGET_LINK_LAYER
from rawkit.probe.ping.results import Answer, Probe, Problem
from rawkit.values import dataclass
from rawkit.wire import icmpv6
from rawkit.wire.address import BROADCAST, mac_text
from rawkit.wire.arp import Arp
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ndp import NeighborAdvertisement, NeighborSolicitation
from rawkit.wire.ndp_options import LinkLayerAddress


@dataclass(frozen=True, slots=True)
class ArpRequest:
    """ARP requests from an interface, as whole Ethernet frames.

    Attributes:
        mac: the interface's hardware address.
        source: its IPv4 address; 0.0.0.0 makes a probe that changes no neighbour's table (RFC 5227, section 1.1).
        networks: its addresses with their networks: a target in one of them is asked from the address there, for some
            hosts answer no other.

    >>> from rawkit.probe.targets import Target
    >>> ours, theirs = bytes.fromhex("00005e005301"), bytes.fromhex("00005e005302")
    >>> client, server = IPv4Address("192.0.2.10"), IPv4Address("192.0.2.20")
    >>> request = ArpRequest(ours, client)
    >>> len(request.request(Probe(0, Target("server", server), 1, 1)))
    42
    >>> reply = Ethernet(ours, theirs, ethertypes.ARP).pack(Arp(arp.REPLY, theirs, server, client, ours).pack())
    >>> answer = request.answer(reply, "", None)
    >>> answer.address, answer.detail
    ('192.0.2.20', '00:00:5e:00:53:02')
    """

    mac: bytes
    source: IPv4Address
    networks: tuple[IPv4Interface, ...] = ()

    def request(self, probe: Probe) -> bytes:
        """The frame for a probe."""
        wanted = IPv4Address(int(probe.target.address))
        source = next((one.ip for one in self.networks if wanted in one.network), self.source)
        return Ethernet(BROADCAST, self.mac, ethertypes.ARP).pack(Arp(arp.REQUEST, self.mac, source, wanted).pack())

    def answer(self, message: bytes, address: str, ttl: int | None) -> Answer | None:
        """What a frame is: a reply to this host, or a request of it that others made; else None."""
        try:
            header, rest = Ethernet.unpack(message)
            reply, _ = Arp.unpack(rest)
        except DecodeError:
            return None
        if header.type != ethertypes.ARP:
            return None
        if reply.operation == arp.REQUEST and reply.sender_mac == self.mac:
            return Answer(str(reply.target_ip), None, None, is_theirs=True)
        if reply.operation != arp.REPLY or reply.target_mac != self.mac:
            return None
        return Answer(str(reply.sender_ip), None, None, arp.HEADER_LEN, None, detail=mac_text(reply.sender_mac))

    def error(self, quoted: bytes, asked: str, sender: str | None, problem: Problem) -> None:
        """Nobody answers ARP with errors."""


@dataclass(frozen=True, slots=True)
class Solicitation:
    """Neighbour solicitations to the solicited-node address of the target, as ICMPv6 messages.

    Attributes:
        mac: the interface's hardware address.
    """

    mac: bytes

    def request(self, probe: Probe) -> bytes:
        """The message for a probe; the kernel fills in the checksum (RFC 3542, section 3.1)."""
        options = (LinkLayerAddress(SOURCE_LINK_LAYER, self.mac),)
        return NeighborSolicitation(IPv6Address(int(probe.target.address)), options, checksum=0).pack()

    def answer(self, message: bytes, address: str, ttl: int | None) -> Answer | None:
        """What a message is; None where it is no advertisement from this link (RFC 4861, section 7.1.2)."""
        if ttl != 255 or message[: icmpv6_facts.CODE] != bytes((icmpv6_facts.NEIGHBOR_ADVERTISEMENT,)):
            return None
        try:
            advert, _ = icmpv6.unpack(message)
        except DecodeError:
            return None
        if not isinstance(advert, NeighborAdvertisement):
            return None
        _, scoped, scope = address.partition("%")
        told = f"{advert.target}{scoped}{scope}" if advert.target.is_link_local else str(advert.target)
        return Answer(told, None, None, len(message), ttl, detail=_mac_in(advert))

    def error(self, quoted: bytes, asked: str, sender: str | None, problem: Problem) -> None:
        """Nobody answers solicitations with errors."""


def _mac_in(advert: NeighborAdvertisement) -> str:
    for option in advert.options:
        if isinstance(option, LinkLayerAddress) and option.type == TARGET_LINK_LAYER:
            return mac_text(option.address)
    return ""
