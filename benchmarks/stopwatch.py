"""Runs one command and writes its wall time, CPU time and peak memory, as JSON, to a file.

    python -SE stopwatch.py RESULT COMMAND...

A process of its own does it because a child begins with its parent's peak memory (ru_maxrss outlives exec): this
parent is as small as Python can be. CPU time and peak are those of the command and of the children that it waited for;
the peak is the largest of them, not their sum.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(result: str, *command: str) -> int:
    """The command's exit code, or 127 where it could not be started."""
    begin = time.perf_counter()
    try:
        process = os.posix_spawnp(command[0], command, os.environ)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 127
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    with open(result, "w") as out:
        json.dump({"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024}, out)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
