"""Jobs that measure in the lab and print a table of their own, run as the scripts that they are.

Such a script ends with 0, or with 1 where a target was missed; what it printed stands in results.md in either case, and
`benchmarks.tables` reads rows out of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from benchmarks.measure import RunError
from benchmarks.programs import HERE, ROOT

MISSED: Final = 1


def printed(name: str, runs: int) -> str:
    """What `python benchmarks/NAME.py --runs RUNS` prints; RunError where it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = [sys.executable, str(HERE / f"{name}.py"), "--runs", str(runs)]
    done = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT, env=environment)
    if done.returncode not in (0, MISSED) or not done.stdout:
        raise RunError(f"benchmarks/{name}.py ended with {done.returncode}")
    return done.stdout
