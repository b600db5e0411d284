"""The order of frames: which value each varying field has in the frame of a number.

An axis is a loop of scapy's expansion: one field, or several that go together. The innermost changes with every frame.
Fields that go on with every frame, whatever the loops do, are axes without a count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import GeneratorType
from typing import Any, Final

import numpy as np

from rawkit.craft.draws import Choice, Chosen, ChosenNumbers, Composed, Permuted, Pieces, Shuffled, Text, Texts
from rawkit.craft.fields import NumberKind, is_bytes, is_list, number_kind, reason, to_scapy
from rawkit.craft.names import find
from rawkit.craft.packets import Ref, is_fixed, named, varying_names
from rawkit.craft.quiet import scapy_module
from rawkit.craft.sources import (
    WORD,
    Counter,
    Drawn,
    Joined,
    Listed,
    Numbers,
    Objects,
    Progression,
    Random,
    Range,
    Source,
    Zipped,
    some_seed,
)  # fmt: skip
from rawkit.craft.volatiles import DRAWINGS, Drawing, drawing, is_volatile
from rawkit.errors import SendError
from rawkit.frames import Int64s
from rawkit.values import dataclass

FAR: Final = 1 << 62
"""A stride that no frame number reaches."""


@dataclass(frozen=True, slots=True)
class Track:
    """A varying field: its values in order, and how they stand on the wire where they are numbers."""

    ref: Ref
    source: Source
    kind: NumberKind | None

    def value(self, index: int) -> Any:
        """The value at an index of its axis, as scapy takes it."""
        value = self.source.value(index)
        return self.kind.wrap(value) if self.kind else value


@dataclass(frozen=True, slots=True)
class Axis:
    """Fields that change together; each value stays for `stride` frames, then the next comes."""

    tracks: tuple[Track, ...]
    count: int | None
    stride: int = 1

    def index(self, frames: Int64s) -> Int64s:
        """Which value each frame has."""
        if self.count is None:
            return frames
        steps = frames // min(self.stride, FAR) if self.stride > 1 else frames
        return steps % self.count if self.count < FAR else steps

    def at(self, frame: int) -> int:
        """Which value one frame has."""
        return frame if self.count is None else frame // self.stride % self.count


@dataclass(frozen=True, slots=True)
class Order:
    """All axes of a template, the outermost first, and how many frames they make (None: no end is known).

    `fixed` are the loops of scapy that have a single value.
    """

    axes: tuple[Axis, ...]
    total: int | None
    fixed: Mapping[Ref, Any]

    def values(self, frame: int) -> dict[Ref, Any]:
        """The values of all fields that are looped over or have one value, in one frame, as scapy takes them."""
        varying = {track.ref: track.value(axis.at(frame)) for axis, track in self.tracks()}
        return {**self.fixed, **varying}

    def tracks(self) -> Iterator[tuple[Axis, Track]]:
        """Each varying field with its axis."""
        return ((axis, track) for axis in self.axes for track in axis.tracks)

    def fetch(self, first: int, count: int) -> int:
        """Draws what iterators must give for these frames; returns for how many frames they had values."""
        for _, track in self.tracks():
            if isinstance(track.source, Drawn):
                count = min(count, track.source.fetch(first, count))
        return count


def order_of(layers: Sequence[Any], together: Sequence[Zipped], vary: Mapping[str, Any]) -> Order:
    """The axes of a packet in scapy's order: the layers from outside in, each layer's fields from the last set on.

    What goes together (`zipped`) stands outside of all loops, what has no count stands in none.
    """
    given = {find(layers, name): value for name, value in vary.items()}
    axes = [_zip_axis(layers, one) for one in together]
    paired = {track.ref for axis in axes for track in axis.tracks}
    for ref in (ref for ref in _loops(layers, given) if ref in given or ref not in paired):
        track = track_of(layers, ref, given[ref] if ref in given else layers[ref.depth].getfieldval(ref.name))
        axes.append(Axis((track,), track.source.count))
    _refuse_twice(layers, axes)
    return _with_strides(axes)


def _loops(layers: Sequence[Any], given: Mapping[Ref, Any]) -> Iterator[Ref]:
    for depth, layer in enumerate(layers):
        names = [] if is_fixed(layer) else varying_names(layer)
        names += [ref.name for ref in given if ref.depth == depth and ref.name not in names]
        yield from (Ref(depth, name) for name in reversed(names))


def _with_strides(axes: Sequence[Axis]) -> Order:
    placed, stride = [], 1
    fixed = {track.ref: track.value(0) for axis in axes if axis.count == 1 for track in axis.tracks}
    for axis in reversed([axis for axis in axes if axis.count != 1]):
        placed.append(Axis(axis.tracks, axis.count, stride))
        stride *= 1 if axis.count is None else axis.count
    endless = bool(placed) and all(axis.count is None for axis in placed)
    return Order(tuple(reversed(placed)), None if endless else stride, fixed)


def _refuse_twice(layers: Sequence[Any], axes: Sequence[Axis]) -> None:
    seen: set[Ref] = set()
    for ref in (track.ref for axis in axes for track in axis.tracks):
        if ref in seen:
            raise SendError(f"{named(layers, ref)} varies twice: give it once")
        seen.add(ref)


def _zip_axis(layers: Sequence[Any], together: Zipped) -> Axis:
    if any(hasattr(value, "__next__") for value in together.fields.values()):
        raise SendError("zipped() was given an iterator, which may never end: give a list")
    tracks = tuple(track_of(layers, find(layers, name), value) for name, value in together.fields.items())
    counts = {track.source.count for track in tracks if track.source.count is not None}
    if len(counts) > 1:
        raise SendError(f"zipped fields have {' and '.join(map(str, sorted(counts)))} values: give as many of each")
    if not tracks:
        raise SendError("zipped() was given no field: name those that go together")
    return Axis(tracks, counts.pop() if counts else None)


def track_of(layers: Sequence[Any], ref: Ref, value: Any) -> Track:
    """A field that varies by a value; raises `SendError` where it cannot."""
    layer = layers[ref.depth]
    kind = number_kind(layer, layer.get_field(ref.name))
    within = Range(named(layers, ref), kind.bits, kind.unwrap) if kind else None
    if isinstance(value, np.ndarray) and value.ndim != 1:
        raise SendError(f"{named(layers, ref)} varies with {value.ndim} dimensions: give an array of one")
    value = _ours(value, kind) if is_volatile(value) else value
    source = _numbers(layers, ref, value, kind, within) if kind and within else None
    if source is None:
        source = _values(layers, ref, value, kind, within)
    return Track(ref, source, kind if hasattr(source, "word") else None)


def _ours(volatile: Any, kind: NumberKind | None) -> Any:
    """What draws as a random value of scapy does; itself where the field takes what scapy alone can pack."""
    ours = drawing(volatile)
    return ours if ours is not None and (kind or isinstance(ours, (Text, Choice))) else volatile


def _numbers(layers: Sequence[Any], ref: Ref, value: Any, kind: NumberKind, within: Range) -> Source | None:
    """A source of what is numbers already, or drawn; None for anything else."""
    match value:
        case Counter():
            return within.counter(value)
        case range():
            return within.progression(value)
        case Random():
            return _any_address(value, within) or within.uniform(value)
        case Pieces():
            return _composed(value, within)
        case Shuffled():
            within.check(value.low, value.high)
            return Permuted(_seed(value), value.low, value.high)
        case Choice() if not is_list(layers[ref.depth], ref.name):
            numbers = [kind.unwrap(to_scapy(layers[ref.depth], ref.name, one)) for one in value.values]
            within.check(*numbers)
            return ChosenNumbers(Listed.of(numbers), _seed(value))
        case np.ndarray() if value.dtype.kind in "iu":
            return within.array(value)
    return None


def _seed(drawn: Drawing) -> int:
    return some_seed() if drawn.seed is None else drawn.seed


def _any_address(drawn: Random, within: Range) -> Source | None:
    """A source of all that a field of more than 64 bits holds."""
    if drawn.low is not None or drawn.high is not None or within.bits <= 64:
        return None
    return Composed(Pieces(((within.bits - 64, 0, within.largest >> 64), (64, 0, WORD))), _seed(drawn))


def _composed(drawn: Pieces, within: Range) -> Source:
    bits = sum(size for size, _, _ in drawn.pieces)
    if bits != within.bits:
        raise SendError(
            f"{within.name} has {within.bits} bits, and {bits} would be drawn: give a value of its own kind"
        )
    if not all(0 <= low <= high < 1 << size for size, low, high in drawn.pieces):
        raise SendError(f"{within.name} cannot be drawn so: give each part from the lower to the higher")
    return Composed(drawn, _seed(drawn))


def _values(layers: Sequence[Any], ref: Ref, value: Any, kind: NumberKind | None, within: Range | None) -> Source:
    """A source of what scapy takes for the field: a value, a list, a range's tuple, a network, an iterator."""
    layer = layers[ref.depth]
    if isinstance(value, Text) and is_bytes(layer, layer.get_field(ref.name)):
        return Texts(_seed(value), value)
    if isinstance(value, Choice):
        return Chosen([to_scapy(layer, ref.name, one) for one in value.values], _seed(value))
    if isinstance(value, Text):
        raise SendError(f"{named(layers, ref)} holds no text: give a list of its values")
    if isinstance(value, (Counter, *DRAWINGS)):
        raise SendError(f"{named(layers, ref)} holds no plain number: give a list of its values")
    if is_volatile(value):
        return Drawn(_drawn_forever(value), _converter(layer, ref, kind, within))
    if hasattr(value, "__next__"):
        return _drawn(layer, ref, value, kind, within)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return _expanded(layers, ref, value, kind, within)


