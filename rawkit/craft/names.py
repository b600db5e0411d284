"""Fields by name: `TCP.sport`, `IP:2.dst` for the second IP layer, or `sport` where one layer alone has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from rawkit.craft.packets import Ref
from rawkit.errors import SendError


def nearest(word: str, choices: Iterable[str]) -> str:
    """A question after the most similar choice, whatever its case; empty where none is similar.

    >>> nearest("dprot", ["sport", "dport"])
    ', did you mean dport?'
    """
    by_case = {choice.lower(): choice for choice in choices}
    found = get_close_matches(word.lower(), by_case, n=5, cutoff=0.5)
    swapped = [close for close in found if sorted(close) == sorted(word.lower())]
    return f", did you mean {by_case[[*swapped, *found][0]]}?" if found else ""


def field_names(layer: Any) -> list[str]:
    """The names of the layer's fields."""
    return [field.name for field in layer.fields_desc]


def find(layers: Sequence[Any], name: str) -> Ref:
    """The field that a name means in a packet; raises `SendError` where none, or more than one, has it.

    >>> from scapy.layers.inet import IP, TCP
    >>> find([IP(), TCP()], "TCP.sport")
    Ref(depth=1, name='sport')
    """
    where, _, field = name.rpartition(".")
    depths = [_depth(layers, where)] if where else [d for d, layer in enumerate(layers) if field in field_names(layer)]
    if len(depths) > 1:
        raise SendError(f"{name} is a field of {len(depths)} layers: give the layer too, as in LAYER.{name}")
    if not depths or field not in field_names(layers[depths[0]]):
        known = field_names(layers[depths[0]]) if depths else [n for layer in layers for n in field_names(layer)]
        raise SendError(f"no field {name} in {_summary(layers)}{nearest(field, known)}: name it as in TCP.sport")
    return Ref(depths[0], field)


def _depth(layers: Sequence[Any], where: str) -> int:
    wanted, _, number = where.partition(":")
    found = [d for d, layer in enumerate(layers) if type(layer).__name__.lower() == wanted.lower()]
    place = int(number) - 1 if number.isdigit() else 0
    if not 0 <= place < len(found):
        close = nearest(wanted, {type(layer).__name__ for layer in layers})
        raise SendError(f"no layer {where} in {_summary(layers)}{close}: name the field as in TCP.sport")
    return found[place]


def _summary(layers: Sequence[Any]) -> str:
    return "/".join(type(layer).__name__ for layer in layers)
