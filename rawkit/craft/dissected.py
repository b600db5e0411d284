"""A captured frame as scapy's packet, of any link type that scapy knows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from rawkit.craft.quiet import quietly, scapy_module

LAYERS: Final = (
    "inet", "inet6", "l2", "dhcp", "dns", "dot11", "ntp", "ppp", "sctp", "vxlan",
)  # fmt: skip
"""scapy's modules whose layers are found; more are found where the program imports more."""


def to_scapy(frame: bytes, link_type: int, time_ns: int = 0, length: int | None = None) -> Any:
    """The scapy packet that a frame is, with its time (a Decimal, seconds) and its length on the wire.

    Raw where scapy knows no such link, or cannot read the frame.

    >>> packet = to_scapy(bytes.fromhex("4500001400000000400600000000000000000000"), 101, 1_500_000_000)
    >>> packet.name, packet.time
    ('IP', Decimal('1.500000000'))
    """
    for name in LAYERS:
        scapy_module(f"scapy.layers.{name}")
    raw = scapy_module("scapy.packet").Raw
    try:
        with quietly():
            packet = scapy_module("scapy.config").conf.l2types.num2layer.get(link_type, raw)(frame)
    except Exception:  # scapy's dissectors raise whatever comes up
        packet = raw(frame)
    packet.time = Decimal(time_ns).scaleb(-9)
    packet.wirelen = len(frame) if length is None else length
    return packet


class Dissected(NamedTuple):
    """A layer that scapy found.

    Attributes:
        name: scapy's name of it.
        offset: where it begins in the bytes that it was given.
        size: bytes of the layer itself.
        fields: name, value as scapy shows it, and where its bytes are and how many; -1 and 0 where nobody can tell.
    """

    name: str
    offset: int
    size: int
    fields: tuple[tuple[str, str, int, int], ...]


HOMES: Final = {
    "eth": ("l2", "Ether"),
    "vlan": ("l2", "Dot1Q"),
    "llc": ("l2", "LLC"),
    "sll": ("l2", "CookedLinux"),
    "sll2": ("l2", "CookedLinuxV2"),
    "ip": ("inet", "IP"),
    "ipv6": ("inet6", "IPv6"),
    "tcp": ("inet", "TCP"),
    "udp": ("inet", "UDP"),
    "gre": ("l2", "GRE"),
    "ppp": ("ppp", "PPP"),
    "pppoe": ("ppp", "PPPoED"),
    "wlan": ("dot11", "Dot11"),
    "radiotap": ("dot11", "RadioTap"),
}
"""Layers by Wireshark's names: scapy's module and class of each, which knows what can stand behind it."""

BESIDES: Final = (
    "contrib.cdp", "contrib.lldp", "layers.eap", "layers.hsrp", "layers.isakmp", "layers.llmnr", "layers.rip",
    "layers.tftp", "layers.vrrp",
)  # fmt: skip
"""More of scapy's modules, whose layers are found in a tree."""

MOST: Final = 4096
"""Bytes that scapy is given: its time grows with them."""
MOST_LAYERS: Final = 16
MOST_TEXT: Final = 200


def dissected(layer: str | int, data: bytes) -> list[Dissected]:
    """A layer, by Wireshark's name or the LINKTYPE number of a frame, and what scapy finds behind it.

    Empty where scapy does not know the layer, or cannot read it; of `data` scapy is given `MOST` bytes at most.

    >>> udp = bytes.fromhex("c0000035001f0000" "000101000001000000000000" "01610000010001")
    >>> [found.name for found in dissected("udp", udp)]
    ['UDP', 'DNS']
    """
    for name in (*(f"layers.{name}" for name in LAYERS), *BESIDES):
        scapy_module(f"scapy.{name}")
    if isinstance(layer, int):
        made = scapy_module("scapy.config").conf.l2types.num2layer.get(layer)
    else:
        module, name = HOMES.get(layer, ("inet", ""))
        made = getattr(scapy_module(f"scapy.layers.{module}"), name, None)
    try:
        with quietly():
            return _layers(made(data[:MOST])) if made else []
    except Exception:  # scapy's dissectors raise whatever comes up
        return []


def _layers(packet: Any) -> list[Dissected]:
    found, offset = list[Dissected](), 0
    while len(found) < MOST_LAYERS and type(packet).__name__ not in ("NoPayload", "Raw", "Padding"):
        size = len(packet.original) - len(getattr(packet.payload, "original", b""))
        found.append(Dissected(packet.name, offset, size, tuple(_fields(packet, offset))))
        packet, offset = packet.payload, offset + size
    return found


def _fields(packet: Any, offset: int) -> Iterator[tuple[str, str, int, int]]:
    """The fields that it has; where their bytes are is found by reading them again, one by one."""
    rest: Any = packet.original
    whole, is_read = _bits_left(rest), True
    for field in packet.fields_desc:
        value = packet.fields.get(field.name)
        if value is None:
            continue
        at, size = -1, 0
        if is_read:
            first = whole - _bits_left(rest)
            try:
                rest, _ = field.getfield(packet, rest)
            except Exception:  # as above
                is_read = False
            else:
                at, size = offset + first // 8, (whole - _bits_left(rest) + 7) // 8 - first // 8
        yield field.name, str(field.i2repr(packet, value))[:MOST_TEXT], at, size


def _bits_left(rest: Any) -> int:
    """Bits that are left; in the middle of a byte scapy has them with how many of it were read."""
    return 8 * len(rest[0]) - rest[1] if isinstance(rest, tuple) else 8 * len(rest)
