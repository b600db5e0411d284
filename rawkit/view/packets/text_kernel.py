"""The packets view as text: a line a packet, in tcpdump's words.

Only numbers and the names of our own table are written, and of a packet's bytes in a dump those that are printable:
no control character of a packet gets out.
"""

from __future__ import annotations

from rawkit.decode.headers.checksum_kernel import checksum_place
from rawkit.decode.headers.quote_kernel import quoted_transport
from rawkit.decode.layout import (
    DEPTH,
    ENCRYPTED,
    END,
    ETHERTYPE,
    FRAGMENT,
    FRAGMENT_ID,
    IPV4,
    IPV6,
    IPV6_EXTENSION,
    MALFORMED,
    NET,
    NET_KIND,
    NOTHING,
    PAYLOAD,
    PROTOCOL,
    STOP,
    TRANSPORT,
    TRUNCATED,
    UNKNOWN,
    VLANS,
    WIDTH,
    WIRE_END,
)
from rawkit.facts import dccp, esp, ethertypes, ip_protocols, ipv4, ipv6, ospfv2, transport
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_hex, put_ipv4, put_ipv6, put_name
from rawkit.view.packets.dump_kernel import link_header_size, put_dump
from rawkit.view.packets.interface_kernel import put_interface
from rawkit.view.packets.layout import (
    ANALYSIS,
    DCCP_TYPES,
    DUMP_ROOM,
    HEX_DUMP,
    ICMP,
    ICMPV6,
    IGMP_TYPES,
    INTERFACES,
    IP_PROTOCOLS,
    LAYERS,
    LINE_ROOM,
    LINK_HEADERS,
    NOTE_WIDTH,
    OSPF_TYPES,
    SINCE_BEFORE,
    WORDS,
)
from rawkit.view.packets.link_kernel import put_arp, put_link_header, put_unknown
from rawkit.view.packets.phrase_kernel import port_section, put_phrase, put_port
from rawkit.view.packets.sctp_kernel import put_sctp
from rawkit.view.packets.tcp_kernel import put_tcp
from rawkit.view.packets.time_kernel import put_time
from rawkit.view.packets.udp_kernel import put_esp, put_udp
from rawkit.view.packets.words_kernel import note_words
from rawkit.wire.sum_kernel import COUNTED, WRONG


