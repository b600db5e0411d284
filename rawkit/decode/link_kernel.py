"""Link headers: what stands before IP in a capture, and between a link and IP."""

from __future__ import annotations

from typing import Final

from rawkit import linktypes
from rawkit.decode.carried_kernel import carried, ethertype, ip_by_version
from rawkit.decode.layout import (
    C_HDLC,
    ETHERNET,
    LINK,
    LINK_TYPE,
    LLC,
    MALFORMED,
    MAX_HEADERS,
    NOTHING,
    PPP,
    TOO_DEEP,
    UNKNOWN,
)
from rawkit.decode.lookup_kernel import by_arcnet_protocol, by_bsd_family, by_llc, by_nlpid, by_ppp_protocol
from rawkit.decode.row_kernel import fits, note_vlan, shorten, stop
from rawkit.facts.cooked import ETH_P_802_2
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16

FORCE_INLINE: Final = True


def ethernet(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Ethernet II, or IEEE 802.3 with a length in place of the type."""
    if not fits(rows, row, at, 14, layer):
        return NOTHING, at
    rows[row + LINK] = at
    rows[row + LINK_TYPE] = linktypes.ETHERNET
    return ethertype(u16(data, start + at + 12), at + 14, layer, rows, row)


def vlan(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """A tag of IEEE 802.1Q, behind the EtherType that announces it."""
    if not fits(rows, row, at, 4, layer):
        return NOTHING, at
    note_vlan(rows, row, u16(data, start + at) & 0xFFF)
    return ethertype(u16(data, start + at + 2), at + 4, layer, rows, row)


def llc(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IEEE 802.2, with the SNAP extension that carries an EtherType (RFC 1042)."""
    if not fits(rows, row, at, 3, layer):
        return NOTHING, at
    place = start + at
    access_points = u16(data, place)
    found = by_llc(access_points)
    if found != NOTHING:
        return found, at + 3
    if access_points != 0xAAAA or u8(data, place + 2) != 3:
        return stop(rows, row, layer, UNKNOWN)
    return snap(data, start, at + 3, rows, row)


def snap(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """The organization whose number follows; a bridged frame (RFC 2427, section 4.2) is Ethernet."""
    if not fits(rows, row, at, 5, LLC):
        return NOTHING, at
    organization = u8(data, start + at) << 16 | u16(data, start + at + 1)
    kind = u16(data, start + at + 3)
    if organization in (0x000000, 0x0000F8):
        return carried(kind, at + 5, LLC, rows, row)
    if organization == 0x0080C2 and kind in (1, 7):
        return ETHERNET, at + 5
    return stop(rows, row, LLC, UNKNOWN)


def linux_sll(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_LINUX_SLL: what a capture of all interfaces has in place of their link headers."""
    if not fits(rows, row, at, 16, layer):
        return NOTHING, at
    return cooked(u16(data, start + at + 14), at + 16, layer, rows, row)


def linux_sll2(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_LINUX_SLL2."""
    if not fits(rows, row, at, 20, layer):
        return NOTHING, at
    return cooked(u16(data, start + at), at + 20, layer, rows, row)


def cooked(kind: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    if kind == ETH_P_802_2:
        return LLC, at
    return carried(kind, at, layer, rows, row)


def bsd_loopback(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_NULL: an address family, in the byte order of the host that captured it."""
    if not fits(rows, row, at, 4, layer):
        return NOTHING, at
    place = start + at
    found = by_bsd_family(u8(data, place) | u8(data, place + 3))
    if u16(data, place + 1) != 0 or found == NOTHING:
        return stop(rows, row, layer, UNKNOWN)
    return found, at + 4


def raw_ip(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """No link header at all."""
    return ip_by_version(data, start, at, layer, rows, row)


def pppoe(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 2516: PPP in a session, nothing to follow in the discovery of one."""
    if not fits(rows, row, at, 6, layer):
        return NOTHING, at
    place = start + at
    if u8(data, place) != 0x11:
        return stop(rows, row, layer, MALFORMED)
    shorten(rows, row, at + 6 + u16(data, place + 4))
    return (PPP, at + 6) if u8(data, place + 1) == 0 else (NOTHING, at)


def ppp_hdlc(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """PPP in HDLC-like framing (RFC 1662), or Cisco HDLC, which captures give the same link type."""
    if not fits(rows, row, at, 2, layer):
        return NOTHING, at
    if u8(data, start + at) in (0x0F, 0x8F):
        return C_HDLC, at
    return ppp(data, start, at, layer, rows, row)


def ppp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """PPP's protocol field (RFC 1661), which may be compressed to one byte, behind address and control or not."""
    if not fits(rows, row, at, 2, layer):
        return NOTHING, at
    if u16(data, start + at) == 0xFF03:
        at += 2
        if not fits(rows, row, at, 2, layer):
            return NOTHING, at
    place = start + at
    size = 1 if u8(data, place) & 1 else 2
    found = by_ppp_protocol(u8(data, place) if size == 1 else u16(data, place))
    if found == NOTHING:
        return stop(rows, row, PPP, UNKNOWN)
    return found, at + size


def cisco_hdlc(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """LINKTYPE_C_HDLC: address, control, EtherType."""
    if not fits(rows, row, at, 4, layer):
        return NOTHING, at
    return carried(u16(data, start + at + 2), at + 4, layer, rows, row)


def frame_relay(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Frame relay with RFC 2427's encapsulation, or Cisco's."""
    if not fits(rows, row, at, 4, layer):
        return NOTHING, at
    place = start + at
    address = 2 if u8(data, place + 1) & 1 else 4
    if not fits(rows, row, at, address + 3, layer):
        return NOTHING, at
    if u8(data, place + address) != 3:  # no unnumbered information: Cisco's form, with an EtherType
        return carried(u16(data, place + address), at + address + 2, layer, rows, row)
    identifier = u8(data, place + address + 1)
    found = by_nlpid(identifier)
    if found != NOTHING:
        return found, at + address + 2
    padding = 1 if identifier == 0 else 0
    if u8(data, place + address + 1 + padding) == 0x80:
        return snap(data, start, at + address + 2 + padding, rows, row)
    return stop(rows, row, layer, UNKNOWN)


def ipoib(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IP over InfiniBand (RFC 4391) behind the global route header, as LINKTYPE_IPOIB has it."""
    if not fits(rows, row, at, 44, layer):
        return NOTHING, at
    return carried(u16(data, start + at + 40), at + 44, layer, rows, row)


def ipnet(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Solaris' IP observability, LINKTYPE_IPNET."""
    if not fits(rows, row, at, 24, layer):
        return NOTHING, at
    return ip_by_version(data, start, at + 24, layer, rows, row)


def arcnet(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """ARCNET as Linux captures it; RFC 1201 has three bytes behind the protocol that RFC 1051 has not."""
    if not fits(rows, row, at, 8, layer):
        return NOTHING, at
    kind = u8(data, start + at + 4)
    found = by_arcnet_protocol(kind)
    if found == NOTHING:
        return stop(rows, row, layer, UNKNOWN)
    return found, at + (8 if kind in (0xD4, 0xD5) else 5)


def nflog(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Attributes of length, type (in the byte order of the host) and value; the packet is the one of type 9."""
    at += 4
    for _ in range(MAX_HEADERS):
        if not fits(rows, row, at, 4, layer):
            return NOTHING, at
        place = start + at
        size = u8(data, place) | u8(data, place + 1) << 8
        kind = u8(data, place + 2) | u8(data, place + 3) << 8
        if u8(data, place + 2) == 0:  # a big-endian host: no attribute has the type 0, or one over 255
            size = u16(data, place)
            kind = u16(data, place + 2)
        if size < 4:
            return stop(rows, row, layer, MALFORMED)
        if kind == 9:
            return ip_by_version(data, start, at + 4, layer, rows, row)
        at += (size + 3) & ~3
    return stop(rows, row, layer, TOO_DEEP)
