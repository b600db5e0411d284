"""The columns of `Packets` by their Wireshark names: which header each is in, and at which place.

All are read from the innermost headers. `ip.src` is a field that a packet has or has not: a packet with an inner IPv6
header has no `ip.src`, also where the outer header is IPv4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from rawkit import linktypes
from rawkit.decode import layout
from rawkit.decode.layers import LAYER_NAMES
from rawkit.decode.packets import Column, Mask, Packets
from rawkit.facts.status import VLAN_STRIPPED

Kind = Literal["number", "time", "mac", "ipv4", "ipv6", "text"]
Reader = Callable[[Packets], Column]


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its Wireshark name, what its values are, and how it is read.

    Attributes:
        name: the Wireshark name, which is the name in JSON too.
        kind: `number`; `time` (nanoseconds since the epoch); `mac`, `ipv4`, `ipv6` (bytes); `text` (a number whose
            meaning `TEXTS` has).
        read: gives the column of a table of packets.
    """

    name: str
    kind: Kind
    read: Reader


ETHERNET = (layout.LINK, linktypes.ETHERNET, layout.LINK_TYPE)
IPV4 = (layout.NET, 0x0800, layout.NET_KIND)
IPV6 = (layout.NET, 0x86DD, layout.NET_KIND)
ARP = (layout.NET, 0x0806, layout.NET_KIND)

Header = tuple[int, int, int]


def transport(protocol: int) -> Header:
    """The transport header, where it is of this IP protocol."""
    return (layout.TRANSPORT, protocol, layout.PROTOCOL)


def number(header: Header, skip: int, size: int, bits: int = -1) -> Reader:
    """Reads a big-endian number of `size` bytes, `skip` bytes into a header, and keeps the given bits of it."""

    def read(packets: Packets) -> Column:
        column = packets.number_at(packets.place(*header), skip, size)
        return column if bits < 0 else Column(column.values & bits, column.mask)

    return read


def address(header: Header, skip: int, size: int) -> Reader:
    """Reads `size` bytes, `skip` bytes into a header."""

    def read(packets: Packets) -> Column:
        return Column(*packets.bytes_at(packets.place(*header), skip, size))

    return read


def always(packets: Packets) -> Mask:
    return np.ones(len(packets), dtype=np.bool_)


def of_batch(name: str) -> Reader:
    """Reads an array of the batch, which every packet has."""

    def read(packets: Packets) -> Column:
        return Column(getattr(packets.batch, name).astype(np.int64), always(packets))

    return read


def frame_number(packets: Packets) -> Column:
    return Column(packets.numbers, always(packets))


def ethernet_type(packets: Packets) -> Column:
    """The type word of the Ethernet header; the tag's where the kernel took a tag off."""
    column = number(ETHERNET, 12, 2)(packets)
    status = packets.batch.status
    stripped = ((status & VLAN_STRIPPED) != 0) & (packets.rows[:, layout.LINK] == 0)
    values = np.where(stripped, (status >> 32) & 0xFFFF, column.values)
    return Column(values, column.mask & (values > 1500))


def vlan_id(packets: Packets) -> Column:
    innermost = (packets.rows[:, layout.VLANS] & 0xFFFF).astype(np.int64)
    return Column(innermost - 1, innermost > 0)


def arp_address(sender: bool) -> Reader:
    """Reads a protocol address of ARP, whose place depends on the length of the hardware address (RFC 826)."""

    def read(packets: Packets) -> Column:
        place = packets.place(*ARP)
        kind = packets.number_at(place, 2, 2)
        sizes = packets.number_at(place, 4, 2)
        is_ipv4 = kind.mask & (kind.values == 0x0800) & (sizes.values & 0xFF == 4)
        skip = 8 + (sizes.values >> 8) * (1 if sender else 2) + (0 if sender else 4)
        return Column(*packets.bytes_at(np.where(is_ipv4, place + skip, -1), 0, 4))

    return read


def tcp_flags(packets: Packets) -> Column:
    return number(transport(6), 12, 2, 0x0FFF)(packets)


