"""Headers that contradict themselves, each by a sentence of its document: which layer stops, and why."""

from __future__ import annotations

import pytest
from scapy.layers.inet import IP, TCP, UDP

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.decode.layout import MALFORMED, TOO_DEEP, UNKNOWN
from tests.decode.cases import Case
from tests.decode.headers import IPV4_PACKET, ethernet, ieee8023, ipv6, udp

PPI, RADIOTAP, PRISM = linktypes.PPI, linktypes.IEEE802_11_RADIOTAP, linktypes.IEEE802_11_PRISM
AVS = linktypes.IEEE802_11_AVS
ETHERNET4, ETHERNET6 = bytes(ethernet(0x0800).packet), bytes(ethernet(0x86DD).packet)
V4 = {"src": "192.0.2.10", "dst": "198.51.100.20"}
PACKET = Case("", IPV4_PACKET).frame


WLAN = bytes.fromhex("08000000") + bytes(18) + bytes.fromhex("1000 aaaa03 000000 0800") + PACKET


def over_ipv4(protocol: int, payload: bytes) -> bytes:
    return ETHERNET4 + bytes(IP(**V4, proto=protocol) / payload)


def to_port(port: int, payload: bytes) -> bytes:
    return over_ipv4(17, bytes(udp(50000, port, len=8 + len(payload)).packet) + payload)


def in_802_3(llc: str) -> bytes:
    return bytes(ieee8023(60).packet) + bytes.fromhex(llc) + bytes(60)


def nflog(attributes: str) -> bytes:
    return bytes.fromhex("02000000" + attributes) + PACKET


