"""What the short form fails for: a ratio far under its target that no other peer speaks against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks.results import Results
from benchmarks.rows import Row

STEADY: Final = 0.75
"""The part of its recorded ratio that a peer must see to say that rawkit is as fast as it was."""


def regressions(rows: Sequence[Row], recorded: Results) -> Sequence[Row]:
    """Rows that the short form does not let pass, `recorded` being the committed figures.

    A rawkit that became slower falls behind all its peers; where only one of them is not where it was, that one became
    faster. tcptrace with 1.4 GB of memory does, by a factor of 2.3: it takes 4.4 s or 1.9 s for the same capture, by
    how the host of a virtual machine backs its memory.
    """
    low = [row for row in rows if not row.tolerated(recorded.ratio(row))]
    return [row for row in low if not any(_steady(other, recorded) for other in rows if other.work == row.work)]


def _steady(row: Row, recorded: Results) -> bool:
    """Whether this peer sees rawkit as it did when the figures were committed. A limit in seconds sees nothing."""
    ratio, before = row.ratio, recorded.ratio(row)
    return row.kind == "peer" and ratio is not None and before is not None and ratio >= STEADY * before


def told(low: Sequence[Row]) -> str:
    """A line a row that is below what is tolerated."""
    lines = (f"{row.work}, beside {row.peer}: {row.ratio:.3g}, asked {row.target:.3g}" for row in low)
    return "\n".join(f"far under its target: {line}" for line in lines)
