"""Which frames have the same shape, so that one plan makes them all.

A field that scapy looks at while it builds (a length, a type, an option list) may decide about others: each of its
values is a shape of its own. Text shapes a frame by its length, an address by the addresses that the routes make scapy
fill in elsewhere. Everything else is only its own bytes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from rawkit.craft.axes import Axis, Order, Track
from rawkit.craft.draws import Texts
from rawkit.craft.fields import is_address, is_text
from rawkit.craft.packets import Ref, assemble, fields_read, layers_of, unset_addresses
from rawkit.craft.quiet import quietly
from rawkit.frames import Int64s

Shape = tuple[Hashable, ...]


class Shapes:
    """Sorts frames by shape; learns which fields shape them."""

    def __init__(self, layers: Sequence[Any], order: Order) -> None:
        self._layers, self._order = layers, order
        self._unset = tuple(unset_addresses(layers, {track.ref for _, track in order.tracks()}))
        self._apart: set[Ref] = set()
        self._read: set[Ref] = set()
        self._examples: dict[Ref, tuple[Any, ...]] = {}

    @property
    def routed(self) -> bool:
        """Whether addresses decide about others."""
        return bool(self._unset)

    def learn(self, frame: int) -> bool:
        """Looks which fields scapy reads to build one frame; returns whether some were not known to be read."""
        read = fields_read(assemble(self._layers, self._order.values(frame)))
        varying = {track.ref for _, track in self._order.tracks()}
        new = (read & varying) - self._read
        self._read |= new
        return any(
            self._by_value(track) or self._by_route(track) for _, track in self._order.tracks() if track.ref in new
        )

    def set_apart(self, ref: Ref) -> None:
        """Gives each value of a field a shape of its own."""
        self._apart.add(ref)

    def free(self) -> list[tuple[Axis, Track]]:
        """The fields that vary within a shape."""
        return [(axis, track) for axis, track in self._order.tracks() if not self._by_value(track)]

    def groups(self, numbers: Int64s) -> Iterator[tuple[Shape, Int64s]]:
        """Each shape of these frames, with the rows of its frames."""
        keys: list[Shape] = [()]
        codes = np.zeros(len(numbers), np.intp)
        for axis, track in self._order.tracks():
            if self._shapes(track):
                codes, keys = self._refine(axis, track, numbers, codes, keys)
        if len(keys) == 1:
            yield keys[0], np.arange(len(numbers))
            return
        by_code = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[by_code], np.arange(len(keys) + 1))
        for key, start, end in zip(keys, bounds[:-1], bounds[1:], strict=True):
            yield key, by_code[start:end]

    def _refine(
        self, axis: Axis, track: Track, numbers: Int64s, codes: Any, keys: list[Shape]
    ) -> tuple[Any, list[Shape]]:
        """Splits the groups by one more field."""
        if isinstance(track.source, Texts) and not self._by_value(track):
            sizes, own = np.unique(track.source.sizes(axis.index(numbers)), return_inverse=True)
            names: list[Hashable] = sizes.tolist()
        else:
            names, own = self._keys(axis, track, numbers)
        pairs, codes = np.unique(codes * len(names) + own.ravel(), return_inverse=True)
        return codes.ravel(), [(*keys[pair // len(names)], names[pair % len(names)]) for pair in pairs.tolist()]

    def _keys(self, axis: Axis, track: Track, numbers: Int64s) -> tuple[list[Hashable], Any]:
        """The different keys of one field's values in these frames, and which of them each frame has."""
        distinct, which = np.unique(axis.index(numbers), return_inverse=True)
        known: dict[Hashable, int] = {}
        with quietly():
            own = np.array([known.setdefault(self._key(track, int(at)), len(known)) for at in distinct], np.intp)
        return list(known), own[which.ravel()]

    def _shapes(self, track: Track) -> bool:
        return self._by_value(track) or self._by_route(track) or track.kind is None

    def _by_value(self, track: Track) -> bool:
        if track.ref in self._apart:
            return True
        layer = self._layers[track.ref.depth]
        field = layer.get_field(track.ref.name)
        if track.kind is None:
            return track.ref in self._read or not (is_text(layer, field) or isinstance(track.source, Texts))
        return track.ref in self._read and not is_address(layer, field)

    def _by_route(self, track: Track) -> bool:
        layer = self._layers[track.ref.depth]
        return self.routed and track.kind is not None and is_address(layer, layer.get_field(track.ref.name))

    def _key(self, track: Track, index: int) -> Hashable:
        """What stands for the shape that a value gives."""
        if self._by_value(track):
            return index
        if track.kind is None:
            layer = self._layers[track.ref.depth]
            return len(layer.get_field(track.ref.name).addfield(layer, b"", track.value(index)))
        return self._filled_in(track, index)

    def _filled_in(self, track: Track, index: int) -> Hashable:
        """The addresses that scapy fills in where one address of the packet has this value."""
        if track.ref not in self._examples:
            packet = assemble(self._layers, {**self._order.values(0), track.ref: track.value(index)})
            self._examples[track.ref] = layers_of(packet)
        layers = self._examples[track.ref]
        layers[track.ref.depth].fields[track.ref.name] = track.value(index)
        return tuple(str(getattr(layers[ref.depth], ref.name)) for ref in self._unset)