def _drawn_forever(volatile: Any) -> Iterator[Any]:
    while True:
        yield volatile._fix()


def _drawn(layer: Any, ref: Ref, values: Iterator[Any], kind: NumberKind | None, within: Range | None) -> Source:
    if isinstance(values, GeneratorType) and layer.fields.get(ref.name) is values:
        raise SendError(f"{type(layer).__name__}.{ref.name} is a generator, good for one loop: give a list, or vary it")
    return Drawn(values, _converter(layer, ref, kind, within))


def _converter(layer: Any, ref: Ref, kind: NumberKind | None, within: Range | None) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if kind is None or within is None:
            return to_scapy(layer, ref.name, value)
        number = value if isinstance(value, int) else kind.unwrap(to_scapy(layer, ref.name, value))
        within.check(int(number))
        return int(number)

    return convert


def _expanded(layers: Sequence[Any], ref: Ref, value: Any, kind: NumberKind | None, within: Range | None) -> Source:
    """A source of the values that scapy's expansion makes of a field's value."""
    layer = layers[ref.depth]
    try:
        parts = _parts(layer, ref, value)
    except (ValueError, TypeError, IndexError) as error:  # such as a range whose step is 0
        raise SendError(f"{named(layers, ref)} does not take {value!r}: {reason(error)}") from None
    if any(isinstance(part, list) and any(map(is_volatile, part)) for part in parts):
        raise SendError(f"{named(layers, ref)} has a random value in a list: give it alone")
    if kind is None or within is None:
        return Objects([one for part in parts for one in part])
    try:
        sources = [_number_part(part, kind, within) for part in parts]
    except (TypeError, ValueError, AttributeError):
        # A value that is no number here, such as None for "as scapy computes it": scapy packs each one.
        return Objects([one for part in parts for one in part])
    return sources[0] if len(sources) == 1 else Joined(sources)


