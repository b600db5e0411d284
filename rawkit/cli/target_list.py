"""Targets from a file or standard input: what --target-file and --exclude-file give."""

from __future__ import annotations

import sys

from rawkit.errors import TargetError
from rawkit.probe.targets import read_list


def listed(path: str | None) -> list[str]:
    """The targets in a file, one a line; `-` is standard input; none where there is no path.

    TargetError for a file that cannot be read.
    """
    if path is None:
        return []
    try:
        if path == "-":
            return list(read_list(sys.stdin))
        with open(path, encoding="utf-8") as lines:
            return list(read_list(lines))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TargetError(f"cannot read {path}: {reason}: give a text file with a target a line") from None
