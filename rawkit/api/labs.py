"""Labs that stay up in the background, and ways into their hosts: what `rawkit lab` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rawkit.lab import running as _running
from rawkit.lab import scenarios as _scenarios
from rawkit.lab import visit as _visit
from rawkit.lab.record import LabRecord

__all__ = ["LabRecord", "choose", "down", "run_in", "running", "scenarios", "up"]


def up(spec: str = "pair", name: str | None = None) -> LabRecord:
    """Starts a lab that stays up when this process ends.

    Args:
        spec: the name of a scenario, or the path of a TOML file: what has a slash in it, or ends in `.toml`.
        name: what to call the lab; its scenario's or file's name without this.

    Raises LabError where a lab of that name is up already, or this one cannot be built.

    >>> up("pair", name="not a name")
    Traceback (most recent call last):
    rawkit.errors.LabError: 'not a name' is no name for a lab: use up to 32 of a-z, 0-9, - and _ (--name)
    """
    path = Path(spec) if spec.endswith(".toml") or "/" in spec else _scenarios.path(spec)
    return _running.up(path, name or path.stem.lower())


def running() -> tuple[LabRecord, ...]:
    """The labs of this user that are up, by name."""
    return _running.running()


def choose(name: str | None = None) -> LabRecord:
    """The lab of that name, or the only one that is up; LabError, with the names there are, where there is none."""
    return _running.choose(running(), name)


def down(lab: LabRecord) -> None:
    """Ends a lab with all that runs in it; LabError where it cannot be."""
    _running.down(lab)


def run_in(lab: LabRecord, host: str, command: Sequence[str]) -> int:
    """Runs a program in a host, on this process's terminal, to its end; returns its exit code.

    LabError where there is no such host or program.
    """
    return _visit.run(lab, lab.host(host), command)


def scenarios() -> dict[str, str]:
    """What scenarios there are, each with what it is good for.

    >>> scenarios()["pair"]
    'A client and a server on one wire'
    """
    return {name: _scenarios.load(name).description for name in _scenarios.names()}
