"""A TCP header in tcpdump's words: flags, numbers, window and options."""

from __future__ import annotations

from rawkit.decode.layout import END, PAYLOAD, TRANSPORT, WIRE_END
from rawkit.facts import tcp, tcp_options
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_hex, put_name
from rawkit.view.packets.layout import TCP_OPTIONS

TCP_FLAG_LETTERS = b"FSRP.UEWe"  # rawkit.wire.names.TCP_FLAG_LETTERS as bytes
FIN_SYN_RST = tcp.FIN | tcp.SYN | tcp.RST
SHOWN_FLAGS = 0x1FF  # those that tcpdump has letters for


def put_tcp(
    out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int, own: int, peer: int, text: Ints, index: Ints
) -> int:
    """Writes a whole header. Sequence numbers count from `own`, acknowledgments from `peer`, as tcpdump prints them.

    Where `own` is -1 both are those of the header, and where `peer` is, the edges of SACK blocks.
    """
    place = start + rows[row + TRANSPORT]
    size = rows[row + WIRE_END] - rows[row + PAYLOAD]
    flags = u16(data, place + tcp.DATA_OFFSET) & SHOWN_FLAGS
    at = put_flags(out, put(out, at, b"Flags ["), flags)
    at = put(out, at, b"]")
    if size > 0 or flags & FIN_SYN_RST:
        seq = u32(data, place + tcp.SEQUENCE)
        if own >= 0:
            seq = seq - own & 0xFFFFFFFF
        at = put_decimal(out, put(out, at, b", seq "), seq)
        if size > 0:
            at = put_decimal(out, put(out, at, b":"), (seq + size) & 0xFFFFFFFF)
    if flags & tcp.ACK:
        ack = u32(data, place + tcp.ACKNOWLEDGMENT)
        if own >= 0:
            ack = ack - peer & 0xFFFFFFFF
        at = put_decimal(out, put(out, at, b", ack "), ack)
    at = put_decimal(out, put(out, at, b", win "), u16(data, place + tcp.WINDOW))
    if flags & tcp.URG:
        at = put_decimal(out, put(out, at, b", urg "), u16(data, place + tcp.URGENT_POINTER))
    if rows[row + PAYLOAD] - rows[row + TRANSPORT] > tcp.HEADER_LEN:
        at = put_options(out, at, data, place + tcp.HEADER_LEN, start, rows, row, max(0, peer), text, index)
    return put_decimal(out, put(out, at, b", length "), size)


def put_flags(out: Ints, at: int, flags: int) -> int:
    if flags == tcp.ACK:
        out[at] = 46
        return at + 1
    if flags == 0:
        return put(out, at, b"none")
    for bit in range(9):
        if flags >> bit & 1:
            out[at] = TCP_FLAG_LETTERS[bit]
            at += 1
    return at


def put_options(
    out: Ints, at: int, data: Ints, place: int, start: int, rows: Ints, row: int, peer: int, text: Ints, index: Ints
) -> int:
    """Writes the options up to the end of the list, or of what was captured."""
    end = start + rows[row + PAYLOAD]
    seen = start + min(rows[row + PAYLOAD], rows[row + END])
    at = put(out, at, b", options [")
    first = place
    while place < seen:
        kind = u8(data, place)
        size = 1
        if kind > tcp_options.NO_OPERATION:
            if place + 1 < end and place + 1 >= seen:
                break
            size = u8(data, place + tcp_options.LENGTH) if place + 1 < end else 0
        if size > 0 and place + size <= end and place + size > seen:
            break
        if place > first:
            out[at] = 44
            at += 1
        if kind > tcp_options.NO_OPERATION and (size < 2 or place + size > end):
            at = put(out, at, b"[bad opt]")
            break
        at = put_option(out, at, data, place, kind, size, peer, text, index)
        if kind == tcp_options.END:
            break
        place += size
    return put(out, at, b"]")


def put_option(
    out: Ints, at: int, data: Ints, place: int, kind: int, size: int, peer: int, text: Ints, index: Ints
) -> int:
    """Writes one option: the value of those that RFC 9293, 7323, 2018 and 7413 define, the bytes of others."""
    if kind == tcp_options.TIMESTAMPS and size == tcp_options.TIMESTAMPS_LEN:
        at = put_decimal(out, put(out, at, b"TS val "), u32(data, place + tcp_options.TIMESTAMP_VALUE))
        return put_decimal(out, put(out, at, b" ecr "), u32(data, place + tcp_options.TIMESTAMP_ECHO))
    if index[TCP_OPTIONS + kind]:
        at = put_name(out, at, text, index, TCP_OPTIONS + kind)
    else:
        at = put_decimal(out, put(out, at, b"unknown-"), kind)
    if kind == tcp_options.MSS and size == tcp_options.MSS_LEN:
        return put_decimal(out, put(out, at, b" "), u16(data, place + tcp_options.DATA))
    if kind == tcp_options.WINDOW_SCALE and size == tcp_options.WINDOW_SCALE_LEN:
        return put_decimal(out, put(out, at, b" "), u8(data, place + tcp_options.DATA))
    if kind == tcp_options.SACK and size % tcp_options.SACK_BLOCK_LEN == tcp_options.DATA:
        return put_sack(out, at, data, place + tcp_options.DATA, size // tcp_options.SACK_BLOCK_LEN, peer)
    if kind == tcp_options.FAST_OPEN:
        at = put(out, at, b" cookiereq") if size == 2 else put(out, at, b" cookie ")
    elif size > 2:
        at = put(out, at, b" 0x")
    for k in range(place + tcp_options.DATA, place + size):
        at = put_hex(out, at, u8(data, k), 2)
    return at


def put_sack(out: Ints, at: int, data: Ints, place: int, blocks: int, peer: int) -> int:
    at = put_decimal(out, put(out, at, b" "), blocks)
    at = put(out, at, b" ")
    for k in range(place, place + tcp_options.SACK_BLOCK_LEN * blocks, tcp_options.SACK_BLOCK_LEN):
        at = put_decimal(out, put(out, at, b"{"), u32(data, k) - peer & 0xFFFFFFFF)
        edge = u32(data, k + tcp_options.SACK_RIGHT_EDGE)
        at = put_decimal(out, put(out, at, b":"), edge - peer & 0xFFFFFFFF)
        at = put(out, at, b"}")
    return at
