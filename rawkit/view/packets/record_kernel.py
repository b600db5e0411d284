"""The packets view as JSON lines and as CSV: the same fields in the same order, `rawkit.decode.fields` in kernels.

A field is there where the packet's bytes up to its END hold it. JSON leaves out what is not there; CSV leaves the
place empty. The names stand here as literals because compiled they then cost next to nothing.
"""

from __future__ import annotations

from rawkit import linktypes
from rawkit.decode.layout import (
    DEPTH,
    END,
    LINK,
    LINK_TYPE,
    NET,
    NET_KIND,
    PAYLOAD,
    PROTOCOL,
    STOP,
    TRANSPORT,
    VLANS,
    WIDTH,
    WIRE_END,
)
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_epoch, put_ipv4, put_ipv6, put_mac, put_name
from rawkit.view.packets.layout import ANALYSIS, LAYERS, LINE_ROOM, REASONS

VLAN_STRIPPED = 4  # rawkit.frames.VLAN_STRIPPED; kernels import no module that loads NumPy
LARGEST_LENGTH = 1500  # a larger number in the type field of Ethernet is a type (IEEE 802.3)


def render_records(
    data: Ints,
    offset: Ints,
    captured: Ints,
    length: Ints,
    timestamp: Ints,
    status: Ints,
    rows: Ints,
    streams: Ints,
    analysis: Ints,
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
        start = offset[i] + 0
        at = put_decimal(out, at if csv else put(out, at, b'{"frame.number":'), numbers[i] + 0)
        at = close(out, put_epoch(out, key(out, at, b',"frame.time_epoch":"', csv), timestamp[i] + 0), csv)
        at = put_decimal(out, key(out, at, b',"frame.len":', csv), length[i] + 0)
        at = put_decimal(out, key(out, at, b',"frame.cap_len":', csv), captured[i] + 0)
        at = link_fields(out, at, csv, data, start, status[i] + 0, rows, row)
        at = network_fields(out, at, csv, data, start, rows, row)
        at = transport_fields(out, at, csv, data, start, rows, row, streams[i] + 0, analysis[i] + 0, text, index)
        at = stop_fields(out, at, csv, rows, row, text, index)
        at = put(out, at, b"\n") if csv else put(out, at, b"}\n")
    return last, at


# What JSON and CSV differ in ---------------------------------------------------------------------------------


def key(out: Ints, at: int, name: bytes, csv: int) -> int:
    """What stands before a value: JSON's name, CSV's comma."""
    if csv:
        out[at] = 44
        return at + 1
    return put(out, at, name)


def close(out: Ints, at: int, csv: int) -> int:
    """What stands behind a value that is no number: JSON's quotation mark."""
    if csv:
        return at
    out[at] = 34
    return at + 1


def absent(out: Ints, at: int, fields: int, csv: int) -> int:
    """Fields that the packet does not have."""
    if csv:
        for _ in range(fields):
            out[at] = 44
            at += 1
    return at


def number8(out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int) -> int:
    """A field of one byte, where the packet reaches that far."""
    if place >= end:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, name, csv), u8(data, place))


def number16(out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int) -> int:
    if place + 2 > end:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, name, csv), u16(data, place))


def number32(out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int) -> int:
    if place + 4 > end:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, name, csv), u32(data, place))


def mac(out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int) -> int:
    if place + 6 > end:
        return absent(out, at, 1, csv)
    return close(out, put_mac(out, key(out, at, name, csv), data, place, 6), csv)


def ipv4(out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int) -> int:
    if place + 4 > end:
        return absent(out, at, 1, csv)
    return close(out, put_ipv4(out, key(out, at, name, csv), data, place), csv)


def ipv6(out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int) -> int:
    if place + 16 > end:
        return absent(out, at, 1, csv)
    return close(out, put_ipv6(out, key(out, at, name, csv), data, place), csv)


# Link and network layer --------------------------------------------------------------------------------------


def link_fields(out: Ints, at: int, csv: int, data: Ints, start: int, status: int, rows: Ints, row: int) -> int:
    if rows[row + LINK] >= 0 and rows[row + LINK_TYPE] == linktypes.ETHERNET:
        place = start + rows[row + LINK]
        end = start + rows[row + END]
        at = mac(out, at, b',"eth.src":"', csv, data, place + 6, end)
        at = mac(out, at, b',"eth.dst":"', csv, data, place, end)
        at = ethernet_type(out, at, csv, data, place, end, status if rows[row + LINK] == 0 else 0)
    else:
        at = absent(out, at, 3, csv)
    inner = rows[row + VLANS] & 0xFFFF
    if inner == 0:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, b',"vlan.id":', csv), inner - 1)


