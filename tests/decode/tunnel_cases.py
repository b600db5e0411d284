"""Frames for each layer that carries another packet."""

from __future__ import annotations

from dataclasses import replace

from scapy.contrib.erspan import ERSPAN_II, ERSPAN_III
from scapy.contrib.etherip import EtherIP
from scapy.contrib.geneve import GENEVE, GeneveOptions
from scapy.contrib.gtp import GTPHeader
from scapy.contrib.mpls import MPLS
from scapy.contrib.pim import PIMv2Hdr
from scapy.layers.l2 import GRE
from scapy.layers.l2tp import L2TP
from scapy.layers.ppp import PPP
from scapy.layers.vxlan import VXLAN

from rawkit.decode import layout
from rawkit.decode.layout import ETHERTYPE, UNKNOWN
from tests.decode.cases import Case, Header, hexed, rest
from tests.decode.headers import (
    IPV4_IN_ETHERNET,
    IPV4_PACKET,
    IPV6_PACKET,
    arp,
    ethernet,
    ipv4,
    ipv6,
    udp,
    with_first,
)

OVER_IPV4, OVER_IPV6 = (ethernet(0x0800),), (ethernet(0x86DD),)
ENTERED_IPV4, ENTERED_IPV6 = with_first(IPV4_PACKET, enters=True), with_first(IPV6_PACKET, enters=True)
ENTERED_ETHERNET = with_first(IPV4_IN_ETHERNET, enters=True)
SIGN = 8
"""A tunnel in UDP is known by its port and its first bytes, of which rawkit wants 8."""


def gre(kind: int, typed: bool = True, **fields: object) -> Header:
    """`typed`: what it says is an EtherType, and not one of those that say what GRE itself carries."""
    packet = GRE(proto=kind, **fields)
    return Header(layout.GRE, packet, enters=True, columns={ETHERTYPE: kind} if typed else {})


def first_fragment(protocol: int) -> Header:
    return ipv4(protocol, columns={layout.FRAGMENT: 1, layout.FRAGMENT_ID: 4}, flags="MF")


GOES_ON = "reads what a first fragment has of the packet inside"
ALL_WORDS = {"chksum_present": 1, "key_present": 1, "key": 7, "seqnum_present": 1, "sequence_number": 9}
OVER_GRE = (*OVER_IPV4, ipv4(47))

GENERIC = (
    Case("gre ipv4", (*OVER_GRE, gre(0x0800), *IPV4_PACKET)),
    Case("gre ipv6", (*OVER_IPV6, ipv6(47), gre(0x86DD), *IPV6_PACKET)),
    Case("gre key", (*OVER_GRE, gre(0x0800, key_present=1, key=7), *IPV4_PACKET)),
    Case("gre checksum", (*OVER_GRE, gre(0x0800, chksum_present=1), *IPV4_PACKET)),
    Case("gre all words", (*OVER_GRE, gre(0x0800, **ALL_WORDS), *IPV4_PACKET)),
    Case("gre ethernet", (*OVER_GRE, gre(0x6558, key_present=1), *IPV4_IN_ETHERNET)),
    Case("gre arp", (*OVER_GRE, gre(0x0806), arp())),
    Case("gre unknown", (*OVER_GRE, gre(0x88CC), rest()), stop=UNKNOWN),
    Case("gre length for a type", (*OVER_GRE, gre(100, typed=False), rest(bytes(100))), stop=UNKNOWN),
    # Wireshark's name for it is ARUBA WLAN, and it reads no more of it
    Case("gre aruba 9000", (*OVER_GRE, gre(0x9000), rest(bytes.fromhex("08010000") + bytes(40))), stop=UNKNOWN),
    # RFC 1701: source routes, which nobody may send (RFC 2784)
    Case("gre source routes", (*OVER_GRE, Header(layout.GRE, hexed("4000 0800"), enters=True), rest()), stop=UNKNOWN),
    # RFC 2637, section 4.1: key (payload length, call id), sequence number, acknowledgment number
    *(
        Case(
            f"gre pptp {flags}",
            (
                *OVER_GRE,
                Header(layout.GRE, hexed(f"{flags} 880b {words}"), enters=True, columns={ETHERTYPE: 0x880B}),
                Header(layout.PPP, PPP(proto=0x21)),
                *IPV4_PACKET,
            ),
        )
        for flags, words in (("3001", "00260001 00000002"), ("3081", "00260001 00000002 00000001"))
    ),
    # draft-wilson-wrec-wccp-v2-01, 4.12.1: type, service id, alternative and primary bucket
    Case(
        "wccp",
        (
            *OVER_GRE,
            gre(0x883E, typed=False),
            Header(layout.WCCP, hexed("00000000"), enters=True, peek=1),
            *IPV4_PACKET,
        ),
    ),
    Case(
        "wccp ipv6",
        (
            *OVER_GRE,
            gre(0x883E, typed=False),
            Header(layout.WCCP, hexed("00000000"), enters=True, peek=1),
            *IPV6_PACKET,
        ),
    ),
)

