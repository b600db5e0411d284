"""What a template is made of: a scapy packet's layers, or those that scapy finds in bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rawkit import linktypes
from rawkit.craft.packets import build, layers_of
from rawkit.craft.quiet import quietly, scapy_module
from rawkit.errors import SendError

LINK_TYPES: Final = {
    "Ether": linktypes.ETHERNET,
    "Dot3": linktypes.ETHERNET,
    "IP": linktypes.RAW,
    "IPv6": linktypes.RAW,
    "CookedLinux": linktypes.LINUX_SLL,
    "CookedLinuxV2": linktypes.LINUX_SLL2,
    "PPP": linktypes.PPP,
    "Dot11": linktypes.IEEE802_11,
    "RadioTap": linktypes.IEEE802_11_RADIOTAP,
}


def layers_from(packet: Any, link_type: int | None, varies: bool) -> tuple[tuple[Any, ...], int]:
    """The layers of a packet or of a frame's bytes, and their link type. Raises `SendError` where there are none.

    >>> from scapy.layers.inet import IP
    >>> layers, link_type = layers_from(IP(), None, False)
    >>> len(layers), link_type
    (1, 101)
    """
    if isinstance(packet, (bytes, bytearray, memoryview)):
        return _layers_of_bytes(bytes(packet), linktypes.ETHERNET if link_type is None else link_type, varies)
    if not isinstance(packet, scapy_module("scapy.packet").Packet):
        raise SendError(f"a template cannot be made of {type(packet).__name__}: give a scapy packet or bytes")
    layers = layers_of(packet)
    found = LINK_TYPES.get(type(packet).__name__) if link_type is None else link_type
    if found is None:
        raise SendError(f"{type(packet).__name__} as the outermost layer has no known link type: give link_type")
    return layers, found


def _layers_of_bytes(frame: bytes, link_type: int, varies: bool) -> tuple[tuple[Any, ...], int]:
    if not varies:
        return (scapy_module("scapy.packet").Raw(load=frame),), link_type
    packet = _dissect(frame, link_type)
    for layer in packet.iterpayloads():
        layer.clear_cache()
    if build(packet) != frame:
        raise SendError("scapy does not make the same bytes again of this frame: give the packet as scapy's layers")
    _free_what_is_right(packet, frame)
    return layers_of(packet), link_type


def _dissect(frame: bytes, link_type: int) -> Any:
    version = frame[0] >> 4 if frame else 0
    name = next((name for name, number in LINK_TYPES.items() if number == link_type), "Raw")
    if link_type == linktypes.RAW and version == 6:
        name = "IPv6"
    home = {"IP": "scapy.layers.inet", "IPv6": "scapy.layers.inet6", "Dot11": "scapy.layers.dot11",
            "RadioTap": "scapy.layers.dot11", "PPP": "scapy.layers.ppp", "Raw": "scapy.packet"}  # fmt: skip
    for needed in ("scapy.layers.inet", "scapy.layers.inet6", "scapy.layers.vxlan", "scapy.layers.sctp"):
        scapy_module(needed)
    with quietly():
        return getattr(scapy_module(home.get(name, "scapy.layers.l2")), name)(frame)


def _free_what_is_right(packet: Any, frame: bytes) -> None:
    """Lets scapy compute each length and checksum that it computes as it stands in the frame."""
    for layer, name in _computed(packet):
        value = layer.fields.pop(name)
        if build(packet) != frame:
            layer.fields[name] = value


def _computed(packet: Any) -> Iterator[tuple[Any, str]]:
    for layer in reversed(layers_of(packet)):
        for name, default in layer.default_fields.items():
            if default is None and isinstance(layer.fields.get(name), int):
                yield layer, name