def ethernet_type(out: Ints, at: int, csv: int, data: Ints, place: int, end: int, status: int) -> int:
    """The type word; the tag's where the kernel took a tag off; nothing where it is a length."""
    if place + 14 <= end:
        kind = (status >> 32) & 0xFFFF if status & VLAN_STRIPPED else u16(data, place + 12)
        if kind > LARGEST_LENGTH:
            return put_decimal(out, key(out, at, b',"eth.type":', csv), kind)
    return absent(out, at, 1, csv)


def network_fields(out: Ints, at: int, csv: int, data: Ints, start: int, rows: Ints, row: int) -> int:
    kind = rows[row + NET_KIND]
    place = start + rows[row + NET]
    end = start + rows[row + END]
    if kind == 0x0800:
        return absent(out, ipv4_fields(out, absent(out, at, 3, csv), csv, data, place, end), 3, csv)
    if kind == 0x86DD:
        return ipv6_fields(out, absent(out, at, 9, csv), csv, data, place, end)
    if kind == 0x0806:
        return absent(out, arp_fields(out, at, csv, data, place, end), 9, csv)
    return absent(out, at, 12, csv)


def arp_fields(out: Ints, at: int, csv: int, data: Ints, place: int, end: int) -> int:
    """RFC 826: where the protocol addresses are depends on the length of the hardware addresses."""
    at = number16(out, at, b',"arp.opcode":', csv, data, place + 6, end)
    if place + 6 > end or u16(data, place + 2) != 0x0800 or u8(data, place + 5) != 4:
        return absent(out, at, 2, csv)
    hardware = u8(data, place + 4)
    at = ipv4(out, at, b',"arp.src.proto_ipv4":"', csv, data, place + 8 + hardware, end)
    return ipv4(out, at, b',"arp.dst.proto_ipv4":"', csv, data, place + 12 + 2 * hardware, end)


def ipv4_fields(out: Ints, at: int, csv: int, data: Ints, place: int, end: int) -> int:
    at = ipv4(out, at, b',"ip.src":"', csv, data, place + 12, end)
    at = ipv4(out, at, b',"ip.dst":"', csv, data, place + 16, end)
    at = number8(out, at, b',"ip.ttl":', csv, data, place + 8, end)
    at = number16(out, at, b',"ip.id":', csv, data, place + 4, end)
    at = number8(out, at, b',"ip.proto":', csv, data, place + 9, end)
    if place + 8 > end:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, b',"ip.frag_offset":', csv), u16(data, place + 6) & 0x1FFF)


def ipv6_fields(out: Ints, at: int, csv: int, data: Ints, place: int, end: int) -> int:
    at = ipv6(out, at, b',"ipv6.src":"', csv, data, place + 8, end)
    at = ipv6(out, at, b',"ipv6.dst":"', csv, data, place + 24, end)
    return number8(out, at, b',"ipv6.hlim":', csv, data, place + 7, end)


# Transport layer ---------------------------------------------------------------------------------------------

TCP_FIELDS = 9
UDP_FIELDS = 4
OTHER_FIELDS = 10


def transport_fields(
    out: Ints,
    at: int,
    csv: int,
    data: Ints,
    start: int,
    rows: Ints,
    row: int,
    stream: int,
    analysis: int,
    text: Ints,
    index: Ints,
) -> int:
    protocol = rows[row + PROTOCOL]
    end = start + rows[row + END]
    place = start + rows[row + TRANSPORT] if rows[row + TRANSPORT] >= 0 else end
    if protocol == 6:
        at = tcp_fields(out, at, csv, data, place, end, rows, row, stream)
        at = analysis_field(out, at, csv, analysis, text, index)
        return absent(out, at, UDP_FIELDS + OTHER_FIELDS, csv)
    at = absent(out, at, TCP_FIELDS, csv)
    if protocol == 17 or protocol == 136:
        at = udp_fields(out, at, csv, data, place, end, protocol, stream)
        return absent(out, at, OTHER_FIELDS, csv)
    return other_fields(out, absent(out, at, UDP_FIELDS, csv), csv, data, place, end, protocol)


