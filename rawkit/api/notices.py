"""What is said on stderr: errors, warnings, and what a run is doing; one line each, begun with the program's name."""

from __future__ import annotations

import sys
from contextlib import suppress

from rawkit.view.text import readable


def say(message: str) -> None:
    """Writes one line to stderr; what a terminal would act on is escaped: names of targets and files are in it."""
    # Where it cannot be written nobody can be told so, and what is being done goes on.
    with suppress(OSError, AttributeError):
        print(f"rawkit: {readable(message)}", file=sys.stderr)  # noqa: T201