BROKEN = {
    # RFC 791, section 3.1: the version is 4, the header 5 words at least, and part of the total length
    "ipv4 of version 5": (1, ETHERNET4 + b"\x55" + PACKET[1:], layout.IPV4, MALFORMED),
    "ipv4 header of 4 words": (1, ETHERNET4 + b"\x44" + PACKET[1:], layout.IPV4, MALFORMED),
    "ipv4 shorter than its header": (1, ETHERNET4 + PACKET[:2] + b"\0\x13" + PACKET[4:], layout.IPV4, MALFORMED),
    "ipv4 of its header alone": (1, ETHERNET4 + PACKET[:2] + b"\0\x14" + PACKET[4:], layout.UDP, MALFORMED),
    "ipv6 of version 4": (1, ETHERNET6 + b"\x40" + bytes(ipv6(59).packet)[1:], layout.IPV6, MALFORMED),
    # RFC 9293, section 3.1: the data offset counts the header, 5 words at least
    "tcp header of 4 words": (1, over_ipv4(6, bytes(TCP(dataofs=4))), layout.TCP, MALFORMED),
    "tcp header longer than the packet": (1, over_ipv4(6, bytes(TCP(dataofs=6))), layout.TCP, MALFORMED),
    # RFC 768: the minimum value of the length is eight
    "udp length 7": (1, over_ipv4(17, bytes(UDP(len=7)) + b"payload"), layout.UDP, MALFORMED),
    # RFC 4340, section 5.1: the data offset covers the generic header
    "dccp header of 2 words": (1, over_ipv4(33, bytes.fromhex("00010002 02000000") + bytes(8)), layout.DCCP, MALFORMED),
    # RFC 2516, section 4: version and type are both 1
    "pppoe of version 2": (1, bytes(ethernet(0x8864).packet) + b"\x21" + bytes(30), layout.PPPOE, MALFORMED),
    # TS 29.281, section 5.2.1: an extension header is 4 bytes at least
    "gtp extension of length 0": (
        1,
        to_port(2152, bytes.fromhex("34ff000c 00000001 00000085 00000000")),
        layout.GTP,
        MALFORMED,
    ),
    "gtp extensions without end": (
        1,
        to_port(2152, bytes.fromhex("34ff0400 00000001 00000085") + bytes.fromhex("01000085") * 70),
        layout.GTP,
        TOO_DEEP,
    ),
    # netlink(7): the length of an attribute counts its own header of 4 bytes
    "nflog attribute of length 3": (linktypes.NFLOG, nflog("0300 0a00"), layout.NFLOG, MALFORMED),
    "nflog attributes without end": (linktypes.NFLOG, nflog("0400 0a00" * 70), layout.NFLOG, TOO_DEEP),
    # radiotap.org: the length is that of the whole header; the words of what is there may have no end in it
    "radiotap of 7 bytes": (
        RADIOTAP,
        bytes.fromhex("00000700 00000000") + WLAN,
        layout.RADIOTAP,
        MALFORMED,
    ),
    "radiotap, words without end": (
        RADIOTAP,
        bytes.fromhex("00000c00 02000080 00000080") + WLAN,
        0,
        0,
    ),
    "prism of 23 bytes": (
        PRISM,
        bytes.fromhex("00000044 00000017") + WLAN,
        layout.PRISM,
        MALFORMED,
    ),
    "avs of 7 bytes": (AVS, bytes.fromhex("80211001 00000007") + WLAN, layout.AVS, MALFORMED),
    "ppi of 7 bytes": (PPI, bytes.fromhex("00000700 69000000") + WLAN, layout.PPI, MALFORMED),
    "ppi, a link type over 65,535": (PPI, bytes.fromhex("00000800 69000100") + WLAN, layout.PPI, UNKNOWN),
    "ppi, a field longer than the header": (
        PPI,
        bytes.fromhex("00002000 69000000 0100ffff") + bytes(20) + WLAN,
        0,
        0,
    ),
    "ppi, fields without end": (
        PPI,
        bytes.fromhex("00002001 69000000") + bytes(280) + WLAN,
        0,
        0,
    ),
    # who an organization's numbers belong to is not known (RFC 1042 has 0 alone)
    "snap of another organization": (1, in_802_3("aaaa03 010000 0800"), layout.LLC, UNKNOWN),
    "snap bridged, neither Ethernet": (1, in_802_3("aaaa03 0080c2 0002"), layout.LLC, UNKNOWN),
    "snap with a length for a type": (1, in_802_3("aaaa03 000000 0020"), layout.LLC, UNKNOWN),
    "snap in a numbered frame": (1, in_802_3("aaaa00 000000 0800"), layout.LLC, UNKNOWN),
    # IEEE 802.3, section 3.2.6: up to 1500 the field is a length
    "the longest length": (1, bytes(ieee8023(1500).packet) + bytes.fromhex("424203") + bytes(60), layout.LLC, UNKNOWN),
    "no length any more": (
        1,
        bytes(ieee8023(1501).packet) + bytes.fromhex("424203") + bytes(60),
        layout.ETHERNET,
        UNKNOWN,
    ),
    "spanning tree": (1, in_802_3("424203 0000 00"), layout.LLC, UNKNOWN),
    "a family of more than a byte": (linktypes.NULL, bytes.fromhex("02010000") + PACKET, layout.NULL, UNKNOWN),
    "mpls of an explicit null above neither": (
        1,
        bytes(ethernet(0x8847).packet) + bytes.fromhex("0000f109 00") + bytes(40),
        layout.MPLS,
        UNKNOWN,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_header(decode, name):
    link_type, frame, layer, reason = BROKEN[name]
    stop = int(decode([frame], link_type).rows[0][layout.STOP])
    assert (stop >> 8, stop & 0xFF) == (layer, reason)


@pytest.mark.parametrize(("labels", "stops"), [(61, False), (62, True)])
def test_how_many_headers_are_read(decode, labels, stops):
    """Ethernet, labels, IPv4 and UDP: of more than 64 headers the last are not read (`layout.MAX_HEADERS`)."""
    stack = bytes.fromhex("00012009") * (labels - 1) + bytes.fromhex("00012109")
    row = decode([bytes(ethernet(0x8847).packet) + stack + PACKET], 1).rows[0]
    assert int(row[layout.STOP]) == (layout.UDP << 8 | TOO_DEEP if stops else 0)
