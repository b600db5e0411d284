"""A small histogram of round-trip times, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rawkit.probe.ping.statistics import percentile
from rawkit.view.ping.numbers import MILLISECOND

ROWS: Final = 8
WIDTH: Final = 40
FEWEST: Final = 10
"""Replies below which a histogram shows nothing that the list of them does not."""


def histogram(times: Sequence[int]) -> Iterator[str]:
    """Lines with a bar each: equal steps from the shortest time to the 95th percentile, and all that is longer.

    >>> for line in histogram([1_000_000] * 8 + [3_000_000] * 4):
    ...     print(line)
      1.0000 ms  ########################################  8
      3.0000 ms  ####################                      4
    """
    if len(times) < FEWEST:
        return
    ordered = sorted(times)
    low, high = ordered[0], percentile(ordered, 95)
    step = max(-(-(high - low + 1) // ROWS), 1)
    counts: dict[int, int] = {}
    for time in ordered:
        row = min((time - low) // step, ROWS)
        counts[row] = counts.get(row, 0) + 1
    tallest = max(counts.values())
    for row, count in counts.items():
        begin = next(time for time in ordered if min((time - low) // step, ROWS) == row)
        bar = "#" * max(round(WIDTH * count / tallest), 1)
        yield f"  {begin / MILLISECOND:.4f} ms  {bar.ljust(WIDTH)}  {count}"
