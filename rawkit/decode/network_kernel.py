"""IPv4, IPv6 with its extension headers, and ARP."""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import FRAGMENT, FRAGMENT_ID, MALFORMED, NET_KIND, NOTHING, PROTOCOL, UNKNOWN
from rawkit.decode.lookup_kernel import by_ip_protocol, by_ipv6_extension
from rawkit.decode.row_kernel import fits, new_packet, shorten, stop
from rawkit.facts import ethertypes, ip_protocols
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16

FORCE_INLINE: Final = True


def arp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 826."""
    new_packet(rows, row, at, ethertypes.ARP)
    if fits(rows, row, at, 8, layer):
        size = 8 + 2 * (u8(data, start + at + 4) + u8(data, start + at + 5))
        fits(rows, row, at, size, layer)
        shorten(rows, row, at + size)
    return NOTHING, at


def ipv4(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 791."""
    if not fits(rows, row, at, 1, layer):
        return NOTHING, at
    place = start + at
    header = (u8(data, place) & 15) * 4
    if u8(data, place) >> 4 != 4 or header < 20:
        return stop(rows, row, layer, MALFORMED)
    new_packet(rows, row, at, ethertypes.IPV4)
    if not fits(rows, row, at, 20, layer):
        return NOTHING, at
    total = u16(data, place + 2)
    if total != 0:  # 0: a segment that the sender's card was to cut up
        if total < header:
            return stop(rows, row, layer, MALFORMED)
        shorten(rows, row, at + total)
    rows[row + PROTOCOL] = u8(data, place + 9)
    if not fits(rows, row, at, header, layer):
        return NOTHING, at
    fragment = u16(data, place + 6)
    if fragment & 0x3FFF:
        rows[row + FRAGMENT] = (fragment & 0x1FFF) << 4 | (fragment >> 13 & 1)
        rows[row + FRAGMENT_ID] = at + 4
        if fragment & 0x1FFF:
            return NOTHING, at
    return protocol(u8(data, place + 9), at + header, layer, rows, row)


def ipv6(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 8200."""
    if not fits(rows, row, at, 1, layer):
        return NOTHING, at
    place = start + at
    if u8(data, place) >> 4 != 6:
        return stop(rows, row, layer, MALFORMED)
    new_packet(rows, row, at, ethertypes.IPV6)
    if not fits(rows, row, at, 40, layer):
        return NOTHING, at
    size = u16(data, place + 4)
    if size != 0:  # 0: a jumbogram, or a segment that the sender's card was to cut up
        shorten(rows, row, at + 40 + size)
    rows[row + PROTOCOL] = u8(data, place + 6)
    return protocol(u8(data, place + 6), at + 40, layer, rows, row)


def extension(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IPv6 extension headers (RFC 8200, section 4) and the authentication header (RFC 4302)."""
    kind = rows[row + PROTOCOL]
    if not fits(rows, row, at, 8, layer):
        return NOTHING, at
    place = start + at
    following = u8(data, place)
    if kind == ip_protocols.FRAGMENT:
        return fragment_header(data, start, at, layer, rows, row)
    size = (u8(data, place + 1) + 2) * 4 if kind == ip_protocols.AH else (u8(data, place + 1) + 1) * 8
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    return protocol(following, at + size, layer, rows, row)


def fragment_header(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    field = u16(data, start + at + 2)
    if field & 0xFFF9:  # an "atomic" fragment (RFC 6946) is a whole packet
        rows[row + FRAGMENT] = (field & 0xFFF8) << 1 | field & 1
        rows[row + FRAGMENT_ID] = at + 4
        if field & 0xFFF8:
            rows[row + PROTOCOL] = u8(data, start + at)
            return NOTHING, at
    return protocol(u8(data, start + at), at + 8, layer, rows, row)


def protocol(number: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The layer that an IP protocol number names; `layer` is the header that it stands in."""
    rows[row + PROTOCOL] = number
    found = by_ip_protocol(number)
    if found == NOTHING and rows[row + NET_KIND] == ethertypes.IPV6:
        found = by_ipv6_extension(number)
    if found == NOTHING and number != ip_protocols.NO_NEXT_HEADER:
        return stop(rows, row, layer, UNKNOWN)
    return found, at
