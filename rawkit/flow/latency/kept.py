"""`Kept`: what is remembered of an open connection beside its row."""

from __future__ import annotations

from typing import Final

from rawkit.flow.latency import layout
from rawkit.flow.latency.values import Lookup
from rawkit.values import dataclass, field

MOST_KEPT: Final = 128
"""Spans and stalls of a connection that are kept at least; of more, the longest."""


@dataclass(slots=True)
class Kept:
    """What is known of a connection that is open, beside its row.

    Attributes:
        slot: its row.
        lookup: the DNS exchange that led to it.
        records: what the kernel wrote, with the number of the exchange behind; of many, the longest of each kind.
        sums: of records that were left out, nanoseconds and times by kind and side.
        left_out: how many those are.
        turns: turns of each side so far.
    """

    slot: int
    lookup: Lookup | None = None
    records: list[list[int]] = field(default_factory=list)
    sums: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    left_out: int = 0
    turns: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, record: list[int]) -> None:
        """Takes a record; a turn begins with the thought before it."""
        if record[layout.KIND] == layout.THINK:
            self.turns[record[layout.SIDE]] += 1
        self.records.append([*record, *self.turns])
        if len(self.records) >= 2 * MOST_KEPT:
            self._forget()

    def _forget(self) -> None:
        """Leaves the longest, and of the others their sums."""
        ranked = sorted(self.records, key=lambda record: -record[layout.SPENT])
        for record in ranked[MOST_KEPT:]:
            sums = self.sums.setdefault((record[layout.KIND], record[layout.SIDE]), [0, 0])
            sums[0] += record[layout.SPENT]
            sums[1] += record[layout.AMOUNT] if record[layout.KIND] >= layout.STALL else 1
            self.left_out += 1
        kept = {id(record) for record in ranked[:MOST_KEPT]}
        self.records = [record for record in self.records if id(record) in kept]
