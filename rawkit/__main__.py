"""`python -m rawkit` and the console script."""

from __future__ import annotations

import gc
import sys

COLLECT_AFTER = 50_000
"""Objects made before the garbage collector looks: imports leave no garbage, and looking took a tenth of the start."""


def main() -> int:
    """Runs the command line and returns its exit code; Ctrl-C while a command is being loaded is no error to show."""
    gc.set_threshold(COLLECT_AFTER)
    try:
        from rawkit.cli.main import run

        return run(sys.argv[1:]) if _has_streams() else 2
    except KeyboardInterrupt:
        return 130


def _has_streams() -> bool:
    """Whether output can be written: of a closed stream Python has None, and its number would go to the next file."""
    if sys.stdout is None and sys.stderr is not None:
        from rawkit.api.notices import say

        say("standard output is closed: send it to /dev/null where it is not wanted")
    return sys.stdout is not None and sys.stderr is not None


if __name__ == "__main__":
    sys.exit(main())
