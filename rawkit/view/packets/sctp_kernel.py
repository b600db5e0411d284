"""What SCTP packets say: the chunks, in tcpdump's words (print-sctp.c)."""

from __future__ import annotations

from rawkit.facts import sctp
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_name, put_short_hex
from rawkit.view.packets.layout import SCTP_CHUNKS

CHUNKS_SHOWN = 8


def put_sctp(out: Ints, at: int, data: Ints, place: int, end: int, text: Ints, index: Ints) -> int:
    """Writes the chunks (RFC 9260, section 3.2), the first `CHUNKS_SHOWN` of them."""
    at = put(out, at, b"sctp")
    place += sctp.HEADER_LEN
    for number in range(1, CHUNKS_SHOWN + 1):
        if place + sctp.CHUNK_HEADER_LEN > end:
            return at
        if number > 1:
            out[at] = 44
            at += 1
        at = put(out, put_decimal(out, put(out, at, b" ("), number), b") [")
        kind = u8(data, place)
        if index[SCTP_CHUNKS + kind]:
            at = put_name(out, at, text, index, SCTP_CHUNKS + kind)
        else:
            at = put_decimal(out, at, kind)
        at = put_chunk(out, put(out, at, b"]"), data, place, min(end, place + u16(data, place + sctp.CHUNK_LENGTH)))
        place += max(sctp.CHUNK_HEADER_LEN, (u16(data, place + sctp.CHUNK_LENGTH) + 3) // 4 * 4)
    return at


def put_chunk(out: Ints, at: int, data: Ints, place: int, end: int) -> int:
    """Writes what a chunk says, of those that tcpdump opens, if it is whole."""
    kind = u8(data, place)
    if kind in (sctp.INIT, sctp.INIT_ACK) and place + sctp.INIT_LEN <= end:
        return put_init(out, at, data, place)
    if kind == sctp.DATA and place + sctp.DATA_LEN <= end:
        return put_data(out, at, data, place)
    if kind == sctp.SACK and place + sctp.SACK_LEN <= end:
        return put_sack(out, at, data, place)
    return at


def put_init(out: Ints, at: int, data: Ints, place: int) -> int:
    """Writes an INIT or INIT ACK (RFC 9260, section 3.3.2)."""
    at = put_decimal(out, put(out, at, b" [init tag: "), u32(data, place + sctp.INITIATE_TAG))
    at = put_decimal(out, put(out, at, b"] [rwnd: "), u32(data, place + sctp.INIT_WINDOW))
    at = put_decimal(out, put(out, at, b"] [OS: "), u16(data, place + sctp.OUTBOUND_STREAMS))
    at = put_decimal(out, put(out, at, b"] [MIS: "), u16(data, place + sctp.INBOUND_STREAMS))
    return put(out, put_decimal(out, put(out, at, b"] [init TSN: "), u32(data, place + sctp.INITIAL_TSN)), b"]")


def put_data(out: Ints, at: int, data: Ints, place: int) -> int:
    """Writes a DATA chunk (RFC 9260, section 3.3.1) without its data."""
    flags = u8(data, place + sctp.CHUNK_FLAGS)
    if flags & (sctp.UNORDERED | sctp.BEGINNING | sctp.ENDING):
        at = put(out, at, b" ")
    if flags & sctp.UNORDERED:
        at = put(out, at, b"(U)")
    if flags & sctp.BEGINNING:
        at = put(out, at, b"(B)")
    if flags & sctp.ENDING:
        at = put(out, at, b"(E)")
    at = put_decimal(out, put(out, at, b" [TSN: "), u32(data, place + sctp.TSN))
    at = put_decimal(out, put(out, at, b"] [SID: "), u16(data, place + sctp.STREAM))
    at = put_decimal(out, put(out, at, b"] [SSEQ "), u16(data, place + sctp.STREAM_SEQUENCE))
    return put(out, put_short_hex(out, put(out, at, b"] [PPID 0x"), u32(data, place + sctp.PAYLOAD_PROTOCOL)), b"]")


def put_sack(out: Ints, at: int, data: Ints, place: int) -> int:
    """Writes a SACK (RFC 9260, section 3.3.4)."""
    at = put_decimal(out, put(out, at, b" [cum ack "), u32(data, place + sctp.CUMULATIVE_TSN))
    at = put_decimal(out, put(out, at, b"] [a_rwnd "), u32(data, place + sctp.SACK_WINDOW))
    at = put_decimal(out, put(out, at, b"] [#gap acks "), u16(data, place + sctp.GAP_BLOCKS))
    return put(out, put_decimal(out, put(out, at, b"] [#dup tsns "), u16(data, place + sctp.DUPLICATES)), b"]")