def tcp_length(packets: Packets) -> Column:
    """Bytes of payload on the wire."""
    payload, wire_end = packets.rows[:, layout.PAYLOAD], packets.rows[:, layout.WIRE_END]
    mask = (packets.place(*transport(6)) >= 0) & (payload >= 0)
    return Column((wire_end - payload).astype(np.int64), mask)


def udp_port(skip: int) -> Reader:
    """Reads a port of UDP or UDP-Lite, which share the field."""

    def read(packets: Packets) -> Column:
        plain = packets.place(*transport(17))
        return packets.number_at(np.maximum(plain, packets.place(*transport(136))), skip, 2)

    return read


def of_row(column: int, *, above: int, shift: int = 0, bits: int = -1) -> Reader:
    """Reads a column of the decoder's own rows, present where the row has more than `above`."""

    def read(packets: Packets) -> Column:
        found = packets.rows[:, column].astype(np.int64)
        return Column(found >> shift & bits, found > above)

    return read


FIELDS: Final[dict[str, Field]] = {
    field.name: field
    for field in (
        Field("frame.number", "number", frame_number),
        Field("frame.time_epoch", "time", of_batch("timestamp")),
        Field("frame.len", "number", of_batch("length")),
        Field("frame.cap_len", "number", of_batch("captured")),
        Field("eth.src", "mac", address(ETHERNET, 6, 6)),
        Field("eth.dst", "mac", address(ETHERNET, 0, 6)),
        Field("eth.type", "number", ethernet_type),
        Field("vlan.id", "number", vlan_id),
        Field("arp.opcode", "number", number(ARP, 6, 2)),
        Field("arp.src.proto_ipv4", "ipv4", arp_address(sender=True)),
        Field("arp.dst.proto_ipv4", "ipv4", arp_address(sender=False)),
        Field("ip.src", "ipv4", address(IPV4, 12, 4)),
        Field("ip.dst", "ipv4", address(IPV4, 16, 4)),
        Field("ip.ttl", "number", number(IPV4, 8, 1)),
        Field("ip.id", "number", number(IPV4, 4, 2)),
        Field("ip.proto", "number", number(IPV4, 9, 1)),
        Field("ip.frag_offset", "number", number(IPV4, 6, 2, 0x1FFF)),
        Field("ipv6.src", "ipv6", address(IPV6, 8, 16)),
        Field("ipv6.dst", "ipv6", address(IPV6, 24, 16)),
        Field("ipv6.hlim", "number", number(IPV6, 7, 1)),
        Field("tcp.srcport", "number", number(transport(6), 0, 2)),
        Field("tcp.dstport", "number", number(transport(6), 2, 2)),
        Field("tcp.flags", "number", tcp_flags),
        Field("tcp.seq_raw", "number", number(transport(6), 4, 4)),
        Field("tcp.ack_raw", "number", number(transport(6), 8, 4)),
        Field("tcp.window_size_value", "number", number(transport(6), 14, 2)),
        Field("tcp.len", "number", tcp_length),
        Field("udp.srcport", "number", udp_port(0)),
        Field("udp.dstport", "number", udp_port(2)),
        Field("udp.length", "number", number(transport(17), 4, 2)),
        Field("icmp.type", "number", number(transport(1), 0, 1)),
        Field("icmp.code", "number", number(transport(1), 1, 1)),
        Field("icmpv6.type", "number", number(transport(58), 0, 1)),
        Field("icmpv6.code", "number", number(transport(58), 1, 1)),
        Field("sctp.srcport", "number", number(transport(132), 0, 2)),
        Field("sctp.dstport", "number", number(transport(132), 2, 2)),
        Field("dccp.srcport", "number", number(transport(33), 0, 2)),
        Field("dccp.dstport", "number", number(transport(33), 2, 2)),
        Field("igmp.type", "number", number(transport(2), 0, 1)),
        Field("ospf.msg", "number", number(transport(89), 1, 1)),
        Field("tunnel.depth", "number", of_row(layout.DEPTH, above=0)),
        Field("stop.layer", "text", of_row(layout.STOP, above=0, shift=8)),
        Field("stop.reason", "text", of_row(layout.STOP, above=0, bits=0xFF)),
    )
}

TEXTS: Final = {"stop.layer": {0: "link", **LAYER_NAMES}, "stop.reason": layout.REASONS}
"""What the numbers of a `text` column mean."""
