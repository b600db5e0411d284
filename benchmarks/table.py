"""Jobs that measure in the lab and print a table of their own: run as the scripts that they are."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.measure import RunError
from benchmarks.programs import HERE, ROOT


def printed(name: str) -> str:
    """What `python benchmarks/NAME.py` prints; RunError where it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = [sys.executable, str(HERE / f"{name}.py")]
    done = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT, env=environment)
    if done.returncode:
        raise RunError(f"benchmarks/{name}.py ended with {done.returncode}")
    return done.stdout
