"""Scapy packets taken apart and put together: layers, one frame's values, and the bytes that scapy builds."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Final

from rawkit.craft.fields import inner_field, reason
from rawkit.craft.quiet import quietly, scapy_module
from rawkit.errors import SendError
from rawkit.values import dataclass

NO_NETWORK: Final = "its destination MAC address would have to be asked for on the network: give Ether(dst=...)"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A field of a packet: how deep its layer lies (0 is the outermost), and its name."""

    depth: int
    name: str


Values = Mapping[Ref, Any]


def layers_of(packet: Any) -> tuple[Any, ...]:
    """The packet's layers, the outermost first.

    >>> from scapy.layers.inet import IP, TCP
    >>> [type(layer).__name__ for layer in layers_of(IP() / TCP())]
    ['IP', 'TCP']
    """
    layers = []
    while type(packet).__name__ != "NoPayload":
        layers.append(packet)
        packet = packet.payload
    return tuple(layers)


def named(layers: Sequence[Any], ref: Ref) -> str:
    """The field's name as users write it.

    >>> from scapy.layers.inet import IP
    >>> named([IP()], Ref(0, "dst"))
    'IP.dst'
    """
    return f"{type(layers[ref.depth]).__name__}.{ref.name}"


def is_fixed(layer: Any) -> bool:
    """Whether scapy takes the layer's fields as they are, without expanding what stands in them."""
    return bool(layer.explicit) or layer.raw_packet_cache is not None


def varying_names(layer: Any) -> list[str]:
    """The fields that scapy goes through when it expands the layer, the innermost loop's first.

    The order is that of `Packet.__iter__`, which takes the names from the end of this list.
    """
    volatile = scapy_module("scapy.volatile").VolatileValue
    defaults = {**layer.default_fields, **layer.overloaded_fields}
    own = [name for name, value in defaults.items() if isinstance(value, volatile)]
    return list(dict.fromkeys([*own, *layer.fields]))


def assemble(layers: Sequence[Any], values: Values) -> Any:
    """One frame as a scapy packet: the layers with these values, and nothing left to expand."""
    fields: list[dict[str, Any]] = [dict(layer.fields) for layer in layers]
    for ref, value in values.items():
        fields[ref.depth][ref.name] = value
    packet = None
    for layer, own in zip(reversed(layers), reversed(fields), strict=True):
        packet = layer.clone_with(payload=packet, **own)
    return packet


def build(packet: Any) -> bytes:
    """The packet's bytes; raises `SendError` where scapy cannot build it."""
    try:
        with quietly():
            return bytes(packet)
    except Exception as error:  # scapy's fields raise whatever comes up
        raise SendError(f"the packet cannot be built: {reason(error)}") from error


class _Watched(dict[str, Any]):
    """The fields of a layer, which counts how often each is read."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self.reads: Tally[str] = Tally()

    def __getitem__(self, name: str) -> Any:
        self.reads[name] += 1
        return super().__getitem__(name)


def fields_read(packet: Any) -> set[Ref]:
    """The fields that scapy looks at while it builds the packet, apart from packing each of them once.

    What is read decides about something: a length, another field, a checksum. What is not read is its own bytes alone.

    >>> from scapy.layers.inet import ICMP
    >>> fields_read(assemble([ICMP(type=8, id=1)], {}))
    {Ref(depth=0, name='type')}
    """
    watched = []
    for layer in layers_of(packet):
        layer.fields = _Watched(layer.fields)
        watched.append(layer.fields)
    build(packet)
    return {Ref(depth, name) for depth, own in enumerate(watched) for name, reads in own.reads.items() if reads > 1}


def unset_addresses(layers: Sequence[Any], varying: Container[Ref] = ()) -> Iterator[Ref]:
    """The address fields that scapy would fill in from the routes of this machine: neither set nor varying."""
    scapy, l2 = scapy_module("scapy.fields"), scapy_module("scapy.layers.l2")
    kinds = (scapy.SourceIPField, scapy.SourceIP6Field, scapy.DestIP6Field, l2.SourceMACField)
    for depth, layer in enumerate(layers):
        for field in layer.fields_desc:
            ref = Ref(depth, field.name)
            is_unset = ref not in varying and layer.getfieldval(field.name) is None
            if is_unset and isinstance(inner_field(layer, field), kinds):
                yield ref


def refuse_questions(layers: Sequence[Any], varying: Container[Ref] = ()) -> None:
    """Raises `SendError` where scapy would send an ARP request or neighbour solicitation to build the packet."""
    wanted = scapy_module("scapy.layers.l2").DestMACField
    for depth, layer in enumerate(layers):
        for field in layer.fields_desc:
            if Ref(depth, field.name) in varying:
                continue
            if isinstance(field, wanted) and layer.getfieldval(field.name) is None:
                raise SendError(f"{type(layer).__name__}.{field.name} is not set, and {NO_NETWORK}")
