"""A captured frame as scapy's packet, of any link type that scapy knows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

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
