"""A packet as a tree: its layers, those around tunnels too, and their fields with the bytes that say them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from rawkit.decode import layout
from rawkit.decode.fields.declared import DECLARED, Field, TcpOption
from rawkit.decode.fields.in_tree import tree_fields
from rawkit.decode.headers.layers import LAYER_NAMES
from rawkit.decode.walk import Header, walk, walk_quote
from rawkit.errors import DecodeError
from rawkit.facts import (
    ah,
    arp,
    cooked,
    ethernet,
    ethertypes,
    gre,
    icmp,
    icmpv6,
    igmp,
    ip_protocols,
    ipv4,
    ipv6_fragment,
    ipv6_options,
    ipv6_routing,
    ndp,
    ndp_options,
    ppp,
    sctp,
    snap,
    tcp,
)
from rawkit.facts import llc as llc_facts
from rawkit.values import dataclass
from rawkit.wire.address import mac_text
from rawkit.wire.options import walk as walk_options

MOST_FIELDS: Final = 64
"""Fields of a header that are read: no honest one has more."""


class TreeField(NamedTuple):
    """A field of a layer.

    Attributes:
        name: its Wireshark name; scapy's, where scapy read the layer.
        value: a number, or text.
        offset: where the bytes are that it is read from, from the frame's first byte; -1 where nobody can tell.
        bytes: these.
        is_main: whether a short tree has it too.
    """

    name: str
    value: int | str
    offset: int
    bytes: bytes
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class TreeLayer:
    """A header, or what stands behind the last one.

    Attributes:
        name: its Wireshark name; `data` for what nobody reads, `padding` for what stands behind the packet.
        offset: where it begins, bytes from the frame's first byte.
        size: captured bytes.
        fields: in the order of their bytes.
        source: who read it: `rawkit`, or `scapy`.
        is_quoted: whether an ICMP error quotes it.
    """

    name: str
    offset: int
    size: int
    fields: tuple[TreeField, ...] = ()
    source: str = "rawkit"
    is_quoted: bool = False


def layers(frame: bytes, length: int, link_type: int) -> list[TreeLayer]:
    """The layers of a frame. No bytes make it raise.

    Args:
        frame: what was captured.
        length: bytes on the wire.
        link_type: the LINKTYPE number of its first header.

    >>> found = layers(bytes.fromhex("4500001e000100004011000ac0000201c0000202" "00350035000a00006869"), 30, 101)
    >>> [(layer.name, layer.offset, layer.size) for layer in found]
    [('ip', 0, 20), ('udp', 20, 8), ('data', 28, 2)]
    >>> found[1].fields[2]
    TreeField(name='udp.length', value=10, offset=24, bytes=b'\\x00\\n', is_main=True)
    """
    found = walk(frame, length, link_type)
    shown = [layer for header in found.headers if (layer := _layer(frame, header)).size]
    end, quote = found.row[layout.END], found.row[layout.QUOTE]
    if quote >= 0:
        quoted = walk_quote(frame, length, quote, end).headers
        shown += [layer for header in quoted if (layer := _layer(frame, header, is_quoted=True)).size]
    behind = shown[-1].offset + shown[-1].size if shown else 0
    if behind < end:
        shown.append(_rest("data", "data.data", frame[:end], behind))
    if end < len(frame):
        shown.append(_rest("padding", "eth.padding", frame, end))
    return shown


def _rest(name: str, field: str, frame: bytes, at: int) -> TreeLayer:
    raw = frame[at:]
    return TreeLayer(name, at, len(raw), (TreeField(field, raw.hex(), at, raw),))


def _layer(frame: bytes, header: Header, *, is_quoted: bool = False) -> TreeLayer:
    data = frame[header.at : header.end]
    fields = [_read(data, header.at, field) for field in _plain_fields(header.layer, data)]
    if header.layer in MORE:
        fields += MORE[header.layer](data, header)
    size = _size(header, data, fields)
    name = EXTENSIONS.get(header.protocol, "ipv6.nxt") if header.layer == layout.IPV6_EXTENSION else ""
    return TreeLayer(
        name or LAYER_NAMES[header.layer], header.at, size, tuple(fields[:MOST_FIELDS]), is_quoted=is_quoted
    )


def _size(header: Header, data: bytes, fields: list[TreeField]) -> int:
    """Captured bytes of a header: up to what it carries, else up to its last field."""
    if header.layer in TO_THE_END:
        return len(data)
    behind = header.at
    if header.behind is not None:
        behind = header.behind
    elif header.layer == layout.IPV4 and data:
        behind += (data[0] & ipv4.IHL_MASK) * ipv4.IHL_UNIT
    last = max((field.offset + len(field.bytes) for field in fields), default=header.at)
    return max(min(max(behind, last) - header.at, len(data)), 0)


TO_THE_END: Final = (layout.SCTP, layout.ARP)
"""Layers whose fields stand all over their packet: nothing is behind them."""


# Fields at fixed places ----------------------------------------------------------------------------------------


def _plain_fields(layer: int, data: bytes) -> Iterator[Field]:
    for field in tree_fields().get(layer, ()):
        has = ONLY.get((field.name, layer)) or ONLY.get(field.name)
        if field.offset + field.size <= len(data) and (has is None or has(data)):
            yield field


def _read(data: bytes, start: int, field: Field, name: str = "") -> TreeField:
    raw = data[field.offset : field.offset + field.size]
    value: int | str
    if field.kind == "mac":
        value = mac_text(raw)
    elif field.kind == "ipv4":
        value = socket.inet_ntop(socket.AF_INET, raw)
    elif field.kind == "ipv6":
        value = socket.inet_ntop(socket.AF_INET6, raw)
    else:
        value = ((int.from_bytes(raw) & field.bits) >> field.shift) * field.unit
    return TreeField(name or field.name, value, start + field.offset, raw, field.default)


def _number(data: bytes, header: Header, name: str, at: int, size: int, *, is_main: bool = False) -> list[TreeField]:
    """A big-endian number, where it is there."""
    raw = data[at : at + size]
    return [TreeField(name, int.from_bytes(raw), header.at + at, raw, is_main)] if len(raw) == size else []


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2])


def _is_arp_of_ethernet(data: bytes) -> bool:
    return (data[arp.HARDWARE_LEN], data[arp.PROTOCOL_LEN]) == (arp.ETHERNET_LEN, arp.IPV4_LEN)


def _is_icmp_query(data: bytes) -> bool:
    kinds = (icmp.ECHO_REPLY, icmp.ECHO_REQUEST, *range(icmp.TIMESTAMP_REQUEST, icmp.ADDRESS_MASK_REPLY + 1))
    return data[0] in kinds


def _is_type(*types: int) -> Callable[[bytes], bool]:
    return lambda data: data[0] in types


ONLY: Final[dict[str | tuple[str, int], Callable[[bytes], bool]]] = {
    "eth.type": lambda data: _word(data, ethernet.TYPE) > ethertypes.LENGTH_MAX,
    "eth.len": lambda data: _word(data, ethernet.LENGTH) <= ethertypes.LENGTH_MAX,
    **dict.fromkeys(
        ("arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.hw_mac", "arp.dst.proto_ipv4"), _is_arp_of_ethernet
    ),
    ("sll.src.eth", layout.LINUX_SLL): lambda data: _word(data, cooked.SLL_ADDRESS_LENGTH) == arp.ETHERNET_LEN,
    ("sll.src.eth", layout.LINUX_SLL2): lambda data: data[cooked.SLL2_ADDRESS_LENGTH] == arp.ETHERNET_LEN,
    "icmp.ident": _is_icmp_query,
    "icmp.seq": _is_icmp_query,
    "icmp.mtu": lambda data: (data[0], data[1]) == (icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED),
    "icmp.redir_gw": _is_type(icmp.REDIRECT),
    "icmpv6.echo.identifier": _is_type(icmpv6.ECHO_REQUEST, icmpv6.ECHO_REPLY),
    "icmpv6.echo.sequence_number": _is_type(icmpv6.ECHO_REQUEST, icmpv6.ECHO_REPLY),
    "icmpv6.mtu": _is_type(icmpv6.PACKET_TOO_BIG),
    "icmpv6.nd.ns.target_address": _is_type(icmpv6.NEIGHBOR_SOLICITATION),
    "icmpv6.nd.na.target_address": _is_type(icmpv6.NEIGHBOR_ADVERTISEMENT),
    "igmp.maddr": lambda data: data[0] != igmp.V3_MEMBERSHIP_REPORT,
}
"""Fields that not every header of their layer has, and when it has them; by name, or by name and layer."""


# Fields whose place the header says ------------------------------------------------------------------------------

OPTIONS: Final = {field.found: [f for f in DECLARED if f.found == field.found] for field in DECLARED
                  if isinstance(field.found, TcpOption)}  # fmt: skip


def _tcp_options(data: bytes, header: Header) -> list[TreeField]:
    """RFC 9293, 3.2: kind, length and what is declared of each option."""
    found: list[TreeField] = []
    size = (data[tcp.DATA_OFFSET] >> tcp.DATA_OFFSET_SHIFT) * tcp.DATA_OFFSET_UNIT if len(data) > tcp.DATA_OFFSET else 0
    for kind, at, _ in _options("tcp", data[:size], tcp.HEADER_LEN):
        found += _number(data, header, "tcp.option_kind", at, 1)
        if kind > 1:
            found += _number(data, header, "tcp.option_len", at + 1, 1)
            option = data[at : at + data[at + 1]]
            declared = OPTIONS.get(TcpOption(kind, len(option)), ())
            found += [_read(option, header.at + at, field)._replace(is_main=True) for field in declared]
    return found


def _ipv4_options(data: bytes, header: Header) -> list[TreeField]:
    """RFC 791, 3.1: kind and length of each option."""
    found: list[TreeField] = []
    size = (data[0] & ipv4.IHL_MASK) * ipv4.IHL_UNIT if data else 0
    for kind, at, _ in _options("ipv4", data[:size], ipv4.HEADER_LEN):
        found += _number(data, header, "ip.opt.type", at, 1)
        found += _number(data, header, "ip.opt.len", at + 1, 1) if kind > 1 else []
    return found


def _options(layer: str, header: bytes, offset: int) -> Iterator[tuple[int, int, bytes]]:
    """The options up to one that cannot be."""
    try:
        yield from walk_options(layer, header, offset)
    except DecodeError:
        return


def _extension(data: bytes, header: Header) -> list[TreeField]:
    """IPv6 extension headers (RFC 8200, section 4) and the authentication header (RFC 4302)."""
    name = EXTENSIONS.get(header.protocol, "")
    if name == "ah":
        return [
            *_number(data, header, "ah.next_header", ah.NEXT_HEADER, 1, is_main=True),
            *_number(data, header, "ah.length", ah.LENGTH, 1),
            *_number(data, header, "ah.spi", ah.SPI, 4, is_main=True),
            *_number(data, header, "ah.sequence", ah.SEQUENCE, 4, is_main=True),
        ]
    if not name:
        return []
    found = _number(data, header, f"{name}.nxt", ipv6_options.NEXT_HEADER, 1, is_main=True)
    if header.protocol == ip_protocols.FRAGMENT:
        for word in _number(data, header, "", ipv6_fragment.OFFSET_FLAGS, 2):
            number = int.from_bytes(word.bytes)
            offset = (number & ipv6_fragment.OFFSET_MASK) // ipv6_options.UNIT
            found.append(word._replace(name=f"{name}.offset", value=offset))
            found.append(word._replace(name=f"{name}.more", value=number & ipv6_fragment.MORE_FRAGMENTS))
        return found + _number(data, header, f"{name}.ident", ipv6_fragment.IDENTIFICATION, 4, is_main=True)
    found += _number(data, header, f"{name}.len", ipv6_options.LENGTH, 1)
    if header.protocol == ip_protocols.ROUTING:
        found += _number(data, header, f"{name}.type", ipv6_routing.ROUTING_TYPE, 1, is_main=True)
        found += _number(data, header, f"{name}.segleft", ipv6_routing.SEGMENTS_LEFT, 1, is_main=True)
    return found


EXTENSIONS: Final = {
    ip_protocols.HOP_BY_HOP: "ipv6.hopopts",
    ip_protocols.ROUTING: "ipv6.routing",
    ip_protocols.FRAGMENT: "ipv6.fraghdr",
    ip_protocols.DESTINATION_OPTIONS: "ipv6.dstopts",
    ip_protocols.AH: "ah",
}
"""Wireshark's names of extension headers."""


