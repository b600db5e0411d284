"""Headers that carry another link or network header."""

from __future__ import annotations

from typing import Final

from rawkit.decode.carried_kernel import carried, ip_by_version
from rawkit.decode.layout import (
    ERSPAN,
    ETHERNET,
    FRAGMENT,
    IPV4,
    IPV6,
    MALFORMED,
    MAX_HEADERS,
    MPLS,
    NOTHING,
    PPP,
    TOO_DEEP,
    TUNNEL,
    UNKNOWN,
    WIRE_END,
)
from rawkit.decode.lookup_kernel import by_gre_protocol, by_pim_type
from rawkit.decode.row_kernel import fits, stop
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16

FORCE_INLINE: Final = True


def gre(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """GRE (RFC 2784, 2890) and its version for PPTP (RFC 2637)."""
    if not fits(rows, row, at, 4, layer):
        return NOTHING, at
    flags = u16(data, start + at)
    kind = u16(data, start + at + 2)
    if flags & 0x4000:  # source routes: deprecated, and unlike what follows
        return stop(rows, row, layer, UNKNOWN)
    size = 4 + 4 * ((flags >> 15 & 1) + (flags >> 13 & 1) + (flags >> 12 & 1))
    if flags & 7 == 1:
        size += 4 * (flags >> 7 & 1)
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    found = by_gre_protocol(kind)
    if found == TUNNEL | ERSPAN and not flags & 0x1000:  # type I, which has no header and no sequence number
        return ETHERNET, at + size
    if found != NOTHING:
        return found, at + size
    return carried(kind, at + size, layer, rows, row)


def wccp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The redirect header of WCCP version 2 (draft-wilson-wrec-wccp-v2-01, 4.12.1)."""
    return ip_by_version(data, start, at + 4, layer, rows, row)


def erspan(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The header of a mirrored frame (draft-foschiano-erspan), type II."""
    return (ETHERNET, at + 8) if fits(rows, row, at, 8, layer) else (NOTHING, at)


def erspan_iii(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """Type III, whose last bit says whether a subheader of the platform follows."""
    if not fits(rows, row, at, 12, layer):
        return NOTHING, at
    size = 12 + 8 * (u8(data, start + at + 11) & 1)
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    if u8(data, start + at + 10) & 0x7C:  # its frame type: 0 is Ethernet
        return stop(rows, row, layer, UNKNOWN)
    return ETHERNET, at + size


def etherip(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 3378."""
    return (ETHERNET, at + 2) if fits(rows, row, at, 2, layer) else (NOTHING, at)


def pim(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """PIM (RFC 7761): a register message carries a multicast packet, 20 bytes at least, to the rendezvous point."""
    if rows[row + FRAGMENT] != -1:
        return NOTHING, at
    if not fits(rows, row, at, 8, layer) or rows[row + WIRE_END] < at + 28:
        return NOTHING, at
    return by_pim_type(u8(data, start + at) & 15), at + 8


def pim_register(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The packet in a register message."""
    return ip_by_version(data, start, at, layer, rows, row)


def vxlan(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 7348."""
    if not fits(rows, row, at, 8, layer):
        return NOTHING, at
    return ETHERNET, at + 8


def geneve(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """RFC 8926."""
    size = 8 + (u8(data, start + at) & 0x3F) * 4
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    return carried(u16(data, start + at + 2), at + size, layer, rows, row)


def gtp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """A user packet of GTPv1-U (3GPP TS 29.281)."""
    flags = u8(data, start + at)
    if not flags & 7:
        return ip_by_version(data, start, at + 8, layer, rows, row)
    if not fits(rows, row, at, 12, layer):
        return NOTHING, at
    following = u8(data, start + at + 11) if flags & 4 else 0
    at += 12
    for _ in range(MAX_HEADERS):
        if following == 0:
            return ip_by_version(data, start, at, layer, rows, row)
        if not fits(rows, row, at, 4, layer):
            return NOTHING, at
        size = u8(data, start + at) * 4
        if size == 0:
            return stop(rows, row, layer, MALFORMED)
        if not fits(rows, row, at, size, layer):
            return NOTHING, at
        following = u8(data, start + at + size - 1)
        at += size
    return stop(rows, row, layer, TOO_DEEP)


def l2tp(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """A data message of L2TP version 2 (RFC 2661, section 3.1)."""
    flags = u16(data, start + at)
    size = 6 + 2 * (flags >> 14 & 1) + 4 * (flags >> 11 & 1)
    if flags & 0x0200:
        if not fits(rows, row, at, size + 2, layer):
            return NOTHING, at
        size += 2 + u16(data, start + at + size)
    if not fits(rows, row, at, size, layer):
        return NOTHING, at
    return PPP, at + size


def mpls(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """One label stack entry (RFC 3032); below the last, IP or an Ethernet pseudowire (RFC 4448) is guessed."""
    if not fits(rows, row, at, 4, layer):
        return NOTHING, at
    if not u8(data, start + at + 2) & 1:
        return MPLS, at + 4
    if not fits(rows, row, at + 4, 1, layer):
        return NOTHING, at
    nibble = u8(data, start + at + 4) >> 4
    if nibble == 4:
        return IPV4, at + 4
    if nibble == 6:
        return IPV6, at + 4
    label = u16(data, start + at) << 4 | u8(data, start + at + 2) >> 4
    if nibble == 0 and label > 15:
        return ETHERNET, at + 8
    return stop(rows, row, layer, UNKNOWN)
