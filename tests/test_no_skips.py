"""Where CI says so (RAWKIT_NO_SKIPS=1), a test by a referee, as root or in namespaces cannot be skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.{marker}
def test_that_is_skipped():
    pytest.skip("not here")
"""


def outcome(folder: Path, marker: str, no_skips: str) -> int:
    """The exit code of pytest over one skipped test beside our own conftest."""
    (folder / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text())
    (folder / "test_it.py").write_text(TESTS.format(marker=marker))
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  referee\n  root\n  netns\n  slow\n")
    environment = {**os.environ, "RAWKIT_NO_SKIPS": no_skips, "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).returncode


@pytest.mark.parametrize("marker", ["root", "netns", "referee"])
def test_a_needed_test_that_is_skipped_fails(tmp_path, marker):
    assert outcome(tmp_path, marker, "1") == 1


@pytest.mark.parametrize(("marker", "no_skips"), [("referee", "0"), ("slow", "1")])
def test_other_skips_stay_skips(tmp_path, marker, no_skips):
    assert outcome(tmp_path, marker, no_skips) == 0
