"""Frames for each layer of the network and transport layers."""

from __future__ import annotations

from scapy.layers.inet import ICMP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.sctp import SCTP

from rawkit.decode import layout
from rawkit.decode.layout import FRAGMENT, FRAGMENT_ID, PROTOCOL, QUOTE, UNKNOWN, WIRE_END
from tests.decode.cases import Case, Header, hexed, rest
from tests.decode.headers import DATAGRAM, IPV4_PACKET, IPV6_PACKET, SEGMENT, ethernet, ipv4, ipv6, udp

OPTIONS = b"\x94\x04\0\0"  # router alert (RFC 2113)
OVER_IPV4, OVER_IPV6 = ethernet(0x0800), ethernet(0x86DD)


def extension(packet: object, following: int, **columns: int) -> Header:
    return Header(
        layout.IPV6_EXTENSION,
        packet,
        columns={PROTOCOL: following} | {getattr(layout, name): value for name, value in columns.items()},
    )


def fragment4(offset: int, flags: str) -> Header:
    """A fragment of a datagram; `offset` in units of 8 bytes."""
    columns = {FRAGMENT: offset << 4 | (flags == "MF"), FRAGMENT_ID: 4}
    return ipv4(17, columns=columns, frag=offset, flags=flags, id=77)


def fragment6(offset: int, more: int) -> Header:
    packet = IPv6ExtHdrFragment(nh=17, offset=offset, m=more, id=77)
    if not offset and not more:  # RFC 6946: an atomic fragment is a whole packet
        return extension(packet, 17)
    return extension(packet, 17, FRAGMENT=offset << 4 | more, FRAGMENT_ID=4)


# RFC 4302: next header, length in words less 2, reserved, SPI, sequence, an integrity value of 12 bytes
AUTHENTICATED = "04 0000 00000001 00000001 000000000000000000000000"
OPTION_HEADERS = {
    "hop-by-hop": (0, IPv6ExtHdrHopByHop(nh=6)),
    "destination options": (60, IPv6ExtHdrDestOpt(nh=6)),
    "routing": (43, IPv6ExtHdrRouting(nh=6, addresses=["2001:db8::1"])),
    # RFC 6275 (mobility: binding refresh request), RFC 7401 (HIP), RFC 5533 (Shim6): 8 bytes and 8 times their length
    "mobility": (135, hexed("06 00 00 00 0000 0000")),
    "host identity": (139, hexed("06 01 0000 0000 0000 0000000000000000")),
    "shim6": (140, hexed("06 00 81 00 0000 0001")),
}
LAST = "takes the header for the last one"

NETWORK = (
    Case("ipv4 options", (OVER_IPV4, ipv4(17, options=OPTIONS), *DATAGRAM)),
    Case("ipv4 padding", (OVER_IPV4, *IPV4_PACKET), padding=b"\xaa" * 11),
    Case("ipv4 first fragment", (OVER_IPV4, fragment4(0, "MF"), udp(len=800), rest(bytes(24)))),
    Case("ipv4 last fragment", (OVER_IPV4, fragment4(4, 0), rest(bytes(24)))),
    Case("ipv4 fragment between", (OVER_IPV4, fragment4(4, "MF"), rest(bytes(24)))),
    Case("ipv4 length 0", (OVER_IPV4, ipv4(6, len=0), *SEGMENT)),  # a segment for the sender's card to cut up
    Case("ipv4 unknown protocol", (OVER_IPV4, ipv4(253), rest()), stop=UNKNOWN),  # RFC 3692: for experiments
    Case(
        "ipv4 authenticated",
        (OVER_IPV4, ipv4(51), extension(hexed("06" + AUTHENTICATED), 6), *SEGMENT),
    ),
    *(
        Case(
            f"ipv4 with IPv6's header {number}",
            (OVER_IPV4, ipv4(number), rest(bytes(8))),
            stop=UNKNOWN,
            tshark="reads them behind IPv4 too",
        )
        for number in (0, 43, 44, 60, 135, 139, 140)
    ),
    Case("ipv4 no next header", (OVER_IPV4, ipv4(59), rest())),
    Case("ipv6 padding", (OVER_IPV6, *IPV6_PACKET), padding=b"\xaa" * 3),
    Case("ipv6 no next header", (OVER_IPV6, ipv6(59), rest())),  # RFC 8200, section 4.7
    Case("ipv6 unknown protocol", (OVER_IPV6, ipv6(253), rest()), stop=UNKNOWN),
    Case("ipv6 length 0", (OVER_IPV6, ipv6(6, plen=0), *SEGMENT), tshark="believes the length"),
    *(
        Case(
            f"ipv6 {name}",
            (OVER_IPV6, ipv6(number), extension(packet, 6), *SEGMENT),
            tshark=LAST if number in (135, 139) else "",
        )
        for name, (number, packet) in OPTION_HEADERS.items()
    ),
    Case("ipv6 authenticated", (OVER_IPV6, ipv6(51), extension(hexed("06" + AUTHENTICATED), 6), *SEGMENT)),
    Case(
        "ipv6 chain",
        (
            OVER_IPV6,
            ipv6(0),
            extension(IPv6ExtHdrHopByHop(nh=60), 60),
            extension(IPv6ExtHdrDestOpt(nh=17), 17),
            *DATAGRAM,
        ),
    ),
    Case("ipv6 first fragment", (OVER_IPV6, ipv6(44), fragment6(0, 1), udp(len=800), rest(bytes(24)))),
    Case("ipv6 last fragment", (OVER_IPV6, ipv6(44), fragment6(4, 0), rest(bytes(24)))),
    Case("ipv6 fragment between", (OVER_IPV6, ipv6(44), fragment6(4, 1), rest(bytes(24)))),
    Case("ipv6 atomic fragment", (OVER_IPV6, ipv6(44), fragment6(0, 0), *DATAGRAM)),
)