def _snap(data: bytes, header: Header) -> list[TreeField]:
    at = llc_facts.UNNUMBERED_LEN
    found = _number(data, header, "llc.control", llc_facts.CONTROL, 1)
    if data[:2] != bytes((llc_facts.SAP_SNAP, llc_facts.SAP_SNAP)):
        return found
    found += _number(data, header, "llc.oui", at + snap.OUI, 3, is_main=True)
    return found + _number(data, header, "llc.type", at + snap.PROTOCOL, 2, is_main=True)


def _ppp(data: bytes, header: Header) -> list[TreeField]:
    at = ppp.ADDRESS_CONTROL_LEN if data[:2] == ppp.ADDRESS_CONTROL.to_bytes(2) else 0
    is_short = len(data) > at and data[at] & 1
    size = ppp.COMPRESSED_PROTOCOL_LEN if is_short else ppp.PROTOCOL_LEN
    return _number(data, header, "ppp.protocol", at, size, is_main=True)


def _gre(data: bytes, header: Header) -> list[TreeField]:
    """The fields that the flags announce (RFC 2784, RFC 2890)."""
    at, found = gre.HEADER_LEN, list[TreeField]()
    flags = _word(data, gre.FLAGS)
    if flags & gre.VERSION_MASK or flags >> gre.ROUTING_BIT & 1:
        return found
    for bit, name, size in (
        (gre.CHECKSUM_BIT, "gre.checksum", 2),
        (gre.KEY_BIT, "gre.key", gre.FIELD_LEN),
        (gre.SEQUENCE_BIT, "gre.sequence_number", gre.FIELD_LEN),
    ):
        if flags >> bit & 1:
            found += _number(data, header, name, at, size, is_main=bit == gre.KEY_BIT)
            at += gre.FIELD_LEN
    return found


