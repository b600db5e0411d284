"""A TCP header in tcpdump's words: flags, numbers, window and options."""

from __future__ import annotations

from rawkit.decode.layout import END, PAYLOAD, TRANSPORT, WIRE_END
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_hex, put_name
from rawkit.view.packets.layout import TCP_OPTIONS

TCP_FLAG_LETTERS = b"FSRP.UEWe"  # rawkit.wire.names.TCP_FLAG_LETTERS as bytes
FIN_SYN_RST = 7
ACK = 0x10
URG = 0x20


def put_tcp(out: Ints, at: int, data: Ints, start: int, rows: Ints, row: int, text: Ints, index: Ints) -> int:
    """Writes a whole header. Sequence numbers are those of the header, as `tcpdump -S` prints them."""
    place = start + rows[row + TRANSPORT]
    size = rows[row + WIRE_END] - rows[row + PAYLOAD]
    flags = u16(data, place + 12) & 0x1FF
    at = put_flags(out, put(out, at, b"Flags ["), flags)
    at = put(out, at, b"]")
    if size > 0 or flags & FIN_SYN_RST:
        seq = u32(data, place + 4)
        at = put_decimal(out, put(out, at, b", seq "), seq)
        if size > 0:
            at = put_decimal(out, put(out, at, b":"), (seq + size) & 0xFFFFFFFF)
    if flags & ACK:
        at = put_decimal(out, put(out, at, b", ack "), u32(data, place + 8))
    at = put_decimal(out, put(out, at, b", win "), u16(data, place + 14))
    if flags & URG:
        at = put_decimal(out, put(out, at, b", urg "), u16(data, place + 18))
    if rows[row + PAYLOAD] - rows[row + TRANSPORT] > 20:
        at = put_options(out, at, data, place + 20, start, rows, row, text, index)
    return put_decimal(out, put(out, at, b", length "), size)


def put_flags(out: Ints, at: int, flags: int) -> int:
    if flags == ACK:
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
    out: Ints, at: int, data: Ints, place: int, start: int, rows: Ints, row: int, text: Ints, index: Ints
) -> int:
    """Writes the options up to the end of the list, or of what was captured."""
    end = start + rows[row + PAYLOAD]
    seen = start + min(rows[row + PAYLOAD], rows[row + END])
    at = put(out, at, b", options [")
    first = place
    while place < seen:
        kind = u8(data, place)
        size = 1
        if kind > 1:
            if place + 1 < end and place + 1 >= seen:
                break
            size = u8(data, place + 1) if place + 1 < end else 0
        if size > 0 and place + size <= end and place + size > seen:
            break
        if place > first:
            out[at] = 44
            at += 1
        if kind > 1 and (size < 2 or place + size > end):
            at = put(out, at, b"[bad opt]")
            break
        at = put_option(out, at, data, place, kind, size, text, index)
        if kind == 0:
            break
        place += size
    return put(out, at, b"]")


def put_option(out: Ints, at: int, data: Ints, place: int, kind: int, size: int, text: Ints, index: Ints) -> int:
    """Writes one option: the value of those that RFC 9293, 7323, 2018 and 7413 define, the bytes of others."""
    if kind == 8 and size == 10:
        at = put_decimal(out, put(out, at, b"TS val "), u32(data, place + 2))
        return put_decimal(out, put(out, at, b" ecr "), u32(data, place + 6))
    if index[TCP_OPTIONS + kind]:
        at = put_name(out, at, text, index, TCP_OPTIONS + kind)
    else:
        at = put_decimal(out, put(out, at, b"unknown-"), kind)
    if kind == 2 and size == 4:
        return put_decimal(out, put(out, at, b" "), u16(data, place + 2))
    if kind == 3 and size == 3:
        return put_decimal(out, put(out, at, b" "), u8(data, place + 2))
    if kind == 5 and size % 8 == 2:
        return put_sack(out, at, data, place + 2, size // 8)
    if kind == 34:
        at = put(out, at, b" cookiereq") if size == 2 else put(out, at, b" cookie ")
    elif size > 2:
        at = put(out, at, b" 0x")
    for k in range(place + 2, place + size):
        at = put_hex(out, at, u8(data, k), 2)
    return at


def put_sack(out: Ints, at: int, data: Ints, place: int, blocks: int) -> int:
    at = put_decimal(out, put(out, at, b" "), blocks)
    at = put(out, at, b" ")
    for k in range(place, place + 8 * blocks, 8):
        at = put_decimal(out, put(out, at, b"{"), u32(data, k))
        at = put_decimal(out, put(out, at, b":"), u32(data, k + 4))
        at = put(out, at, b"}")
    return at
