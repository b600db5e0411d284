"""Frames with what switches put behind or around an Ethernet header."""

from __future__ import annotations

from dataclasses import replace

from scapy.layers.l2 import LLC

from rawkit.decode import layout
from rawkit.decode.layout import ENCRYPTED, ETHERTYPE, LINK, UNKNOWN
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
)

IPV4_SIZE = sum(header.size for header in IPV4_PACKET)
SNAP_SIZE = 8
FCS = bytes(4)
ICV = bytes(16)
"""MACsec's integrity check value, the longest of IEEE 802.1AE."""


def tag(layer: int, text: str, kind: int) -> Header:
    """A tag that ends with an EtherType, or a length."""
    columns = {ETHERTYPE: kind} if kind > 1500 else {}
    return Header(layer, hexed(f"{text} {kind:04x}"), columns=columns)


def vntag(kind: int) -> Header:
    """As Wireshark's packet-vntag.c quotes it: direction, pointer, destination; looped, version, source."""
    return tag(layout.VNTAG, "40010002", kind)


def hsr(kind: int) -> Header:
    """IEC 62439-3: path 1, size 43; sequence number."""
    return tag(layout.HSR, "102b 0001", kind)


def macsec(flags: int, kind: int, identifier: str = "") -> Header:
    """IEEE 802.1AE, 9.3: TCI and AN, short length, packet number, SCI if any; then the user's data as it was."""
    return tag(layout.MACSEC, f"{flags:02x} 00 00000001 {identifier}", kind)


def sealed(flags: int) -> Header:
    return Header(layout.MACSEC, hexed(f"{flags:02x} 00 00000001"))


LONG = (Header(layout.LLC, LLC(dsap=6, ssap=6, ctrl=3)), *IPV4_PACKET)
"""802.2 in place of an EtherType."""
AS_DATA = "takes a length for an EtherType that it does not know"

TAGS = (
    Case("vn-tag", (ethernet(0x8926), vntag(0x0800), *IPV4_PACKET)),
    Case("vn-tag, vlan", (ethernet(0x8926), vntag(0x8100), vlan(100, 0x86DD), *IPV6_PACKET)),
    Case("vn-tag behind vlan", (ethernet(0x8100), vlan(100, 0x8926), vntag(0x0806), arp()), padding=bytes(18)),
    Case("vn-tag, 802.2", (ethernet(0x8926), vntag(SNAP_SIZE + IPV4_SIZE), snap(0x0800), *IPV4_PACKET), padding=FCS),
    Case("vn-tag, unknown", (ethernet(0x8926), vntag(0x88CC), rest()), stop=UNKNOWN),
    Case("hsr", (ethernet(0x892F), hsr(0x0800), *IPV4_PACKET)),
    Case("hsr, vlan", (ethernet(0x892F), hsr(0x8100), vlan(100, 0x86DD), *IPV6_PACKET)),
    Case("hsr behind vlan", (ethernet(0x8100), vlan(100, 0x892F), hsr(0x0806), arp()), padding=bytes(18)),
    Case("hsr, 802.2", (ethernet(0x892F), hsr(IPV4_SIZE + 3), *LONG), tshark=AS_DATA),
    Case("hsr, unknown", (ethernet(0x892F), hsr(0x88CC), rest()), stop=UNKNOWN),
    # IEC 62439-3, clause 4: the trailer of a parallel network is sequence number, LAN and size, 0x88fb
    Case("prp, ipv4", IPV4_IN_ETHERNET, padding=bytes.fromhex("0001 a029 88fb")),
    Case("prp, arp", (ethernet(0x0806), arp()), padding=bytes(18) + bytes.fromhex("0001 a034 88fb")),
    Case(
        "prp, 802.2",
        (ieee8023(SNAP_SIZE + IPV4_SIZE), snap(0x0800), *IPV4_PACKET),
        padding=bytes.fromhex("0001 a031 88fb"),
    ),
)

SCI = "020000000100 0001"
VERSION = "reads version 0 alone, as there is no other"