# draft-foschiano-erspan-03: type II has a sequence number in GRE, type I (no header at all) has none
SPANNED = gre(0x88BE, typed=False, seqnum_present=1, sequence_number=1)
MIRRORED = (
    Case("erspan I", (*OVER_GRE, gre(0x88BE, typed=False), *IPV4_IN_ETHERNET)),
    Case(
        "erspan II",
        (*OVER_GRE, SPANNED, Header(layout.ERSPAN, ERSPAN_II(session_id=1), enters=True), *IPV4_IN_ETHERNET),
    ),
    *(
        Case(
            f"erspan III{', platform subheader' if more else ''}",
            (
                *OVER_GRE,
                gre(0x22EB, typed=False, seqnum_present=1, sequence_number=1),
                Header(
                    layout.ERSPAN_III,
                    hexed(bytes(ERSPAN_III(session_id=1, o=more)).hex() + 8 * more * "00"),
                    enters=True,
                ),
                *IPV4_IN_ETHERNET,
            ),
        )
        for more in (0, 1)
    ),
)

# draft-foschiano-erspan-03, section 4.3: FT, five bits, is 0 for an Ethernet frame; tshark stops too
MIRRORED_OTHER = (
    Case(
        "erspan III, another frame type",
        (
            *OVER_GRE,
            gre(0x22EB, typed=False, seqnum_present=1, sequence_number=1),
            Header(layout.ERSPAN_III, ERSPAN_III(session_id=1, ft=7), enters=True),
            rest(bytes(40)),
        ),
        stop=UNKNOWN,
    ),
)

IN_IP = (
    Case("ip in ip", (*OVER_IPV4, ipv4(4), *ENTERED_IPV4)),
    Case("ipv6 in ip", (*OVER_IPV4, ipv4(41), *ENTERED_IPV6)),
    Case("ip in ipv6", (*OVER_IPV6, ipv6(4), *ENTERED_IPV4)),
    Case("ipv6 in ipv6", (*OVER_IPV6, ipv6(41), *ENTERED_IPV6)),
    Case("ethernet in ip", (*OVER_IPV6, ipv6(143), *ENTERED_ETHERNET)),  # RFC 8986, section 4.9
    Case("etherip", (*OVER_IPV4, ipv4(97), Header(layout.ETHERIP, EtherIP(), enters=True), *IPV4_IN_ETHERNET)),
    # RFC 4023
    Case(
        "mpls in ip",
        (*OVER_IPV4, ipv4(137), Header(layout.MPLS, MPLS(label=18, s=1), enters=True, peek=1), *IPV4_PACKET),
    ),
    # a fragment of a tunnel is left alone until it is put together again
    *(
        Case(f"fragment of protocol {number}", (*OVER_IPV4, first_fragment(number), rest(bytes(64))), tshark=GOES_ON)
        for number in (4, 41, 47, 97, 103, 137, 143)
    ),
)

# RFC 7761, 4.9.3: version and type Register (1), checksum, a word of flags, and the packet
# the packet is a header of IPv4 at least
REGISTER = Header(layout.PIM, hexed(bytes(PIMv2Hdr(type=1, chksum=0)).hex() + "00000000"))
INSIDE = Header(layout.PIM_REGISTER, hexed(""), enters=True, peek=1, silent_on_wire=20)
PIM = (
    *(
        Case(
            f"pim register {kind}",
            (*OVER_IPV4, ipv4(103), REGISTER, INSIDE, *packet),
        )
        for kind, packet in (("ipv4", IPV4_PACKET), ("ipv6", IPV6_PACKET))
    ),
    Case(
        "pim hello",
        (
            *OVER_IPV4,
            ipv4(103),
            Header(layout.PIM, hexed(bytes(PIMv2Hdr(type=0, chksum=0)).hex() + "00010002")),
            rest(bytes(40)),
        ),
    ),
)


