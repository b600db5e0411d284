"""Frames of IEEE 802.11, and the headers that captures have before them."""

from __future__ import annotations

import struct

from scapy.layers.dot11 import Dot11, Dot11Beacon
from scapy.packet import Packet

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.decode.layout import ENCRYPTED, LINK, LINK_TYPE, UNKNOWN
from tests.decode.cases import Case, Header, hexed, rest
from tests.decode.headers import IPV4_IN_ETHERNET, IPV4_PACKET, IPV6_PACKET, arp, snap
from tests.decode.tunnel_cases import OVER_GRE, gre

IEEE802_11, RADIOTAP, PPI = linktypes.IEEE802_11, linktypes.IEEE802_11_RADIOTAP, linktypes.PPI
PRISM, AVS = linktypes.IEEE802_11_PRISM, linktypes.IEEE802_11_AVS
MACS = {f"addr{number}": f"02:00:00:00:00:0{number}" for number in range(1, 5)}
FCS = bytes(4)
SNAP_IPV4 = (snap(0x0800), *IPV4_PACKET)
SNAP_SIZE = sum(header.size for header in SNAP_IPV4)
DATA, MANAGEMENT, CONTROL = 2, 0, 1


def as_bytes(packet: Packet) -> Packet:
    """The packet that scapy does not change by what stands behind it."""
    return hexed(bytes(packet).hex())


def wlan(flags: str = "to_DS", behind: str = "", layer: int = layout.WLAN, kind: int = DATA, **fields: int) -> Header:
    """A header by scapy; `behind` is what follows it and belongs to it: QoS control, HT control."""
    return Header(layer, hexed(bytes(Dot11(type=kind, FCfield=flags, **MACS, **fields)).hex() + behind))


def qos(flags: str = "to_DS", control: str = "0000", **more: int) -> Header:
    return wlan(flags, control, subtype=8, **more)


def short(subtype: int) -> Header:
    """A control frame with one address."""
    return Header(layout.WLAN, as_bytes(Dot11(type=CONTROL, subtype=subtype, addr1=MACS["addr1"])))


ENCAPSULATED = struct.pack(">H", SNAP_SIZE)
SUBFRAME = Header(layout.AMSDU, hexed("020000000003 020000000004" + ENCAPSULATED.hex()))
"""IEEE 802.11-2020, 9.3.2.2.2: destination, source, length."""
ADDRESS = "020000000005"
MESHES = (
    ("no address", "to_DS+from_DS", "00 1f 01000000"),
    ("one address", "to_DS+from_DS", f"01 1f 01000000 {ADDRESS}"),
    ("two addresses", "from_DS", f"02 1f 01000000 {ADDRESS} {ADDRESS}"),
)
"""9.2.4.8.3: flags, time to live, sequence number, addresses."""
TWO_PACKETS = "also reads the second packet, which the row has no place for"

FRAMES = (
    Case("wlan data", (wlan(), *SNAP_IPV4), IEEE802_11),
    Case("wlan data, check sequence behind", (wlan("from_DS"), *SNAP_IPV4), IEEE802_11, padding=FCS),
    Case("wlan data, ad hoc", (wlan(""), snap(0x86DD), *IPV6_PACKET), IEEE802_11),
    Case("wlan data, four addresses", (wlan("to_DS+from_DS"), snap(0x0806), arp()), IEEE802_11),
    Case("wlan data, strict order", (wlan("order"), *SNAP_IPV4), IEEE802_11),
    Case("wlan data, cf-ack", (wlan(subtype=1), *SNAP_IPV4), IEEE802_11),
    Case("wlan data, 802.1X", (wlan("from_DS"), snap(0x888E), rest()), IEEE802_11, stop=UNKNOWN),
    Case("wlan qos", (qos(), *SNAP_IPV4), IEEE802_11),
    Case("wlan qos, four addresses", (qos("to_DS+from_DS"), *SNAP_IPV4), IEEE802_11),
    Case("wlan qos, ht control", (qos("from_DS+order", "0000 00000000"), *SNAP_IPV4), IEEE802_11),
    Case("wlan qos, all", (qos("to_DS+from_DS+order", "0000 00000000"), snap(0x86DD), *IPV6_PACKET), IEEE802_11),
    Case("wlan null", (wlan(subtype=4),), IEEE802_11),
    Case("wlan qos null", (wlan(behind="0000", subtype=12),), IEEE802_11),
    Case("wlan encrypted", (wlan("to_DS+protected"), rest(bytes(40))), IEEE802_11, stop=ENCRYPTED),
    Case("wlan qos encrypted", (qos("from_DS+protected"), rest(bytes(40))), IEEE802_11, stop=ENCRYPTED),
    Case("wlan first fragment", (wlan("to_DS+MF"), rest(bytes(60))), IEEE802_11, stop=UNKNOWN),
    Case("wlan last fragment", (wlan(SC=0x11), rest(bytes(60))), IEEE802_11, stop=UNKNOWN),
    Case(
        "wlan of version 1",
        (Header(layout.WLAN, hexed("0900"), columns={LINK: -1}), rest(bytes(60))),
        IEEE802_11,
        stop=UNKNOWN,
    ),
    Case("wlan extension", (Header(layout.WLAN, hexed("0c00")), rest(bytes(60))), IEEE802_11),
)