def _chunks(data: bytes, header: Header) -> list[TreeField]:
    """Type, flags and length of each chunk (RFC 9260, section 3.2)."""
    at, found = sctp.HEADER_LEN, list[TreeField]()
    while at + sctp.CHUNK_HEADER_LEN <= len(data) and len(found) < MOST_FIELDS:
        found += _number(data, header, "sctp.chunk_type", at + sctp.CHUNK_TYPE, 1, is_main=True)
        found += _number(data, header, "sctp.chunk_flags", at + sctp.CHUNK_FLAGS, 1)
        found += _number(data, header, "sctp.chunk_length", at + sctp.CHUNK_LENGTH, 2)
        at += max(sctp.CHUNK_HEADER_LEN, (_word(data, at + sctp.CHUNK_LENGTH) + 3) // 4 * 4)
    return found


NDP_OPTIONS: Final = {
    icmpv6.ROUTER_SOLICITATION: ndp.SOLICITATION_LEN, icmpv6.ROUTER_ADVERTISEMENT: ndp.ADVERTISEMENT_LEN,
    icmpv6.NEIGHBOR_SOLICITATION: ndp.NEIGHBOR_LEN, icmpv6.NEIGHBOR_ADVERTISEMENT: ndp.NEIGHBOR_LEN,
    icmpv6.REDIRECT: ndp.REDIRECT_LEN,
}  # fmt: skip
"""Where the options of neighbour discovery begin (RFC 4861, section 4)."""


def _neighbour_discovery(data: bytes, header: Header) -> list[TreeField]:
    found: list[TreeField] = []
    at = NDP_OPTIONS.get(data[0], len(data)) if data else 0
    while at + 2 <= len(data) and len(found) < MOST_FIELDS:
        size = data[at + ndp_options.LENGTH] * ndp_options.UNIT
        if not size or at + size > len(data):
            break
        found += _number(data, header, "icmpv6.opt.type", at + ndp_options.TYPE, 1)
        found += _number(data, header, "icmpv6.opt.length", at + ndp_options.LENGTH, 1)
        if data[at] in (ndp_options.SOURCE_LINK_LAYER, ndp_options.TARGET_LINK_LAYER) and size == ndp_options.UNIT:
            place = at + ndp_options.DATA
            raw = data[place : at + size]
            found.append(TreeField("icmpv6.opt.linkaddr", mac_text(raw), header.at + place, raw, is_main=True))
        at += size
    return found


MORE: Final[dict[int, Callable[[bytes, Header], list[TreeField]]]] = {
    layout.TCP: _tcp_options,
    layout.IPV4: _ipv4_options,
    layout.IPV6_EXTENSION: _extension,
    layout.LLC: _snap,
    layout.PPP: _ppp,
    layout.PPP_HDLC: _ppp,
    layout.GRE: _gre,
    layout.SCTP: _chunks,
    layout.ICMPV6: _neighbour_discovery,
}
"""What a header says where it stands."""
