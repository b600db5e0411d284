"""The command line's front door: `--version` and `--help` at once, everything else by the command's own file.

click takes 25 ms to import, twice Python's own start, so the two options that need none of it are answered here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial

import rawkit
from rawkit.cli.commands import help_text
from rawkit.cli.ending import ended


def run(arguments: Sequence[str]) -> int:
    """Runs the command line; returns its exit code."""
    return ended(partial(_run, arguments))


def _run(arguments: Sequence[str]) -> int:
    if asked := os.environ.get("_RAWKIT_COMPLETE"):
        from rawkit.cli.complete.shells import respond

        text, code = respond(asked, arguments)
        sys.stdout.write(text)
        return code
    if list(arguments) == ["--version"]:
        print(f"rawkit {rawkit.__version__}")  # noqa: T201
        return 0
    if not arguments or list(arguments) in (["--help"], ["-h"], ["help"]):
        print(help_text())  # noqa: T201
        return 0 if arguments else 2
    from rawkit.cli.group import call

    return call(arguments)