def in_udp(port: int, header: Header, *inside: Header, source: int = 50000) -> tuple[Header, ...]:
    return (*OVER_IPV4, ipv4(17), udp(source, port), header, *inside)


def tunnel(layer: int, text: str) -> Header:
    return Header(layer, hexed(text), True, silent=SIGN)


def geneve(kind: int, *options: object) -> Header:
    return Header(
        layout.GENEVE, GENEVE(vni=42, proto=kind, options=list(options)), True, silent=SIGN, columns={ETHERTYPE: kind}
    )


OPTION = GeneveOptions(classid=0x102, type=0x80, data=b"four")


def gtp(text: str) -> Header:
    return Header(layout.GTP, hexed(text), True, peek=1, silent=SIGN)


def l2tp(text: str) -> Header:
    return Header(layout.L2TP, hexed(text), True, silent=SIGN)


G_PDU = bytes(GTPHeader(gtp_type=255, teid=1, length=60)).hex()
MESSAGES = "takes messages apart that carry no packet"
OVER_PPP = (Header(layout.PPP, PPP(proto=0x21)), *IPV4_PACKET)

IN_UDP = (
    Case("vxlan", in_udp(4789, Header(layout.VXLAN, VXLAN(vni=42), True, silent=SIGN), *IPV4_IN_ETHERNET)),
    Case(
        "vxlan without its flag",
        (*OVER_IPV4, ipv4(17), udp(50000, 4789), rest(bytes(64))),
        tshark="asks the port alone",
    ),
    # RFC 7348, section 5, RFC 8926, section 3.4: reserved bits are ignored
    Case("vxlan, reserved bits", in_udp(4789, tunnel(layout.VXLAN, "08ffffff 00002a00"), *IPV4_IN_ETHERNET)),
    Case("geneve, reserved bits", in_udp(6081, tunnel(layout.GENEVE, "003f 6558 00002a00"), *IPV4_IN_ETHERNET)),
    Case("gre in udp, sequence", in_udp(4754, tunnel(layout.GRE, "1000 6558 00000001"), *IPV4_IN_ETHERNET)),
    Case("geneve ethernet", in_udp(6081, geneve(0x6558), *IPV4_IN_ETHERNET)),
    Case("geneve options", in_udp(6081, geneve(0x86DD, OPTION), *IPV6_PACKET)),
    Case(
        "geneve of another version",
        (*OVER_IPV4, ipv4(17), udp(50000, 6081), rest(b"\x40" + bytes(64))),
        tshark="asks the port alone",
    ),
    # 3GPP TS 29.281, 5.1 and 5.2: with a sequence number, with a PDU session container (0x85) and one behind it
    Case("gtp", in_udp(2152, gtp(G_PDU), *IPV4_PACKET)),
    Case("gtp from its port", in_udp(40000, gtp(G_PDU), *IPV6_PACKET, source=2152)),
    Case("gtp sequence", in_udp(2152, gtp("32ff 0040 00000001 0007 00 00"), *IPV4_PACKET)),
    Case("gtp n-pdu", in_udp(2152, gtp("31ff 0040 00000001 0000 09 85"), *IPV4_PACKET)),
    Case("gtp, no extension behind the flag", in_udp(2152, gtp("34ff 0040 00000001 0000 00 00"), *IPV4_PACKET)),
    Case("gtp extension", in_udp(2152, gtp("34ff 0044 00000001 0000 00 85 01 1009 00"), *IPV4_PACKET)),
    Case(
        "gtp extensions", in_udp(2152, gtp("36ff 004c 00000001 0007 00 85 01 1009 c0 02 000000000000 00"), *IPV4_PACKET)
    ),
    Case(
        "gtp echo",
        (*OVER_IPV4, ipv4(17), udp(50000, 2152), rest(bytes.fromhex("3201000400000000000700000e00"))),
        tshark=MESSAGES,
    ),
    # RFC 2661, 3.1: flags T, L, S, O, P and version 2; length; tunnel and session; Ns and Nr; offset
    Case("l2tp", in_udp(1701, l2tp(bytes(L2TP(hdr=0, tunnel_id=1, session_id=2)).hex()), *OVER_PPP)),
    Case("l2tp from its port", in_udp(40000, l2tp("0002 0001 0002"), *OVER_PPP, source=1701)),
    Case("l2tp length", in_udp(1701, l2tp("4002 002d 0001 0002"), *OVER_PPP)),
    Case("l2tp sequence", in_udp(1701, l2tp("0802 0001 0002 0003 0004"), *OVER_PPP)),
    Case("l2tp offset", in_udp(1701, l2tp("4a02 0037 0001 0002 0003 0004 0002 aaaa"), *OVER_PPP)),
    Case(
        "l2tp control",
        (*OVER_IPV4, ipv4(17), udp(1701, 1701), rest(bytes.fromhex("c802000c00010000000000010008"))),
        tshark=MESSAGES,
    ),
    # RFC 8086, section 3: GRE's own header behind a UDP header, whose source port is entropy
    Case("gre in udp", in_udp(4754, replace(gre(0x0800), silent=SIGN), *IPV4_PACKET)),
    Case("gre in udp, key", in_udp(4754, replace(gre(0x86DD, key_present=1, key=7), silent=SIGN), *IPV6_PACKET)),
    Case("gre in udp, ethernet", in_udp(4754, replace(gre(0x6558), silent=SIGN), *IPV4_IN_ETHERNET)),
    Case(
        "udp to GRE's port",
        (*OVER_IPV4, ipv4(17), udp(50000, 4754), rest(b"GET / HTTP/1.1")),
        tshark="asks the port alone",
    ),
    # RFC 7510
    Case("mpls in udp", in_udp(6635, Header(layout.MPLS, MPLS(label=18, s=1), True, 1, silent=SIGN), *IPV4_PACKET)),
    *(
        Case(
            f"fragment to port {port}",
            (*OVER_IPV4, first_fragment(17), udp(50000, port), rest(bytes.fromhex(text) + bytes(64))),
            tshark=GOES_ON,
        )
        for port, text in (
            (4789, "08"),
            (6635, "00012109"),
            (3544, "60"),
            (5072, "210001040000000000"),
            (5247, "001042"),
        )
    ),
)

