"""Several programs that do the same work, run in turn: A B C A B C."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Measurement, RunError, Runs, measure
from benchmarks.progress import Progress

DISCARD: Final = Path("/dev/null")


Command = Callable[[Path], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A program and the work it is given.

    Attributes:
        name: what the tables call it.
        command: program and arguments for a capture; its standard output is what `did` reads.
        capture: the file it works on.
        did: counts found in its output, by name.
        expected: the counts that are right.
        small: a capture for the run, just before each measured one, that brings the program back into memory.
        factor: over 1 where `capture` is a part of the work only: the time above that for `idle` counts so many times.
        idle: a capture of no packets.
    """

    name: str
    command: Command
    capture: Path
    did: Callable[[Path], Mapping[str, int]]
    expected: Mapping[str, int]
    small: Path | None = None
    factor: float = 1.0
    idle: Path | None = None

    @property
    def is_installed(self) -> bool:
        return all(shutil.which(program) is not None for program in programs(self.command(self.capture)))


@dataclass(frozen=True, slots=True)
class Rules:
    """How a contest is run.

    Attributes:
        runs: measured runs of each, after one that warms up and is checked.
        budget: seconds that the measured runs of a peer may take together; a slow one has fewer runs, at least one.
        timeout: seconds after which a run is given up.
        folder: for outputs, removed again.
        progress: is told what runs.
    """

    runs: int
    timeout: float
    folder: Path
    progress: Progress
    budget: float = 10.0

    def runs_for(self, seconds: float) -> int:
        """Measured runs of a peer whose first run took so long.

        >>> rules = Rules(5, 300.0, Path(), Progress(), budget=10.0)
        >>> rules.runs_for(0.1), rules.runs_for(4.0), rules.runs_for(60.0)
        (5, 2, 1)
        """
        return max(1, min(self.runs, int(self.budget / seconds)))


@dataclass(slots=True)
class Outcome:
    """What came of a contest: runs by name of contender, and why a contender has none."""

    runs: dict[str, Runs] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def programs(command: Sequence[str]) -> list[str]:
    """The programs that a command needs: more than one where it is a shell's line.

    >>> programs(("sh", "-c", "argus -r x -w y && ra -r y")), programs(("tcpdump", "-r", "x"))
    (['argus', 'ra'], ['tcpdump'])
    """
    if command[:2] == ("sh", "-c"):
        return [part.split()[0] for part in command[2].split("&&")]
    return [command[0]]


def contest(title: str, contenders: Sequence[Contender], rules: Rules) -> Outcome:
    """Warms each contender up, checks what it did, and runs those that did it in turn; ours is the first."""
    outcome = Outcome()
    idle: dict[str, float] = {}
    planned: dict[str, int] = {}
    measured: dict[str, list[Measurement]] = {}
    for one in contenders:
        rules.progress.step(f"{title}: {one.name}, warming up")
        try:
            taken = warm_up(one, rules)
            planned[one.name] = rules.runs if one is contenders[0] else rules.runs_for(taken.wall)
            idle[one.name] = _idle(one, rules)
            measured[one.name] = []
        except RunError as error:
            outcome.failures[one.name] = str(error)
    for turn in range(rules.runs):
        for one in contenders:
            if one.name in measured and turn < planned[one.name]:
                rules.progress.step(f"{title}: {one.name}, run {turn + 1} of {planned[one.name]}")
                _add(one, idle[one.name], measured, outcome, rules)
    outcome.runs = {name: Runs(tuple(found)) for name, found in measured.items()}
    return outcome


def _add(one: Contender, idle: float, measured: dict[str, list[Measurement]], outcome: Outcome, rules: Rules) -> None:
    try:
        bring_back(one, rules)
        taken = measure(one.command(one.capture), DISCARD, rules.timeout)
        measured[one.name].append(_whole(one, taken, idle))
    except RunError as error:
        outcome.failures[one.name] = str(error)
        del measured[one.name]


def warm_up(one: Contender, rules: Rules) -> Measurement:
    """One run whose output is kept and compared with what is right; RunError where it differs."""
    if not one.is_installed:
        raise RunError("not installed")
    out = rules.folder / "output"
    try:
        taken = measure(one.command(one.capture), out, rules.timeout)
        did = one.did(out)
    finally:
        out.unlink(missing_ok=True)
    wrong = {key: did.get(key) for key, value in one.expected.items() if did.get(key) != value}
    if wrong:
        raise RunError(f"did other work: {_words(wrong)} where {_words(one.expected)} are right")
    return taken


def _words(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{value} {key}" for key, value in counts.items())


def bring_back(one: Contender, rules: Rules) -> None:
    """Reads the capture and runs the program on a small one: what lies idle for seconds may have left the memory."""
    if one.small is not None:
        measure(one.command(one.small), DISCARD, rules.timeout)
    with one.capture.open("rb", buffering=0) as capture:
        piece = bytearray(1 << 20)
        while capture.readinto(piece):
            pass


def _idle(one: Contender, rules: Rules) -> float:
    """Seconds that the command takes on no packets, the least of three; 0 where it does the whole work."""
    if one.idle is None:
        return 0.0
    return min(measure(one.command(one.idle), DISCARD, rules.timeout).wall for _ in range(3))


def _whole(one: Contender, taken: Measurement, idle: float) -> Measurement:
    """The measurement of a part of the work, scaled to the whole.

    >>> part = Contender("x", lambda path: ("x",), Path(), lambda path: {}, {}, factor=10.0)
    >>> _whole(part, Measurement(wall=3.0, cpu=1.5, peak=7), idle=1.0)
    Measurement(wall=21.0, cpu=10.5, peak=7)
    """
    wall = idle + max(0.0, taken.wall - idle) * one.factor
    return replace(taken, wall=wall, cpu=taken.cpu * wall / taken.wall)
