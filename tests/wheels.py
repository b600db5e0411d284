"""What `pip` would make of the project: a wheel, an sdist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def build(kind: str, source: Path, folder: Path) -> Path:
    """The file that hatchling, which pip calls too, makes of a source tree."""
    before = set(folder.iterdir())
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (made,) = {*folder.iterdir()} - before
    return made
