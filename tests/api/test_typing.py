"""Types as a user's checker sees them: a program passes mypy --strict and pyright."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.api.pyright import pyright


def checked(command: list[str], root) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MYPYPATH": str(root), "PYTHONPATH": str(root)}
    return subprocess.run(command, capture_output=True, text=True, cwd=root, env=environment)


@pytest.mark.slow
@pytest.mark.parametrize("line", [None, 'wrong: int = rawkit.open("a.pcap").packets()'])
def test_mypy(root, tmp_path, line):
    """And it sees what is wrong."""
    program = tmp_path / "typed.py"
    program.write_text((root / "tests/api/typed.py").read_text() + (f"\n\n{line}\n" if line else ""))
    done = checked(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)], root
    )
    assert (done.returncode, done.stderr) == (int(line is not None), ""), done.stdout
    assert line is None or "Incompatible types in assignment" in done.stdout


@pytest.mark.referee
@pytest.mark.slow
@pytest.mark.parametrize("line", [None, 'wrong: int = rawkit.open("a.pcap").packets()'])
def test_pyright(root, tmp_path, line):
    program = tmp_path / "typed.py"
    program.write_text((root / "tests/api/typed.py").read_text() + (f"\n\n{line}\n" if line else ""))
    done = pyright(program, root)
    assert (done.returncode, done.stderr) == (int(line is not None), ""), done.stdout
    assert line is None or '"int"' in done.stdout
