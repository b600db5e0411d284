"""What follows a header that says it by an EtherType, or not at all."""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.lookup_kernel import by_ethertype
from rawkit.decode.headers.row_kernel import fits, shorten, stop
from rawkit.decode.layout import END, ETHERTYPE, IPV4, IPV6, LLC, NOTHING, UNKNOWN, WIRE_END
from rawkit.facts import ipv4, ipv6
from rawkit.facts.ethertypes import LENGTH_MAX
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16

FORCE_INLINE: Final = True


def ethertype(kind: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The layer that an EtherType names, or a length in its place; `layer` is the header that it stands in."""
    if kind <= LENGTH_MAX:
        shorten(rows, row, at + kind)
        return LLC, at
    rows[row + ETHERTYPE] = kind
    found = by_ethertype(kind)
    if found == NOTHING:
        return stop(rows, row, layer, UNKNOWN)
    return found, at


def carried(kind: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """The layer that an EtherType names in a place where it cannot be a length."""
    if kind <= LENGTH_MAX:
        return stop(rows, row, layer, UNKNOWN)
    return ethertype(kind, at, layer, rows, row)


def ip_by_version(data: Ints, start: int, at: int, layer: int, rows: Ints, row: int) -> tuple[int, int]:
    """IPv4 or IPv6, where nothing but the first four bits tells."""
    if not fits(rows, row, at, 1, layer):
        return NOTHING, at
    version = u8(data, start + at) >> 4
    if version == 4:
        return IPV4, at
    if version == 6:
        return IPV6, at
    return stop(rows, row, layer, UNKNOWN)


def whole_ip(data: Ints, start: int, at: int, rows: Ints, row: int) -> tuple[int, int]:
    """IPV4 or IPV6 where such a packet begins at `at` and ends before what carries it does, and its end; else NOTHING.

    What a port number cannot tell for sure, a version and a length that fit do, and a hop limit; they have to be
    captured.
    """
    place = start + at
    if at + ipv6.SRC > rows[row + END]:
        return NOTHING, at
    version = u8(data, place) >> 4
    if version == 6:
        end = at + ipv6.HEADER_LEN + u16(data, place + ipv6.PAYLOAD_LENGTH)
        fit = end <= rows[row + WIRE_END] and u8(data, place + ipv6.HOP_LIMIT) != 0
        return (IPV6, end) if fit else (NOTHING, at)
    header = (u8(data, place) & ipv4.IHL_MASK) * ipv4.IHL_UNIT
    total = u16(data, place + ipv4.TOTAL_LENGTH)
    if version == 4 and ipv4.HEADER_LEN <= header <= total and at + total <= rows[row + WIRE_END]:
        return IPV4, at + total
    return NOTHING, at