def tcp_fields(
    out: Ints, at: int, csv: int, data: Ints, place: int, end: int, rows: Ints, row: int, stream: int
) -> int:
    at = number16(out, at, b',"tcp.srcport":', csv, data, place, end)
    at = number16(out, at, b',"tcp.dstport":', csv, data, place + 2, end)
    if place + 14 <= end:
        at = put_decimal(out, key(out, at, b',"tcp.flags":', csv), u16(data, place + 12) & 0x0FFF)
    else:
        at = absent(out, at, 1, csv)
    at = number32(out, at, b',"tcp.seq_raw":', csv, data, place + 4, end)
    at = number32(out, at, b',"tcp.ack_raw":', csv, data, place + 8, end)
    at = number16(out, at, b',"tcp.window_size_value":', csv, data, place + 14, end)
    if rows[row + TRANSPORT] >= 0 and rows[row + PAYLOAD] >= 0:
        at = put_decimal(out, key(out, at, b',"tcp.len":', csv), rows[row + WIRE_END] - rows[row + PAYLOAD])
    else:
        at = absent(out, at, 1, csv)
    if stream < 0:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, b',"tcp.stream":', csv), stream)


def analysis_field(out: Ints, at: int, csv: int, analysis: int, text: Ints, index: Ints) -> int:
    """The flags' last words: a list in JSON, joined by semicolons in CSV."""
    if analysis == 0:
        return absent(out, at, 1, csv)
    at = key(out, at, b',"tcp.analysis":["', csv)
    bit = 0
    more = False
    while analysis >> bit:
        if analysis >> bit & 1:
            if more:
                at = put(out, at, b";") if csv else put(out, at, b'","')
            at = put_name(out, at, text, index, ANALYSIS + bit)
            more = True
        bit += 1
    return at if csv else put(out, at, b'"]')


def udp_fields(out: Ints, at: int, csv: int, data: Ints, place: int, end: int, protocol: int, stream: int) -> int:
    at = number16(out, at, b',"udp.srcport":', csv, data, place, end)
    at = number16(out, at, b',"udp.dstport":', csv, data, place + 2, end)
    at = number16(out, at, b',"udp.length":', csv, data, place + 4, end if protocol == 17 else place)
    if stream < 0:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, b',"udp.stream":', csv), stream)


def other_fields(out: Ints, at: int, csv: int, data: Ints, place: int, end: int, protocol: int) -> int:
    if protocol == 1:
        at = number8(out, at, b',"icmp.type":', csv, data, place, end)
        return absent(out, number8(out, at, b',"icmp.code":', csv, data, place + 1, end), 8, csv)
    if protocol == 58:
        at = number8(out, absent(out, at, 2, csv), b',"icmpv6.type":', csv, data, place, end)
        return absent(out, number8(out, at, b',"icmpv6.code":', csv, data, place + 1, end), 6, csv)
    if protocol == 132:
        at = number16(out, absent(out, at, 4, csv), b',"sctp.srcport":', csv, data, place, end)
        return absent(out, number16(out, at, b',"sctp.dstport":', csv, data, place + 2, end), 4, csv)
    if protocol == 33:
        at = number16(out, absent(out, at, 6, csv), b',"dccp.srcport":', csv, data, place, end)
        return absent(out, number16(out, at, b',"dccp.dstport":', csv, data, place + 2, end), 2, csv)
    if protocol == 2:
        at = number8(out, absent(out, at, 8, csv), b',"igmp.type":', csv, data, place, end)
        return absent(out, at, 1, csv)
    if protocol == 89:
        return number8(out, absent(out, at, 9, csv), b',"ospf.msg":', csv, data, place + 1, end)
    return absent(out, at, OTHER_FIELDS, csv)


def stop_fields(out: Ints, at: int, csv: int, rows: Ints, row: int, text: Ints, index: Ints) -> int:
    depth = rows[row + DEPTH]
    found = rows[row + STOP]
    if depth > 0:
        at = put_decimal(out, key(out, at, b',"tunnel.depth":', csv), depth)
    else:
        at = absent(out, at, 1, csv)
    if found <= 0:
        return absent(out, at, 2, csv)
    at = key(out, at, b',"stop.layer":"', csv)
    at = close(out, put_name(out, at, text, index, LAYERS + (found >> 8)), csv)
    at = key(out, at, b',"stop.reason":"', csv)
    return close(out, put_name(out, at, text, index, REASONS + (found & 0xFF)), csv)
