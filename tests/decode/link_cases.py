"""Frames for each layer that stands below IP: links, tags, PPP and labels."""

from __future__ import annotations

from dataclasses import replace

from scapy.contrib.chdlc import CHDLC
from scapy.contrib.mpls import MPLS
from scapy.layers.l2 import LLC, CookedLinux, CookedLinuxV2, Ether
from scapy.layers.ppp import HDLC, PPP, PPPoE

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.decode.layout import ETHERTYPE, UNKNOWN, WIRE_END
from tests.decode.cases import Case, Header, hexed, rest
from tests.decode.headers import (
    IPV4_IN_ETHERNET,
    IPV4_PACKET,
    IPV6_PACKET,
    arp,
    ethernet,
    ieee8023,
    snap,
    vlan,
    with_first,
)

IPV4_SIZE = sum(header.size for header in IPV4_PACKET)
SNAP_SIZE = 8

ETHERNET = (
    Case("ethernet ipv4", IPV4_IN_ETHERNET),
    Case("ethernet ipv6", (ethernet(0x86DD), *IPV6_PACKET)),
    Case("ethernet arp", (ethernet(0x0806), arp()), padding=bytes(18)),
    Case("ethernet unknown type", (ethernet(0x88CC), rest()), stop=UNKNOWN),  # LLDP
    Case("ethernet in ethernet", (ethernet(0x6558), *IPV4_IN_ETHERNET)),
    Case("802.3 snap", (ieee8023(SNAP_SIZE + IPV4_SIZE), snap(0x0800), *IPV4_PACKET), padding=bytes(4)),
    Case("802.3 snap arp", (ieee8023(SNAP_SIZE + 28), snap(0x0806), arp()), padding=bytes(10)),
    Case("802.3 snap, Cisco's organization", (ieee8023(SNAP_SIZE + IPV4_SIZE), snap(0x0800, 0xF8), *IPV4_PACKET)),
    Case("802.3 llc ipv4", (ieee8023(3 + IPV4_SIZE), Header(layout.LLC, LLC(dsap=6, ssap=6, ctrl=3)), *IPV4_PACKET)),
)

TAGS = (
    *(Case(f"vlan {kind:#x}", (ethernet(kind), vlan(100, 0x0800), *IPV4_PACKET)) for kind in (0x8100, 0x88A8, 0x9100)),
    Case("vlan 0x9200", (ethernet(0x9200), vlan(100, 0x0800), *IPV4_PACKET), tshark="does not know the type"),
    Case("vlan in vlan", (ethernet(0x88A8), vlan(4094, 0x8100), vlan(1, 0x86DD), *IPV6_PACKET)),
    Case("three vlans", (ethernet(0x88A8), vlan(7, 0x8100), vlan(8, 0x8100), vlan(0, 0x0806), arp())),
)


def sll(protocol: int) -> Header:
    columns = {ETHERTYPE: protocol} if protocol > 1500 else {}
    packet = CookedLinux(lladdrtype=1, lladdrlen=6, src=b"\2\0\0\0\1\0", proto=protocol)
    return Header(layout.LINUX_SLL, packet, columns=columns)


def sll2(protocol: int) -> Header:
    columns = {ETHERTYPE: protocol} if protocol > 1500 else {}
    packet = CookedLinuxV2(lladdrtype=1, lladdrlen=6, src=b"\2\0\0\0\1\0", proto=protocol, ifindex=2)
    return Header(layout.LINUX_SLL2, packet, columns=columns)


def family(text: str) -> Header:
    return Header(layout.NULL, hexed(text))


RAW = Header(layout.IP, hexed(""), peek=1)
"""No header at all: the first byte is that of IP."""
ONLY_802_2 = "ETH_P_802_2 (4) of linux/if_ether.h, which scapy and tshark read as 802.2"

