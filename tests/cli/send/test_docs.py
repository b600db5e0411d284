"""Every command in docs/send.md, run as a reader would run it, shows what the page shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from rawkit.errors import PrivilegeError
from rawkit.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.netns, pytest.mark.slow]

PAGE = Path(__file__).resolve().parents[3] / "docs" / "send.md"
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
EXIT_CODE = re.compile(r"\(exit code (\d+)\)\n")


class Step(NamedTuple):
    """A command and what it shows."""

    command: str
    output: str


def steps() -> Iterator[Step]:
    for block in CONSOLE.findall(PAGE.read_text()):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield Step(command, output)


def shown(output: str) -> re.Pattern[str]:
    """What a page's output allows: `…` is anything in a line, a line of it any lines."""
    lines = (
        r"(?:[^\n]*\n)*" if line == "…" else re.escape(line).replace("…", r"[^\n]*") + r" *\n"
        for line in output.splitlines()
    )
    return re.compile("".join(lines))


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment in which `rawkit` is the one under test, and labs are the test's own."""
    if missing := [tool for tool in ("bash", "nft") if not shutil.which(tool)]:
        pytest.skip(f"needs {', '.join(missing)}")
    try:
        Lab.from_spec("pair").close()
    except PrivilegeError as error:
        pytest.skip(str(error))
    (tmp_path / "bin").mkdir()
    (tmp_path / "captures").symlink_to(PAGE.parents[1] / "captures")
    program = tmp_path / "bin" / "rawkit"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m rawkit "$@"\n')
    program.chmod(0o755)
    modules = os.pathsep.join((str(PAGE.parents[1]), *(path for path in sys.path if path)))
    own = {"PATH": f"{program.parent}:{os.environ['PATH']}", "XDG_RUNTIME_DIR": str(tmp_path), "PYTHONPATH": modules}
    environment = {**os.environ, **own, "LC_ALL": "C.UTF-8"}
    yield environment
    subprocess.run(["rawkit", "lab", "down", "--all"], env=environment, capture_output=True, check=True)


def test_the_page_does_what_it_says(shell: dict[str, str], tmp_path: Path) -> None:
    for step in steps():
        done = run(step.command, shell, tmp_path)
        expected = EXIT_CODE.search(step.output)
        assert done.returncode == int(expected[1] if expected else 0), (step, done.stdout)
        assert shown(EXIT_CODE.sub("", step.output)).fullmatch(done.stdout), (step, done.stdout)


def run(command: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command in bash; standard error is in the output too, as on a terminal."""
    return subprocess.run(
        ["bash", "-c", command],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
