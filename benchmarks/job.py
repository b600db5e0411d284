"""What a job is given, and how the outcome of a contest becomes rows.

A job is a module of this folder with a function `jobs(settings)` that gives lists of rows, one after the other, so that
what is done is kept when the rest is cut short; where it has a function `finish(path)`, that gets results.json at last.
A module without `jobs` is run as a script, and the table that it prints is kept as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contest import Contender, Outcome, Rules
from benchmarks.measure import RunError, Runs
from benchmarks.rows import Row

PHYSICAL: Final = "C walk over record headers"
NOTHING: Final = "python -c pass"
FIXED_LOOPS: Final = (PHYSICAL, NOTHING)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line asked for."""

    short: bool
    rules: Rules
    record: bool = False


def rows_of(work: str, outcome: Outcome, everyone: Sequence[Contender], targets: Mapping[str, float]) -> list[Row]:
    """A row for each contender but the first, which is ours; RunError where ours has no time."""
    ours, *peers = everyone
    if ours.name not in outcome.runs:
        raise RunError(f"{work}: {ours.name} {outcome.failures[ours.name]}")
    return [versus(work, outcome, ours.name, peer, targets.get(peer.name)) for peer in peers]


def versus(work: str, outcome: Outcome, ours: str, peer: Contender | None = None, target: float | None = None) -> Row:
    """Wall times of two contenders; the peer's is missing where it failed, and the note says why."""
    mine = outcome.runs[ours]
    name = peer.name if peer else ""
    theirs = outcome.runs.get(name)
    return Row(
        work,
        name,
        "s",
        mine.wall,
        theirs.wall if theirs else None,
        target,
        ours_range=(mine.low, mine.high),
        theirs_range=(theirs.low, theirs.high) if theirs else None,
        note=outcome.failures.get(name) or _note(mine, theirs, peer),
        kind="physical" if name in FIXED_LOOPS else "peer",
        cpu_ratio=theirs.cpu / mine.cpu if theirs and mine.cpu else None,
    )


def _note(mine: Runs, theirs: Runs | None, peer: Contender | None) -> str:
    """CPU time and peak memory of both, whether the peer's time was scaled, and whether it had fewer runs."""
    if theirs is None or peer is None:
        return ""
    part = f"{1 / peer.factor:.3g} of the packets, scaled; " if peer.factor != 1 else ""
    if (runs := len(theirs.measurements)) < len(mine.measurements):
        part += f"{runs} run; " if runs == 1 else f"{runs} runs; "
    return f"{part}CPU {mine.cpu:.2f} and {theirs.cpu:.2f} s, peak {mine.peak / 1e6:.0f} and {theirs.peak / 1e6:.0f} MB"
