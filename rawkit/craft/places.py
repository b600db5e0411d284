"""Where in a frame each field lies, in bits, as scapy packs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rawkit.craft.packets import Ref, layers_of
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A field's first bit, counted from the frame's first, and its width in bits."""

    bit: int
    bits: int

    @property
    def first(self) -> int:
        """The first byte that the field has part of."""
        return self.bit // 8

    @property
    def end(self) -> int:
        """The byte behind the last that the field has part of."""
        return (self.bit + self.bits + 7) // 8

    @property
    def columns(self) -> range:
        """The bytes that the field has part of."""
        return range(self.first, self.end)


def places(packet: Any, size: int) -> dict[Ref, Place]:
    """The place of each field of a packet whose layers are fully set, which is `size` bytes long when built.

    >>> from scapy.layers.inet import IP, TCP
    >>> places(IP() / TCP(), 40)[Ref(1, "dport")]
    Place(bit=176, bits=16)
    """
    found = {}
    for depth, layer in enumerate(layers_of(packet)):
        start = (size - len(layer.do_build())) * 8
        for name, bit, bits in _walk(layer):
            found[Ref(depth, name)] = Place(start + bit, bits)
    return found


def layer_starts(packet: Any, size: int) -> list[int]:
    """The byte where each layer begins."""
    return [size - len(layer.do_build()) for layer in layers_of(packet)]


def _walk(layer: Any) -> Iterator[tuple[str, int, int]]:
    packed: Any = b""
    for field in layer.fields_desc:
        before = _bits(packed)
        packed = field.addfield(layer, packed, layer.getfieldval(field.name))
        yield field.name, before, _bits(packed) - before


def _bits(packed: Any) -> int:
    """Bits packed so far: scapy keeps an unfinished byte apart."""
    return len(packed[0]) * 8 + int(packed[1]) if isinstance(packed, tuple) else len(packed) * 8