QUOTED_BYTES = b"".join(bytes(header.packet) for header in IPV4_PACKET)
QUOTED_IPV6 = b"".join(bytes(header.packet) for header in IPV6_PACKET)


def error(kind: int, size: int = 48) -> tuple[Header, Header]:
    """An ICMP error (RFC 792) with what it is about."""
    return Header(layout.ICMP, ICMP(type=kind, code=1), columns={QUOTE: 8}), rest(QUOTED_BYTES[:size])


def error6(kind: int) -> tuple[Header, Header]:
    """An ICMPv6 error (RFC 4443): type, code, checksum, a word."""
    return Header(layout.ICMPV6, hexed(f"{kind:02x} 00 0000 00000000"), columns={QUOTE: 8}), rest(QUOTED_IPV6)


TRANSPORT = (
    Case("tcp over ipv4", (OVER_IPV4, ipv4(6), *SEGMENT)),
    Case("tcp bare", (OVER_IPV4, ipv4(6), Header(layout.TCP, TCP(sport=1, dport=2, flags="A")))),
    Case("udp over ipv6", (OVER_IPV6, ipv6(17), *DATAGRAM)),
    # RFC 768: what is behind the datagram's length is not its payload
    Case(
        "udp length",
        (
            OVER_IPV4,
            ipv4(17),
            Header(layout.UDP, UDP(sport=1, dport=2, len=12), columns={WIRE_END: 12}),
            rest(b"four and more"),
        ),
    ),
    Case("udp empty", (OVER_IPV4, ipv4(17), udp()), padding=bytes(18)),
    Case("udp length 0", (OVER_IPV6, ipv6(17), udp(len=0), rest())),  # RFC 2675, section 4
    # RFC 3828: the length field is how much the checksum covers, here the header
    Case("udp-lite", (OVER_IPV4, ipv4(136), Header(layout.UDPLITE, hexed("9c40 2328 0008 0000")), rest())),
    Case("icmp echo", (OVER_IPV4, ipv4(1), Header(layout.ICMP, ICMP(type=8, id=1, seq=2)), rest(bytes(40)))),
    *(Case(f"icmp error {kind}", (OVER_IPV4, ipv4(1), *error(kind))) for kind in (3, 4, 5, 11, 12)),
    # a quote is an IP header at least
    Case("icmp error with a bare header", (OVER_IPV4, ipv4(1), *error(3, 20))),
    Case(
        "icmp error with less",
        (OVER_IPV4, ipv4(1), Header(layout.ICMP, ICMP(type=3, code=1)), rest(QUOTED_BYTES[:19])),
    ),
    *(
        Case(f"icmp type {kind}", (OVER_IPV4, ipv4(1), Header(layout.ICMP, ICMP(type=kind)), rest(QUOTED_BYTES)))
        for kind in (0, 6, 10)
    ),
    Case("icmpv6 echo", (OVER_IPV6, ipv6(58), Header(layout.ICMPV6, ICMPv6EchoRequest()), rest(bytes(40)))),
    *(Case(f"icmpv6 error {kind}", (OVER_IPV6, ipv6(58), *error6(kind))) for kind in (1, 2, 3, 4)),
    *(
        Case(f"icmpv6 type {kind}", (OVER_IPV6, ipv6(58), Header(layout.ICMPV6, hexed(text)), rest(QUOTED_IPV6)))
        for kind, text in ((0, "0000 0000 00000000"), (5, "0500 0000 00000000"))
    ),
    Case("sctp", (OVER_IPV4, ipv4(132), Header(layout.SCTP, SCTP(sport=1, dport=2)), rest(b"\0\3\0\4"))),
    # RFC 4340, section 5: ports, data offset 4 words, CCVal, checksum, type Request (0) with X = 1, sequence 48 bits
    Case(
        "dccp",
        (OVER_IPV4, ipv4(33), Header(layout.DCCP, hexed("0001 0002 04 00 0000 05 00 0000 0000 0001")), rest()),
    ),
    # RFC 4340, section 5.1: with X = 0 the sequence number is 24 bits, and a Data packet (4 bits: 2) has 3 words
    Case("dccp short", (OVER_IPV4, ipv4(33), Header(layout.DCCP, hexed("0001 0002 03 00 0000 04 000001")), rest())),
    # RFC 2236, section 2: membership report, maximum response time, checksum, group
    Case("igmp", (OVER_IPV4, ipv4(2), Header(layout.IGMP, hexed("16 00 0000 ef010101")))),
    # RFC 2328, A.3.1: version, type Hello, length, router, area, checksum, AuType; the 8 bytes of authentication
    # belong to version 2 alone, and rawkit reads what both versions share (RFC 5340, A.3.1)
    Case(
        "ospf",
        (OVER_IPV4, ipv4(89), Header(layout.OSPF, hexed("0201002c c0000201 00000000 0000 0000")), rest(bytes(28))),
    ),
)

CASES = (*NETWORK, *TRANSPORT)
