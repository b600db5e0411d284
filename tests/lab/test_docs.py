"""Every command in docs/lab.md, run as a reader would run it, shows what the page shows."""

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

from rawkit.lab import scenarios

pytestmark = [pytest.mark.netns, pytest.mark.slow, pytest.mark.usefixtures("namespaces")]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "lab.md"
TOOLS = ("awk", "bash", "ip", "ping", "ss")
FILE = re.compile(r"Save (?:it|this) as `(\S+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
EXIT_CODE = re.compile(r"\(exit code (\d+)\)\n")


class Step(NamedTuple):
    """A command and what it shows."""

    command: str
    output: str


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.*)\n", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def steps(text: str) -> Iterator[Step]:
    """The commands of a section: lines after `$ `, continued after `> `, then what they write."""
    for block in CONSOLE.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines(keepends=True)
            command = [lines.pop(0)]
            while lines and lines[0].startswith("> "):
                command.append(lines.pop(0)[2:])
            yield Step("".join(command), "".join(lines))


def shown(output: str) -> re.Pattern[str]:
    """What a page's output allows: `…` is anything in a line, a line of it any lines; trailing blanks do not count."""
    lines = (
        r"(?:[^\n]*\n)*" if line == "…" else re.escape(line).replace("…", r"[^\n]*") + r" *\n"
        for line in output.splitlines()
    )
    return re.compile("".join(lines))


def test_patterns_tell_apart() -> None:
    assert shown("a …\n…\nb\n").fullmatch("a x\n1\n2\nb \n")
    assert not shown("a …\nb\n").fullmatch("a x\n1\nb\n")
    assert not shown("a\n").fullmatch("")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment in which `rawkit` and `python3` are those under test, and labs are the test's own."""
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        pytest.skip(f"needs {', '.join(missing)}")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, words in (("rawkit", "-P -m rawkit"), ("python3", "")):
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (folder / name).chmod(0o755)
    modules = os.pathsep.join((str(PAGE.parents[1]), *(path for path in sys.path if path)))
    own = {"PATH": f"{folder}:{os.environ['PATH']}", "XDG_RUNTIME_DIR": str(tmp_path), "PYTHONPATH": modules}
    environment = {**os.environ, **own, "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh"}
    yield environment
    subprocess.run(["rawkit", "lab", "down", "--all"], env=environment, capture_output=True, check=True)


@pytest.mark.parametrize("title", sections())
def test_a_page_does_what_it_says(title: str, shell: dict[str, str], tmp_path: Path) -> None:
    for name, text in FILE.findall(PAGE.read_text()):
        (tmp_path / name).write_text(text)
    for step in steps(sections()[title]):
        done = run(step.command, shell, tmp_path)
        expected = EXIT_CODE.search(step.output)
        output = EXIT_CODE.sub("", step.output)
        assert done.returncode == int(expected[1] if expected else 0), (step, done)
        assert shown(output).fullmatch(done.stdout), (step, done.stdout)


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


def test_every_scenario_has_a_page_that_starts_and_ends_it() -> None:
    pages = sections()
    for name in scenarios.names():
        commands = [step.command for step in steps(pages[name])]
        assert commands[0] == f"rawkit lab up {name}\n"
        assert commands[-1] == "rawkit lab down\n"