def render_text(
    data: Ints,
    offset: Ints,
    captured: Ints,
    length: Ints,
    timestamp: Ints,
    link_type: Ints,
    interface: Ints,
    status: Ints,
    rows: Ints,
    analysis: Ints,
    sums: Ints,
    bases: Ints,
    text: Ints,
    index: Ints,
    links: Ints,
    link_index: Ints,
    described: int,
    options: int,
    times: int,
    before: int,
    utc_offset: int,
    notes: Ints,
    out: Ints,
    first: int,
    last: int,
) -> tuple[int, int]:
    """Writes a line for each packet from `first` on; returns the first that found no room, and the bytes used.

    `bases` has two numbers a packet, as of `rawkit.view.packets.tcp_kernel.put_tcp`, or none; `links` and what follows
    are those of `rawkit.view.packets.interface_kernel.put_interface`. `notes` gets the packets whose messages are told
    in words, which the caller puts in their places.
    """
    at = 0
    notes[0] = 0
    for i in range(first, last):
        row = i * WIDTH
        start = offset[i] + 0
        room = LINE_ROOM
        skipped = 0
        if options & HEX_DUMP:
            room += (captured[i] // 16 + 1) * DUMP_ROOM
            skipped = 0 if options & LINK_HEADERS else link_header_size(link_type[i] + 0)
        if at + room > len(out) or (notes[0] + 1) * NOTE_WIDTH >= len(notes):
            return i, at
        if times == SINCE_BEFORE and i > 0:
            before = timestamp[i - 1] + 0
        at = put_time(out, at, times, timestamp[i] + 0, before, utc_offset)
        at = put_interface(
            out, at, data, start, captured[i] + 0, link_type[i] + 0, interface[i] + 0, status[i] + 0,
            links, link_index, described, options & INTERFACES,
        )  # fmt: skip
        own = bases[2 * i] + 0 if len(bases) else -1
        peer = bases[2 * i + 1] + 0 if len(bases) else -1
        at = put_packet(out, at, data, start, length[i] + 0, rows, row, own, peer, text, index, options)
        if options & WORDS:
            note_words(notes, at, i, data, start, rows, row)
        at = put_marks(out, at, data, start, rows, row, analysis[i] + 0, sums[i] + 0, text, index)
        out[at] = 10
        at += 1
        if options & HEX_DUMP:
            at = put_dump(out, at, data, start + skipped, captured[i] - skipped)
    return last, at


def put_packet(
    out: Ints,
    at: int,
    data: Ints,
    start: int,
    length: int,
    rows: Ints,
    row: int,
    own: int,
    peer: int,
    text: Ints,
    index: Ints,
    options: int,
) -> int:
    if options & LINK_HEADERS:
        at = put_link_header(out, at, data, start, length, rows, row, text, index)
    if rows[row + VLANS]:
        at = put_vlans(out, at, rows[row + VLANS] + 0)
    if rows[row + DEPTH]:
        at = put(out, put_decimal(out, put(out, at, b"tunnel "), rows[row + DEPTH] + 0), b", ")
    kind = rows[row + NET_KIND]
    if kind == ethertypes.IPV4 or kind == ethertypes.IPV6:
        return put_ip(out, at, data, start, rows, row, own, peer, text, index)
    if kind == ethertypes.ARP:
        return put_arp(out, at, data, start, length, rows, row)
    return put_unknown(out, at, data, start, length, rows, row, text, index, options & LINK_HEADERS == 0)


def put_vlans(out: Ints, at: int, vlans: int) -> int:
    """Writes the outermost VLAN id and, where it is another, the innermost."""
    outer = (vlans >> 16) - 1
    inner = (vlans & 0xFFFF) - 1
    at = put_decimal(out, put(out, at, b"vlan "), outer)
    if inner != outer:
        at = put_decimal(out, put(out, at, b"."), inner)
    return put(out, at, b", ")


# IP ----------------------------------------------------------------------------------------------------------


def put_ip(
    out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int, own: int, peer: int, text: Ints, index: Ints
) -> int:
    is_ipv4 = rows[row + NET_KIND] == ethertypes.IPV4
    if rows[row + NET] + (ipv4.HEADER_LEN if is_ipv4 else ipv6.HEADER_LEN) > rows[row + END]:
        return put(out, at, b"IP") if is_ipv4 else put(out, at, b"IP6")
    net = start + rows[row + NET]
    place = start + rows[row + TRANSPORT]
    section = port_section(rows[row + PROTOCOL] + 0)
    if rows[row + TRANSPORT] < 0 or rows[row + TRANSPORT] + transport.PORTS_LEN > rows[row + END]:
        section = -1
    if is_ipv4:
        at = put_ipv4(out, put(out, at, b"IP "), data, net + ipv4.SRC)
    else:
        at = put_ipv6(out, put(out, at, b"IP6 "), data, net + ipv6.SRC)
    if section >= 0:
        at = put_port(out, put(out, at, b"."), text, index, section, u16(data, place + transport.SRC_PORT))
    at = put(out, at, b" > ")
    if is_ipv4:
        at = put_ipv4(out, at, data, net + ipv4.DST)
    else:
        at = put_ipv6(out, at, data, net + ipv6.DST)
    if section >= 0:
        at = put_port(out, put(out, at, b"."), text, index, section, u16(data, place + transport.DST_PORT))
    at = put(out, at, b": ")
    if rows[row + TRANSPORT] >= 0 and rows[row + PAYLOAD] >= 0:
        return put_transport(out, at, data, start, rows, row, own, peer, text, index)
    return put_protocol(out, at, data, net, start, rows, row, text, index)


def put_protocol(
    out: Ints, at: int, data: Ints, net: int, start: int, rows: Ints, row: int, text: Ints, index: Ints
) -> int:
    """Writes the protocol alone, where its header is not whole or not known; with the length of what IP carries."""
    protocol = rows[row + PROTOCOL]
    if protocol == ip_protocols.ESP and rows[row + FRAGMENT] < 0:
        found, place = quoted_transport(data, net, start + rows[row + END])
        if found == ip_protocols.ESP and place + esp.HEADER_LEN <= start + rows[row + END]:
            return put_esp(out, at, data, place, start + rows[row + WIRE_END] - place)
    if protocol >= 0 and index[IP_PROTOCOLS + protocol]:
        at = put_name(out, at, text, index, IP_PROTOCOLS + protocol)
    else:
        at = put_decimal(out, put(out, at, b"ip-proto-"), protocol + 0)
    if rows[row + TRANSPORT] >= 0 or rows[row + FRAGMENT] >= 0:
        return at
    header = (u8(data, net) & 15) * 4 if rows[row + NET_KIND] == ethertypes.IPV4 else ipv6.HEADER_LEN
    return put_decimal(out, put(out, at, b", length "), max(0, start + rows[row + WIRE_END] - net - header))


def put_transport(
    out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int, own: int, peer: int, text: Ints, index: Ints
) -> int:
    """Writes a transport header that is whole."""
    protocol = rows[row + PROTOCOL]
    place = start + rows[row + TRANSPORT]
    size = rows[row + WIRE_END] - rows[row + TRANSPORT]
    if protocol == ip_protocols.TCP:
        return put_tcp(out, at, data, start, rows, row, own, peer, text, index)
    if protocol == ip_protocols.UDP:
        return put_udp(out, at, data, start, rows, row, text, index)
    if protocol == ip_protocols.ICMP or protocol == ip_protocols.ICMPV6:
        return put_icmp(out, at, data, start, size, rows, row, text, index, protocol == ip_protocols.ICMP)
    if protocol == ip_protocols.IGMP:
        return put_igmp(out, at, data, start, rows, row, text, index)
    if protocol == ip_protocols.SCTP:
        return put_sctp(out, at, data, place, start + rows[row + END], text, index)
    if protocol == ip_protocols.DCCP:
        at = put_name(out, put(out, at, b"DCCP-"), text, index, DCCP_TYPES + (u8(data, place + dccp.TYPE_X) >> 1 & 15))
    elif protocol == ip_protocols.OSPF:
        at = put_decimal(out, put(out, at, b"OSPFv"), u8(data, place))
        at = put_name(out, put(out, at, b", "), text, index, OSPF_TYPES + u8(data, place + ospfv2.TYPE))
    else:
        at = put(out, at, b"UDPLite")
    return put_decimal(out, put(out, at, b", length "), size)


def put_icmp(
    out: Ints,
    at: int,
    data: Ints,
    start: int,
    size: int,
    rows: Ints,
    row: int,
    text: Ints,
    index: Ints,
    is_ipv4: bool,
) -> int:
    place = start + rows[row + TRANSPORT]
    at = put(out, at, b"ICMP ") if is_ipv4 else put(out, at, b"ICMP6, ")
    entry = (ICMP if is_ipv4 else ICMPV6) + u16(data, place)
    if index[entry]:
        at = put_phrase(out, at, data, start, rows, row, text, index, entry)
    else:
        at = put_decimal(out, put(out, at, b"type-#"), u8(data, place))
    return put_decimal(out, put(out, at, b", length "), size)


def put_igmp(out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int, text: Ints, index: Ints) -> int:
    entry = IGMP_TYPES + u8(data, start + rows[row + TRANSPORT])
    if index[entry]:
        return put_phrase(out, put(out, at, b"igmp "), data, start, rows, row, text, index, entry)
    return put_decimal(out, put(out, at, b"igmp-"), entry - IGMP_TYPES)


# Marks -------------------------------------------------------------------------------------------------------


def put_marks(
    out: Ints,
    at: int,
    data: Ints,
    start: int,
    rows: Ints,
    row: int,
    analysis: int,
    checksum: int,
    text: Ints,
    index: Ints,
) -> int:
    """Writes what is to be said of the packet as a whole: fragment, checksum, where decoding stopped, TCP analysis."""
    if rows[row + FRAGMENT] >= 0:
        at = put_fragment(out, at, data, start, rows, row)
    if checksum == WRONG or checksum == COUNTED:
        at = put_checksum(out, at, data, start, rows, row)
    if rows[row + STOP] > 0:
        at = put_stop(out, at, rows, row, text, index)
    return put_analysis(out, at, analysis, text, index) if analysis else at


def put_checksum(out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int) -> int:
    """That the checksum is wrong, and what it is, in tcpdump's words; of a fragment it is the whole packet's."""
    place = rows[row + TRANSPORT] + checksum_place(rows[row + PROTOCOL])
    if rows[row + FRAGMENT] >= 0 or rows[row + TRANSPORT] < 0 or place + 2 > rows[row + END]:
        return put(out, at, b" (cksum incorrect)")
    at = put_hex(out, put(out, at, b" (cksum 0x"), u16(data, start + place), 4)
    return put(out, at, b" incorrect)")


def put_fragment(out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int) -> int:
    """Identification, size and place of a fragment; `+` where more follow."""
    place = start + rows[row + FRAGMENT_ID]
    net = rows[row + NET]
    if rows[row + NET_KIND] == ethertypes.IPV4:
        at = put_decimal(out, put(out, at, b" (frag "), u16(data, place))
        begin = net + (u8(data, start + net) & 15) * 4
    else:
        at = put_decimal(out, put(out, at, b" (frag "), u32(data, place))
        begin = rows[row + FRAGMENT_ID] + 4
    at = put_decimal(out, put(out, at, b":"), rows[row + WIRE_END] - begin)
    at = put_decimal(out, put(out, at, b"@"), rows[row + FRAGMENT] >> 1)
    return put(out, at, b"+)") if rows[row + FRAGMENT] & 1 else put(out, at, b")")


def put_stop(out: Ints, at: int, rows: Ints, row: int, text: Ints, index: Ints) -> int:
    """Where and why decoding stopped; not where the line says that already, with the number that is unknown."""
    layer = rows[row + STOP] >> 8
    reason = rows[row + STOP] & 0xFF
    if reason == TRUNCATED:
        at = put(out, at, b" [|")
        return put(out, put_name(out, at, text, index, LAYERS + layer), b"]")
    if reason == UNKNOWN:
        if layer == IPV4 or layer == IPV6 or layer == IPV6_EXTENSION:
            return at
        if rows[row + NET_KIND] == 0 and (rows[row + ETHERTYPE] > 0 or layer == NOTHING):
            return at
        at = put(out, at, b" (unknown ")
    elif reason == MALFORMED:
        at = put(out, at, b" (malformed ")
    elif reason == ENCRYPTED:
        at = put(out, at, b" (encrypted ")
    else:
        at = put(out, at, b" (too deep: ")
    return put(out, put_name(out, at, text, index, LAYERS + layer), b")")


def put_analysis(out: Ints, at: int, analysis: int, text: Ints, index: Ints) -> int:
    at = put(out, at, b" [")
    bit = 0
    rest = analysis
    while rest:
        if rest & 1:
            at = put_name(out, at, text, index, ANALYSIS + bit)
            if rest >> 1:
                at = put(out, at, b", ")
        rest >>= 1
        bit += 1
    return put(out, at, b"]")
