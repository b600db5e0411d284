"""Whether a transport checksum is right (RFC 1071, and the pseudo-headers of RFC 9293 and RFC 8200).

What the sums mean is said in `rawkit.wire.sum_kernel`; here they are taken, over packets as they were decoded.
"""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import END, FRAGMENT, NET, NET_KIND, PAYLOAD, PROTOCOL, TRANSPORT, WIDTH, WIRE_END
from rawkit.facts import ethertypes, icmp, ip_protocols, ipv4, ipv4_options, ipv6, tcp, udp
from rawkit.facts import status as frame_status
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, within
from rawkit.wire.sum_kernel import CANNOT_TELL, NOT_FILLED_IN, RIGHT, WRONG, judge_sum

FORCE_INLINE: Final = True

STATUS_BAD = 0  # Wireshark's proto.h: PROTO_CHECKSUM_E_BAD, GOOD and UNVERIFIED
STATUS_GOOD = 1
STATUS_UNVERIFIED = 2


def judge(data: Ints, words: Ints, shift: int, offset: Ints, status: Ints, rows: Ints, sums: Ints) -> None:
    """Writes for each packet what its TCP or UDP checksum is; CANNOT_TELL of the others, and of fragments."""
    for i in range(len(sums)):
        row = i * WIDTH
        within(rows, row, WIDTH)
        is_known = rows[row + PAYLOAD] >= 0 and rows[row + FRAGMENT] < 0
        is_known = is_known and rows[row + PROTOCOL] in (ip_protocols.TCP, ip_protocols.UDP)
        sums[i] = check_transport(data, words, shift, offset[i], status[i], rows, row) if is_known else CANNOT_TELL


def judge_tcp(data: Ints, words: Ints, shift: int, offset: Ints, status: Ints, rows: Ints, judged: Ints) -> None:
    """Writes for each packet what Wireshark's `tcp.checksum.status` says of it; of no TCP packet and no fragment 2.

    A sum that is not filled in yet is none that can be told right from wrong.
    """
    for i in range(len(judged)):
        row = i * WIDTH
        within(rows, row, WIDTH)
        is_known = rows[row + PAYLOAD] >= 0 and rows[row + PROTOCOL] == ip_protocols.TCP and rows[row + FRAGMENT] < 0
        found = check_transport(data, words, shift, offset[i], status[i], rows, row) if is_known else CANNOT_TELL
        judged[i] = STATUS_GOOD if found == RIGHT else STATUS_BAD if found == WRONG else STATUS_UNVERIFIED


def sum_words(data: Ints, words: Ints, shift: int, start: int, end: int) -> int:
    """The sum of big-endian 16-bit words, folded; an odd last byte counts as if a zero followed.

    `words` are the same bytes in little-endian words of eight, the first at `data[shift]`: most of the sum is made of
    them, four 16-bit words at a time. Their order of bytes is mended at the end, where swapping the sum's two bytes is
    all that it takes (RFC 1071, section 2).
    """
    if end - start < 32 or len(words) == 0:
        return fold(sum_bytes(data, start, end))
    first = start + (shift - start) % 8
    last = first + (end - first) // 8 * 8
    within(words, (first - shift) // 8, (last - first) // 8)
    total = 0
    for place in range((first - shift) // 8, (last - shift) // 8):
        word = words[place]
        total += (word & 0xFFFFFFFF) + (word >> 32 & 0xFFFFFFFF)
    middle = swap(fold(total))
    tail = sum_bytes(data, last, end)
    if (first - start) % 2:
        return fold(sum_bytes(data, start, first) + swap(fold(middle + tail)))
    return fold(sum_bytes(data, start, first) + middle + tail)


def sum_bytes(data: Ints, start: int, end: int) -> int:
    within(data, start, end - start)
    total = 0
    place = start
    while place + 1 < end:
        total += u16(data, place)
        place += 2
    return total + u8(data, place) * 256 if place < end else total


def swap(word: int) -> int:
    return (word & 0xFF) << 8 | word >> 8


def fold(total: int) -> int:
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksum_place(protocol: int) -> int:
    """Where the checksum stands in a header of TCP, UDP, ICMP or ICMPv6."""
    if protocol == ip_protocols.TCP:
        return tcp.CHECKSUM
    return udp.CHECKSUM if protocol == ip_protocols.UDP else icmp.CHECKSUM


def check_transport(data: Ints, words: Ints, shift: int, start: int, status: int, rows: Ints, row: int) -> int:
    """Checks the checksum of TCP, UDP, ICMP and ICMPv6 of the packet in `rows[row:]`."""
    if status & frame_status.CSUM_NOT_READY:
        return NOT_FILLED_IN
    transport = rows[row + TRANSPORT]
    end = rows[row + END]
    if status & frame_status.CSUM_VALID or end < rows[row + WIRE_END]:
        return RIGHT if status & frame_status.CSUM_VALID else CANNOT_TELL
    protocol = rows[row + PROTOCOL]
    stored = u16(data, start + transport + checksum_place(protocol))
    if protocol == ip_protocols.UDP and stored == 0:
        return CANNOT_TELL
    pseudo = 0
    if protocol != ip_protocols.ICMP:
        net = start + rows[row + NET]
        if rows[row + NET_KIND] == ethertypes.IPV4:
            pseudo = sum_bytes(data, net + ipv4.SRC, net + ipv4.DST)
            last = last_destination(data, net, start + transport)
            pseudo += sum_bytes(data, last, last + ipv4.HEADER_LEN - ipv4.DST)
        else:
            pseudo = sum_bytes(data, net + ipv6.SRC, net + ipv6.HEADER_LEN)
        pseudo += protocol + end - transport
    total = pseudo + sum_words(data, words, shift, start + transport, start + end)
    found = judge_sum(total, pseudo, end - transport, stored)
    # With a routing header the last destination, which counts, is not the one in the IPv6 header.
    is_routed = rows[row + NET_KIND] == ethertypes.IPV6 and transport > rows[row + NET] + ipv6.HEADER_LEN
    return CANNOT_TELL if found == WRONG and is_routed else found


def last_destination(data: Ints, net: int, end: int) -> int:
    """Where the address stands that the packet is for in the end: that of the header, or the last of a source route.

    A route is used up when its pointer is beyond its end (RFC 791, section 3.1).
    """
    at = net + ipv4.HEADER_LEN
    while at + ipv4_options.ROUTE <= end and u8(data, at) != ipv4_options.END:
        kind = u8(data, at)
        if kind == ipv4_options.NO_OPERATION:
            at += 1
            continue
        size = u8(data, at + ipv4_options.LENGTH)
        if size < ipv4_options.LENGTH + 1 or at + size > end:
            break
        if kind == ipv4_options.LOOSE_SOURCE_ROUTE or kind == ipv4_options.STRICT_SOURCE_ROUTE:
            last = at + size - ipv4_options.ADDRESS_LEN
            is_open = last >= at + ipv4_options.ROUTE and u8(data, at + ipv4_options.POINTER) <= size
            return last if is_open else net + ipv4.DST
        at += size
    return net + ipv4.DST
