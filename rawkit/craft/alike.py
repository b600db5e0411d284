"""A list of scapy packets as one template, where they differ in the values of fields alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from rawkit.craft.packets import is_fixed, layers_of
from rawkit.craft.quiet import scapy_module
from rawkit.craft.sources import Zipped
from rawkit.craft.template import FEW, Template
from rawkit.craft.volatiles import is_volatile
from rawkit.values import dataclass

SINGLE: Final = (int, str, bytes)
_PLAIN: Final = frozenset(SINGLE)
_LARGEST: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Alike:
    """Packets that differ in the values of fields alone.

    Attributes:
        first: the first of them.
        varying: the fields that differ, with the value that each packet has.
    """

    first: Any
    varying: Zipped

    def template(self, **fields: Any) -> Template:
        """The template whose frames they are, in order, with other values for fields of their outermost layers."""
        packet = self.first
        if fields:
            packet = packet.copy()
            packet.fields.update(fields)
        return Template(packet, self.varying)


def alike(packets: Sequence[Any]) -> Alike | None:
    """What packets have in common; None where they are few, or differ in more than values, or not at all.

    >>> from scapy.layers.inet import ICMP, IP
    >>> echoes = [IP(src="192.0.2.1", dst="192.0.2.2") / ICMP(id=7, seq=number) for number in range(100)]
    >>> frames = next(alike(echoes).template().batches()).frames()
    >>> [frame == bytes(echo) for frame, echo in zip(frames, echoes)].count(True)
    100
    >>> alike([*echoes, IP()])
    """
    first = layers_of(packets[0])
    if len(packets) < FEW or any(is_fixed(layer) or _draws(layer) for layer in first):
        return None
    kinds, names = [type(layer) for layer in first], [list(layer.fields) for layer in first]
    rows: list[list[Any]] = []
    for packet in packets:
        row: list[Any] = []
        layers = layers_of(packet)
        if [type(layer) for layer in layers] != kinds:
            return None
        for layer, wanted in zip(layers, names, strict=True):
            fields = layer.fields
            if list(fields) != wanted or is_fixed(layer):
                return None
            row += fields.values()
        rows.append(row)
    return _alike(packets[0], first, zip(*rows, strict=True))


def is_single(packet: Any) -> bool:
    """Whether it is plain that a packet stands for one alone; where it is not, scapy's own count tells.

    >>> from scapy.layers.inet import IP, TCP
    >>> is_single(IP(dst="192.0.2.1") / TCP(flags="S", options=[])), is_single(IP(dst="192.0.2.0/30"))
    (True, False)
    """
    for layer in layers_of(packet):
        for value in layer.fields.values():
            if type(value) not in _PLAIN and value != [] and not isinstance(value, (*SINGLE, _flags())):
                return False
    return True


def _alike(packet: Any, layers: Sequence[Any], columns: Iterable[Sequence[Any]]) -> Alike | None:
    varying: dict[str, Any] = {}
    each = iter(columns)
    for depth, layer in enumerate(layers):
        kind = type(layer).__name__
        place = sum(type(one).__name__ == kind for one in layers[: depth + 1])
        for name, column in zip(layer.fields, each, strict=False):  # of the columns, those of this layer alone
            if _is_one(column):
                continue
            singles = _singles(column)
            if singles is None:
                return None
            varying[f"{kind}:{place}.{name}"] = singles
    return Alike(packet, Zipped(varying)) if varying else None


def _is_one(column: Sequence[Any]) -> bool:
    """Whether all values are the same."""
    return column.count(column[0]) == len(column)


def _singles(column: Sequence[Any]) -> Any:
    """The value of a field in each frame; None where one stands for more, or is none of the simple kinds."""
    if set(map(type, column)) == {int} and min(column) >= 0 and max(column) <= _LARGEST:
        return np.array(column, np.int64)
    singles = [_single(value) for value in column]
    return None if any(value is None for value in singles) else singles


def _single(value: Any) -> Any:
    """The value of a field in one frame; None where it stands for more, or is none of the simple kinds."""
    if isinstance(value, SINGLE):
        return value
    return int(value) if isinstance(value, _flags()) else None


def _flags() -> Any:
    """The class of scapy's flags."""
    return scapy_module("scapy.fields").FlagValue


def _draws(layer: Any) -> bool:
    return any(map(is_volatile, (*layer.fields.values(), *layer.default_fields.values())))
