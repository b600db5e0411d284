"""`Anonymizer`: frames without what says who spoke, and of what; what rawkit finds in them stays the same."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal

import numpy as np

from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.rewrite.mapping import Mapping
from rawkit.rewrite.walked import Walked, Wanted, walk
from rawkit.values import dataclass, field, replace

Payload = Literal["zero", "remove", "keep"]
PAYLOADS: Final = ("zero", "remove", "keep")
MOST_REASONS: Final = 0xFF
"""STOP has no layer up to here: the link type is the reason."""


@dataclass(slots=True, eq=False)
class Anonymizer:
    """Makes frames anonymous, batch by batch.

    Attributes:
        mapping: what addresses and names become.
        engine: runs the kernels.
        payload: what happens to what TCP, UDP and others carry: zeros in its place, frames that end before it, or
            nothing. Messages of DNS, DHCP and NTP are read, and stay but for addresses, names and what is neither a
            number nor one of these; not where payload is removed.
        unknown: what nobody here reads stays, with all addresses in it.
        frames: how many there were.
        stopped: in how many frames there was something that nobody here reads, by
            `rawkit.decode.layout.STOP` and, where that names no layer, the link type; else -1.

    >>> old = bytes.fromhex("4500001e00010000 4011f6ca c0000201c0000202 00350035000a0000 6869")
    >>> anonymizer = Anonymizer(Mapping(bytes(32)), Engine("interpreted"))
    >>> anonymizer.apply(FrameBatch.from_frames([old], link_type=101)).frame(0).hex(" ", 4)
    '4500 001e0001 00004011 6c09c1e0 c581c1e0 c5820035 0035000a 00000000'
    """

    mapping: Mapping
    engine: Engine
    payload: Payload = "zero"
    unknown: bool = False
    frames: int = 0
    stopped: Counter[tuple[int, int]] = field(default_factory=Counter)

    def apply(self, batch: FrameBatch) -> FrameBatch:
        """The frames made anonymous, in memory of their own."""
        batch = batch.copy()
        wanted = Wanted(messages=self.payload != "remove", payload=self.payload == "keep", unknown=self.unknown)
        found = walk(batch, self.engine, wanted, np.zeros(len(batch.data), np.uint8))
        self.mapping.apply(found)
        found.mend()
        self._count(found)
        captured = batch.captured
        if self.payload == "remove":
            captured = np.minimum(captured, found.reached).astype(np.int32)
        return replace(batch, data=found.out, captured=captured, interface_names=())

    def _count(self, found: Walked) -> None:
        self.frames += len(found.batch)
        rows = np.flatnonzero(found.stops)
        links = found.batch.link_type[rows]
        for stop, link in zip(found.stops[rows].tolist(), links.tolist(), strict=True):
            self.stopped[stop, -1 if stop > MOST_REASONS else link] += 1