COOKED = (
    Case("sll ipv4", (sll(0x0800), *IPV4_PACKET), linktypes.LINUX_SLL),
    Case("sll arp", (sll(0x0806), arp()), linktypes.LINUX_SLL),
    Case("sll 802.2", (sll(4), snap(0x0800), *IPV4_PACKET), linktypes.LINUX_SLL),
    Case("sll2 ipv6", (sll2(0x86DD), *IPV6_PACKET), linktypes.LINUX_SLL2),
    Case("sll2 802.2", (sll2(4), snap(0x0800), *IPV4_PACKET), linktypes.LINUX_SLL2),
    # AF_INET is 2; AF_INET6 is 10 (Linux), 24 (NetBSD, OpenBSD), 28 (FreeBSD), 30 (macOS): LINKTYPE_NULL's page
    Case("null ipv4", (family("02000000"), RAW, *IPV4_PACKET), linktypes.NULL),
    Case("null ipv4, big-endian", (family("00000002"), RAW, *IPV4_PACKET), linktypes.NULL),
    *(
        Case(f"null ipv6, family {number}", (family(f"{number:02x}000000"), RAW, *IPV6_PACKET), linktypes.NULL)
        for number in (24, 28, 30)
    ),
    Case(
        "null ipv6, family 10",
        (family("0a000000"), RAW, *IPV6_PACKET),
        linktypes.NULL,
        tshark="knows the BSDs' numbers alone; libpcap writes Linux's own on Linux",
    ),
    # Some write an EtherType there (Wireshark's packet-null.c).
    Case("null with an EtherType, ipv4", (family("00080000"), *IPV4_PACKET), linktypes.NULL),
    Case("null with an EtherType, ipv6, big-endian", (family("000086dd"), *IPV6_PACKET), linktypes.NULL),
    Case("null unknown family", (family("17000000"), rest()), linktypes.NULL, stop=UNKNOWN),
    Case("loop ipv4", (family("00000002"), RAW, *IPV4_PACKET), linktypes.LOOP),
    *(
        Case(f"raw ipv4, {kind}", (RAW, *IPV4_PACKET), kind)
        for kind in (linktypes.RAW, linktypes.IPV4, linktypes.DLT_RAW, linktypes.DLT_RAW_OPENBSD)
    ),
    *(Case(f"raw ipv6, {kind}", (RAW, *IPV6_PACKET), kind) for kind in (linktypes.RAW, linktypes.IPV6)),
    Case("raw unknown version", (RAW, Header(layout.IP, hexed("55"))), linktypes.RAW, stop=UNKNOWN),
)


def ppp(packet: object, layer: int = layout.PPP) -> Header:
    return Header(layer, packet)


PPPOE = PPPoE(sessionid=1)
FRAMED = hexed((bytes(HDLC()) + bytes(PPP(proto=0x21))).hex())
LABEL = Header(layout.MPLS, MPLS(label=18, s=1, ttl=9), peek=1)

POINT_TO_POINT = (
    Case("ppp ipv4", (ppp(PPP(proto=0x21), layout.PPP_HDLC), *IPV4_PACKET), linktypes.PPP),
    Case("ppp ipv6", (ppp(PPP(proto=0x57), layout.PPP_HDLC), *IPV6_PACKET), linktypes.PPP),
    Case("ppp framed", (ppp(FRAMED, layout.PPP_HDLC), *IPV4_PACKET), linktypes.PPP_HDLC),
    Case("ppp mpls", (ppp(PPP(proto=0x281), layout.PPP_HDLC), LABEL, *IPV4_PACKET), linktypes.PPP),
    Case("ppp mpls multicast", (ppp(PPP(proto=0x283), layout.PPP_HDLC), LABEL, *IPV4_PACKET), linktypes.PPP),
    Case("ppp unknown", (ethernet(0x8864), Header(layout.PPPOE, PPPOE), ppp(hexed("c021")), rest()), stop=UNKNOWN),
    Case("pppoe session", (ethernet(0x8864), Header(layout.PPPOE, PPPOE), ppp(PPP(proto=0x21)), *IPV4_PACKET)),
    # RFC 1661, section 6.5: the protocol field compressed to one byte
    Case(
        "pppoe, short protocol",
        (ethernet(0x8864), Header(layout.PPPOE, PPPOE), Header(layout.PPP, hexed("21"), peek=1), *IPV4_PACKET),
    ),
    Case("pppoe link", (Header(layout.PPPOE, PPPOE), ppp(PPP(proto=0x21)), *IPV4_PACKET), linktypes.PPP_ETHER),
    Case(
        "pppoe discovery",
        (ethernet(0x8863), Header(layout.PPPOE, PPPoE(code=9), columns={WIRE_END: 14}), rest(bytes(8))),
        padding=b"123",
    ),
    Case("ppp in ethernet", (ethernet(0x880B), ppp(PPP(proto=0x57)), *IPV6_PACKET), tshark="reads it in GRE alone"),
)


def frame_relay(text: str, peek: int = 1, **columns: int) -> Header:
    columns_of = {getattr(layout, name): value for name, value in columns.items()}
    return Header(layout.FRELAY, hexed(text), peek=peek, columns=columns_of)


SNAP_IPV4 = Header(layout.LLC, hexed("000000 0800"), columns={ETHERTYPE: 0x0800})

