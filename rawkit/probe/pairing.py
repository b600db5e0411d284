"""Which frame answers which: what a question and its answers have in common, read from their bytes.

The rules are those of scapy's `answers` (and of its `hashret`), for what is asked most: ARP, echo and the like of ICMP
and ICMPv6, TCP, UDP, and the ICMP errors about them. A frame of another kind is `None` here: whoever wants it paired
asks scapy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from rawkit import linktypes
from rawkit.facts import (
    arp,
    ethernet,
    ethertypes,
    first_bytes,
    icmp,
    icmpv6,
    ip_protocols,
    ipv4,
    ipv6,
    tcp,
    transport,
    udp,
    vlan,
)
from rawkit.wire.ipv4 import LAYOUT

TAGS: Final = (ethertypes.VLAN, ethertypes.SERVICE_VLAN)
PORTS_WITH_MESSAGES: Final = frozenset((53, 67, 68, 123, 546, 547, 1812, 1813, 3799, 4754, 4789, 5353, 5355, 6081))
"""UDP ports whose payload scapy takes apart, and compares: it knows the number of a DNS message."""

_PAIRS: Final = {
    icmp.ECHO_REQUEST: icmp.ECHO_REPLY,
    icmp.TIMESTAMP_REQUEST: icmp.TIMESTAMP_REPLY,
    icmp.INFORMATION_REQUEST: icmp.INFORMATION_REPLY,
    icmp.ADDRESS_MASK_REQUEST: icmp.ADDRESS_MASK_REPLY,
}
_REPLIES: Final = {reply: request for request, reply in _PAIRS.items()}
_ERRORS: Final = frozenset(
    (
        icmp.DESTINATION_UNREACHABLE,
        icmp.SOURCE_QUENCH,
        icmp.REDIRECT,
        icmp.TIME_EXCEEDED,
        icmp.PARAMETER_PROBLEM,
    )
)
_FRAGMENT: Final = ipv4.FRAGMENT_MASK | ipv4.MORE_FRAGMENTS << ipv4.FLAGS_SHIFT
"""What the field of flags and fragment offset has in a fragment."""
_NEAR: Final = 2
"""How far the number that an answer acknowledges may be off."""
_WORD: Final = 1 << 32


class Packet(NamedTuple):
    """What of a frame pairs it: an ARP packet, or an IP packet that is whole up to its transport header.

    Attributes:
        tags: the VLAN ids, outermost first.
        protocol: IP protocol; -1 for ARP.
        source: the address that it comes from.
        destination: the address that it goes to.
        body: what the IP header carries, without padding; of ARP all of it.
        is_to_group: whether several hosts may get it, which answer from addresses of their own.
    """

    tags: bytes
    protocol: int
    source: bytes
    destination: bytes
    body: bytes
    is_to_group: bool = False


class Answering(NamedTuple):
    """What a frame may answer.

    Attributes:
        key: that of the question.
        packet: the frame, or what an error quotes, for what `suits` compares.
        is_error: whether it is an ICMP error, which answers whatever it quotes.
    """

    key: tuple[object, ...]
    packet: Packet
    is_error: bool = False


def read(frame: bytes, link_type: int) -> Packet | None:
    """The packet in a frame of Ethernet or of bare IP; None where there is none, or extension headers or a fragment.

    >>> read(bytes.fromhex("4500001c0000000040110000c0000201c000020200070009000800004142"), 101).body.hex()
    '0007000900080000'
    """
    if link_type != linktypes.ETHERNET:
        return _ip(frame, 0, b"")
    at, tags = ethernet.TYPE, b""
    kind = int.from_bytes(frame[at : at + 2])
    while kind in TAGS and len(frame) >= at + 2 + vlan.HEADER_LEN:
        tags += (int.from_bytes(frame[at + 2 : at + 4]) & vlan.VID_MASK).to_bytes(2)
        at += vlan.HEADER_LEN
        kind = int.from_bytes(frame[at : at + 2])
    at += 2
    if kind == ethertypes.ARP:
        return _arp(frame[at : at + arp.HEADER_LEN], tags)
    return _ip(frame, at, tags, frame[0] & 1) if kind in (ethertypes.IPV4, ethertypes.IPV6) else None


def asked(packet: Packet) -> tuple[object, ...] | None:
    """What its answers name; None where these rules do not cover it.

    >>> ping = bytes.fromhex("4500001c0000000040010000c0000201c0000202 0800000000070001")
    >>> asked(read(ping, 101))[1:]
    (1, b'\\xc0\\x00\\x02\\x02', b'\\xc0\\x00\\x02\\x01', 8, b'\\x00\\x07\\x00\\x01')
    """
    if packet.is_to_group:
        return None
    if packet.protocol < 0:
        return _of_arp(packet, packet.destination) if _operation(packet) % 2 else None
    what = _what(packet)
    if what is None or (packet.protocol == ip_protocols.UDP and _has_message(packet.body)):
        return None
    return (packet.tags, packet.protocol, packet.destination, packet.source, *what)


def answering(packet: Packet) -> Iterator[Answering]:
    """What the packet may answer, the likeliest first."""
    kind = packet.body[:1]
    if packet.protocol < 0:
        if not _operation(packet) % 2:
            yield Answering(_of_arp(packet, packet.source), packet)
    elif quoted := _quoted(packet, kind):
        what = _what(quoted)
        # Who sends an error need not be who was asked.
        if what is not None and packet.destination == quoted.source:
            key = (packet.tags, quoted.protocol, quoted.destination, quoted.source, *what)
            yield Answering(key, quoted, is_error=True)
    else:
        way = (packet.tags, packet.protocol, packet.source, packet.destination)
        yield from (Answering((*way, *what), packet) for what in _answered(packet))


def suits(answer: Answering, question: Packet) -> bool:
    """Whether a frame with the right key is an answer indeed: numbers of TCP, data of UDP and ICMPv6."""
    mine, theirs = answer.packet.body, question.body
    if question.protocol < 0 or answer.is_error:
        return question.protocol != ip_protocols.UDP or mine[: transport.PORTS_LEN] == theirs[: transport.PORTS_LEN]
    if question.protocol == ip_protocols.TCP:
        return _suits_tcp(mine, theirs)
    if question.protocol == ip_protocols.UDP:
        return len(mine) > udp.HEADER_LEN or len(theirs) <= udp.HEADER_LEN
    if question.protocol == ip_protocols.ICMPV6:
        return mine[icmpv6.HEADER_LEN :] == theirs[icmpv6.HEADER_LEN :]
    return True


def port_matches(answer: Answering, question: Packet) -> bool:
    """Whether an answer of UDP comes from the port that was asked; another may be meant all the same (RFC 1350)."""
    if answer.is_error or question.protocol != ip_protocols.UDP:
        return True
    return answer.packet.body[:2] == question.body[transport.DST_PORT : transport.PORTS_LEN]


def _suits_tcp(mine: bytes, theirs: bytes) -> bool:
    """RFC 9293: an answer acknowledges what was sent, and what was sent acknowledged what it goes on from."""
    flags, asked_flags = mine[tcp.FLAGS], theirs[tcp.FLAGS]
    if asked_flags & tcp.RST:
        return False
    if flags & tcp.SYN and not (flags & tcp.ACK and asked_flags & tcp.SYN):
        return False
    opens = bool(asked_flags & tcp.SYN) and not asked_flags & tcp.ACK
    if not opens and _apart(_word(theirs, tcp.ACKNOWLEDGMENT), _word(mine, tcp.SEQUENCE)) > _NEAR:
        return False
    if flags & tcp.RST and not flags & tcp.ACK:
        return True
    header = (theirs[tcp.DATA_OFFSET] >> tcp.DATA_OFFSET_SHIFT) * tcp.DATA_OFFSET_UNIT
    size = max(0, len(theirs) - header)
    return _apart(_word(theirs, tcp.SEQUENCE), _word(mine, tcp.ACKNOWLEDGMENT)) <= _NEAR + size


def _word(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4])


def _apart(one: int, other: int) -> int:
    """How far two numbers of 32 bits are apart, around the end too."""
    return min((one - other) % _WORD, (other - one) % _WORD)


def _what(packet: Packet) -> tuple[object, ...] | None:
    """What in the transport header names a question."""
    body, protocol = packet.body, packet.protocol
    if protocol == ip_protocols.TCP:
        return (body[: transport.PORTS_LEN],) if len(body) >= transport.PORTS_LEN else None
    if protocol == ip_protocols.UDP:
        return (body[: transport.DST_PORT],) if len(body) >= udp.HEADER_LEN else None
    is_request = bool(body) and (body[0] in _PAIRS if protocol == ip_protocols.ICMP else body[0] == icmpv6.ECHO_REQUEST)
    known = protocol in (ip_protocols.ICMP, ip_protocols.ICMPV6) and is_request and len(body) >= icmp.HEADER_LEN
    return (body[0], body[icmp.ID : icmp.HEADER_LEN]) if known else None


def _answered(packet: Packet) -> Iterator[tuple[object, ...]]:
    """What of a question the packet answers names."""
    body, protocol = packet.body, packet.protocol
    if protocol == ip_protocols.TCP and len(body) >= tcp.HEADER_LEN:
        yield (body[transport.DST_PORT : transport.PORTS_LEN] + body[: transport.DST_PORT],)
    elif protocol == ip_protocols.UDP and len(body) >= udp.HEADER_LEN:
        yield (body[transport.DST_PORT : transport.PORTS_LEN],)
    elif protocol in (ip_protocols.ICMP, ip_protocols.ICMPV6) and len(body) >= icmp.HEADER_LEN:
        echo6 = icmpv6.ECHO_REQUEST if body[0] == icmpv6.ECHO_REPLY else None
        request = _REPLIES.get(body[0]) if protocol == ip_protocols.ICMP else echo6
        if request is not None:
            yield (request, body[icmp.ID : icmp.HEADER_LEN])


def _quoted(packet: Packet, kind: bytes) -> Packet | None:
    """The packet that an ICMP error quotes; its length is that of the one that was sent, so all is taken that came."""
    if packet.protocol == ip_protocols.ICMP:
        is_error = kind and kind[0] in _ERRORS
    else:
        is_error = packet.protocol == ip_protocols.ICMPV6 and kind and kind[0] < first_bytes.INFORMATIONAL6
    return _ip(packet.body, icmp.HEADER_LEN, packet.tags) if is_error else None


def _ip(frame: bytes, at: int, tags: bytes, to_all: int = 0) -> Packet | None:
    version = frame[at] >> 4 if at < len(frame) else 0
    if version == 4 and len(frame) >= at + ipv4.HEADER_LEN:
        first, _, total, _, fragment, _, protocol, _, source, destination = LAYOUT.unpack_from(frame, at)
        if fragment & _FRAGMENT:
            return None
        body = frame[at + (first & ipv4.IHL_MASK) * ipv4.IHL_UNIT : at + total]
        return Packet(tags, protocol, source, destination, body, bool(to_all or destination[0] >= first_bytes.GROUP4))
    if version == 6 and len(frame) >= at + ipv6.HEADER_LEN:
        begin = at + ipv6.HEADER_LEN
        source, destination = frame[at + ipv6.SRC : at + ipv6.DST], frame[at + ipv6.DST : begin]
        end = begin + _half(frame, at + ipv6.PAYLOAD_LENGTH)
        return Packet(
            tags,
            frame[at + ipv6.NEXT_HEADER],
            source,
            destination,
            frame[begin:end],
            bool(to_all or destination[0] == first_bytes.GROUP6),
        )
    return None


def _half(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2])


def _arp(body: bytes, tags: bytes) -> Packet | None:
    if len(body) < arp.HEADER_LEN or body[arp.PROTOCOL_LEN] != arp.IPV4_LEN:
        return None
    return Packet(tags, -1, body[arp.SENDER_IP : arp.TARGET_MAC], body[arp.TARGET_IP :], body)


def _operation(packet: Packet) -> int:
    return _half(packet.body, arp.OPERATION)


def _of_arp(packet: Packet, address: bytes) -> tuple[object, ...]:
    """Request and reply name the same address, and are numbers that follow each other."""
    return packet.tags, -1, packet.body[: arp.HARDWARE_LEN], (_operation(packet) + 1) // 2, address


def _has_message(body: bytes) -> bool:
    ports = _half(body, transport.SRC_PORT), _half(body, transport.DST_PORT)
    return not PORTS_WITH_MESSAGES.isdisjoint(ports)
