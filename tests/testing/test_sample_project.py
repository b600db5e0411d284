"""A user's project, whose tests its own CI script runs with the wheel, in an environment of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.wheels import build

pytestmark = [pytest.mark.root, pytest.mark.netns]
ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "tests" / "sample_project"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment with the wheel; what rawkit needs is found where the tests have it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    wheel = build("wheel", ROOT, folder)
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, stdin=subprocess.DEVNULL)
    [site] = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "needed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return python


@pytest.fixture
def project(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache", "artefacts")
    return Path(shutil.copytree(PROJECT, tmp_path / "project", ignore=ignored))


def ci(python: Path, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the project's own script, as CI does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    environment |= {"CI": "true", "PATH": f"{python.parent}:{os.environ['PATH']}"}
    return subprocess.run(
        [project / "ci.sh", *arguments], env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_its_tests_pass(python, project):
    found = ci(python, project, "--junitxml=report.xml")
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    [suite] = ElementTree.parse(project / "report.xml").getroot()
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4", "failures": "0", "errors": "0", "skipped": "0"
    }  # fmt: skip
    assert not (project / "artefacts").exists()


def test_the_bug_that_it_had_is_found(python, project):
    """The server as it was: it closes when it has answered. The report has the RST, and so have the artefacts."""
    server = project / "greeter" / "server.py"
    told = server.read_text()
    told = told[: told.index("    connection.shutdown")].replace('makefile("rb").readline(100)', "recv(4)")
    server.write_text(told)
    found = ci(python, project, "--junitxml=report.xml", "-k", "on_the_wire")
    assert found.returncode == 1
    [kept] = (project / "artefacts").rglob("*and-more*/*.pcap")
    [suite] = ElementTree.parse(project / "report.xml").getroot()
    assert re.search(r"192\.0\.2\.10:\d+ > 192\.0\.2\.20:7000: RST by the server", found.stdout)
    assert (suite.get("failures"), kept.name) == ("1", "1-server-eth0.pcap")