WIDE_AREA = (
    Case("c-hdlc ipv4", (Header(layout.C_HDLC, CHDLC(), columns={ETHERTYPE: 0x0800}), *IPV4_PACKET), linktypes.C_HDLC),
    Case(
        "c-hdlc multicast",
        (Header(layout.C_HDLC, CHDLC(address=0x8F, proto=0x86DD), columns={ETHERTYPE: 0x86DD}), *IPV6_PACKET),
        linktypes.C_HDLC,
    ),
    *(
        Case(
            f"c-hdlc where ppp was said, {address:#x}",
            (
                Header(layout.PPP_HDLC, hexed(""), peek=2),
                Header(layout.C_HDLC, CHDLC(address=address), columns={ETHERTYPE: 0x0800}),
                *IPV4_PACKET,
            ),
            linktypes.PPP_HDLC,
        )
        for address in (0x0F, 0x8F)
    ),
    # RFC 2427: DLCI 100 (Q.922 address 0x1841), UI (0x03), NLPID
    Case("frame relay ipv4", (frame_relay("1841 03 cc"), *IPV4_PACKET), linktypes.FRELAY),
    Case("frame relay ipv6", (frame_relay("1841 03 8e"), *IPV6_PACKET), linktypes.FRELAY),
    Case("frame relay snap", (frame_relay("1841 03 00 80", 0), SNAP_IPV4, *IPV4_PACKET), linktypes.FRELAY),
    # RFC 2427, section 4.2: PID 1 is Ethernet with its FCS kept, 7 without
    *(
        Case(
            f"frame relay bridged, PID {kind}",
            (frame_relay("1841 03 00 80", 0), Header(layout.LLC, hexed(f"0080c2 000{kind}")), *IPV4_IN_ETHERNET),
            linktypes.FRELAY,
            padding=fcs,
        )
        for kind, fcs in ((1, bytes(4)), (7, b""))
    ),
    Case("frame relay, no pad", (frame_relay("1841 03 80", 1), SNAP_IPV4, *IPV4_PACKET), linktypes.FRELAY),
    Case("frame relay, 4 bytes of address", (frame_relay("18401001 03 cc"), *IPV4_PACKET), linktypes.FRELAY),
    Case("frame relay, Cisco's form", (frame_relay("1841 0800", ETHERTYPE=0x0800), *IPV4_PACKET), linktypes.FRELAY),
    Case("frame relay unknown", (frame_relay("1841 03 81"), rest()), linktypes.FRELAY, stop=UNKNOWN),
)

# LINKTYPE_NFLOG's page and linux/netfilter/nfnetlink_log.h: family, version, resource id, then attributes of length,
# type and value, padded to 4: NFULA_PACKET_HDR (1), NFULA_PREFIX (10), NFULA_TIMESTAMP (3), NFULA_PAYLOAD (9).
NFLOG = "02000000 0800 0100 0800 0300 0500 0a00 00 000000"


def nflog(attributes: str, payload: str) -> Header:
    return Header(layout.NFLOG, hexed(attributes + payload), peek=1)


def length_of(headers: tuple[Header, ...]) -> bytes:
    return (4 + sum(header.size for header in headers)).to_bytes(2)


LITTLE = length_of(IPV4_PACKET)[::-1].hex() + "0900"
LONG = (*IPV4_PACKET[:-1], rest(bytes(256 - 28)))
BIG = length_of(LONG).hex() + "0009"  # rawkit knows a big-endian host by a length over 255

ARCNET = {  # LINKTYPE_ARCNET_LINUX: source, destination, two bytes of offset, then RFC 1051's or RFC 1201's header
    0xF0: ("0102 0000 f0", IPV4_PACKET),
    0xF1: ("0102 0000 f1", (arp(),)),
    0xD4: ("0102 0000 d4 00 0001", IPV4_PACKET),
    0xD5: ("0102 0000 d5 00 0001", (arp(),)),
}


def ipnet(family: str, headers: tuple[Header, ...]) -> Header:
    """LINKTYPE_IPNET: version, family (2 or 26), hook type, length, two interfaces, two zones."""
    size = sum(header.size for header in headers)
    return Header(layout.IPNET, hexed(f"01{family}0000 {size:08x} 00000002 00000000 ffffffff 00000000"), peek=1)


def fddi(control: str) -> Header:
    return Header(layout.FDDI, hexed(f"{control} 020000000200 020000000100"))


