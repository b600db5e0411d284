"""Tests run side by side (pytest-xdist), but those marked `alone`: while one of them runs, no other does."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = """
import time
from pathlib import Path

import pytest

LOG = Path(__file__).parent

def work(name):
    begin = time.monotonic()
    time.sleep(0.2)
    (LOG / name).write_text(f"{begin} {time.monotonic()}")

@pytest.mark.alone
@pytest.mark.parametrize("number", range(3))
def test_alone(number):
    work(f"alone-{number}")

@pytest.mark.parametrize("number", range(9))
def test_beside_others(number):
    work(f"beside-{number}")
"""


class Ran(NamedTuple):
    """When a test ran, and its name."""

    begin: float
    end: float
    name: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve tests beside our own conftest, three of them alone."""
    folder: Path = tmp_path_factory.mktemp("alone")
    (folder / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text())
    (folder / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  alone\n  referee\n")
    return folder


def run_pytest(folder: Path, *arguments: str) -> list[str]:
    """The lines that pytest prints."""
    environment = {**os.environ, "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_nothing_runs_beside_what_runs_alone(folder: Path) -> None:
    assert run_pytest(folder, "-n", "3", "--dist", "worksteal")[-1].startswith("12 passed")
    logs = (path for path in folder.iterdir() if "-" in path.name)
    ran = sorted(Ran(*map(float, path.read_text().split()), path.name) for path in logs)
    assert len(ran) == 12
    beside = [(one.name, other.name) for one, other in pairwise(ran) if other.begin < one.end]
    assert [pair for pair in beside if "alone" in "".join(pair)] == []
    assert beside, "nothing ran side by side"


def test_what_runs_alone_comes_last(folder: Path) -> None:
    names = [line.partition("::")[2] for line in run_pytest(folder, "--collect-only") if "::" in line]
    assert [name.startswith("test_alone") for name in names] == [False] * 9 + [True] * 3