def _parts(layer: Any, ref: Ref, value: Any) -> list[Any]:
    """The pieces of a field's value, in order: ranges, networks, and lists of single values."""
    if is_list(layer, ref.name):
        own = layer.fields.get(ref.name) is value or not _is_listing(value)
        return [[value] if own else [to_scapy(layer, ref.name, one) for one in value]]
    parts: list[Any] = []
    for piece in _pieces(layer, ref, value):
        if not isinstance(piece, list):
            parts.append(piece)
        elif parts and isinstance(parts[-1], list):
            parts[-1].extend(piece)
        else:
            parts.append(piece)
    return parts or [[]]


def _pieces(layer: Any, ref: Ref, value: Any) -> Iterator[Any]:
    base = scapy_module("scapy.base_classes")
    if layer.fields.get(ref.name) is not value:
        each = (
            [one if isinstance(one, tuple) else to_scapy(layer, ref.name, one) for one in value]
            if isinstance(value, list)
            else to_scapy(layer, ref.name, value)
        )
    else:
        each = value
    for piece in (each if isinstance(each, base.SetGen) else base.SetGen(each)).values:
        whole = isinstance(piece, (range, base.Net)) or not isinstance(piece, base.Gen)
        yield piece if isinstance(piece, (range, base.Net)) else [piece] if whole else list(piece)


def _is_listing(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, list) for one in value)


def _number_part(part: Any, kind: NumberKind, within: Range) -> Numbers:
    if isinstance(part, range):
        return within.progression(part)
    if isinstance(part, scapy_module("scapy.base_classes").Net):
        return Progression(part.start, 1, part.count, kind.bits)
    numbers = [kind.unwrap(one) for one in part]
    within.check(*numbers)
    return Listed.of(numbers)