RARE = (
    Case("nflog", (nflog(NFLOG, LITTLE), *IPV4_PACKET), linktypes.NFLOG),
    Case(
        "nflog, big-endian", (nflog("02000000", BIG), *LONG), linktypes.NFLOG, tshark="is told the byte order by hand"
    ),
    # LINKTYPE_IPOIB: a GRH of 40 bytes, then RFC 4391's EtherType and two bytes that are 0
    Case(
        "ipoib",
        (Header(layout.IPOIB, hexed("60" + 39 * "00" + "0800 0000"), columns={ETHERTYPE: 0x0800}), *IPV4_PACKET),
        linktypes.IPOIB,
    ),
    Case("ipnet ipv4", (ipnet("02", IPV4_PACKET), *IPV4_PACKET), linktypes.IPNET),
    Case("ipnet ipv6", (ipnet("1a", IPV6_PACKET), *IPV6_PACKET), linktypes.IPNET),
    *(
        Case(
            f"arcnet {kind:#x}",
            (Header(layout.ARCNET, hexed(text), peek=8 - len(bytes.fromhex(text))), *packet),
            linktypes.ARCNET_LINUX,
        )
        for kind, (text, packet) in ARCNET.items()
    ),
    # ISO 9314-2: frame control (0x50: 802.2, with a priority in the last bits), destination, source
    *(Case(f"fddi {control}", (fddi(control), snap(0x0800), *IPV4_PACKET), linktypes.FDDI) for control in ("50", "57")),
    Case("fddi arp", (fddi("50"), snap(0x0806), arp()), linktypes.FDDI),
    Case("fddi station management", (fddi("41"), rest()), linktypes.FDDI, stop=UNKNOWN),
    Case(
        "arcnet unknown",
        (Header(layout.ARCNET, hexed("0102 0000 f7 000000")), rest()),
        linktypes.ARCNET_LINUX,
        stop=UNKNOWN,
    ),
)

# RFC 7042, section 2.1.2: addresses for documentation, whose vendor tshark knows, as it has to for a pseudowire
KNOWN = {"src": "00:00:5e:00:53:01", "dst": "00:00:5e:00:53:02"}


def carried(kind: int, peek: int = 1, **addresses: str) -> Header:
    """The Ethernet header in a pseudowire; `peek`: what stands behind it is asked too."""
    return Header(layout.ETHERNET, Ether(**KNOWN | addresses, type=kind), peek=peek, columns={ETHERTYPE: kind})


CONTROL_WORD = "guesses whether there is a control word by the vendors of the MAC addresses behind it"
LABELS = (
    Case("mpls ipv4", (ethernet(0x8847), LABEL, *IPV4_PACKET)),
    Case("mpls multicast ipv6", (ethernet(0x8848), LABEL, *IPV6_PACKET)),
    Case("mpls stack", (ethernet(0x8847), Header(layout.MPLS, MPLS(label=17, s=0)), LABEL, *IPV4_PACKET)),
    # RFC 4448: behind the last label a control word, whose first four bits are 0
    Case(
        "mpls pseudowire",
        (ethernet(0x8847), LABEL, rest(bytes(4)), *with_first(IPV4_IN_ETHERNET, peek=1)),
        tshark=CONTROL_WORD,
    ),
    # RFC 3032, section 2.1: labels up to 15 are reserved, and no pseudowire has one
    Case(
        "mpls pseudowire, lowest label",
        (
            ethernet(0x8847),
            Header(layout.MPLS, MPLS(label=16, s=1), peek=1),
            rest(bytes(4)),
            *with_first(IPV4_IN_ETHERNET, peek=1),
        ),
        tshark=CONTROL_WORD,
    ),
    *(
        Case(f"mpls pseudowire, {name}", (ethernet(0x8847), LABEL, *word, carried(kind, **addresses), *inside))
        for name, word, kind, addresses, inside in (
            ("control word", (rest(bytes(4)),), 0x0800, {}, IPV4_PACKET),
            ("sequence number", (rest(bytes.fromhex("00003039")),), 0x86DD, {}, IPV6_PACKET),
            ("address like a type", (rest(bytes(4)),), 0x0800, {"src": "00:00:08:00:45:01"}, IPV4_PACKET),
            ("no control word", (), 0x0800, {"peek": 5}, IPV4_PACKET),
            ("ipv6, no control word", (), 0x86DD, {"peek": 5}, IPV6_PACKET),
            ("arp, no control word", (), 0x0806, {"peek": 5}, (arp(),)),
            ("tag, no control word", (), 0x8100, {"peek": 5}, (vlan(7, 0x0800), *IPV4_PACKET)),
        )
    ),
    Case(
        "mpls pseudowire, addresses of no vendor, no control word",
        (ethernet(0x8847), LABEL, replace(ethernet(0x0800), peek=5), *IPV4_PACKET),
        tshark=CONTROL_WORD,
    ),
    # RFC 4928, section 3: the first four bits tell IP and control words, and these are neither; tshark stops too
    Case(
        "mpls pseudowire, broadcast, no control word",
        (ethernet(0x8847), LABEL, rest(b"\xff" * 6 + bytes.fromhex("00005e005301 0806") + bytes(28))),
        stop=UNKNOWN,
    ),
    Case(
        "mpls unknown",
        (ethernet(0x8847), Header(layout.MPLS, hexed("0000e109"), peek=1), rest(b"\x10payload")),
        stop=UNKNOWN,
    ),
)

CASES = (*ETHERNET, *TAGS, *COOKED, *POINT_TO_POINT, *WIDE_AREA, *RARE, *LABELS)
