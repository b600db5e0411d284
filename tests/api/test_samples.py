"""Programs of each kind under `mypy --strict`: what users write has types."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_program_passes_mypy_strict(sample: Path, root: Path) -> None:
    environment = os.environ | {"MYPYPATH": str(root)}
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(root / "pyproject.toml"), str(sample)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env=environment)
    assert done.stdout.startswith("Success"), done.stdout + done.stderr
