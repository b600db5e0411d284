"""Columns that bytes at one place do not give: each is a function that `rawkit.decode.fields` names as `own`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.decode.fields.declared import ARP, ETHERNET, TCP, Field, Header
from rawkit.decode.fields.tcp_options import option_place
from rawkit.decode.rows import Column, Mask, Rows, words
from rawkit.facts import arp, cooked, ethernet, ethertypes, status, tcp, tcp_options, vlan
from rawkit.frames import Int64s
from rawkit.kernels import Engine

Reader = Callable[[Rows, Field], Column]

UNKNOWN: Final = 0
IN: Final = 1
OUT: Final = 2
TAGS: Final = (ethertypes.VLAN, ethertypes.SERVICE_VLAN, ethertypes.OLD_SERVICE_VLAN)
SACK_BLOCKS: Final = (tcp.HEADER_LEN_MAX - tcp.HEADER_LEN - tcp_options.DATA) // tcp_options.SACK_BLOCK_LEN


def header_place(rows: Rows, header: Header) -> Int64s:
    """Where the header begins in `batch.data`, -1 where there is none of these kinds."""
    places = [rows.place(header.place, kind, header.kind) for kind in header.kinds]
    return places[0] if len(places) == 1 else np.maximum.reduce(places)


def always(rows: Rows) -> Mask:
    return np.ones(len(rows), dtype=np.bool_)


def frame_number(rows: Rows, _field: Field) -> Column:
    return Column(rows.numbers, always(rows))


def timestamp(rows: Rows, _field: Field) -> Column:
    return Column(rows.batch.timestamp.astype(np.int64), always(rows))


def length(rows: Rows, _field: Field) -> Column:
    return Column(rows.batch.length.astype(np.int64), always(rows))


def captured(rows: Rows, _field: Field) -> Column:
    return Column(rows.batch.captured.astype(np.int64), always(rows))


def interface_name(rows: Rows, _field: Field) -> Column:
    """The number of the interface, where that has a name."""
    named = np.array([bool(name) for name in rows.batch.interface_names], dtype=np.bool_)
    number = rows.batch.interface.astype(np.int64)
    known = number < len(named)
    return Column(number, known & named[np.where(known, number, 0)] if len(named) else known)


def direction(rows: Rows, _field: Field) -> Column:
    """What the status bits say, else the packet type of a cooked header."""
    bits, link_type = rows.batch.status, rows.batch.link_type
    found = np.where(bits & status.OUTGOING, OUT, np.where(bits & status.INCOMING, IN, UNKNOWN))
    for kind, place, size in (
        (linktypes.LINUX_SLL, cooked.SLL_PACKET_TYPE, 2),
        (linktypes.LINUX_SLL2, cooked.SLL2_PACKET_TYPE, 1),
    ):
        is_cooked = (link_type == kind) & (rows.batch.captured >= place + size) & (found == UNKNOWN)
        at = rows.batch.offset[is_cooked] + place + size - 1
        sent = rows.batch.data[at] == cooked.PACKET_OUTGOING
        found[is_cooked] = np.where(sent, OUT, IN)
    return Column(found.astype(np.int64), found != UNKNOWN)


def ethernet_type(rows: Rows, _field: Field) -> Column:
    """The type word of the Ethernet header; the tag's where the kernel took a tag off."""
    column = rows.number_at(header_place(rows, ETHERNET), ethernet.TYPE, 2)
    bits = rows.batch.status
    stripped = ((bits & status.VLAN_STRIPPED) != 0) & (rows.rows[:, layout.LINK] == 0)
    values = np.where(stripped, (bits >> status.VLAN_TPID_SHIFT) & 0xFFFF, column.values)
    return Column(values, column.mask & (values > ethertypes.LENGTH_MAX))


def vlan_tag(rows: Rows, field: Field) -> Column:
    """Bits of the tag that `vlan.id` names: the last one behind a link header, or the one that the kernel took off."""
    wanted = (rows.rows[:, layout.VLANS] & 0xFFFF).astype(np.int64) - 1
    tci: Int64s = np.full(len(rows), -1, dtype=np.int64)
    if (wanted >= 0).any():
        bits = rows.batch.status
        stripped = np.where(bits & status.VLAN_STRIPPED, bits >> status.VLAN_TCI_SHIFT & 0xFFFF, -1)
        for found in (stripped, *map(_last_tag(rows), _link_headers(rows))):
            tci = np.where((found >= 0) & (found & vlan.VID_MASK == wanted), found, tci)
    return Column((tci & field.bits) >> field.shift, tci >= 0)


