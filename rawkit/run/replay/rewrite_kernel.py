"""Addresses and ports replaced in frames, checksums mended (RFC 1624). See `rawkit.kernels` for the rules.

Of each frame the Ethernet header, ARP, the outermost IP header and what it carries are looked at, neighbour discovery
among it, and the packet that an ICMP error quotes; nothing inside of tunnels. A checksum that was wrong stays wrong by
as much.

`maps` holds the mappings of addresses, MAP_WIDTH bytes each: the IP version (0 ends), then old, mask and new, 16 bytes
each. `macs` are pairs of MAC addresses, `ports` pairs of port numbers. `step` is added to unicast addresses.
"""

from __future__ import annotations

from typing import Final

from rawkit import linktypes
from rawkit.decode.headers.checksum_kernel import last_destination
from rawkit.facts import (
    ah,
    arp,
    dccp,
    ethernet,
    ethertypes,
    icmp,
    icmpv6,
    ip_protocols,
    ipv4,
    ipv6,
    ipv6_fragment,
    ipv6_options,
    ipv6_routing,
    llc,
    ndp,
    ndp_options,
    snap,
    tcp,
    transport,
    udp,
    vlan,
)
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.rewrite.sums_kernel import ONES, mend, put16

MAP_WIDTH: Final = 49
NO_QUOTE: Final = -1
SNAP_LEN: Final = llc.UNNUMBERED_LEN + snap.HEADER_LEN
SNAP: Final = 0xAAAA0300
"""LLC that announces SNAP, and the first byte of its organization, 0 (RFC 1042)."""


def rewrite_frames(
    data: Ints, offset: Ints, captured: Ints, links: Ints, maps: Ints, macs: Ints, ports: Ints, step: int
) -> None:
    """Rewrites all frames, in place."""
    for row in range(len(offset)):
        at = offset[row] + 0
        end = at + captured[row]
        kind = 0
        if links[row] == linktypes.ETHERNET:
            if end - at >= ethernet.HEADER_LEN:
                map_mac(data, at + ethernet.DST, macs)
                map_mac(data, at + ethernet.SRC, macs)
                at += ethernet.TYPE
                while at + vlan.HEADER_LEN + 2 <= end and is_tag(u16(data, at)):
                    at += vlan.HEADER_LEN
                kind = u16(data, at)
                at += 2
                if kind <= ethertypes.LENGTH_MAX and at + SNAP_LEN <= end and u32(data, at) == SNAP:
                    kind = u16(data, at + llc.UNNUMBERED_LEN + snap.PROTOCOL)
                    at += SNAP_LEN
        elif at < end:
            kind = ethertypes.IPV4 if u8(data, at) // 16 == 4 else ethertypes.IPV6
        if kind == ethertypes.ARP:
            rewrite_arp(data, at, end, maps, macs, step)
        elif kind == ethertypes.IPV4 or kind == ethertypes.IPV6:
            rewrite_packet(data, at, end, maps, ports, step)
            if kind == ethertypes.IPV6 and at + ipv6.HEADER_LEN + ndp.SOLICITATION_LEN <= end:
                rewrite_discovery(data, at, end, maps, macs, step)


def is_tag(kind: int) -> bool:
    return kind in (ethertypes.VLAN, ethertypes.SERVICE_VLAN, ethertypes.OLD_SERVICE_VLAN)


def rewrite_arp(data: Ints, at: int, end: int, maps: Ints, macs: Ints, step: int) -> None:
    """An ARP packet for IPv4 over Ethernet (RFC 826)."""
    if at + arp.HEADER_LEN <= end and u16(data, at + arp.HARDWARE_LEN) == 0x0604:
        map_mac(data, at + arp.SENDER_MAC, macs)
        map_mac(data, at + arp.TARGET_MAC, macs)
        map_address(data, at + arp.SENDER_IP, 4, maps, step)
        map_address(data, at + arp.TARGET_IP, 4, maps, step)


def rewrite_packet(data: Ints, at: int, end: int, maps: Ints, ports: Ints, step: int) -> None:
    """An IP packet, and the one that it quotes if it is an ICMP error: that changes the ICMP checksum."""
    quote = rewrite_network(data, at, end, maps, ports, step)
    if quote >= 0 and quote < end:
        before = total(data, quote, end)
        rewrite_network(data, quote, end, maps, ports, step)
        mend(data, quote - icmp.HEADER_LEN + icmp.CHECKSUM, total(data, quote, end) - before)


