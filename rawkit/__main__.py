"""`python -m rawkit` and the console script."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command line and returns its exit code; Ctrl-C while a command is being loaded is no error to show."""
    try:
        from rawkit.cli.main import fail, run

        if (
            sys.stdout is None or sys.stderr is None
        ):  # Python's word for "closed", and its number may be taken by a file
            if sys.stderr is not None:
                fail("standard output is closed: send it to /dev/null where it is not wanted")
            return 2
        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
