"""The bytes of a packet in hexadecimal and ASCII, 16 a line, as `tcpdump -X` shows them."""

from __future__ import annotations

from rawkit import linktypes
from rawkit.facts import cooked, ethernet, null
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8
from rawkit.view.numbers_kernel import hex_digit, put, put_hex

A_LINE = 16
ASCII_COLUMN = 42


def put_dump(out: Ints, at: int, data: Ints, start: int, size: int) -> int:
    """Writes the `size` bytes at `start`."""
    for position in range(0, size, A_LINE):
        at = put_dump_line(out, at, data, start, position, min(size, position + A_LINE))
    return at


def put_dump_line(out: Ints, at: int, data: Ints, start: int, position: int, end: int) -> int:
    at = put_hex(out, put(out, at, b"\t0x"), position, 4 if position < 0x10000 else 8)
    at = put(out, at, b": ")
    for k in range(ASCII_COLUMN):
        out[at + k] = 32
    for k in range(end - position):
        value = u8(data, start + position + k)
        place = at + 1 + k // 2 * 5 + k % 2 * 2
        out[place] = hex_digit(value >> 4)
        out[place + 1] = hex_digit(value & 15)
        out[at + ASCII_COLUMN + k] = value if 32 < value < 127 else 46
    at += ASCII_COLUMN + end - position
    out[at] = 10
    return at + 1


def link_header_size(link_type: int) -> int:
    """Bytes of link header that a dump without link headers leaves out; 0 where their number varies."""
    if link_type == linktypes.ETHERNET:
        return ethernet.HEADER_LEN
    if link_type == linktypes.LINUX_SLL:
        return cooked.SLL_HEADER_LEN
    if link_type == linktypes.LINUX_SLL2:
        return cooked.SLL2_HEADER_LEN
    if link_type == linktypes.NULL or link_type == linktypes.LOOP:
        return null.HEADER_LEN
    return 0
