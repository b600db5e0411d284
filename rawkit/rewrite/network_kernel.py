"""What is taken over of IPv4 and IPv6 with their options: numbers as they are, addresses as places."""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.checksum_kernel import last_destination
from rawkit.facts import ah, ip_protocols, ipv4_options, ipv6_fragment, ipv6_options, ipv6_routing
from rawkit.facts import ipv4 as ipv4_facts
from rawkit.facts import ipv6 as ipv6_facts
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8
from rawkit.rewrite.layout import CHECKSUM, DESTINATION, IP_VERSION, SOURCE
from rawkit.rewrite.note_kernel import IPV6_LEN, addresses, check, ipv4, ipv6, keep, reach

FORCE_INLINE: Final = False


def keep_ipv4(data: Ints, notes: Ints, at: int, end: int) -> None:
    """RFC 791, of whose options addresses of routes and time stamps are places."""
    keep(notes, at, ipv4_facts.SRC, end)
    ipv4(notes, at + ipv4_facts.SRC, end)
    ipv4(notes, at + ipv4_facts.DST, end)
    if at + ipv4_facts.HEADER_LEN > end:
        return
    header = (u8(data, at) & ipv4_facts.IHL_MASK) * ipv4_facts.IHL_UNIT
    last = min(at + header, end)
    keep_ipv4_options(data, notes, at + ipv4_facts.HEADER_LEN, last)
    check(notes, CHECKSUM, at + ipv4_facts.CHECKSUM, at, last, 0, header)
    notes[SOURCE] = at + ipv4_facts.SRC
    notes[DESTINATION] = last_destination(data, at, last)
    notes[IP_VERSION] = 4


def keep_ipv4_options(data: Ints, notes: Ints, at: int, end: int) -> None:
    while at < end:
        kind = u8(data, at)
        if kind in (ipv4_options.END, ipv4_options.NO_OPERATION):
            keep(notes, at, 1, end)
            at += 1
            continue
        size = u8(data, at + ipv4_options.LENGTH) if at + ipv4_options.LENGTH < end else 0
        if size < ipv4_options.LENGTH + 1 or at + size > end:
            break
        if kind in (ipv4_options.RECORD_ROUTE, ipv4_options.LOOSE_SOURCE_ROUTE, ipv4_options.STRICT_SOURCE_ROUTE):
            keep(notes, at, ipv4_options.ROUTE, at + size)
            count = (size - ipv4_options.ROUTE) // ipv4_options.ADDRESS_LEN
            addresses(notes, 4, at + ipv4_options.ROUTE, count, at + size)
        elif kind == ipv4_options.TIMESTAMP:
            keep_times(data, notes, at, at + size)
        else:
            whole = kind == ipv4_options.ROUTER_ALERT
            keep(notes, at, size if whole else ipv4_options.LENGTH + 1, at + size)
        at += size


def keep_times(data: Ints, notes: Ints, at: int, end: int) -> None:
    """Times, each behind the address of who wrote it where the option has these (RFC 791, section 3.1)."""
    keep(notes, at, ipv4_options.TIMES, end)
    if at + ipv4_options.TIMES > end:
        return
    times = at + ipv4_options.TIMES
    has_addresses = u8(data, at + ipv4_options.OVERFLOW_FLAG) % 16 != ipv4_options.TIMES_ALONE
    while times + ipv4_options.TIME_LEN <= end:
        if has_addresses:
            ipv4(notes, times, end)
            times += ipv4_options.ADDRESS_LEN
        keep(notes, times, ipv4_options.TIME_LEN, end)
        times += ipv4_options.TIME_LEN


def keep_ipv6(data: Ints, notes: Ints, at: int, end: int) -> None:
    """RFC 8200."""
    keep(notes, at, ipv6_facts.SRC, end)
    ipv6(notes, at + ipv6_facts.SRC, end)
    ipv6(notes, at + ipv6_facts.DST, end)
    if at + ipv6_facts.HEADER_LEN <= end:
        notes[SOURCE] = at + ipv6_facts.SRC
        notes[DESTINATION] = at + ipv6_facts.DST
        notes[IP_VERSION] = 6


def keep_extension(data: Ints, notes: Ints, at: int, protocol: int, behind: int, end: int) -> None:
    """An extension header of IPv6, or the authentication header; `behind` is where it ends, or 0."""
    if protocol == ip_protocols.AH:
        keep(notes, at, ah.HEADER_LEN, end)
    elif protocol == ip_protocols.FRAGMENT:
        keep(notes, at, ipv6_fragment.HEADER_LEN, end)
    elif protocol in (ip_protocols.HOP_BY_HOP, ip_protocols.DESTINATION_OPTIONS):
        keep(notes, at, ipv6_options.OPTIONS, end)
        keep_ipv6_options(data, notes, at + ipv6_options.OPTIONS, min(behind, end))
    elif protocol == ip_protocols.ROUTING:
        keep(notes, at, ipv6_routing.UNIT, end)
        keep_route(data, notes, at, min(behind, end))
    else:  # mobility, HIP, shim6: next header, length, kind
        keep(notes, at, ipv6_routing.DATA, end)
    reach(notes, min(behind, end))


def keep_ipv6_options(data: Ints, notes: Ints, at: int, end: int) -> None:
    while at < end:
        kind = u8(data, at)
        if kind == ipv6_options.PAD1:
            keep(notes, at, 1, end)
            at += 1
            continue
        size = u8(data, at + ipv6_options.LENGTH) if at + ipv6_options.LENGTH < end else 0
        keep(notes, at, ipv6_options.OPTIONS, end)
        if kind == ipv6_options.HOME_ADDRESS and size == IPV6_LEN:
            ipv6(notes, at + ipv6_options.OPTIONS, end)
        elif kind in (ipv6_options.ROUTER_ALERT, ipv6_options.JUMBO_PAYLOAD, ipv6_options.TUNNEL_LIMIT):
            keep(notes, at + ipv6_options.OPTIONS, size, end)
        at += ipv6_options.OPTIONS + size


def keep_route(data: Ints, notes: Ints, at: int, end: int) -> None:
    """The addresses of a route: the last one is what checksums cover until it is used up (RFC 8200, section 8.1).

    Of segment routing (RFC 8754) that is the first: its list begins at the end of the route.
    """
    kind = u8(data, at + ipv6_routing.ROUTING_TYPE) if at + ipv6_routing.DATA < end else -1
    if kind not in (ipv6_routing.TYPE_SOURCE_ROUTE, ipv6_routing.TYPE_MOBILE, ipv6_routing.TYPE_SEGMENT_ROUTING):
        return
    first = at + ipv6_routing.UNIT
    count = (end - first) // IPV6_LEN
    if kind == ipv6_routing.TYPE_SEGMENT_ROUTING:
        count = min(count, u8(data, at + ipv6_routing.DATA) + 1)
    addresses(notes, 6, first, count, end)
    if count > 0 and u8(data, at + ipv6_routing.SEGMENTS_LEFT):
        is_turned = kind == ipv6_routing.TYPE_SEGMENT_ROUTING
        notes[DESTINATION] = first if is_turned else first + (count - 1) * IPV6_LEN
