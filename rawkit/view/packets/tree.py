"""A packet's tree as text: a line a layer with its main fields, or a line a field with its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rawkit.decode.tree import TreeField, TreeLayer
from rawkit.view.packets.names import TCP_OPTIONS
from rawkit.view.text import counted, escaped
from rawkit.wire import names

MOST_LINES: Final = 400
"""Lines of a packet: tunnels in tunnels in one frame have no more."""
MOST_VALUE: Final = 100
MOST_BYTES: Final = 24
MAIN_VALUE: Final = 60
MAIN_FIELDS: Final = 12
NAME_WIDTH: Final = 28
VALUE_WIDTH: Final = 24
LAYER_WIDTH: Final = 6

WORDS: Final[Mapping[str, Mapping[int, str]]] = {
    **dict.fromkeys(
        ("eth.type", "vlan.etype", "sll.etype", "gre.proto", "geneve.proto_type", "llc.type", "arp.proto.type"),
        names.ETHERTYPES,
    ),
    **dict.fromkeys(("ip.proto", "ah.next_header"), names.IP_PROTOCOLS),
    "arp.opcode": names.ARP_OPERATIONS,
    "icmp.type": names.ICMP_TYPES,
    "icmpv6.type": names.ICMPV6_TYPES,
    "igmp.type": names.IGMP_TYPES,
    "ospf.msg": names.OSPF_TYPES,
    "sctp.chunk_type": names.SCTP_CHUNKS,
    "dccp.type": names.DCCP_TYPES,
    "tcp.option_kind": TCP_OPTIONS,
}
"""What numbers of fields mean, by the field's name."""
IN_HEX: Final = ("checksum", "flags", "type", "etype", "proto_type", "proto", "flags_and_version", "dsap", "ssap",
                 "oui", "verification_tag", "teid", "spi", "dsfield", "flow", "key")  # fmt: skip
"""Last parts of names whose numbers are given in hexadecimal, as Wireshark gives them."""
IN_DECIMAL: Final = ("ip.proto", "icmp.type", "icmpv6.type", "arp.hw.type", "igmp.type", "dccp.type", "pppoe.type",
                     "ipv6.routing.type", "icmpv6.opt.type", "ip.opt.type", "sctp.chunk_type")  # fmt: skip
FIRST: Final = ("src", "dst", "srcport", "dstport", "proto_ipv4", "eth")
"""Last parts of names of fields that a layer's line begins with."""
WHERE_NOT_0: Final = ("ip.frag_offset",)
"""Fields that a layer's line has where they say something."""
NOTHING: Final = ("", "0", "0x0", "0.0", "[]", "b''", "None")
"""What scapy shows of fields that say nothing."""


def tree_lines(layers: Iterable[TreeLayer], *, details: bool) -> Iterator[str]:
    """The lines of a packet; with `details` each field has one.

    >>> from rawkit.decode.tree import layers
    >>> udp = layers(bytes.fromhex("4500001e000100004011000ac0000201c0000202" "00350035000a00006869"), 30, 101)
    >>> for line in tree_lines(udp, details=False):
    ...     print(line)
      ip     src 192.0.2.1, dst 192.0.2.2, id 1, ttl 64, proto UDP (17)
      udp    srcport 53, dstport 53, length 10
      data   2 bytes
    >>> for line in list(tree_lines(udp, details=True))[-5:]:
    ...     print(line)
        udp.dstport                  53                          22  0035
        udp.length                   10                          24  000a
        udp.checksum                 0x0000                      26  0000
      data, 2 bytes at 28
        data.data                    "hi"                        28  6869
    """
    left = MOST_LINES
    for layer in layers:
        for line in _detailed(layer) if details else (_short(layer),):
            if not left:
                yield "  ... more layers and fields are not shown"
                return
            left -= 1
            yield line


def _short(layer: TreeLayer) -> str:
    name = escaped(layer.name) + _mark(layer)
    if layer.name in ("data", "padding"):
        return f"  {name.ljust(LAYER_WIDTH)} {counted(layer.size, 'byte')}"
    main = [field for field in layer.fields if _is_worth_a_word(layer, field)]
    ordered = sorted(main, key=lambda field: field.name.rpartition(".")[2] not in FIRST)
    told = ", ".join(_told(layer, field) for field in ordered[:MAIN_FIELDS])
    return f"  {name.ljust(LAYER_WIDTH)} {told or counted(layer.size, 'byte')}" + ", ..." * (len(main) > MAIN_FIELDS)


def _is_worth_a_word(layer: TreeLayer, field: TreeField) -> bool:
    if layer.source != "rawkit":
        return field.value not in NOTHING
    return field.is_main and bool(field.value or field.name not in WHERE_NOT_0)


def _told(layer: TreeLayer, field: TreeField) -> str:
    word = field.name.removeprefix(f"{layer.name}.") if layer.source == "rawkit" else field.name
    return f"{escaped(word)} {_cut(value_text(field), MAIN_VALUE)}"


def _mark(layer: TreeLayer) -> str:
    if layer.source != "rawkit":
        return f" ({layer.source})"
    return " (quoted)" if layer.is_quoted else ""


def _detailed(layer: TreeLayer) -> Iterator[str]:
    yield f"  {escaped(layer.name)}{_mark(layer)}, {counted(layer.size, 'byte')} at {layer.offset}"
    for field in layer.fields:
        value = _cut(value_text(field), MOST_VALUE)
        place = f"{field.offset:5}" if field.offset >= 0 else ""
        dump = field.bytes[:MOST_BYTES].hex() + "..." * (len(field.bytes) > MOST_BYTES)
        line = f"    {escaped(field.name).ljust(NAME_WIDTH)} {value.ljust(VALUE_WIDTH)} {place}  {dump}"
        yield line.rstrip()


def value_text(field: TreeField) -> str:
    """The value of a field for people: numbers that mean something with what they mean.

    >>> value_text(TreeField("ip.proto", 6, 23, b"\\x06")), value_text(TreeField("eth.type", 0x800, 12, b"\\x08\\0"))
    ('TCP (6)', 'IPv4 (0x0800)')
    """
    if field.name in ("data.data", "eth.padding"):
        return _printable(field.bytes)
    if isinstance(field.value, str):
        return escaped(field.value)
    number = str(field.value)
    if field.name.rpartition(".")[2] in IN_HEX and field.name not in IN_DECIMAL:
        number = f"0x{field.value:0{2 * len(field.bytes)}x}"
    if field.name == "tcp.flags":
        return f"{names.tcp_flags(field.value)} ({number})"
    words = WORDS.get(field.name) or (names.IP_PROTOCOLS if field.name.endswith(".nxt") else {})
    return f"{words[field.value]} ({number})" if field.value in words else number


def _printable(raw: bytes) -> str:
    """Bytes as a dump shows them."""
    text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in raw[:MOST_BYTES])
    return f'"{text}"' + "..." * (len(raw) > MOST_BYTES)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
