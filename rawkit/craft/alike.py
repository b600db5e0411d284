"""A list of scapy packets as one template, where they differ in the values of fields alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rawkit.craft.packets import is_fixed, layers_of
from rawkit.craft.quiet import scapy_module
from rawkit.craft.sources import Zipped
from rawkit.craft.template import FEW, Template
from rawkit.craft.volatiles import is_volatile

SINGLE: Final = (int, str, bytes)


def alike(packets: Sequence[Any]) -> Template | None:
    """The template whose frames are these packets, in order; None where they are few, or differ in more than values.

    >>> from scapy.layers.inet import ICMP, IP
    >>> echoes = [IP(src="192.0.2.1", dst="192.0.2.2") / ICMP(id=7, seq=number) for number in range(100)]
    >>> [frame == bytes(echo) for frame, echo in zip(next(alike(echoes).batches()).frames(), echoes)].count(True)
    100
    >>> alike([*echoes, IP()])
    """
    first = layers_of(packets[0])
    if len(packets) < FEW or any(is_fixed(layer) or _draws(layer) for layer in first):
        return None
    kinds = [type(layer) for layer in first]
    columns: list[list[list[Any]]] = [[[] for _ in layer.fields] for layer in first]
    names = [list(layer.fields) for layer in first]
    for packet in packets:
        layers = layers_of(packet)
        if [type(layer) for layer in layers] != kinds:
            return None
        for layer, wanted, values in zip(layers, names, columns, strict=True):
            if list(layer.fields) != wanted or is_fixed(layer):
                return None
            for column, value in zip(values, layer.fields.values(), strict=True):
                column.append(value)
    return _template(packets[0], first, columns)


def is_single(packet: Any) -> bool:
    """Whether it is plain that a packet stands for one alone; where it is not, scapy's own count tells.

    >>> from scapy.layers.inet import IP, TCP
    >>> is_single(IP(dst="192.0.2.1") / TCP(flags="S", options=[])), is_single(IP(dst="192.0.2.0/30"))
    (True, False)
    """
    flags = scapy_module("scapy.fields").FlagValue
    return all(
        isinstance(value, (*SINGLE, flags)) or value == []
        for layer in layers_of(packet)
        for value in layer.fields.values()
    )


def _template(packet: Any, layers: Sequence[Any], columns: Sequence[Sequence[list[Any]]]) -> Template | None:
    varying: dict[str, list[Any]] = {}
    for depth, (layer, values) in enumerate(zip(layers, columns, strict=True)):
        kind = type(layer).__name__
        place = sum(type(one).__name__ == kind for one in layers[: depth + 1])
        for name, column in zip(layer.fields, values, strict=True):
            if all(value == column[0] for value in column):
                continue
            singles = [_single(value) for value in column]
            if any(value is None for value in singles):
                return None
            varying[f"{kind}:{place}.{name}"] = singles
    return Template(packet, Zipped(varying)) if varying else None


def _single(value: Any) -> Any:
    """The value of a field in one frame; None where it stands for more, or is none of the simple kinds."""
    if isinstance(value, SINGLE):
        return value
    return int(value) if isinstance(value, scapy_module("scapy.fields").FlagValue) else None


def _draws(layer: Any) -> bool:
    return any(map(is_volatile, (*layer.fields.values(), *layer.default_fields.values())))
