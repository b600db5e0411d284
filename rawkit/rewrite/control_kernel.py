"""What is taken over of ICMP, ICMPv6 with neighbour and listener discovery, and IGMP."""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import ICMPV6
from rawkit.facts import icmp, icmpv6, igmp, ip_protocols, mld, ndp, ndp_options
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16
from rawkit.rewrite.layout import CHECKSUM, IPV6, IS_FOREIGN
from rawkit.rewrite.note_kernel import IPV6_BITS, IPV6_LEN, addresses, check, ipv4, ipv6, keep, mac, note

FORCE_INLINE: Final = False


def keep_icmp(data: Ints, notes: Ints, at: int, layer: int, end: int, wire: int) -> None:
    """A message of either; the packet that an error quotes is walked through as any other."""
    if layer == ICMPV6:
        keep(notes, at, icmpv6.HEADER_LEN, end)
        check(notes, CHECKSUM, at + icmpv6.CHECKSUM, at, end, ip_protocols.ICMPV6, wire - at)
        if at + icmpv6.HEADER_LEN <= end:
            keep_icmpv6_body(data, notes, at, u8(data, at), end)
        return
    is_redirect = at < end and u8(data, at) == icmp.REDIRECT
    keep(notes, at, icmp.BODY if is_redirect else icmp.HEADER_LEN, end)
    check(notes, CHECKSUM, at + icmp.CHECKSUM, at, end, 0, wire - at)
    if is_redirect:
        ipv4(notes, at + icmp.GATEWAY, end)
    elif at + icmp.HEADER_LEN <= end:
        keep_icmp_body(data, notes, at, u8(data, at), end)


def keep_icmp_body(data: Ints, notes: Ints, at: int, kind: int, end: int) -> None:
    """What stands behind the header of messages that are neither echo nor error."""
    body = at + icmp.HEADER_LEN
    if kind in (icmp.TIMESTAMP_REQUEST, icmp.TIMESTAMP_REPLY):
        keep(notes, body, icmp.TIMES_LEN, end)
    elif kind in (icmp.ADDRESS_MASK_REQUEST, icmp.ADDRESS_MASK_REPLY):
        keep(notes, body, icmp.MASK_LEN, end)
    elif kind == icmp.ROUTER_ADVERTISEMENT:
        step = u8(data, at + icmp.ADVERTISED_WORDS) * 4
        for _ in range(u8(data, at + icmp.ADVERTISED)):
            if step < icmp.PREFERENCE_LEN * 2 or body + step > end:
                break
            ipv4(notes, body, end)
            keep(notes, body + step - icmp.PREFERENCE_LEN, icmp.PREFERENCE_LEN, end)
            body += step


def keep_icmpv6_body(data: Ints, notes: Ints, at: int, kind: int, end: int) -> None:
    body = at + icmpv6.HEADER_LEN
    options = 0
    if kind == icmpv6.ROUTER_SOLICITATION:
        options = at + ndp.SOLICITATION_LEN
    elif kind == icmpv6.ROUTER_ADVERTISEMENT:
        keep(notes, body, ndp.ADVERTISEMENT_LEN - icmpv6.HEADER_LEN, end)
        options = at + ndp.ADVERTISEMENT_LEN
    elif kind in (icmpv6.NEIGHBOR_SOLICITATION, icmpv6.NEIGHBOR_ADVERTISEMENT):
        ipv6(notes, at + ndp.TARGET, end)
        options = at + ndp.NEIGHBOR_LEN
    elif kind == icmpv6.REDIRECT:
        ipv6(notes, at + ndp.TARGET, end)
        ipv6(notes, at + ndp.DESTINATION, end)
        options = at + ndp.REDIRECT_LEN
    elif icmpv6.MULTICAST_LISTENER_QUERY <= kind <= mld.DONE:
        ipv6(notes, at + mld.GROUP, end)
        if at + mld.SOURCES <= end:
            keep(notes, at + mld.MESSAGE_LEN, mld.SOURCES - mld.MESSAGE_LEN, end)
            addresses(notes, 6, at + mld.SOURCES, u16(data, at + mld.SOURCE_COUNT), end)
    elif kind == icmpv6.MULTICAST_LISTENER_REPORT_V2:
        keep_records(data, notes, 6, at + mld.RECORDS, u16(data, at + mld.RECORD_COUNT), end)
    elif kind > icmpv6.ECHO_REPLY:
        notes[IS_FOREIGN] = 1
    if options:
        keep_neighbour_options(data, notes, options, end)