AGGREGATED = (
    Case("wlan a-msdu", (qos(control="8000"), SUBFRAME, *SNAP_IPV4), IEEE802_11),
    Case(
        "wlan a-msdu, two packets",
        (qos(control="8000"), SUBFRAME, *SNAP_IPV4),
        IEEE802_11,
        padding=bytes(-(SUBFRAME.size + SNAP_SIZE) % 4) + bytes(SUBFRAME.packet) + bytes(SNAP_SIZE),
        tshark=TWO_PACKETS,
    ),
    *(
        Case(f"wlan mesh, {name}", (qos(flags, "0001"), rest(bytes.fromhex(text)), *SNAP_IPV4), IEEE802_11)
        for name, flags, text in MESHES
    ),
    Case("wlan mesh bit of an access point", (qos("to_DS", "0001"), *SNAP_IPV4), IEEE802_11),
    Case("wlan mesh bit, no mesh header", (qos("from_DS", "0001"), *SNAP_IPV4), IEEE802_11),
)

BEACON = wlan("", kind=MANAGEMENT, subtype=8)

CONTROLS = (
    Case("wlan beacon", (BEACON, rest(bytes(Dot11Beacon()) + b"\0\4test")), IEEE802_11),
    Case("wlan action, ht control", (wlan("order", bytes(4).hex(), kind=MANAGEMENT, subtype=13), rest()), IEEE802_11),
    *(Case(f"wlan control {subtype}", (short(subtype),), IEEE802_11, padding=FCS) for subtype in (12, 13)),
    Case("wlan request to send", (Header(layout.WLAN, hexed("b4000000 020000000001 020000000002")),), IEEE802_11),
)


def radiotap(present: int, fields: str = "", trailer: int = 0, words: str = "") -> Header:
    """Version 0, length, what fields there are (bit 0 the time, bit 1 the flags), and those."""
    body = bytes.fromhex(words + fields)
    return Header(
        layout.RADIOTAP, hexed((struct.pack("<BBHI", 0, 0, 8 + len(body), present) + body).hex()), trailer=trailer
    )


PADDED = qos(layer=layout.WLAN_PADDED)
PAD = rest(bytes(2))
FOUR = 4
NO_FIELDS = radiotap(0)

RADIO = (
    Case("radiotap", (NO_FIELDS, wlan(), *SNAP_IPV4), RADIOTAP),
    Case("radiotap, check sequence", (radiotap(2, "10", FOUR), qos(), *SNAP_IPV4), RADIOTAP, padding=FCS),
    Case("radiotap, wrong check sequence", (radiotap(2, "50", FOUR), wlan(), *SNAP_IPV4), RADIOTAP, padding=FCS),
    Case(
        "radiotap, beacon checked",
        (radiotap(2, "10", FOUR), BEACON, rest(bytes(12))),
        RADIOTAP,
        padding=FCS,
    ),
    Case("radiotap, pad", (radiotap(2, "20"), PADDED, PAD, *SNAP_IPV4), RADIOTAP),
    Case("radiotap, nothing to pad", (radiotap(2, "20"), wlan(layer=layout.WLAN_PADDED), *SNAP_IPV4), RADIOTAP),
    Case("radiotap, time and pad", (radiotap(3, "0102030405060708 20"), PADDED, PAD, *SNAP_IPV4), RADIOTAP),
    Case("radiotap, two words", (radiotap(0x80000002, "20", words="00000000"), PADDED, PAD, *SNAP_IPV4), RADIOTAP),
    Case(
        "radiotap, two words and time",
        (radiotap(0x80000003, "00000000 1020304050607080 30", FOUR, words="00000000"), PADDED, PAD, *SNAP_IPV4),
        RADIOTAP,
        padding=FCS,
    ),
    Case("radiotap encrypted", (NO_FIELDS, wlan("to_DS+protected"), rest(bytes(40))), RADIOTAP, stop=ENCRYPTED),
    Case("radiotap beacon", (NO_FIELDS, BEACON, rest(bytes(12))), RADIOTAP),
)


