"""The labs that come with rawkit, by name; each is a TOML file in the folder `scenarios` beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rawkit.errors import LabError
from rawkit.lab.spec import LabSpec

_FOLDER: Final = Path(__file__).with_suffix("")


def names() -> tuple[str, ...]:
    """The names of all scenarios, sorted.

    >>> "pair" in names()
    True
    """
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def path(name: str) -> Path:
    """The TOML file of a scenario; LabError where there is none of that name.

    >>> path("pair").name
    'pair.toml'
    >>> path("moon")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    rawkit.errors.LabError: 'moon' is no scenario: use one of ...pair..., or the path of a TOML file
    """
    if name not in names():
        raise LabError(f"{name!r} is no scenario: use one of {', '.join(names())}, or the path of a TOML file")
    return _FOLDER / f"{name}.toml"


def load(name: str) -> LabSpec:
    """The spec of a scenario; LabError where there is none of that name.

    >>> [host.name for host in load("router").hosts]
    ['client', 'router', 'server']
    """
    return LabSpec.from_file(path(name))