SECURED = (
    Case("macsec", (ethernet(0x88E5), macsec(0x00, 0x0800), *IPV4_PACKET), padding=ICV),
    Case("macsec, end station", (ethernet(0x88E5), macsec(0x40, 0x0800), *IPV4_PACKET), padding=ICV),
    Case("macsec, sci", (ethernet(0x88E5), macsec(0x20, 0x86DD, SCI), *IPV6_PACKET), padding=ICV),
    Case("macsec, vlan", (ethernet(0x88E5), macsec(0x02, 0x8100), vlan(100, 0x0806), arp()), padding=ICV),
    Case("macsec behind vlan", (ethernet(0x8100), vlan(7, 0x88E5), macsec(0x00, 0x0800), *IPV4_PACKET), padding=ICV),
    Case("macsec, 802.2", (ethernet(0x88E5), macsec(0x00, IPV4_SIZE + 3), *LONG), padding=ICV, tshark=AS_DATA),
    Case("macsec, unknown", (ethernet(0x88E5), macsec(0x00, 0x88CC), rest()), padding=ICV, stop=UNKNOWN),
    Case("macsec encrypted", (ethernet(0x88E5), sealed(0x0C), rest(bytes(60))), stop=ENCRYPTED),
    Case("macsec encrypted, sci", (ethernet(0x88E5), sealed(0x2C), rest(bytes(60))), stop=ENCRYPTED),
    Case("macsec encrypted, of the key agreement", (ethernet(0x88E5), sealed(0x08), rest(bytes(60))), stop=ENCRYPTED),
    Case("macsec changed", (ethernet(0x88E5), sealed(0x04), rest(bytes(60))), stop=UNKNOWN),
    Case("macsec of another version", (ethernet(0x88E5), sealed(0x80), rest(bytes(60))), stop=UNKNOWN, tshark=VERSION),
)

PBB = Header(layout.PBB, hexed("00000007"), columns={ETHERTYPE: -1})
"""IEEE 802.1Q, 9.7: priority and flags, service 7; the customer's addresses follow."""
FABRICPATH = Header(layout.FABRICPATH, hexed("0421"), columns={ETHERTYPE: -1})
"""Forwarding tag 16, time to live 33."""


def hidden(headers: tuple[Header, ...]) -> tuple[Header, ...]:
    """A frame whose first header tshark counts to the tag before it, or the tag behind."""
    return (replace(headers[0], hidden=True), *headers[1:])


def isl(headers: tuple[Header, ...], first: int = 0x01, kind: int = 0, length: int | None = None) -> tuple[Header, ...]:
    """A frame behind Cisco's header: addresses, length, SNAP, half an address, VLAN and BPDU, index, two bytes."""
    size = 12 + sum(header.size for header in headers) + len(FCS)
    told = size if length is None else length
    text = f"{first:02x}000c0000{kind << 4:02x} 020000000100 {told:04x} aaaa03 00000c 00c8 0001 0000"
    seen = Header(layout.ETHERNET, hexed(""), peek=14, columns={LINK: -1})
    return (seen, Header(layout.ISL, hexed(text)), *headers)


IN_VLAN = (ethernet(0x8100), vlan(100, 0x86DD), *IPV6_PACKET)
IN_SNAP = (ieee8023(SNAP_SIZE + IPV4_SIZE), snap(0x0800), *IPV4_PACKET)
SPANNING_TREE = (ieee8023(38), Header(layout.LLC, LLC(dsap=0x42, ssap=0x42, ctrl=3)), rest(bytes(35)))
UNKNOWN_802_3 = "does not read 802.2 there"

AROUND = (
    Case("802.1ah", (ethernet(0x88E7), PBB, *hidden(IPV4_IN_ETHERNET))),
    Case("802.1ah, backbone vlan", (ethernet(0x88A8), vlan(200, 0x88E7), PBB, *hidden(IPV4_IN_ETHERNET))),
    Case("802.1ah, customer's vlan", (ethernet(0x88E7), PBB, *hidden(IN_VLAN))),
    Case("802.1ah, 802.2", (ethernet(0x88E7), PBB, *hidden(IN_SNAP)), tshark=UNKNOWN_802_3),
    Case("802.1ah, spanning tree", (ethernet(0x88E7), PBB, *hidden(SPANNING_TREE)), stop=UNKNOWN, tshark=UNKNOWN_802_3),
    # tshark takes the last four bytes for the check sequence
    Case("fabricpath", (*hidden((ethernet(0x8903),)), FABRICPATH, *IPV4_IN_ETHERNET), padding=FCS),
    Case("fabricpath, vlan", (*hidden((ethernet(0x8903),)), FABRICPATH, *IN_VLAN), padding=FCS),
    Case("fabricpath, 802.2", (*hidden((ethernet(0x8903),)), FABRICPATH, *IN_SNAP), padding=FCS),
    Case("isl", isl(IPV4_IN_ETHERNET), padding=FCS),
    Case("isl, vlan", isl(IN_VLAN), padding=FCS),
    Case("isl, 802.2", isl(IN_SNAP), padding=FCS),
    Case("isl, no length", isl(IPV4_IN_ETHERNET, length=0), padding=FCS),
    Case("isl, the other address", isl(IPV4_IN_ETHERNET, first=0x03), padding=FCS, tshark="knows 01:00:0c alone"),
    Case("isl, token ring", isl((rest(bytes(60)),), kind=1), stop=UNKNOWN),
    Case(
        "isl, the longest frame",
        isl((*IPV4_IN_ETHERNET[:-1], rest(bytes(1472)))),
        padding=FCS,
        tshark="takes a length of over 1500 for no length",
    ),
)

CASES = (*TAGS, *SECURED, *AROUND)