# RFC 4380, 5.1.1: authentication (its lengths, client identifier, authentication value, nonce, confirmation) and origin
# indication (obfuscated port and address); the packet is known by its version, length and hop limit
IPV6_SIZE = sum(header.size for header in IPV6_PACKET)
KNOWN_BY = 8


def signed(layer: int, text: str, inside: int) -> Header:
    """A header that is there only if a whole packet of `inside` bytes follows it."""
    size = len(bytes.fromhex(text))
    return Header(layer, hexed(text), silent=max(SIGN, size + KNOWN_BY), silent_on_wire=size + inside)


AUTHENTICATION, ORIGIN = "0001 00 00 0102030405060708 00", "0000 3cb0 3ffffdf5"
TEREDO = (
    *(
        Case(f"teredo{name}", in_udp(3544, signed(layout.TEREDO, text, IPV6_SIZE), *ENTERED_IPV6))
        for name, text in (
            ("", ""),
            (", authentication", AUTHENTICATION),
            (", client identifier and value", "0001 03 02 aabbcc ddee 0102030405060708 00"),
            (", origin indication", ORIGIN),
            (", both", AUTHENTICATION + ORIGIN),
        )
    ),
    Case("teredo from its port", in_udp(40000, signed(layout.TEREDO, ORIGIN, IPV6_SIZE), *ENTERED_IPV6, source=3544)),
    # RFC 4380, 5.2.8: a bubble is a header without a payload
    # RFC 6081, 4.1: trailers stand behind a bubble, here a nonce
    Case(
        "teredo bubble with a trailer",
        in_udp(
            3544,
            signed(layout.TEREDO, "", 40),
            ipv6(59, enters=True, plen=0),
            rest(bytes.fromhex("0104 01020304")),
        ),
    ),
    *(
        Case(
            f"dns from {name}'s port",
            (*OVER_IPV4, ipv4(17), udp(port, 53), rest(bytes.fromhex(text) + bytes(30))),
            tshark="asks the port alone",
        )
        for name, port, text in (
            ("teredo", 3544, "6001 0100 0001 0000 0000 0000"),
            ("ayiya", 5072, "2001 0129 0000 0000 00000000 6000 0000 0001 0000"),
            ("capwap", 5247, "0010 0100 0001 0000 0000 0000"),
        )
    ),
    Case("teredo bubble", in_udp(3544, signed(layout.TEREDO, "", 40), ipv6(59, enters=True))),
    Case(
        "ipv4 to teredo's port",
        (*OVER_IPV4, ipv4(17), udp(50000, 3544), rest(b"\x45" + bytes(63))),
        tshark="does not ask for the version",
    ),
    Case(
        "ipv6 longer than its datagram",
        (*OVER_IPV4, ipv4(17), udp(50000, 3544), rest(b"\x60\0\0\0\0\x19" + bytes(58))),
        tshark="does not ask for the length",
    ),
)

