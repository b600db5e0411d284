"""What most expressions are, one IPv4 packet with a value a field, read and packed without scapy.

Importing scapy takes three quarters of the time in which one packet is sent. So an expression of IP, UDP, TCP or ICMP
echo and some bytes, each field with a constant that it surely takes, is read here and packed by `rawkit.wire`, to the
bytes that scapy makes of it; tests hold them to each other. All else, and all that is wrong, is scapy's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Any, Final, TypeAlias

from rawkit.craft.notation import ExpressionError, Line
from rawkit.facts import icmp, ip_protocols
from rawkit.facts.ipv4 import DONT_FRAGMENT
from rawkit.values import dataclass
from rawkit.wire.icmp import Echo
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.tcp import Tcp
from rawkit.wire.udp import Udp

Upper: TypeAlias = Udp | Tcp | Echo | None
Fields: TypeAlias = Mapping[str, Any]

LARGEST: Final = 65535 - 60 - 60
"""Bytes of a payload that surely fit into a packet."""
BITS: Final = {
    "IP": {"ttl": 8, "tos": 8, "id": 16, "proto": 8},
    "UDP": {"sport": 16, "dport": 16},
    "TCP": {"sport": 16, "dport": 16, "seq": 32, "ack": 32, "window": 16, "urgptr": 16},
    "ICMP": {"code": 8, "id": 16, "seq": 16},
}
"""Fields that are numbers, and how many bits they have."""
FLAGS: Final = "FSRPAUEC"
"""Letters of TCP's flags, from the lowest bit on."""
_PROTOCOLS: Final = {Udp: ip_protocols.UDP, Tcp: ip_protocols.TCP, Echo: ip_protocols.ICMP}


@dataclass(frozen=True, slots=True)
class PlainPacket:
    """One IPv4 packet.

    Attributes:
        target: its destination.
        source: its source; None where the route is to say.
        fields: those of IP that were given.
        upper: the header behind that of IP.
        payload: what follows.
    """

    target: IPv4Address
    source: IPv4Address | None
    fields: Fields
    upper: Upper
    payload: bytes

    def pack(self, source: IPv4Address) -> bytes:
        """The packet, from its own source or, where it has none, this one.

        >>> packet = read('IP(dst="192.0.2.2", ttl=7)/UDP(dport=9)/b"hello"')
        >>> packet.pack(IPv4Address("192.0.2.1"))[:28].hex(" ", 4)
        '45000021 00010000 07112fc8 c0000201 c0000202 00350009 000d37c0'
        """
        source = self.source or source
        if isinstance(self.upper, Udp | Tcp):
            rest = self.upper.pack(self.payload, src=source, dst=self.target)
        else:
            rest = self.upper.pack(self.payload) if self.upper else self.payload
        given = self.fields
        protocol = given.get("proto", 0) if self.upper is None else _PROTOCOLS[type(self.upper)]
        header = Ipv4(
            src=source,
            dst=self.target,
            protocol=protocol,
            ttl=given.get("ttl", 64),
            id=given.get("id", 1),
            flags=given.get("flags", 0),
            dscp=given.get("tos", 0) // 4,
            ecn=given.get("tos", 0) % 4,
        )
        return header.pack(rest)


def read(text: str) -> PlainPacket | None:
    """The packet of an expression; None where it is another than these, or may be wrong.

    >>> read('IP(dst="192.0.2.2")/TCP(dport=80)').upper.dst_port
    80
    >>> read('IP(dst="192.0.2.2")/TCP(dport=[80, 443])')
    """
    try:
        operands = list(_operands(Line(text).tree()))
        packet = _packet(operands) if len(operands) <= 3 else None
    except (ExpressionError, _NotPlain):
        return None
    return packet


class _NotPlain(Exception):  # noqa: N818  (a verdict: scapy reads the expression then)
    """Something that scapy has to look at."""


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    """Those of `/`, from left to right."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        if isinstance(node.right, ast.BinOp):
            raise _NotPlain
        yield from _operands(node.left)
        node = node.right
    yield node


def _packet(operands: list[ast.expr]) -> PlainPacket:
    outer, *rest = operands
    name, given = _layer(outer)
    if name != "IP":
        raise _NotPlain
    target = _address(given.pop("dst", None))
    source = _address(given.pop("src")) if "src" in given else None
    upper: Upper = None
    if rest and isinstance(rest[0], ast.Call):
        upper = _upper(*_layer(rest.pop(0)))
    if upper is not None and "proto" in given:
        raise _NotPlain
    if "flags" in given:
        given["flags"] = DONT_FRAGMENT if given.pop("flags") == "DF" else _refuse()
    fields = _numbers("IP", given, ("flags",))
    payload = _payload(rest[0]) if len(rest) == 1 else _refuse() if rest else b""
    return PlainPacket(target, source, fields, upper, payload)


def _layer(node: ast.expr) -> tuple[str, dict[str, Any]]:
    """A layer's name and its fields."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.args:
        raise _NotPlain
    given: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in given or not isinstance(keyword.value, ast.Constant):
            raise _NotPlain
        given[keyword.arg] = keyword.value.value
    return node.func.id, given


def _upper(name: str, given: dict[str, Any]) -> Upper:
    if name == "UDP":
        ports = _numbers(name, given)
        return Udp(ports.get("sport", 53), ports.get("dport", 53))
    if name == "TCP":
        flags = _flags(given.pop("flags", "S"))
        found = _numbers(name, given)
        return Tcp(
            src_port=found.get("sport", 20),
            dst_port=found.get("dport", 80),
            seq=found.get("seq", 0),
            ack=found.get("ack", 0),
            flags=flags,
            window=found.get("window", 8192),
            urgent=found.get("urgptr", 0),
        )
    if name == "ICMP":
        kind = given.pop("type", icmp.ECHO_REQUEST)
        if type(kind) is not int or kind not in (icmp.ECHO_REQUEST, icmp.ECHO_REPLY):
            raise _NotPlain
        found = _numbers(name, given)
        return Echo(kind, found.get("id", 0), found.get("seq", 0), found.get("code", 0))
    raise _NotPlain


def _numbers(name: str, given: Fields, beside: tuple[str, ...] = ()) -> Fields:
    """The fields, each of which is a number that fits, but for those `beside`."""
    for field, value in given.items():
        bits = BITS[name].get(field)
        if field not in beside and (bits is None or type(value) is not int or not 0 <= value < 1 << bits):
            raise _NotPlain
    return given


def _flags(value: Any) -> int:
    if not isinstance(value, str) or not value or len(set(value)) != len(value) or not set(value) <= set(FLAGS):
        raise _NotPlain
    return sum(1 << FLAGS.index(letter) for letter in value)


def _address(value: Any) -> IPv4Address:
    try:
        return IPv4Address(value) if isinstance(value, str) else _refuse()
    except AddressValueError:
        raise _NotPlain from None


def _payload(node: ast.expr) -> bytes:
    """Bytes, or text that is the same in every encoding."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, str) and value.isascii():
        value = value.encode()
    if not isinstance(value, bytes) or not value or len(value) > LARGEST:
        raise _NotPlain
    return value


def _refuse() -> Any:
    raise _NotPlain
