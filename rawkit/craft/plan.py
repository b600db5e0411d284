"""How all frames of one shape are made from one that scapy built: which bytes each field owns, which checksums follow.

Nothing is taken on trust. Each field is changed alone, by its own values and others, and what scapy makes of it must be
the field's bytes and checksums that follow from them; anything else is `Unpatchable`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from rawkit.craft.axes import Axis, Track
from rawkit.craft.draws import Texts
from rawkit.craft.fields import is_address
from rawkit.craft.packets import Ref, Values, assemble, build, layers_of
from rawkit.craft.patches import Part, number_parts, write_number
from rawkit.craft.places import Place, layer_starts, places
from rawkit.craft.sums import Change, Crc, InternetSums, crc_of, factor, internet_sums
from rawkit.errors import SendError
from rawkit.frames import Bytes, Int64s
from rawkit.values import dataclass, field

BLOCK: Final = 8192
"""Frames crafted at a time, so that they stay in the processor's cache."""
OWN_PROBES: Final = 3
FOREIGN_PROBES: Final = 3


class Unpatchable(Exception):  # noqa: N818  (a verdict, not an error: the frames are then built another way)
    """A field whose change does more than change its own bytes and checksums."""

    def __init__(self, ref: Ref) -> None:
        super().__init__(ref)
        self.ref = ref


@dataclass(frozen=True, slots=True)
class Varying:
    """A field that varies within a shape, with some indexes of its axis that the shape has."""

    axis: Axis
    track: Track
    samples: Sequence[int]