def rewrite_discovery(data: Ints, at: int, end: int, maps: Ints, macs: Ints, step: int) -> None:
    """What a message of neighbour discovery says of addresses (RFC 4861), where an IPv6 packet at `at` is one."""
    begin = at + ipv6.HEADER_LEN
    end = min(end, begin + u16(data, at + ipv6.PAYLOAD_LENGTH))
    kind = u8(data, begin)
    if u8(data, at + ipv6.NEXT_HEADER) != ip_protocols.ICMPV6 or u8(data, begin + icmpv6.CODE):
        return
    size = discovery_length(kind)
    if size == 0 or begin + size > end:
        return
    change = 0
    if kind >= icmpv6.NEIGHBOR_SOLICITATION:
        change += map_address(data, begin + ndp.TARGET, 16, maps, step)
    if kind == icmpv6.REDIRECT:
        change += map_address(data, begin + ndp.DESTINATION, 16, maps, step)
    change += rewrite_options(data, begin + size, end, macs)
    mend(data, begin + icmpv6.CHECKSUM, change)


def rewrite_options(data: Ints, at: int, end: int, macs: Ints) -> int:
    """The link-layer addresses among the options; returns by how much the sum of their words has grown."""
    change = 0
    while at + ndp_options.UNIT <= end:
        size = u8(data, at + ndp_options.LENGTH) * ndp_options.UNIT
        kind = u8(data, at)
        if size == 0 or at + size > end:
            break
        if size == ndp_options.UNIT and (
            kind == ndp_options.SOURCE_LINK_LAYER or kind == ndp_options.TARGET_LINK_LAYER
        ):
            before = total(data, at, at + size)
            map_mac(data, at + ndp_options.DATA, macs)
            change += total(data, at, at + size) - before
        at += size
    return change


def discovery_length(kind: int) -> int:
    """Bytes of a message before its options; 0 of those that are none of neighbour discovery."""
    if kind == icmpv6.ROUTER_SOLICITATION:
        return ndp.SOLICITATION_LEN
    if kind == icmpv6.ROUTER_ADVERTISEMENT:
        return ndp.ADVERTISEMENT_LEN
    if kind == icmpv6.NEIGHBOR_SOLICITATION or kind == icmpv6.NEIGHBOR_ADVERTISEMENT:
        return ndp.NEIGHBOR_LEN
    return ndp.REDIRECT_LEN if kind == icmpv6.REDIRECT else 0


def rewrite_network(data: Ints, at: int, end: int, maps: Ints, ports: Ints, step: int) -> int:
    """An IP packet; returns where the packet begins that it quotes, or NO_QUOTE."""
    version = u8(data, at) // 16
    if version == 4 and at + ipv4.HEADER_LEN <= end:
        return rewrite_ipv4(data, at, end, maps, ports, step)
    if version == 6 and at + ipv6.HEADER_LEN <= end:
        return rewrite_ipv6(data, at, end, maps, ports, step)
    return NO_QUOTE


def rewrite_ipv4(data: Ints, at: int, end: int, maps: Ints, ports: Ints, step: int) -> int:
    header = u8(data, at) % 16 * 4
    if header < ipv4.HEADER_LEN or at + header > end:
        return NO_QUOTE
    before = total(data, at, at + header)
    change = map_address(data, at + ipv4.SRC, 4, maps, step)
    last = map_address(data, at + ipv4.DST, 4, maps, step)
    routed = last_destination(data, at, at + header)
    if routed != at + ipv4.DST:  # the checksum of what it carries covers the last address of the route (RFC 791)
        last = map_address(data, routed, 4, maps, step)
    change += last
    mend(data, at + ipv4.CHECKSUM, total(data, at, at + header) - before)
    length = u16(data, at + ipv4.TOTAL_LENGTH)
    if length >= header and at + length < end:
        end = at + length
    if u16(data, at + ipv4.FLAGS_FRAGMENT) & ipv4.FRAGMENT_MASK:
        return NO_QUOTE
    return rewrite_transport(data, at + header, end, u8(data, at + ipv4.PROTOCOL), change, ports)


def rewrite_ipv6(data: Ints, at: int, end: int, maps: Ints, ports: Ints, step: int) -> int:
    source = map_address(data, at + ipv6.SRC, 16, maps, step)
    destination = map_address(data, at + ipv6.DST, 16, maps, step)
    length = u16(data, at + ipv6.PAYLOAD_LENGTH)
    if length and at + ipv6.HEADER_LEN + length < end:
        end = at + ipv6.HEADER_LEN + length
    protocol = u8(data, at + ipv6.NEXT_HEADER)
    at += ipv6.HEADER_LEN
    for _ in range(64):
        if at + 8 > end:
            break
        if protocol in (ip_protocols.HOP_BY_HOP, ip_protocols.DESTINATION_OPTIONS, ip_protocols.ROUTING):
            if protocol == ip_protocols.ROUTING and u8(data, at + ipv6_routing.SEGMENTS_LEFT):
                destination = 0  # the checksum covers the last address of the route (RFC 8200 section 8.1)
            size = u8(data, at + ipv6_options.LENGTH) * ipv6_options.UNIT + 8
        elif protocol == ip_protocols.AH:
            size = u8(data, at + ah.LENGTH) * ah.UNIT + 8
        elif protocol == ip_protocols.FRAGMENT:
            if u16(data, at + ipv6_fragment.OFFSET_FLAGS) // 8:
                return NO_QUOTE
            size = ipv6_fragment.HEADER_LEN
        else:
            break
        protocol = u8(data, at)
        at += size
    return rewrite_transport(data, at, end, protocol, source + destination, ports)


