"""Transport headers, and what else stands directly behind IP."""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.lookup_kernel import by_udp_port, may_tunnel
from rawkit.decode.headers.row_kernel import fits, shorten, stop
from rawkit.decode.layout import (
    END,
    FRAGMENT,
    ICMP,
    MALFORMED,
    NOTHING,
    PAYLOAD,
    QUOTE,
    TRANSPORT,
    UDP,
    WIRE_END,
)
from rawkit.facts import dccp as dccp_facts
from rawkit.facts import icmp as icmp_facts
from rawkit.facts import icmpv6, ipv4, ospfv3
from rawkit.facts import igmp as igmp_facts
from rawkit.facts import sctp as sctp_facts
from rawkit.facts import tcp as tcp_facts
from rawkit.facts import udp as udp_facts
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16

FORCE_INLINE: Final = True

SHORTEST_TUNNEL: Final = 8
"""Bytes that a tunnel in UDP has at least, its header and what it carries."""


def tcp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 9293."""
    rows[row + TRANSPORT] = at
    if fits(rows, row, at, tcp_facts.HEADER_LEN, layer):
        header = (u8(data, start + at + tcp_facts.DATA_OFFSET) >> 4) * 4
        if header < tcp_facts.HEADER_LEN:
            return stop(rows, row, layer, MALFORMED)
        if at + header > rows[row + WIRE_END]:
            return stop(rows, row, layer, MALFORMED)
        rows[row + PAYLOAD] = at + header
        fits(rows, row, at, header, layer)
    return NOTHING, at


def udp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """UDP (RFC 768) and UDP-Lite (RFC 3828), whose length field counts what the checksum covers."""
    rows[row + TRANSPORT] = at
    if not fits(rows, row, at, udp_facts.HEADER_LEN, layer):
        return NOTHING, at
    place = start + at
    size = u16(data, place + udp_facts.LENGTH)
    if layer == UDP and size != 0:  # 0: longer than 65,535 bytes (RFC 2675)
        if size < udp_facts.HEADER_LEN:
            return stop(rows, row, layer, MALFORMED)
        if rows[row + FRAGMENT] == -1:
            shorten(rows, row, at + size)
    payload = at + udp_facts.HEADER_LEN
    rows[row + PAYLOAD] = payload
    source = u16(data, place + udp_facts.SRC_PORT)
    destination = u16(data, place + udp_facts.DST_PORT)
    if not may_tunnel(source, destination) or payload + SHORTEST_TUNNEL > rows[row + END]:
        return NOTHING, at
    return by_udp_port(source, destination, u16(data, start + payload)), payload


def icmp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """ICMP (RFC 792) and ICMPv6 (RFC 4443): errors quote the packet that they are about."""
    rows[row + TRANSPORT] = at
    quote = at + icmp_facts.HEADER_LEN
    if not fits(rows, row, at, icmp_facts.HEADER_LEN, layer):
        return NOTHING, at
    rows[row + PAYLOAD] = quote
    kind = u8(data, start + at + icmp_facts.TYPE)
    is_error = icmp_error(kind) if layer == ICMP else 0 < kind <= icmpv6.PARAMETER_PROBLEM
    if is_error and quote + ipv4.HEADER_LEN <= rows[row + END]:
        rows[row + QUOTE] = quote
    return NOTHING, at


def icmp_error(kind: int) -> bool:
    """Whether an ICMP message is an error (RFC 1122, section 3.2.2)."""
    return kind in (
        icmp_facts.DESTINATION_UNREACHABLE,
        icmp_facts.SOURCE_QUENCH,
        icmp_facts.REDIRECT,
        icmp_facts.TIME_EXCEEDED,
        icmp_facts.PARAMETER_PROBLEM,
    )


def sctp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The common header of RFC 9260."""
    return common_header(at, sctp_facts.HEADER_LEN, layer, rows, row)


def igmp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 2236; what version 3 has besides stands behind it."""
    return common_header(at, igmp_facts.HEADER_LEN, layer, rows, row)


def ospf(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """What OSPF version 2 (RFC 2328) and 3 (RFC 5340) share."""
    return common_header(at, ospfv3.HEADER_LEN, layer, rows, row)


def common_header(at: int, size: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """A header of a fixed size, behind which rawkit does not read on."""
    rows[row + TRANSPORT] = at
    if fits(rows, row, at, size, layer):
        rows[row + PAYLOAD] = at + size
    return NOTHING, at


def dccp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 4340, whose header says how long it is."""
    rows[row + TRANSPORT] = at
    if not fits(rows, row, at, dccp_facts.SHORT_HEADER_LEN, layer):
        return NOTHING, at
    size = u8(data, start + at + dccp_facts.DATA_OFFSET) * 4
    if size < dccp_facts.SHORT_HEADER_LEN:
        return stop(rows, row, layer, MALFORMED)
    if fits(rows, row, at, size, layer):
        rows[row + PAYLOAD] = at + size
    return NOTHING, at