@dataclass(frozen=True, slots=True)
class Patch:
    """A varying field and where it is written: `parts` of a number, or `place` of bytes that scapy packs."""

    axis: Axis
    track: Track
    place: Place
    parts: tuple[Part, ...] | None
    encode: Callable[[Any], bytes]

    def write(self, frames: Bytes, numbers: Int64s) -> None:
        """Writes the field's values in the frames of these numbers."""
        index = self.axis.index(numbers)
        if self.parts is not None:
            source: Any = self.track.source
            write_number(frames, self.parts, source.word, index)
            return
        if isinstance(self.track.source, Texts):
            frames[:, self.place.first : self.place.end] = self.track.source.rows(index, self.place.bits // 8)
            return
        distinct, which = np.unique(index, return_inverse=True)
        packed = b"".join(self.encode(self.track.value(int(at))) for at in distinct)
        rows = np.frombuffer(packed, np.uint8).reshape(len(distinct), -1)
        frames[:, self.place.first : self.place.end] = rows[which.ravel()]


@dataclass(frozen=True, slots=True)
class Plan:
    """All there is to make frames of one shape."""

    base: Bytes
    patches: tuple[Patch, ...]
    sums: InternetSums | None
    crcs: tuple[Crc, ...]

    def craft(self, numbers: Int64s) -> tuple[Bytes, Int64s]:
        """The frames of these numbers, a row each, and the rows whose checksum scapy must be asked for."""
        frames = np.empty((len(numbers), len(self.base)), np.uint8)
        doubtful = [
            self._fill(frames[start : start + BLOCK], numbers[start : start + BLOCK]) + start
            for start in range(0, len(numbers), BLOCK)
        ]
        return frames, np.concatenate(doubtful) if doubtful else np.zeros(0, np.int64)

    def _fill(self, frames: Bytes, numbers: Int64s) -> Int64s:
        frames[:] = self.base
        for patch in self.patches:
            patch.write(frames, numbers)
        for crc in self.crcs:
            crc.fill(frames)
        doubt = self.sums.fill(frames) if self.sums else np.zeros(len(frames), np.bool_)
        return np.flatnonzero(doubt)


def make_plan(layers: Sequence[Any], values: Values, varying: Sequence[Varying], shaping: bool) -> Plan:
    """A plan for the frames that differ from the one of `values` in the varying fields only.

    `shaping` tells that addresses decide about other fields here, so that only their own values may be tried.
    Raises `Unpatchable`.
    """
    return _Analysis(layers, values, varying, shaping).plan()


@dataclass(slots=True)
class _Analysis:
    layers: Sequence[Any]
    values: Values
    varying: Sequence[Varying]
    shaping: bool
    frame: bytes = b""
    size: int = 0
    packet: Any = None
    places: Mapping[Ref, Place] = field(default_factory=dict)
    automatic: list[tuple[Ref, Place]] = field(default_factory=list)

    def plan(self) -> Plan:
        self.packet = assemble(self.layers, self.values)
        self.frame = build(self.packet)
        self.size = len(self.frame) - len(self.packet.build_padding())
        self.places = places(self.packet, self.size)
        self.automatic = [(ref, self.places[ref]) for ref in self.places if self._is_checksum(ref)]
        patches = [self._patch(one) for one in self.varying]
        changes = [self._changes(one, patch) for one, patch in zip(self.varying, patches, strict=True)]
        return Plan(self._base(patches), tuple(patches), self._sums(patches, changes), self._crcs(patches, changes))

    def _is_checksum(self, ref: Ref) -> bool:
        """Whether scapy computes the field, and it has a checksum's size: what is no checksum does not change."""
        layer = layers_of(self.packet)[ref.depth]
        place = self.places[ref]
        return layer.getfieldval(ref.name) is None and place.bits in (16, 32) and place.bit % 8 == 0

    def _patch(self, one: Varying) -> Patch:
        ref, kind = one.track.ref, one.track.kind
        place, layer = self.places[ref], layers_of(self.packet)[ref.depth]
        scapy_field = layer.get_field(ref.name)
        if kind is None:
            if place.bit % 8 or place.bits % 8:
                raise Unpatchable(ref)
            return Patch(one.axis, one.track, place, None, lambda value: scapy_field.addfield(layer, b"", value))
        parts = number_parts(place) if place.bits else ()
        if place.bits not in (0, kind.bits) or (any(p.shared for p in parts) and place.end - place.first > 8):
            raise Unpatchable(ref)
        return Patch(one.axis, one.track, place, parts, lambda value: kind.unwrap(value).to_bytes(16, "big"))

    def _base(self, patches: Sequence[Patch]) -> Bytes:
        """The frame with 0 in all bits that are written."""
        bits = int.from_bytes(self.frame, "big")
        for place in (patch.place for patch in patches):
            bits &= ~(((1 << place.bits) - 1) << (len(self.frame) * 8 - place.bit - place.bits))
        return np.frombuffer(bits.to_bytes(len(self.frame), "big"), np.uint8)

    def _changes(self, one: Varying, patch: Patch) -> list[Change]:
        """What scapy makes of other values in one field; raises `Unpatchable` if more than checksums follow."""
        ref, changes = one.track.ref, []
        follow = {column for _, place in self.automatic for column in place.columns}
        for value in self._probes(one, patch):
            after = self._probe(ref, value)
            if len(after) != len(self.frame):
                raise Unpatchable(ref)
            change = Change(self.frame, after)
            if not change.changed() <= follow | set(patch.place.columns) or not self._is_at_place(patch, value, after):
                raise Unpatchable(ref)
            changes.append(change)
        return changes

    def _probe(self, ref: Ref, value: Any) -> bytes:
        try:
            return build(assemble(self.layers, {**self.values, ref: value}))
        except SendError:
            raise Unpatchable(ref) from None

    def _probes(self, one: Varying, patch: Patch) -> list[Any]:
        """Some values of the field's own, and some others that it can hold."""
        layer, generator = self.layers[one.track.ref.depth], random.Random(0)  # noqa: S311
        own = [one.track.value(index) for index in one.samples[:OWN_PROBES]]
        kind, size = one.track.kind, patch.place.bits // 8
        if kind is None:
            return own + [generator.randbytes(size) for _ in range(FOREIGN_PROBES)]
        if self.shaping and is_address(layer, layer.get_field(one.track.ref.name)):
            return own
        return own + [kind.wrap(generator.getrandbits(kind.bits)) for _ in range(FOREIGN_PROBES)]

    def _is_at_place(self, patch: Patch, value: Any, frame: bytes) -> bool:
        place, kind = patch.place, patch.track.kind
        if kind is None:
            return patch.encode(value) == frame[place.first : place.end]
        found = int.from_bytes(frame, "big") >> (len(frame) * 8 - place.bit - place.bits) & ((1 << place.bits) - 1)
        return not place.bits or found == kind.unwrap(value)

    def _crcs(self, patches: Sequence[Patch], changes: Sequence[Sequence[Change]]) -> tuple[Crc, ...]:
        moved = self._moved(changes)
        columns = {column for patch in patches for column in patch.place.columns}
        starts, crcs = layer_starts(self.packet, self.size), []
        for ref, place in self.automatic:
            if place.bits != 32 or not moved & set(place.columns):
                continue
            crc = crc_of(self.frame, place, starts[ref.depth], sorted(columns | (moved - set(place.columns))))
            if crc is None or any(column in moved and column not in columns for column in crc.columns):
                raise Unpatchable(patches[0].track.ref)
            crcs.append(crc)
        return tuple(crcs)

    def _moved(self, changes: Sequence[Sequence[Change]]) -> set[int]:
        """All bytes of checksums that some change moved."""
        follow = {column for _, place in self.automatic for column in place.columns}
        return {column for one in changes for change in one for column in change.changed()} & follow

    def _sums(self, patches: Sequence[Patch], changes: Sequence[Sequence[Change]]) -> InternetSums | None:
        moved = self._moved(changes)
        wanted = [(r, p) for r, p in self.automatic if p.bits == 16 and moved & set(p.columns)]
        factors = [self._factors(place, patches, changes) for _, place in wanted]
        if not wanted:
            return None
        ones = [type(layers_of(self.packet)[ref.depth]).__name__ == "UDP" for ref, _ in wanted]
        doubtful = [self._may_be_zero(ref, patches) for ref, _ in wanted]
        return internet_sums(self.frame, [place for _, place in wanted], factors, ones, doubtful)

    def _factors(self, place: Place, patches: Sequence[Patch], changes: Sequence[Sequence[Change]]) -> dict[int, int]:
        """How often each varying byte is in the checksum at a place."""
        factors: dict[int, int] = {}
        for patch, own in zip(patches, changes, strict=True):
            found = factor(own, patch.place.columns, place) if patch.place.bits else 0
            for column in patch.place.columns:
                if found is None or factors.setdefault(column, found) != found:
                    raise Unpatchable(patch.track.ref)
        return factors

    def _may_be_zero(self, ref: Ref, patches: Sequence[Patch]) -> bool:
        """Whether nothing but varying bytes keeps all that the checksum's layer covers from being 0."""
        start = layer_starts(self.packet, self.size)[ref.depth]
        rest = np.array(self._base(patches))
        for _, place in self.automatic:
            rest[place.first : place.end] = 0
        return not rest[start:].any()
