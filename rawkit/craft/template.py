"""`Template`: a packet whose fields vary, given out as batches of frames."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from rawkit.craft.axes import order_of
from rawkit.craft.dissection import layers_from
from rawkit.craft.names import find
from rawkit.craft.packets import Ref, assemble, build, layers_of, refuse_questions
from rawkit.craft.plan import Plan, Unpatchable, Varying, make_plan
from rawkit.craft.shapes import Shape, Shapes
from rawkit.craft.sources import Drawn, Zipped
from rawkit.errors import SendError
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.values import dataclass

BATCH: Final = 65536
FEW: Final = 48
"""Frames of a shape that are built one by one, since a plan costs about as many builds."""
PLANS_KEPT: Final = 256
RANDOM_SAMPLES: Final = 8
"""Frames of a new plan, beside the first and the last, that are compared with scapy's."""


class Template:
    """A packet whose fields vary: all its frames, in the order of scapy's expansion and byte for byte the same.

    `packet` is a scapy packet or the bytes of a frame. Each field that holds a range, a list or a network is gone
    through, and so is each that `vary` names (`TCP.sport`; `IP:2.dst` is that of the second IP layer): a list, a tuple
    or a range as scapy takes them, or an array. Each combination makes a frame, as if the values stood in the packet.
    `zipped` fields go on together, outside of these loops. `Counter`, `Random` and iterators have a new value for every
    frame; with nothing else that varies the frames go on without end, and an iterator's end is the end of the frames.

    Checksums and lengths are those that scapy computes, or stay as they were set. Those of bytes are computed again
    where they were right, and stay where they were wrong.

    `link_type` is that of the outermost layer, unless given. Raises `SendError` for names, values and packets that do
    not work, also while frames are crafted; and where scapy would have to ask the network for a MAC address.

    >>> from scapy.layers.inet import IP, TCP
    >>> syn = Template(IP(src="192.0.2.1", dst="198.18.0.0/24") / TCP(dport=[80, 443], sport=(1024, 2047), flags="S"))
    >>> len(syn), syn.link_type
    (524288, 101)
    >>> batch = next(syn.batches(1000))
    >>> len(batch), batch.frame(1)[20:24].hex(" ", 2)
    (1000, '0401 0050')
    """

    def __init__(
        self,
        packet: Any,
        *together: Zipped,
        link_type: int | None = None,
        vary: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        given = {**(vary or {}), **more}
        self._given = (packet, together, given)
        self._layers, self.link_type = layers_from(packet, link_type, bool(together or given))
        self._order = order_of(self._layers, together, given)
        refuse_questions(self._layers, {track.ref for _, track in self._order.tracks()})
        self._shapes = Shapes(self._layers, self._order)
        self._plans: OrderedDict[Shape, Plan | None] = OrderedDict()

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process it goes as it was made."""
        packet, together, given = self._given
        return _made, (packet, together, self.link_type, given)

    def with_values(self, layer: int, **fields: Any) -> Template:
        """The same template with fields of one of its layers set, 0 being the outermost; of bytes there are none.

        >>> from scapy.layers.inet import IP
        >>> next(Template(IP(dst="192.0.2.2")).with_values(0, src="192.0.2.1").batches(1)).frame(0)[12:16].hex()
        'c0000201'
        """
        packet, together, given = self._given
        changed = packet.copy()
        layers_of(changed)[layer].fields.update(fields)
        return Template(changed, *together, link_type=self.link_type, vary=given)

    def parts(self) -> tuple[Any, dict[str, Any]] | None:
        """The scapy packet, and what varies beyond it by full names (`IP:1.dst`); None of bytes, or with `zipped`.

        >>> from scapy.layers.inet import IP, TCP
        >>> Template(IP() / TCP(), sport=[1, 2]).parts()[1]
        {'TCP:1.sport': [1, 2]}
        """
        packet, together, given = self._given
        if together or isinstance(packet, (bytes, bytearray, memoryview)):
            return None
        refs = {find(self._layers, name): value for name, value in given.items()}
        return packet, {_full_name(self._layers, ref): value for ref, value in refs.items()}

    @property
    def outermost(self) -> Any:
        """The scapy layer that its frames begin with."""
        return self._layers[0]

    def varies(self, layer: int, name: str) -> bool:
        """Whether a field of a layer has several values."""
        return Ref(layer, name) in {track.ref for _, track in self._order.tracks()}

    @property
    def total(self) -> int | None:
        """How many frames there are; None where they have no end, or only an iterator's."""
        drawn = any(isinstance(track.source, Drawn) for _, track in self._order.tracks())
        return None if drawn else self._order.total

    def __len__(self) -> int:
        if self.total is None:
            raise TypeError("the template's frames have no known end: bound them by batches(count=...)")
        return self.total

    def __iter__(self) -> Iterator[FrameBatch]:
        return self.batches()

    def batches(self, size: int = BATCH, count: int | None = None) -> Iterator[FrameBatch]:
        """The frames in batches of `size`, the last one smaller; at most `count` frames. Timestamps are 0.

        Each batch is made when it is asked for, in memory of its own.
        """
        bounds = [bound for bound in (count, self._order.total) if bound is not None]
        return self._batches(size, 0, min(bounds) if bounds else None)

    def part(self, size: int, first: int, count: int) -> Iterator[FrameBatch]:
        """`count` frames from number `first` on, 0 being the first; behind the last of the loops they begin again.

        Fields that have a new value for every frame go on then.

        >>> from rawkit.craft import Counter
        >>> from scapy.layers.inet import IP
        >>> two = Template(IP(src="192.0.2.1", dst=["192.0.2.2", "192.0.2.3"]), vary={"id": Counter(7)})
        >>> [(frame[19], frame[5]) for batch in two.part(9, 1, 4) for frame in batch.frames()]
        [(3, 8), (2, 9), (3, 10), (2, 11)]
        """
        return self._batches(size, first, first + count)

    def _batches(self, size: int, first: int, end: int | None) -> Iterator[FrameBatch]:
        if size < 1:
            raise SendError(f"a batch cannot have {size} frames: give 1 or more")
        while end is None or first < end:
            wanted = size if end is None else min(size, end - first)
            have = self._order.fetch(first, wanted)
            if have:
                yield self._batch(np.arange(first, first + have, dtype=np.int64))
            if have < wanted:
                return
            first += have

    def _batch(self, numbers: Int64s) -> FrameBatch:
        return _joined(self._crafted(numbers), len(numbers), self.link_type)

    def _crafted(self, numbers: Int64s) -> list[_Rows]:
        """The frames, group by group of the same size."""
        while True:
            groups = list(self._shapes.groups(numbers))
            try:
                return [rows for shape, where in groups for rows in self._group(shape, where, numbers[where])]
            except _ShapesChanged:
                self._plans.clear()

    def _group(self, shape: Shape, where: Int64s, numbers: Int64s) -> list[_Rows]:
        plan = self._plan(shape, numbers)
        if plan is None:
            return [_Rows(where[at : at + 1], _row(self._built(int(n)))) for at, n in enumerate(numbers)]
        frames, doubtful = plan.craft(numbers)
        for row in doubtful:
            frames[row] = _row(self._built(int(numbers[row])))
        return [_Rows(where, frames)]

    def _built(self, number: int) -> bytes:
        return build(assemble(self._layers, self._order.values(number)))

    def _plan(self, shape: Shape, numbers: Int64s) -> Plan | None:
        """The plan for a shape, None where its frames are built one by one."""
        if shape not in self._plans:
            if len(numbers) < FEW:
                return None
            self._plans[shape] = self._new_plan(shape, numbers)
            if len(self._plans) > PLANS_KEPT:
                self._plans.popitem(last=False)
        self._plans.move_to_end(shape)
        return self._plans[shape]

    def _new_plan(self, shape: Shape, numbers: Int64s) -> Plan | None:
        base = int(numbers[0])
        if self._shapes.learn(base):
            raise _ShapesChanged
        varying = [Varying(axis, track, _samples(axis.index(numbers))) for axis, track in self._shapes.free()]
        try:
            plan = make_plan(self._layers, self._order.values(base), varying, self._shapes.routed)
        except Unpatchable as verdict:
            self._shapes.set_apart(verdict.ref)
            raise _ShapesChanged from None
        sample = _some(numbers)
        if not shape and self.total:
            # All frames have this shape: those that are far away are tried too.
            sample = np.unique(np.concatenate([sample, _some(range(self.total))]))
        return plan if self._agrees(plan, sample) else None

    def _agrees(self, plan: Plan, numbers: Int64s) -> bool:
        """Whether the plan makes of these frames what scapy builds."""
        frames, doubtful = plan.craft(numbers)
        sure = set(range(len(numbers))) - set(doubtful.tolist())
        return all(frames[row].tobytes() == self._built(int(numbers[row])) for row in sure)


def _made(packet: Any, together: tuple[Zipped, ...], link_type: int, given: dict[str, Any]) -> Template:
    return Template(packet, *together, link_type=link_type, vary=given)


def _full_name(layers: tuple[Any, ...], ref: Ref) -> str:
    """The field's name with the place of its layer among those of the same kind, from 1."""
    kinds = [type(layer).__name__ for layer in layers[: ref.depth + 1]]
    return f"{kinds[-1]}:{kinds.count(kinds[-1])}.{ref.name}"


def _some(numbers: Int64s | range) -> Int64s:
    """The first, the last and some at random."""
    chosen = random.Random(0).choices(numbers, k=RANDOM_SAMPLES)  # noqa: S311
    return np.array([numbers[0], numbers[-1], *chosen], np.int64)


class _ShapesChanged(Exception):  # noqa: N818  (a verdict, not an error)
    """More fields than known decide about the frames' shapes."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Frames of one size, and which of the batch they are."""

    where: Int64s
    frames: Bytes


def _row(frame: bytes) -> Bytes:
    return np.frombuffer(frame, np.uint8).reshape(1, -1)


def _samples(index: Int64s) -> list[int]:
    """Some of the values that an axis has in these frames, the base's not among them: the last, and some at random."""
    others = np.unique(index[index != index[0]])
    if not len(others):
        return []
    chosen = random.Random(0).choices(range(len(others)), k=2)  # noqa: S311
    return [int(others[at]) for at in dict.fromkeys([len(others) - 1, *chosen])]


def _joined(groups: list[_Rows], count: int, link_type: int) -> FrameBatch:
    """One batch of all groups, each frame in its place."""
    sizes = np.zeros(count, np.int32)
    for group in groups:
        sizes[group.where] = group.frames.shape[1]
    offset = np.cumsum(sizes, dtype=np.int64) - sizes
    return FrameBatch(
        data=groups[0].frames.reshape(-1) if len(groups) == 1 else _scattered(groups, offset, int(sizes.sum())),
        offset=offset,
        captured=sizes,
        length=sizes,
        timestamp=np.zeros(count, np.int64),
        link_type=np.full(count, link_type, np.int32),
        interface=np.zeros(count, np.int32),
        status=np.zeros(count, np.int64),
    )


def _scattered(groups: list[_Rows], offset: Int64s, size: int) -> Bytes:
    data = np.empty(size, np.uint8)
    for group in groups:
        starts = offset[group.where]
        for column in range(group.frames.shape[1]):
            data[starts + column] = group.frames[:, column]
    return data
