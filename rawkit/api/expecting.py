"""Expectations of captures (docs/ci.md): of a text, or of a file in TOML; what judges them is `rawkit.check`."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from rawkit.errors import FilterError, RawkitError
from rawkit.files.streams import Held, cannot
from rawkit.query.expect.expectation import Expectation as Expectation
from rawkit.query.expect.expectation import compile_expectation as compile_expectation

TABLE: Final = "expect"
"""The one key of a file: a list of expectations, or a table that names each."""


def read_expectations(path: str | Path) -> list[Expectation]:
    """The expectations of a TOML file: `expect`, a list of texts, or a table of names and texts.

    Raises RawkitError, with the file's name, for a file that cannot be read or has something else.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "checks.toml")
    ...     _ = path.write_text("[expect]\\n'all answered' = 'none(udp, answers == 0)'\\n")
    ...     [(one.name, one.text) for one in read_expectations(path)]
    [('all answered', 'none(udp, answers == 0)')]
    """
    try:
        found = tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RawkitError(f"{path}: it is no TOML: {error}") from None
    for key in found:
        if key != TABLE:
            near = f": did you mean {TABLE}?" if get_close_matches(key, [TABLE]) else f": there is {TABLE} alone"
            raise RawkitError(f"{path}: there is no {key}{near}")
    expected = found.get(TABLE)
    named = list(expected.items()) if isinstance(expected, dict) else [(None, one) for one in _list(expected, path)]
    return [_compiled(path, name, text) for name, text in named]


def _list(expected: Any, path: str | Path) -> list[Any]:
    if not isinstance(expected, list):
        raise RawkitError(f"{path}: it has no expectations: {TABLE} = ['count(handshakes) == 3']")
    return expected


def _compiled(path: str | Path, name: str | None, text: Any) -> Expectation:
    if not isinstance(text, str):
        raise RawkitError(f"{path}: {name or TABLE}: an expectation is a text in quotes: 'count(handshakes) == 3'")
    try:
        return compile_expectation(text, name)
    except FilterError as error:
        raise FilterError(f"{path}: {error}", error.at, error.what) from None


def _text(path: str | Path) -> str:
    try:
        if isinstance(path, Held):
            with path.opened() as file:
                return file.read().decode()
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise cannot("read", str(path), error) from None
    except UnicodeDecodeError:
        raise RawkitError(f"{path}: it is no TOML: it is not UTF-8") from None