def rewrite_transport(data: Ints, at: int, end: int, protocol: int, change: int, ports: Ints) -> int:
    """What an IP packet carries; `change` is by how much the sum of its pseudo-header has grown."""
    if protocol == ip_protocols.ICMP:
        return at + icmp.HEADER_LEN if at + icmp.HEADER_LEN < end and quotes(u8(data, at)) else NO_QUOTE
    if protocol == ip_protocols.ICMPV6:
        if at + icmpv6.BODY <= end:
            mend(data, at + icmpv6.CHECKSUM, change)
        is_error = u8(data, at) < icmpv6.ECHO_REQUEST
        return at + icmpv6.HEADER_LEN if at + icmpv6.HEADER_LEN < end and is_error else NO_QUOTE
    place = checksum_place(protocol)
    if place < 0 or at + transport.PORTS_LEN > end:
        return NO_QUOTE
    change += map_port(data, at + transport.SRC_PORT, ports) + map_port(data, at + transport.DST_PORT, ports)
    if at + place + 2 <= end:
        # UDP without a checksum stays without; one that comes out as 0 is sent as ones (RFC 768).
        if protocol != ip_protocols.UDP:
            mend(data, at + place, change)
        elif u16(data, at + place):
            mend(data, at + place, change)
            if u16(data, at + place) == 0:
                put16(data, at + place, ONES)
    return NO_QUOTE


def quotes(icmp_type: int) -> bool:
    """Whether an ICMP message is an error (RFC 1122 section 3.2.2)."""
    return icmp_type in (
        icmp.DESTINATION_UNREACHABLE,
        icmp.SOURCE_QUENCH,
        icmp.REDIRECT,
        icmp.TIME_EXCEEDED,
        icmp.PARAMETER_PROBLEM,
    )


def checksum_place(protocol: int) -> int:
    """Where the checksum is in a header that begins with two ports; -1 for others."""
    if protocol == ip_protocols.TCP:
        return tcp.CHECKSUM
    if protocol in (ip_protocols.UDP, ip_protocols.UDPLITE):
        return udp.CHECKSUM
    if protocol == ip_protocols.DCCP:
        return dccp.CHECKSUM
    return -1


def map_address(data: Ints, at: int, size: int, maps: Ints, step: int) -> int:
    """Replaces an address; returns by how much the sum of its 16-bit words has grown."""
    before = total(data, at, at + size)
    version = 4 if size == 4 else 6
    for base in range(0, len(maps), MAP_WIDTH):
        if maps[base] == version and is_in(data, at, size, maps, base + 1):
            for byte in range(size):
                mask = u8(maps, base + 17 + byte)
                data[at + byte] = (u8(data, at + byte) & (255 - mask)) + u8(maps, base + 33 + byte)
            break
    if step and is_unicast(data, at, size):
        number = (u32(data, at + size - 4) + step) % 0x100000000
        put16(data, at + size - 4, number // 65536)
        put16(data, at + size - 2, number % 65536)
    return total(data, at, at + size) - before


def is_in(data: Ints, at: int, size: int, maps: Ints, old: int) -> bool:
    for byte in range(size):
        if (u8(data, at + byte) & u8(maps, old + 16 + byte)) != u8(maps, old + byte):
            return False
    return True


def is_unicast(data: Ints, at: int, size: int) -> bool:
    """Whether it is the address of one host: neither multicast nor broadcast, nor unspecified."""
    if size == 4:
        return u32(data, at) > 0 and u8(data, at) < 224
    return u8(data, at) != 255 and total(data, at, at + size) > 0


def map_mac(data: Ints, at: int, macs: Ints) -> None:
    for base in range(0, len(macs), 12):
        same = True
        for byte in range(6):
            same = same and data[at + byte] == macs[base + byte]
        if same:
            for byte in range(6):
                data[at + byte] = macs[base + 6 + byte]
            return


def map_port(data: Ints, at: int, ports: Ints) -> int:
    """Replaces a port; returns by how much it has grown."""
    before = u16(data, at)
    for pair in range(0, len(ports), 2):
        if ports[pair] == before:
            put16(data, at, ports[pair + 1] + 0)
            return ports[pair + 1] - before
    return 0


def total(data: Ints, at: int, end: int) -> int:
    """The sum of the 16-bit words; an odd last byte is the high half of one (RFC 1071)."""
    found = 0
    for place in range(at, end - 1, 2):
        found += u16(data, place)
    if (end - at) % 2:
        found += u8(data, end - 1) * 256
    return found