def _link_headers(rows: Rows) -> tuple[tuple[Int64s, Int64s], ...]:
    """Where the type word and what follows the header are: of the outermost link headers, of the innermost Ethernet."""
    first, kind = rows.batch.offset, rows.batch.link_type
    innermost = header_place(rows, ETHERNET)
    forms = (
        (np.where(kind == linktypes.ETHERNET, first, -1), ethernet.TYPE, ethernet.HEADER_LEN),
        (np.where(kind == linktypes.LINUX_SLL, first, -1), cooked.SLL_PROTOCOL, cooked.SLL_HEADER_LEN),
        (np.where(kind == linktypes.LINUX_SLL2, first, -1), cooked.SLL2_PROTOCOL, cooked.SLL2_HEADER_LEN),
        (innermost, ethernet.TYPE, ethernet.HEADER_LEN),
    )
    return tuple(
        (np.where(place >= 0, place + kind_at, -1), np.where(place >= 0, place + size, -1))
        for place, kind_at, size in forms
    )


def _last_tag(rows: Rows) -> Callable[[tuple[Int64s, Int64s]], Int64s]:
    """What gives the TCI of the last of the tags behind a link header, -1 where there is none (IEEE 802.1Q, 9.6)."""

    def last(header: tuple[Int64s, Int64s]) -> Int64s:
        kind_at, at = header
        tci: Int64s = np.full(len(rows), -1, dtype=np.int64)
        for _ in range(layout.MAX_HEADERS):
            kind = rows.number_at(kind_at, 0, 2)
            word = rows.number_at(at, vlan.TCI, 2)
            tagged = kind.mask & word.mask & np.isin(kind.values, TAGS)
            if not tagged.any():
                break
            tci = np.where(tagged, word.values, tci)
            kind_at, at = (np.where(tagged, at + step, -1) for step in (vlan.TYPE, vlan.HEADER_LEN))
        return tci

    return last


def arp_sender(rows: Rows, _field: Field) -> Column:
    return _arp_address(rows, hardware=1, before=0)


def arp_target(rows: Rows, _field: Field) -> Column:
    return _arp_address(rows, hardware=2, before=arp.IPV4_LEN)


def _arp_address(rows: Rows, *, hardware: int, before: int) -> Column:
    """A protocol address of ARP, whose place depends on the length of the hardware address (RFC 826)."""
    place = header_place(rows, ARP)
    kind = rows.number_at(place, arp.PROTOCOL_TYPE, 2)
    sizes = rows.number_at(place, arp.HARDWARE_LEN, 2)
    is_ipv4 = kind.mask & (kind.values == ethertypes.IPV4) & (sizes.values & 0xFF == arp.IPV4_LEN)
    skip = arp.SENDER_MAC + (sizes.values >> 8) * hardware + before
    return Column(*rows.bytes_at(np.where(is_ipv4, place + skip, -1), 0, arp.IPV4_LEN))


def tcp_length(rows: Rows, _field: Field) -> Column:
    """Bytes of payload on the wire."""
    payload, wire_end = rows.rows[:, layout.PAYLOAD], rows.rows[:, layout.WIRE_END]
    return Column((wire_end - payload).astype(np.int64), (header_place(rows, TCP) >= 0) & (payload >= 0))


def checksum_status(rows: Rows, _field: Field) -> Column:
    """Wireshark's numbers for what `rawkit.decode.headers.checksum_kernel` judges."""
    has = rows.number_at(header_place(rows, TCP), tcp.CHECKSUM, 2).mask
    judged = np.empty(len(rows), dtype=np.uint8)
    if has.any():
        engine, batch = rows.engine or Engine("interpreted"), rows.batch
        engine.call(
            "rawkit.decode.headers.checksum_kernel", "judge_tcp", len(rows),
            batch.data, *words(batch.data), batch.offset, batch.status, rows.rows.reshape(-1), judged,
        )  # fmt: skip
    return Column(judged.astype(np.int64), has)


def sack_edges(rows: Rows, field: Field) -> Column:
    """The left or the right edges of the blocks (RFC 2018): how many, then each as it is in the header."""
    place = option_place(rows, tcp_options.SACK)
    size = rows.number_at(place, tcp_options.LENGTH, 1)
    count = np.where(size.mask, (size.values - tcp_options.DATA) // tcp_options.SACK_BLOCK_LEN, 0)
    exact = size.values == tcp_options.DATA + count * tcp_options.SACK_BLOCK_LEN
    mask = (count > 0) & exact
    values = np.zeros((len(rows), 1 + 4 * SACK_BLOCKS), dtype=np.uint8)
    values[:, 0] = np.where(mask, count, 0)
    for block in range(int(values[:, 0].max(initial=0))):
        here = np.where(mask & (count > block), place, -1)
        skip = tcp_options.DATA + block * tcp_options.SACK_BLOCK_LEN + field.offset
        values[:, 1 + 4 * block : 5 + 4 * block] = rows.bytes_at(here, skip, 4)[0]
    return Column(values, mask)


READERS: Final[dict[str, Reader]] = {
    reader.__name__: reader
    for reader in (
        frame_number, timestamp, length, captured, interface_name, direction, ethernet_type, vlan_tag, arp_sender,
        arp_target, tcp_length, checksum_status, sack_edges,
    )
}  # fmt: skip
