# Written by scripts/generate from rawkit/decode/fields/declared.py: change it there, not here.

"""The packets view as JSON lines and as CSV: the default fields, in the order of their declarations."""

from __future__ import annotations

from typing import Final

from rawkit import linktypes
from rawkit.decode.layout import DEPTH, END, LINK, LINK_TYPE, NET, NET_KIND, PROTOCOL, STOP, TRANSPORT, VLANS, WIDTH
from rawkit.facts.ethertypes import ARP, IPV4, IPV6
from rawkit.facts.ip_protocols import DCCP, ICMP, ICMPV6, IGMP, OSPF, SCTP, TCP, UDP, UDPLITE
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u16
from rawkit.view.numbers_kernel import put, put_decimal
from rawkit.view.packets.layout import LAYERS, LINE_ROOM, REASONS
from rawkit.view.packets.value_kernel import (
    absent,
    analysis,
    arp_sender,
    arp_target,
    captured,
    ethernet_type,
    frame_number,
    from_row,
    ipv4,
    ipv6,
    key,
    length,
    mac,
    name_from_row,
    number8,
    number16,
    number32,
    stream,
    tcp_length,
    timestamp,
)

FORCE_INLINE: Final = True


def render_records(
    data: Ints,
    offsets: Ints,
    captures: Ints,
    lengths: Ints,
    times: Ints,
    statuses: Ints,
    rows: Ints,
    streams: Ints,
    analyses: Ints,
    text: Ints,
    index: Ints,
    numbers: Ints,
    csv: int,
    out: Ints,
    first: int,
    last: int,
) -> tuple[int, int]:
    """Writes a record for each packet from `first` on; returns the first that found no room, and the bytes used."""
    at = 0
    for i in range(first, last):
        if at + LINE_ROOM > len(out):
            return i, at
        row = i * WIDTH
        start = offsets[i] + 0
        end = start + rows[row + END]
        number = numbers[i] + 0
        time = times[i] + 0
        on_wire = lengths[i] + 0
        kept = captures[i] + 0
        status = statuses[i] + 0
        conversation = streams[i] + 0
        flags = analyses[i] + 0
        at = frame_number(out, at, b'{"frame.number":', csv, number)
        at = timestamp(out, at, b',"frame.time_epoch":"', csv, time)
        at = length(out, at, b',"frame.len":', csv, on_wire)
        at = captured(out, at, b',"frame.cap_len":', csv, kept)
        at = link_fields(out, at, csv, data, start, end, rows, row, status)
        at = from_row(out, at, b',"vlan.id":', csv, rows[row + VLANS], (rows[row + VLANS] & 0xFFFF) - 1)
        at = net_fields(out, at, csv, data, start, end, rows, row)
        at = transport_fields(out, at, csv, data, start, end, rows, row, text, index, conversation, flags)
        at = from_row(out, at, b',"tunnel.depth":', csv, rows[row + DEPTH], rows[row + DEPTH] + 0)
        at = name_from_row(
            out, at, b',"stop.layer":"', csv, rows[row + STOP], text, index, LAYERS + (rows[row + STOP] >> 8)
        )
        at = name_from_row(
            out, at, b',"stop.reason":"', csv, rows[row + STOP], text, index, REASONS + (rows[row + STOP] & 0xFF)
        )
        at = put(out, at, b"\n") if csv else put(out, at, b"}\n")
    return last, at


def link_fields(
    out: Ints, at: int, csv: int, data: Ints, start: int, end: int, rows: Ints, row: int, status: int
) -> int:
    place = start + rows[row + LINK] if rows[row + LINK] >= 0 else end
    kind = rows[row + LINK_TYPE]
    if kind == linktypes.ETHERNET:
        return ethernet_fields(out, at, csv, place, data, end, rows, row, status)
    return absent(out, at, 3, csv)


def ethernet_fields(
    out: Ints, at: int, csv: int, place: int, data: Ints, end: int, rows: Ints, row: int, status: int
) -> int:
    at = mac(out, at, b',"eth.src":"', csv, data, place + 6, end)
    at = mac(out, at, b',"eth.dst":"', csv, data, place, end)
    return ethernet_type(out, at, b',"eth.type":', csv, data, place, end, status, rows, row)


def net_fields(out: Ints, at: int, csv: int, data: Ints, start: int, end: int, rows: Ints, row: int) -> int:
    place = start + rows[row + NET] if rows[row + NET] >= 0 else end
    kind = rows[row + NET_KIND]
    if kind == ARP:
        return arp_fields(out, at, csv, place, data, end)
    if kind == IPV4:
        return ipv4_fields(out, at, csv, place, data, end)
    if kind == IPV6:
        return ipv6_fields(out, at, csv, place, data, end)
    return absent(out, at, 12, csv)


def arp_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int) -> int:
    at = number16(out, at, b',"arp.opcode":', csv, data, place + 6, end)
    at = arp_sender(out, at, b',"arp.src.proto_ipv4":"', csv, data, place, end)
    at = arp_target(out, at, b',"arp.dst.proto_ipv4":"', csv, data, place, end)
    return absent(out, at, 9, csv)


def ipv4_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int) -> int:
    at = absent(out, at, 3, csv)
    at = ipv4(out, at, b',"ip.src":"', csv, data, place + 12, end)
    at = ipv4(out, at, b',"ip.dst":"', csv, data, place + 16, end)
    at = number8(out, at, b',"ip.ttl":', csv, data, place + 8, end)
    at = number16(out, at, b',"ip.id":', csv, data, place + 4, end)
    at = number8(out, at, b',"ip.proto":', csv, data, place + 9, end)
    at = (
        put_decimal(out, key(out, at, b',"ip.frag_offset":', csv), u16(data, place + 6) & 0x1FFF)
        if place + 8 <= end
        else absent(out, at, 1, csv)
    )
    return absent(out, at, 3, csv)


