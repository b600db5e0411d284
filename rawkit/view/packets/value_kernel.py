"""What the records of the packets view are put together from (`rawkit.view.packets.record_kernel`, generated).

A field is there where the packet's bytes up to its END hold it. JSON leaves out what is not there; CSV leaves the
place empty. `name` is what JSON has before a value, a literal because compiled that costs next to nothing. Functions
with a field's own name are those that `own` in `rawkit.decode.fields` names; the generated code gives them what their
parameters ask for.
"""

from __future__ import annotations

from rawkit.decode.layout import LINK, PAYLOAD, TRANSPORT, WIRE_END
from rawkit.facts.arp import HARDWARE_LEN, IPV4_LEN, PROTOCOL_LEN, PROTOCOL_TYPE, SENDER_MAC
from rawkit.facts.ethernet import HEADER_LEN, TYPE
from rawkit.facts.ethertypes import IPV4, LENGTH_MAX
from rawkit.facts.status import VLAN_STRIPPED, VLAN_TPID_SHIFT
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_epoch, put_ipv4, put_ipv6, put_mac, put_name
from rawkit.view.packets.layout import ANALYSIS

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


# Values at a place -------------------------------------------------------------------------------------------


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


def from_row(out: Ints, at: int, name: bytes, csv: int, found: int, value: int) -> int:
    """A number of the decoder's row, where what was found there is more than 0."""
    if found <= 0:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, name, csv), value)


def name_from_row(out: Ints, at: int, name: bytes, csv: int, found: int, text: Ints, index: Ints, entry: int) -> int:
    """The name of a number of the decoder's row."""
    if found <= 0:
        return absent(out, at, 1, csv)
    return close(out, put_name(out, key(out, at, name, csv), text, index, entry), csv)


# Fields of their own -----------------------------------------------------------------------------------------


def frame_number(out: Ints, at: int, name: bytes, csv: int, number: int) -> int:
    """The first of all, which is never absent."""
    return put_decimal(out, at if csv else put(out, at, name), number)


def timestamp(out: Ints, at: int, name: bytes, csv: int, time: int) -> int:
    return close(out, put_epoch(out, key(out, at, name, csv), time), csv)


def length(out: Ints, at: int, name: bytes, csv: int, on_wire: int) -> int:
    return put_decimal(out, key(out, at, name, csv), on_wire)


def captured(out: Ints, at: int, name: bytes, csv: int, kept: int) -> int:
    return put_decimal(out, key(out, at, name, csv), kept)


def ethernet_type(
    out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int, status: int, rows: Ints, row: int
) -> int:
    """The type word; the tag's where the kernel took a tag off; nothing where it is a length."""
    if place + HEADER_LEN <= end:
        is_stripped = status & VLAN_STRIPPED and rows[row + LINK] == 0
        kind = (status >> VLAN_TPID_SHIFT) & 0xFFFF if is_stripped else u16(data, place + TYPE)
        if kind > LENGTH_MAX:
            return put_decimal(out, key(out, at, name, csv), kind)
    return absent(out, at, 1, csv)


def arp_sender(out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int) -> int:
    return arp_address(out, at, name, csv, data, place, end, 1)


def arp_target(out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int) -> int:
    return arp_address(out, at, name, csv, data, place, end, 2)


def arp_address(out: Ints, at: int, name: bytes, csv: int, data: Ints, place: int, end: int, which: int) -> int:
    """RFC 826: where the protocol addresses are depends on the length of the hardware addresses."""
    if place + HARDWARE_LEN + 2 > end or u16(data, place + PROTOCOL_TYPE) != IPV4:
        return absent(out, at, 1, csv)
    if u8(data, place + PROTOCOL_LEN) != IPV4_LEN:
        return absent(out, at, 1, csv)
    skip = SENDER_MAC + u8(data, place + HARDWARE_LEN) * which + IPV4_LEN * (which - 1)
    return ipv4(out, at, name, csv, data, place + skip, end)


def tcp_length(out: Ints, at: int, name: bytes, csv: int, rows: Ints, row: int) -> int:
    """Bytes of payload on the wire."""
    if rows[row + TRANSPORT] < 0 or rows[row + PAYLOAD] < 0:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, name, csv), rows[row + WIRE_END] - rows[row + PAYLOAD])


def stream(out: Ints, at: int, name: bytes, csv: int, conversation: int) -> int:
    if conversation < 0:
        return absent(out, at, 1, csv)
    return put_decimal(out, key(out, at, name, csv), conversation)


def analysis(out: Ints, at: int, name: bytes, csv: int, flags: int, text: Ints, index: Ints) -> int:
    """The flags' last words: a list in JSON, joined by semicolons in CSV."""
    if flags == 0:
        return absent(out, at, 1, csv)
    at = key(out, at, name, csv)
    bit = 0
    more = False
    while flags >> bit:
        if flags >> bit & 1:
            if more:
                at = put(out, at, b";") if csv else put(out, at, b'","')
            at = put_name(out, at, text, index, ANALYSIS + bit)
            more = True
        bit += 1
    return at if csv else put(out, at, b'"]')
