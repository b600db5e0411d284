"""Walks the headers of frames, as the decoder does, and takes over of each what `rawkit.rewrite` knows to be no secret.

Of an address its place is written down, of a checksum where it stands and what it covers; the rest is copied into
`out`, header by header. What no layer here knows is not copied.
"""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.carried_kernel import ip_by_version
from rawkit.decode.headers.decode_kernel import enter, new_row
from rawkit.decode.headers.dispatch_kernel import step
from rawkit.decode.headers.lookup_kernel import by_link_type
from rawkit.decode.layout import (
    ARP,
    AYIYA,
    CAPWAP,
    DCCP,
    END,
    ETHERNET,
    FRAGMENT,
    GENEVE,
    ICMP,
    ICMPV6,
    IGMP,
    IPV4,
    IPV6,
    IPV6_EXTENSION,
    LINUX_SLL,
    LINUX_SLL2,
    MAX_HEADERS,
    NET,
    NOTHING,
    OSPF,
    PAYLOAD,
    PIM,
    PROTOCOL,
    QUOTE,
    SCTP,
    STOP,
    TCP,
    TEREDO,
    TOO_DEEP,
    TRANSPORT,
    TRUNCATED,
    TUNNEL,
    UDP,
    UDPLITE,
    UNKNOWN,
    WIRE_END,
    WLAN,
    WLAN_PADDED,
)
from rawkit.facts import ip_protocols, transport
from rawkit.facts.ipv6_fragment import MORE_FRAGMENTS
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u16
from rawkit.rewrite.control_kernel import keep_icmp, keep_igmp
from rawkit.rewrite.layout import (
    COPIES,
    COUNT,
    IP_VERSION,
    IS_FOREIGN,
    IS_FULL,
    KEEPS_PAYLOAD,
    KEEPS_UNKNOWN,
    MOST_TUNNELS,
    REACHED,
    READS_MESSAGES,
    SUM,
)
from rawkit.rewrite.link_kernel import (
    keep_arp,
    keep_cooked,
    keep_ethernet,
    keep_link,
    keep_plain,
    keep_tunnel,
    keep_wlan,
)
from rawkit.rewrite.message_kernel import keep_message
from rawkit.rewrite.network_kernel import keep_extension, keep_ipv4, keep_ipv6
from rawkit.rewrite.note_kernel import keep, note
from rawkit.rewrite.transport_kernel import keep_dccp, keep_ospf, keep_sctp, keep_tcp, keep_udp

FORCE_INLINE: Final = True

REASONS: Final = 256  # STOP has the layer in front of the reason
LONGEST: Final = 1 << 17  # more bytes than a packet has


def walk_frames(
    data: Ints,
    offset: Ints,
    captured: Ints,
    length: Ints,
    link_type: Ints,
    notes: Ints,
    row: Ints,
    stops: Ints,
    reached: Ints,
    first: int,
) -> int:
    """Walks the frames from `first` on; returns the first one for which there was no room, or how many there are.

    Writes for each frame why its walk stopped (`rawkit.decode.STOP`; UNKNOWN alone where what is behind the last
    header is read by nobody) and how many of its bytes are known.
    """
    for i in range(first, len(offset)):
        noted = notes[COUNT] + 0
        start = offset[i] + 0
        notes[REACHED] = start
        notes[IP_VERSION] = 0
        notes[IS_FOREIGN] = 0
        new_row(captured[i], length[i], link_type[i], row, 0)
        layer = by_link_type(link_type[i])
        stops[i] = walk_frame(data, start, layer, notes, row)
        if notes[IS_FULL]:
            notes[IS_FULL] = 0
            notes[COUNT] = noted
            return i
        if stops[i] and notes[KEEPS_UNKNOWN]:
            keep(notes, notes[REACHED] + 0, captured[i] + 0, start + captured[i])
        reached[i] = notes[REACHED] - start
    return len(offset)