def keep_records(data: Ints, notes: Ints, version: int, at: int, count: int, end: int) -> None:
    """Records of a report of IGMPv3 or MLDv2: a group, and sources."""
    for _ in range(count):
        if at + mld.RECORD_GROUP > end:
            break
        keep(notes, at, mld.RECORD_GROUP, end)
        sources = u16(data, at + mld.RECORD_SOURCES)
        auxiliary = u8(data, at + mld.RECORD_AUXILIARY) * 4
        at = addresses(notes, version, at + mld.RECORD_GROUP, 1 + sources, end) + auxiliary


def keep_neighbour_options(data: Ints, notes: Ints, at: int, end: int) -> None:
    """RFC 4861, section 4.6: link-layer addresses, prefixes, servers; kind and length of what else there is."""
    while at + ndp_options.UNIT <= end:
        size = u8(data, at + ndp_options.LENGTH) * ndp_options.UNIT
        kind = u8(data, at)
        if size == 0 or at + size > end:
            break
        keep(notes, at, ndp_options.DATA, end)
        if kind in (ndp_options.SOURCE_LINK_LAYER, ndp_options.TARGET_LINK_LAYER) and size == ndp_options.UNIT:
            mac(notes, at + ndp_options.DATA, end)
        elif kind == ndp_options.MTU:
            keep(notes, at, size, end)
        elif kind == ndp_options.PREFIX_INFORMATION and size == ndp_options.PREFIX + IPV6_LEN:
            keep(notes, at, ndp_options.PREFIX, end)
            keep_prefix(data, notes, at, at + ndp_options.PREFIX, end)
        elif kind == ndp_options.ROUTE_INFORMATION and size == ndp_options.ROUTE_PREFIX + IPV6_LEN:
            keep(notes, at, ndp_options.ROUTE_PREFIX, end)
            keep_prefix(data, notes, at, at + ndp_options.ROUTE_PREFIX, end)
        elif kind == ndp_options.DNS_SERVERS:
            keep(notes, at, ndp_options.SERVERS, end)
            addresses(notes, 6, at + ndp_options.SERVERS, (size - ndp_options.SERVERS) // IPV6_LEN, at + size)
        at += size


def keep_prefix(data: Ints, notes: Ints, option: int, at: int, end: int) -> None:
    """A prefix, behind whose bits there is nothing."""
    bits = min(u8(data, option + ndp_options.PREFIX_LENGTH), IPV6_BITS)
    note(notes, IPV6, at, bits, end, IPV6_LEN)


def keep_igmp(data: Ints, notes: Ints, at: int, end: int, wire: int) -> None:
    """RFC 2236 and RFC 3376."""
    keep(notes, at, igmp.GROUP, end)
    check(notes, CHECKSUM, at + igmp.CHECKSUM, at, end, 0, wire - at)
    if at + igmp.HEADER_LEN > end:
        return
    kind = u8(data, at)
    if kind == igmp.V3_MEMBERSHIP_REPORT:
        keep(notes, at + igmp.GROUP, igmp.RECORDS - igmp.GROUP, end)
        keep_records(data, notes, 4, at + igmp.RECORDS, u16(data, at + igmp.RECORD_COUNT), end)
        return
    if kind not in (igmp.MEMBERSHIP_QUERY, igmp.V1_MEMBERSHIP_REPORT, igmp.V2_MEMBERSHIP_REPORT, igmp.LEAVE_GROUP):
        notes[IS_FOREIGN] = 1
        return
    ipv4(notes, at + igmp.GROUP, end)
    if kind == igmp.MEMBERSHIP_QUERY and at + igmp.QUERY_LEN <= end:
        keep(notes, at + igmp.QUERY_FLAGS, igmp.QUERY_LEN - igmp.QUERY_FLAGS, end)
        addresses(notes, 4, at + igmp.SOURCES, u16(data, at + igmp.SOURCE_COUNT), end)
