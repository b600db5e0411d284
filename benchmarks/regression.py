"""What the short form fails for: rawkit's own CPU time, measured by a fixed loop that runs beside it.

A fixed loop is a program that never changes (the C walk, Python itself doing nothing). How many of them fit into
rawkit's CPU time for the same work is nearly the same on a fast and on a slow machine, on an idle and on a busy one.
Peers are printed and judge nothing: they change, and so does what the host of a virtual machine gives them.

The figures that count stand in paces.json; `scripts/bench --short --record` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.rows import Row

FACTOR: Final = 3.0
"""So many times the recorded CPU time is too much: less can come from the machine, its caches, its compiler."""
NAME: Final = "paces.json"
RENEW: Final = "scripts/bench --short --record"


def paces(rows: Sequence[Row]) -> Mapping[str, float]:
    """How many fixed loops fit into rawkit's CPU time, by work; works without a fixed loop have none.

    >>> paces([Row("flows", "C walk", "s", 1.0, 0.5, kind="physical", cpu_ratio=0.25)])
    {'flows': 4.0}
    """
    return {row.work: 1 / row.cpu_ratio for row in rows if row.kind == "physical" and row.cpu_ratio and not row.growth}


def regressions(rows: Sequence[Row], recorded: Mapping[str, float]) -> Mapping[str, str]:
    """What is wrong, by work: too much CPU time, or no figure where there has to be one."""
    found, wrong = paces(rows), {}
    for row in rows:
        if row.kind != "physical" or row.growth:
            continue
        if row.work not in found:
            wrong[row.work] = f"{row.work}: no CPU time of {row.peer} to measure by: {row.note}"
        elif row.work not in recorded:
            wrong[row.work] = f"{row.work}: no recorded figure: {RENEW}"
        elif found[row.work] > FACTOR * recorded[row.work]:
            wrong[row.work] = (
                f"{row.work}: {found[row.work]:.3g} times the CPU time of {row.peer}, recorded {recorded[row.work]:.3g}"
            )
    return wrong


def load(folder: Path) -> Mapping[str, float]:
    """The recorded figures; none where there is no file."""
    path = folder / NAME
    return json.loads(path.read_text())["paces"] if path.exists() else {}


def record(folder: Path, rows: Sequence[Row], facts: Mapping[str, str]) -> None:
    """Writes the figures of these rows, which are medians, over those recorded for the same works."""
    kept = {**load(folder), **{work: round(pace, 2) for work, pace in paces(rows).items()}}
    (folder / NAME).write_text(json.dumps({**facts, "paces": kept}, indent=1) + "\n")
