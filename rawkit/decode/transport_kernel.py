"""Transport headers, and what else stands directly behind IP."""

from __future__ import annotations

from typing import Final

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
from rawkit.decode.lookup_kernel import by_udp_port, may_tunnel
from rawkit.decode.row_kernel import fits, shorten, stop
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16

FORCE_INLINE: Final = True


def tcp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 9293."""
    rows[row + TRANSPORT] = at
    if fits(rows, row, at, 20, layer):
        header = (u8(data, start + at + 12) >> 4) * 4
        if header < 20:
            return stop(rows, row, layer, MALFORMED)
        if at + header > rows[row + WIRE_END]:
            return stop(rows, row, layer, MALFORMED)
        rows[row + PAYLOAD] = at + header
        fits(rows, row, at, header, layer)
    return NOTHING, at


def udp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """UDP (RFC 768) and UDP-Lite (RFC 3828), whose length field counts what the checksum covers."""
    rows[row + TRANSPORT] = at
    if not fits(rows, row, at, 8, layer):
        return NOTHING, at
    place = start + at
    size = u16(data, place + 4)
    if layer == UDP and size != 0:  # 0: longer than 65,535 bytes (RFC 2675)
        if size < 8:
            return stop(rows, row, layer, MALFORMED)
        if rows[row + FRAGMENT] == -1:
            shorten(rows, row, at + size)
    rows[row + PAYLOAD] = at + 8
    source = u16(data, place)
    destination = u16(data, place + 2)
    if not may_tunnel(source, destination) or at + 16 > rows[row + END]:
        return NOTHING, at
    return by_udp_port(source, destination, u16(data, place + 8)), at + 8


def icmp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """ICMP (RFC 792) and ICMPv6 (RFC 4443): errors quote the packet that they are about."""
    rows[row + TRANSPORT] = at
    if not fits(rows, row, at, 8, layer):
        return NOTHING, at
    rows[row + PAYLOAD] = at + 8
    kind = u8(data, start + at)
    is_error = kind in (3, 4, 5, 11, 12) if layer == ICMP else 0 < kind < 5
    if is_error and at + 28 <= rows[row + END]:
        rows[row + QUOTE] = at + 8
    return NOTHING, at


def sctp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The common header of RFC 9260."""
    return common_header(at, 12, layer, rows, row)


def igmp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 2236; what version 3 has besides stands behind it."""
    return common_header(at, 8, layer, rows, row)


def ospf(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """What OSPF version 2 (RFC 2328) and 3 (RFC 5340) share."""
    return common_header(at, 16, layer, rows, row)


def common_header(at: int, size: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """A header of a fixed size, behind which rawkit does not read on."""
    rows[row + TRANSPORT] = at
    if fits(rows, row, at, size, layer):
        rows[row + PAYLOAD] = at + size
    return NOTHING, at


def dccp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 4340, whose header says how long it is."""
    rows[row + TRANSPORT] = at
    if not fits(rows, row, at, 12, layer):
        return NOTHING, at
    size = u8(data, start + at + 4) * 4
    if size < 12:
        return stop(rows, row, layer, MALFORMED)
    if fits(rows, row, at, size, layer):
        rows[row + PAYLOAD] = at + size
    return NOTHING, at
