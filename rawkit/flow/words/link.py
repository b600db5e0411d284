"""Messages that stand straight in a link's frame, in a few words: LLDP, PPPoE's discovery, spanning tree."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from typing import Final

from rawkit.facts import pppoe

MOST_TAGS: Final = 8
LONGEST_TAG: Final = 80
"""Bytes of a tag's value that are shown: as many as tcpdump shows."""
PPPOE_CODES: Final = {0x07: "PADO", 0x09: "PADI", 0x19: "PADR", 0x65: "PADS", 0xA7: "PADT"}
PPPOE_TAGS: Final = {
    0x0000: "EOL", 0x0101: "Service-Name", 0x0102: "AC-Name", 0x0103: "Host-Uniq", 0x0104: "AC-Cookie",
    0x0105: "Vendor-Specific", 0x0110: "Relay-Session-ID", 0x0120: "PPP-Max-Payload", 0x0201: "Service-Name-Error",
    0x0202: "AC-System-Error", 0x0203: "Generic-Error",
}  # fmt: skip
"""RFC 2516, appendix A, and RFC 4638; in tcpdump's words."""
BPDU: Final = struct.Struct(">HBBB8sI8sH")
STP_VERSIONS: Final = {0: "802.1d", 2: "802.1w"}
CONFIG, RAPID, CHANGE_NOTIFICATION = 0x00, 0x02, 0x80
STP_FLAGS: Final = {0x01: "Topology change", 0x80: "Topology change ACK"}
RAPID_FLAGS: Final = {0x01: "Topology change", 0x02: "Proposal", 0x10: "Learn", 0x20: "Forward", 0x40: "Agreement"}
CHASSIS, PORT, NAME = 1, 2, 5
MAC_SUBTYPES: Final = {CHASSIS: 4, PORT: 3}
ADDRESS_SUBTYPES: Final = {CHASSIS: 5, PORT: 4}


def lldp_words(message: bytes) -> str:
    """Who sends an LLDP message, and from which port (IEEE 802.1AB, section 8); empty where it says neither.

    >>> lldp_words(bytes.fromhex("0207 04 020000000001 0405 05 65746830 0602 0078 0a03 737731 0000"))
    'LLDP sw1, chassis 02:00:00:00:00:01, port eth0'
    """
    found: dict[int, str] = {}
    at = 0
    while at + 2 <= len(message):
        head = int.from_bytes(message[at : at + 2], "big")
        kind, data = head >> 9, message[at + 2 : at + 2 + (head & 0x1FF)]
        if not kind:
            break
        if len(data) == head & 0x1FF and kind in (CHASSIS, PORT, NAME) and data:
            found.setdefault(kind, _lldp_id(kind, data))
        at += 2 + (head & 0x1FF)
    words = [word + found[kind] for kind, word in ((NAME, ""), (CHASSIS, "chassis "), (PORT, "port ")) if kind in found]
    return "LLDP " + ", ".join(words) if words else ""


def _lldp_id(kind: int, data: bytes) -> str:
    if kind != NAME:
        subtype, data = data[0], data[1:]
        if subtype == MAC_SUBTYPES[kind] and len(data) == 6:
            return data.hex(":")
        if subtype == ADDRESS_SUBTYPES[kind] and len(data) in (5, 17):
            return str(ipaddress.ip_address(data[1:]))
    return data.decode("utf-8", "backslashreplace")


def pppoe_words(message: bytes) -> str:
    """A packet of PPPoE's discovery (RFC 2516, section 5) in tcpdump's words; empty where it is none.

    >>> pppoe_words(bytes.fromhex("11 65 0011 000a 0101 0000 0102 0002 6163"))
    'PPPoE PADS [ses 0x11] [Service-Name] [AC-Name "ac"]'
    """
    versions, code, session, size = struct.unpack_from(">BBHH", message)
    if versions != pppoe.VERSION_1_TYPE_1 or code not in PPPOE_CODES:
        return ""
    tags = list(_tags(message[pppoe.HEADER_LEN : pppoe.HEADER_LEN + size]))
    return " ".join([f"PPPoE {PPPOE_CODES[code]}", *([f"[ses 0x{session:x}]"] if session else []), *tags])


def _tags(data: bytes) -> Iterator[str]:
    at = 0
    for _ in range(MOST_TAGS):
        if at + 4 > len(data):
            return
        kind, size = struct.unpack_from(">HH", data, at)
        value = data[at + 4 : at + 4 + size][:LONGEST_TAG]
        name = PPPOE_TAGS.get(kind, f"TAG-0x{kind:x}")
        if not value:
            yield f"[{name}]"
        elif value.isascii() and value.decode("ascii").isprintable():
            yield f'[{name} "{value.decode("ascii")}"]'
        else:
            yield f"[{name} 0x{value.hex().upper()}]"
        at += 4 + size


def stp_words(message: bytes) -> str:
    """A BPDU (IEEE 802.1D-2004, section 9) in tcpdump's words; empty for other versions and types.

    >>> stp_words(bytes.fromhex("0000 00 00 00 8000020000000100 00000000 8000020000000100 8001"))
    'STP 802.1d, Config, Flags [none], bridge-id 8000.02:00:00:00:01:00.8001'
    """
    protocol, version, kind = struct.unpack_from(">HBB", message)
    if protocol or version not in STP_VERSIONS:
        return ""
    if kind == CHANGE_NOTIFICATION:
        return f"STP {STP_VERSIONS[version]}, Topology Change"
    if kind not in (CONFIG, RAPID):
        return ""
    *_, bits, _root, _cost, bridge, port = BPDU.unpack_from(message)
    named = RAPID_FLAGS if kind == RAPID else STP_FLAGS
    flags = ", ".join(name for bit, name in named.items() if bits & bit) or "none"
    name = "Rapid STP" if kind == RAPID else "Config"
    identifier = f"{bridge[:2].hex()}.{bridge[2:].hex(':')}.{port:04x}"
    return f"STP {STP_VERSIONS[version]}, {name}, Flags [{flags}], bridge-id {identifier}"