def prism(order: str) -> Header:
    """Code 0x44, 144 bytes, a name, ten measurements of 12 bytes."""
    items = b"".join(struct.pack(f"{order}IHHI", 0x10044 + (number << 12), 0, 4, 0) for number in range(10))
    return Header(layout.PRISM, hexed((struct.pack(f"{order}II16s", 0x44, 144, b"wlan0") + items).hex()))


def avs(version: int, size: int) -> Header:
    return Header(layout.AVS, hexed((struct.pack(">II", 0x80211000 + version, size) + bytes(size - 8)).hex()))


def ppi(link_type: int, fields: str = "", trailer: int = 0) -> Header:
    """Version 0, flags, length, link type; fields of type, length and value."""
    body = bytes.fromhex(fields)
    packet = hexed((struct.pack("<BBHI", 0, 0, 8 + len(body), link_type) + body).hex())
    return Header(layout.PPI, packet, trailer=trailer, columns={LINK_TYPE: link_type})


COMMON = "0200 1400 0000000000000000 0100 0000 0000 0000 00 00 00 00"
"""PPI's field of 802.11: time, flags (1: a check sequence), rate, channel, hopping, signal, noise."""
OTHER = "0400 0800 0000000000000000"

OTHER_CAPTURES = (
    *(
        Case(f"prism, {name}", (prism(order), wlan(), *SNAP_IPV4), PRISM)
        for name, order in (("little", "<"), ("big", ">"))
    ),
    Case("prism, avs", (Header(layout.PRISM, hexed(""), peek=8), avs(1, 64), wlan(), *SNAP_IPV4), PRISM),
    Case("avs", (avs(1, 64), wlan(), *SNAP_IPV4), AVS),
    Case("avs, version 2", (avs(2, 80), qos(), *SNAP_IPV4), AVS),
    Case("ppi", (ppi(IEEE802_11), wlan(), *SNAP_IPV4), PPI),
    Case("ppi, check sequence", (ppi(IEEE802_11, COMMON, FOUR), wlan(), *SNAP_IPV4), PPI, padding=FCS),
    Case("ppi, two fields", (ppi(IEEE802_11, OTHER + COMMON, FOUR), wlan(), *SNAP_IPV4), PPI, padding=FCS),
    Case("ppi, another field", (ppi(IEEE802_11, OTHER), wlan(), *SNAP_IPV4), PPI),
    Case("ppi, ethernet", (ppi(linktypes.ETHERNET), *IPV4_IN_ETHERNET), PPI),
    Case("ppi, radiotap", (ppi(RADIOTAP), NO_FIELDS, wlan(), *SNAP_IPV4), PPI),
    Case("ppi, unknown", (Header(layout.PPI, hexed("0000 0800 dc000000")), rest()), PPI, stop=UNKNOWN),
)

ARUBA = (
    # Wireshark's packet-gre.c: a number each tunnel, and frames of 802.11 behind it
    *(
        Case(f"gre aruba {number:x}", (*OVER_GRE, gre(number, typed=False), wlan(), *SNAP_IPV4))
        for number in (0x8200, 0x8210, 0x8370)
    ),
    Case("gre aruba, acknowledgement", (*OVER_GRE, gre(0x8200, typed=False), short(13))),
    Case("gre aruba, between two", (*OVER_GRE, gre(0x8201), rest(bytes(60))), stop=UNKNOWN),
)

CASES = (*FRAMES, *AGGREGATED, *CONTROLS, *RADIO, *OTHER_CAPTURES, *ARUBA)
