"""What is said on stderr: errors, warnings, and what a run is doing; one line each, begun with the program's name."""

from __future__ import annotations

import sys


def say(message: str) -> None:
    """Writes one line to stderr."""
    print(f"rawkit: {message}", file=sys.stderr)  # noqa: T201
