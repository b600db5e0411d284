"""IPv4, IPv6 with its extension headers, and ARP."""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.lookup_kernel import by_ip_protocol, by_ipv6_extension
from rawkit.decode.headers.row_kernel import fits, new_packet, shorten, stop
from rawkit.decode.layout import FRAGMENT, FRAGMENT_ID, MALFORMED, NET_KIND, NOTHING, PROTOCOL, UNKNOWN, WIRE_END
from rawkit.facts import ah, ethernet, ethertypes, ip_protocols, ipv6_fragment, ipv6_options
from rawkit.facts import arp as arp_facts
from rawkit.facts import ipv4 as ipv4_facts
from rawkit.facts import ipv6 as ipv6_facts
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16

FORCE_INLINE: Final = True


def arp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 826."""
    new_packet(rows, row, at, ethertypes.ARP)
    if fits(rows, row, at, arp_facts.SENDER_MAC, layer):
        place = start + at
        addresses = u8(data, place + arp_facts.HARDWARE_LEN) + u8(data, place + arp_facts.PROTOCOL_LEN)
        size = arp_facts.SENDER_MAC + 2 * addresses
        fits(rows, row, at, size, layer)
        shorten(rows, row, at + size)
    return NOTHING, at


def ipv4(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 791."""
    if not fits(rows, row, at, 1, layer):
        return NOTHING, at
    place = start + at
    header = (u8(data, place) & 15) * 4
    if u8(data, place) >> 4 != 4 or header < ipv4_facts.HEADER_LEN:
        return stop(rows, row, layer, MALFORMED)
    new_packet(rows, row, at, ethertypes.IPV4)
    if not fits(rows, row, at, ipv4_facts.HEADER_LEN, layer):
        return NOTHING, at
    total = u16(data, place + ipv4_facts.TOTAL_LENGTH)
    if total != 0:  # 0: a segment that the sender's card was to cut up
        if total < header:
            return stop(rows, row, layer, MALFORMED)
        shorten(rows, row, at + total)
    rows[row + PROTOCOL] = u8(data, place + ipv4_facts.PROTOCOL)
    if not fits(rows, row, at, header, layer):
        return NOTHING, at
    fragment = u16(data, place + ipv4_facts.FLAGS_FRAGMENT)
    offset = fragment & ipv4_facts.FRAGMENT_MASK
    more = fragment >> ipv4_facts.FLAGS_SHIFT & ipv4_facts.MORE_FRAGMENTS
    if offset or more:
        rows[row + FRAGMENT] = offset << 4 | more  # units of 8 bytes
        rows[row + FRAGMENT_ID] = at + ipv4_facts.IDENTIFICATION
        if offset:
            return NOTHING, at
    return protocol(u8(data, place + ipv4_facts.PROTOCOL), at + header, layer, rows, row)


def ipv6(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 8200."""
    if not fits(rows, row, at, 1, layer):
        return NOTHING, at
    place = start + at
    if u8(data, place) >> 4 != 6:
        return stop(rows, row, layer, MALFORMED)
    new_packet(rows, row, at, ethertypes.IPV6)
    if not fits(rows, row, at, ipv6_facts.HEADER_LEN, layer):
        return NOTHING, at
    size = u16(data, place + ipv6_facts.PAYLOAD_LENGTH)
    # 0: a jumbogram, or a segment that the sender's card was to cut up; in a frame that is padded there is nothing.
    if size != 0 or rows[row + WIRE_END] <= ethernet.PADDED_LEN:
        shorten(rows, row, at + ipv6_facts.HEADER_LEN + size)
    rows[row + PROTOCOL] = u8(data, place + ipv6_facts.NEXT_HEADER)
    return protocol(u8(data, place + ipv6_facts.NEXT_HEADER), at + ipv6_facts.HEADER_LEN, layer, rows, row)


def extension(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IPv6 extension headers (RFC 8200, section 4) and the authentication header (RFC 4302)."""
    kind = rows[row + PROTOCOL]
    if not fits(rows, row, at, ipv6_options.UNIT, layer):
        return NOTHING, at
    place = start + at
    following = u8(data, place + ipv6_options.NEXT_HEADER)
    if kind == ip_protocols.FRAGMENT:
        return fragment_header(data, start, at, layer, rows, row)
    size = extension_size(kind, u8(data, place + ipv6_options.LENGTH))
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    return protocol(following, at + size, layer, rows, row)


def extension_size(kind: int, units: int) -> int:
    """Bytes of an extension header with this length field; the authentication header counts otherwise."""
    return (units + 2) * ah.UNIT if kind == ip_protocols.AH else (units + 1) * ipv6_options.UNIT


def fragment_header(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    field = u16(data, start + at + ipv6_fragment.OFFSET_FLAGS)
    offset = field & ipv6_fragment.OFFSET_MASK  # in bytes, as its three lowest bits are other fields
    more = field & ipv6_fragment.MORE_FRAGMENTS
    following = u8(data, start + at + ipv6_fragment.NEXT_HEADER)
    if offset or more:  # an "atomic" fragment (RFC 6946) is a whole packet
        rows[row + FRAGMENT] = offset << 1 | more
        rows[row + FRAGMENT_ID] = at + ipv6_fragment.IDENTIFICATION
        if offset:
            rows[row + PROTOCOL] = following
            return NOTHING, at
    return protocol(following, at + ipv6_fragment.HEADER_LEN, layer, rows, row)


def protocol(number: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The layer that an IP protocol number names; `layer` is the header that it stands in."""
    rows[row + PROTOCOL] = number
    found = by_ip_protocol(number)
    if found == NOTHING and rows[row + NET_KIND] == ethertypes.IPV6:
        found = by_ipv6_extension(number)
    if found == NOTHING and number != ip_protocols.NO_NEXT_HEADER:
        return stop(rows, row, layer, UNKNOWN)
    return found, at
