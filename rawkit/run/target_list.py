"""Targets that were given by word and those in a file or on standard input (--target-file, --exclude-file)."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rawkit.errors import MissingError, TargetError
from rawkit.files.streams import standard_input
from rawkit.probe.targets import read_list


def named(texts: Iterable[str], path: str | None) -> list[str]:
    """All targets; MissingError where there is none.

    >>> named(["192.0.2.1"], None)
    ['192.0.2.1']
    """
    found = [*texts, *listed(path)]
    if not found:
        raise MissingError("no target: name one")
    return found


def listed(path: str | None) -> list[str]:
    """The targets in a file, one a line; `-` is standard input; none where there is no path.

    TargetError for a file that cannot be read.
    """
    if path is None:
        return []
    try:
        if path == "-":
            return list(read_list(io.TextIOWrapper(standard_input(), encoding="utf-8")))
        with open(path, encoding="utf-8") as lines:
            return list(read_list(lines))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TargetError(f"cannot read {path}: {reason}: give a text file with a target a line") from None