def ipv6_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int) -> int:
    at = absent(out, at, 9, csv)
    at = ipv6(out, at, b',"ipv6.src":"', csv, data, place + 8, end)
    at = ipv6(out, at, b',"ipv6.dst":"', csv, data, place + 24, end)
    return number8(out, at, b',"ipv6.hlim":', csv, data, place + 7, end)


def transport_fields(
    out: Ints,
    at: int,
    csv: int,
    data: Ints,
    start: int,
    end: int,
    rows: Ints,
    row: int,
    text: Ints,
    index: Ints,
    conversation: int,
    flags: int,
) -> int:
    place = start + rows[row + TRANSPORT] if rows[row + TRANSPORT] >= 0 else end
    kind = rows[row + PROTOCOL]
    if kind == TCP:
        return tcp_fields(out, at, csv, place, data, end, rows, row, text, index, conversation, flags)
    if kind == UDP:
        return udp_fields(out, at, csv, place, data, end, conversation)
    if kind == UDPLITE:
        return udplite_fields(out, at, csv, place, data, end, conversation)
    if kind == ICMP:
        return icmp_fields(out, at, csv, place, data, end)
    if kind == ICMPV6:
        return icmpv6_fields(out, at, csv, place, data, end)
    if kind == SCTP:
        return sctp_fields(out, at, csv, place, data, end)
    if kind == DCCP:
        return dccp_fields(out, at, csv, place, data, end)
    if kind == IGMP:
        return igmp_fields(out, at, csv, place, data, end)
    if kind == OSPF:
        return ospf_fields(out, at, csv, place, data, end)
    return absent(out, at, 23, csv)


def tcp_fields(
    out: Ints,
    at: int,
    csv: int,
    place: int,
    data: Ints,
    end: int,
    rows: Ints,
    row: int,
    text: Ints,
    index: Ints,
    conversation: int,
    flags: int,
) -> int:
    at = number16(out, at, b',"tcp.srcport":', csv, data, place, end)
    at = number16(out, at, b',"tcp.dstport":', csv, data, place + 2, end)
    at = (
        put_decimal(out, key(out, at, b',"tcp.flags":', csv), u16(data, place + 12) & 0xFFF)
        if place + 14 <= end
        else absent(out, at, 1, csv)
    )
    at = number32(out, at, b',"tcp.seq_raw":', csv, data, place + 4, end)
    at = number32(out, at, b',"tcp.ack_raw":', csv, data, place + 8, end)
    at = number16(out, at, b',"tcp.window_size_value":', csv, data, place + 14, end)
    at = tcp_length(out, at, b',"tcp.len":', csv, rows, row)
    at = stream(out, at, b',"tcp.stream":', csv, conversation)
    at = analysis(out, at, b',"tcp.analysis":["', csv, flags, text, index)
    return absent(out, at, 14, csv)


def udp_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int, conversation: int) -> int:
    at = absent(out, at, 9, csv)
    at = number16(out, at, b',"udp.srcport":', csv, data, place, end)
    at = number16(out, at, b',"udp.dstport":', csv, data, place + 2, end)
    at = number16(out, at, b',"udp.length":', csv, data, place + 4, end)
    at = stream(out, at, b',"udp.stream":', csv, conversation)
    return absent(out, at, 10, csv)


def udplite_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int, conversation: int) -> int:
    at = absent(out, at, 9, csv)
    at = number16(out, at, b',"udp.srcport":', csv, data, place, end)
    at = number16(out, at, b',"udp.dstport":', csv, data, place + 2, end)
    at = absent(out, at, 1, csv)
    at = stream(out, at, b',"udp.stream":', csv, conversation)
    return absent(out, at, 10, csv)


def icmp_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int) -> int:
    at = absent(out, at, 13, csv)
    at = number8(out, at, b',"icmp.type":', csv, data, place, end)
    at = number8(out, at, b',"icmp.code":', csv, data, place + 1, end)
    return absent(out, at, 8, csv)


def icmpv6_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int) -> int:
    at = absent(out, at, 15, csv)
    at = number8(out, at, b',"icmpv6.type":', csv, data, place, end)
    at = number8(out, at, b',"icmpv6.code":', csv, data, place + 1, end)
    return absent(out, at, 6, csv)


def sctp_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int) -> int:
    at = absent(out, at, 17, csv)
    at = number16(out, at, b',"sctp.srcport":', csv, data, place, end)
    at = number16(out, at, b',"sctp.dstport":', csv, data, place + 2, end)
    return absent(out, at, 4, csv)


def dccp_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int) -> int:
    at = absent(out, at, 19, csv)
    at = number16(out, at, b',"dccp.srcport":', csv, data, place, end)
    at = number16(out, at, b',"dccp.dstport":', csv, data, place + 2, end)
    return absent(out, at, 2, csv)


def igmp_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int) -> int:
    at = absent(out, at, 21, csv)
    at = number8(out, at, b',"igmp.type":', csv, data, place, end)
    return absent(out, at, 1, csv)


def ospf_fields(out: Ints, at: int, csv: int, place: int, data: Ints, end: int) -> int:
    at = absent(out, at, 22, csv)
    return number8(out, at, b',"ospf.msg":', csv, data, place + 1, end)
