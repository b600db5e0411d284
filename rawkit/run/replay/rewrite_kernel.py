"""Addresses and ports replaced in frames, checksums mended (RFC 1624). See `rawkit.kernels` for the rules.

Of each frame the Ethernet header, ARP, the outermost IP header and what it carries are looked at, and the packet that
an ICMP error quotes; nothing inside of tunnels. A checksum that was wrong stays wrong by as much.

`maps` holds the mappings of addresses, MAP_WIDTH bytes each: the IP version (0 ends), then old, mask and new, 16 bytes
each. `macs` are pairs of MAC addresses, `ports` pairs of port numbers. `step` is added to unicast addresses.
"""

from __future__ import annotations

from typing import Final

from rawkit import linktypes
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32

MAP_WIDTH: Final = 49
ETHERNET: Final = linktypes.ETHERNET
NO_QUOTE: Final = -1
ONES: Final = 0xFFFF


def rewrite_frames(
    data: Ints, offset: Ints, captured: Ints, links: Ints, maps: Ints, macs: Ints, ports: Ints, step: int
) -> None:
    """Rewrites all frames, in place."""
    for row in range(len(offset)):
        at = offset[row] + 0
        end = at + captured[row]
        kind = 0
        if links[row] == ETHERNET:
            if end - at >= 14:
                map_mac(data, at, macs)
                map_mac(data, at + 6, macs)
                at += 12
                while at + 6 <= end and is_tag(u16(data, at)):
                    at += 4
                kind = u16(data, at)
                at += 2
                if kind < 0x0600 and at + 8 <= end and u32(data, at) == 0xAAAA0300:  # LLC and SNAP (RFC 1042)
                    kind = u16(data, at + 6)
                    at += 8
        elif at < end:
            kind = 0x0800 if u8(data, at) // 16 == 4 else 0x86DD
        if kind == 0x0806:
            rewrite_arp(data, at, end, maps, macs, step)
        elif kind == 0x0800 or kind == 0x86DD:
            rewrite_packet(data, at, end, maps, ports, step)


def is_tag(kind: int) -> bool:
    return kind == 0x8100 or kind == 0x88A8 or kind == 0x9100


def rewrite_arp(data: Ints, at: int, end: int, maps: Ints, macs: Ints, step: int) -> None:
    """An ARP packet for IPv4 over Ethernet (RFC 826)."""
    if at + 28 <= end and u16(data, at + 4) == 0x0604:
        map_mac(data, at + 8, macs)
        map_mac(data, at + 18, macs)
        map_address(data, at + 14, 4, maps, step)
        map_address(data, at + 24, 4, maps, step)


def rewrite_packet(data: Ints, at: int, end: int, maps: Ints, ports: Ints, step: int) -> None:
    """An IP packet, and the one that it quotes if it is an ICMP error: that changes the ICMP checksum."""
    quote = rewrite_network(data, at, end, maps, ports, step)
    if quote >= 0 and quote < end:
        before = total(data, quote, end)
        rewrite_network(data, quote, end, maps, ports, step)
        mend(data, quote - 6, total(data, quote, end) - before)


def rewrite_network(data: Ints, at: int, end: int, maps: Ints, ports: Ints, step: int) -> int:
    """An IP packet; returns where the packet begins that it quotes, or NO_QUOTE."""
    version = u8(data, at) // 16
    if version == 4 and at + 20 <= end:
        return rewrite_ipv4(data, at, end, maps, ports, step)
    if version == 6 and at + 40 <= end:
        return rewrite_ipv6(data, at, end, maps, ports, step)
    return NO_QUOTE


def rewrite_ipv4(data: Ints, at: int, end: int, maps: Ints, ports: Ints, step: int) -> int:
    header = u8(data, at) % 16 * 4
    if header < 20 or at + header > end:
        return NO_QUOTE
    change = map_address(data, at + 12, 4, maps, step)
    change += map_address(data, at + 16, 4, maps, step)
    mend(data, at + 10, change)
    length = u16(data, at + 2)
    if length >= header and at + length < end:
        end = at + length
    if u16(data, at + 6) % 0x2000:
        return NO_QUOTE
    return rewrite_transport(data, at + header, end, u8(data, at + 9), change, ports)


def rewrite_ipv6(data: Ints, at: int, end: int, maps: Ints, ports: Ints, step: int) -> int:
    source = map_address(data, at + 8, 16, maps, step)
    destination = map_address(data, at + 24, 16, maps, step)
    length = u16(data, at + 4)
    if length and at + 40 + length < end:
        end = at + 40 + length
    protocol = u8(data, at + 6)
    at += 40
    for _ in range(64):
        if at + 8 > end:
            break
        if protocol == 0 or protocol == 60 or protocol == 43:
            if protocol == 43 and u8(data, at + 3):
                destination = 0  # the checksum covers the last address of the route (RFC 8200 section 8.1)
            size = u8(data, at + 1) * 8 + 8
        elif protocol == 51:
            size = u8(data, at + 1) * 4 + 8
        elif protocol == 44:
            if u16(data, at + 2) // 8:
                return NO_QUOTE
            size = 8
        else:
            break
        protocol = u8(data, at)
        at += size
    return rewrite_transport(data, at, end, protocol, source + destination, ports)


def rewrite_transport(data: Ints, at: int, end: int, protocol: int, change: int, ports: Ints) -> int:
    """What an IP packet carries; `change` is by how much the sum of its pseudo-header has grown."""
    if protocol == 1:
        return at + 8 if at + 8 < end and quotes(u8(data, at)) else NO_QUOTE
    if protocol == 58:
        if at + 4 <= end:
            mend(data, at + 2, change)
        return at + 8 if at + 8 < end and u8(data, at) < 128 else NO_QUOTE
    place = checksum_place(protocol)
    if place < 0 or at + 4 > end:
        return NO_QUOTE
    change += map_port(data, at, ports) + map_port(data, at + 2, ports)
    if at + place + 2 <= end:
        # UDP without a checksum stays without; one that comes out as 0 is sent as ones (RFC 768).
        if protocol != 17:
            mend(data, at + place, change)
        elif u16(data, at + place):
            mend(data, at + place, change)
            if u16(data, at + place) == 0:
                put16(data, at + place, ONES)
    return NO_QUOTE


def quotes(icmp_type: int) -> bool:
    """Whether an ICMP message is an error (RFC 1122 section 3.2.2)."""
    return icmp_type == 3 or icmp_type == 4 or icmp_type == 5 or icmp_type == 11 or icmp_type == 12


def checksum_place(protocol: int) -> int:
    """Where the checksum is in a header that begins with two ports; -1 for others."""
    if protocol == 6:
        return 16
    if protocol == 17 or protocol == 33 or protocol == 136:  # UDP, DCCP, UDP-Lite
        return 6
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


def mend(data: Ints, at: int, change: int) -> None:
    """The checksum at `at` after the sum that it covers has grown by `change` (RFC 1624, equation 3)."""
    if change % ONES == 0:
        return
    sum_now = (ONES - u16(data, at) + change) % ONES
    put16(data, at, ONES - sum_now if sum_now else 0)


def put16(data: Ints, at: int, value: int) -> None:
    data[at] = value // 256
    data[at + 1] = value % 256