def walk_frame(data: Ints, start: int, layer: int, notes: Ints, row: Ints) -> int:
    """Walks one frame, and the packets that ICMP errors in it quote; returns why it stopped, 0 where all was read."""
    at = 0
    stopped = UNKNOWN if layer == NOTHING else 0
    last = layer
    for _ in range(MAX_HEADERS):
        if layer == NOTHING:
            quote = row[QUOTE] + 0
            if quote < 0:
                break
            layer, at = enter_quote(data, start, quote, row)
            notes[IP_VERSION] = 0
            if layer == NOTHING:
                break
        last = layer
        protocol = row[PROTOCOL] + 0
        following, behind = step(data, start, at, layer, row, 0)
        keep_header(data, start, at, layer, protocol, following, behind, notes, row)
        layer = following
        at = behind
        if layer >= TUNNEL:
            layer = enter(layer - TUNNEL, notes[MOST_TUNNELS] + 0, row, 0)
    if layer != NOTHING:
        stopped = layer * REASONS + TOO_DEEP
    elif row[STOP] % REASONS not in (0, TRUNCATED):
        stopped = row[STOP] + 0
    elif notes[IS_FOREIGN]:
        stopped = last * REASONS + UNKNOWN
    if stopped == 0 and row[QUOTE] < 0:
        keep_rest(data, start, notes, row)
    return stopped


def enter_quote(data: Ints, start: int, quote: int, row: Ints) -> tuple[int, int]:
    """Begins the packet that is quoted; it ends where the message does, and that its end is missing is no stop."""
    end = row[END] + 0
    new_row(end, end, NOTHING, row, 0)
    row[WIRE_END] = max(end, LONGEST)
    return ip_by_version(data, start, quote, ICMP, row, 0)


def keep_rest(data: Ints, start: int, notes: Ints, row: Ints) -> None:
    """What is behind the last header: a message, payload, or a part of a packet that is in fragments."""
    begin = max(notes[REACHED] + 0, start)
    end = start + row[END]
    if begin >= end:
        return
    place = start + row[TRANSPORT]
    is_first = row[FRAGMENT] <= MORE_FRAGMENTS
    if notes[READS_MESSAGES] and is_first and row[PAYLOAD] >= 0 and start + row[PAYLOAD] < end:
        if row[PROTOCOL] in (ip_protocols.TCP, ip_protocols.UDP):
            source = u16(data, place + transport.SRC_PORT)
            destination = u16(data, place + transport.DST_PORT)
            begin = start + row[PAYLOAD]
            if keep_message(data, notes, begin, row[PROTOCOL] + 0, source, destination, end):
                return
    if notes[KEEPS_PAYLOAD]:
        keep(notes, begin, end - begin, end)
    elif not is_first and notes[COPIES]:
        # the checksum of the whole packet stands in another frame
        note(notes, SUM, begin, end - begin, end, 2)
        notes[REACHED] = begin


def keep_header(
    data: Ints,
    start: int,
    at: int,
    layer: int,
    protocol: int,
    following: int,
    behind: int,
    notes: Ints,
    row: Ints,
) -> None:
    """Takes over a header at `at` that `step` has gone over; `behind` is where the next one is, if one follows."""
    end = start + row[END]
    wire = start + row[WIRE_END]
    place = start + at
    if following != NOTHING and behind == at:  # it is called something else
        return
    next_place = start + behind if following != NOTHING else 0
    if layer == ETHERNET:
        keep_ethernet(data, notes, place, end)
    elif layer == IPV4:
        if row[NET] == at:
            keep_ipv4(data, notes, place, end)
    elif layer == IPV6:
        if row[NET] == at:
            keep_ipv6(data, notes, place, end)
    elif layer == TCP:
        keep_tcp(data, notes, place, end, wire)
    elif layer in (UDP, UDPLITE):
        keep_udp(data, notes, place, layer, end, wire)
    elif layer == IPV6_EXTENSION:
        keep_extension(data, notes, place, protocol, next_place, end)
    elif layer in (ICMP, ICMPV6):
        keep_icmp(data, notes, place, layer, end, wire)
    elif layer == ARP:
        keep_arp(data, notes, place, end)
    elif layer in (LINUX_SLL, LINUX_SLL2):
        keep_cooked(data, notes, place, layer, end)
    elif layer == SCTP:
        keep_sctp(data, notes, place, end, wire)
    elif layer == DCCP:
        header_end = start + row[PAYLOAD] if row[PAYLOAD] >= 0 else 0
        keep_dccp(data, notes, place, header_end, end, wire)
    elif layer == IGMP:
        keep_igmp(data, notes, place, end, wire)
    elif layer == OSPF:
        keep_ospf(data, notes, place, end, wire)
    elif layer in (WLAN, WLAN_PADDED):
        keep_wlan(data, notes, place, next_place, end)
    elif keep_plain(data, notes, place, layer, next_place, end, wire):
        return
    elif layer in (GENEVE, PIM, TEREDO, AYIYA, CAPWAP):
        keep_tunnel(data, notes, place, layer, next_place, end, wire)
    else:
        keep_link(data, notes, place, layer, next_place, end)
