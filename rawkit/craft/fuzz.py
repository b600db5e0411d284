"""Scapy's `fuzz`: a random value for every field that is not given."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rawkit.craft.axes import track_of
from rawkit.craft.draws import seed_of
from rawkit.craft.fields import number_kind, reason
from rawkit.craft.packets import Ref
from rawkit.craft.quiet import quietly, scapy_module
from rawkit.craft.sources import Random
from rawkit.craft.volatiles import DRAWINGS, drawing, is_volatile
from rawkit.errors import SendError
from rawkit.values import replace


def fuzzed(layer: Any, seed: int | None) -> dict[str, Any]:
    """What scapy's `fuzz` puts in place of the values that are not given: of each field, drawn anew in every frame.

    Where the type of a field depends on others, those are drawn once, as scapy does it. Lengths and checksums, and all
    that follows from the layer behind, stay computed. Raises `SendError` for a layer that cannot be fuzzed.

    >>> from scapy.layers.inet import UDP
    >>> fuzzed(UDP(dport=53), seed=None)
    {'sport': Random(seed=None, low=0, high=65535)}
    """
    alone = layer.copy()
    alone.remove_payload()
    before = dict(alone.default_fields)
    try:
        with quietly(), _scapys_seed(seed):
            scapy_module("scapy.packet").fuzz(alone, _inplace=1)
    except Exception as error:  # scapy's fields raise whatever comes up
        raise SendError(f"fuzz cannot take {type(layer).__name__}: {reason(error)}") from None
    found = {
        name: _ours(layer, name, value) if is_volatile(value) else value
        for name, value in alone.default_fields.items()
        if value is not before.get(name) and name not in layer.fields and name not in layer.overloaded_fields
    }
    if seed is None:
        return found
    return {
        name: replace(value, seed=seed_of(seed, number)) if isinstance(value, DRAWINGS) else value
        for number, (name, value) in enumerate(found.items())
    }


def _ours(layer: Any, name: str, volatile: Any) -> Any:
    """What draws as a random value of scapy does, within what the field holds; itself where only scapy can."""
    ours, kind = drawing(volatile), number_kind(layer, layer.get_field(name))
    if kind and isinstance(ours, Random) and isinstance(ours.high, int):
        ours = replace(ours, high=min(ours.high, (1 << kind.bits) - 1))
    try:
        track_of([layer], Ref(0, name), ours)
    except SendError:
        return volatile
    return volatile if ours is None else ours


@contextmanager
def _scapys_seed(seed: int | None) -> Iterator[None]:
    """While it lasts, scapy draws what follows from a seed."""
    before = random.getstate()
    if seed is not None:
        random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