# draft-massar-v6ops-ayiya-02, 4.1: lengths and types of identity and signature, operation, next header, time
IDENTITY = "20010db8000100000000000000000010"
AYIYA = (
    *(
        Case(f"ayiya {name}", in_udp(5072, signed(layout.AYIYA, text, size), *packet, source=source))
        for name, text, size, packet, source in (
            ("ipv6", "41521129 492e4d80" + IDENTITY + 20 * "5a", IPV6_SIZE, ENTERED_IPV6, 50001),
            ("ipv4, short identity, no signature", "21000104 492e4d80 00000007", 35, ENTERED_IPV4, 50000),
            ("from its port", "41521129 492e4d80" + IDENTITY + 20 * "5a", IPV6_SIZE, ENTERED_IPV6, 5072),
        )
    ),
    *(
        Case(
            f"ayiya {name}",
            (*OVER_IPV4, ipv4(17), udp(50000, 5072), rest(bytes.fromhex(text + "492e4d80 00000007") + inside)),
            tshark=reason,
        )
        for name, text, inside, reason in (
            ("heartbeat", "2100003b", b"", MESSAGES),
            ("with another packet than it says", "21000129", b"\x45\0\0\x14" + bytes(36), "asks the port alone"),
        )
    ),
)


def capwap(text: str, silent: int = 0) -> Header:
    return Header(layout.CAPWAP, hexed(text), silent=silent or len(bytes.fromhex(text)))


# RFC 5415, 4.3: header length in words, radio, binding (1: 802.11) and flags T F L W M K; the fragment; the options
RADIO_MAC, FRAME_INFO = "06 020000000300 00", "04 d31e0036 000000"
CAPWAP = (
    *(
        Case(f"capwap{name}", in_udp(port, capwap(text), *ENTERED_ETHERNET, source=source))
        for name, text, port, source in (
            ("", "00 104200 0000 0000", 5247, 50000),
            (", to the access point", "00 104200 0000 0000", 50000, 5247),
            (", radio MAC", "00 204210 0000 0000" + RADIO_MAC, 5247, 50000),
            (", wireless information", "00 204220 0000 0000" + FRAME_INFO, 5247, 50000),
            (", both", "00 304230 0000 0000" + RADIO_MAC + FRAME_INFO, 5247, 50000),
        )
    ),
    Case(
        "capwap, frame of 802.11",
        in_udp(5247, capwap("00 104300 0000 0000"), rest(bytes.fromhex("08010000") + bytes(40))),
        stop=UNKNOWN,
        tshark="reads it",
    ),
    *(
        Case(
            f"capwap {name}",
            (*OVER_IPV4, ipv4(17), udp(50000, 5247), rest(bytes.fromhex(text) + bytes(64))),
            tshark=reason,
        )
        for name, text, reason in (
            ("fragment", "00 104280 0007 0000", MESSAGES),
            ("keep-alive", "00 104208 0000 0000 0016 0023 0010", MESSAGES),
            ("in DTLS", "01 000000 16fefd", MESSAGES),
            ("of another length than its fields", "00 184210 0000 0000" + RADIO_MAC, "asks the port alone"),
            ("of a reserved binding", "00 104000 0000 0000", "asks the port alone"),
            ("with reserved bits", "00 104201 0000 0001", "asks the port alone"),
        )
    ),
)

CASES = (*GENERIC, *MIRRORED, *MIRRORED_OTHER, *IN_IP, *PIM, *IN_UDP, *TEREDO, *AYIYA, *CAPWAP)
