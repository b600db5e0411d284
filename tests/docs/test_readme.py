"""README.md and the other pages: every command and example runs as it stands, and shows what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md", "docs/anonymize.md", "docs/ci.md", "docs/follow.md", "docs/latency.md", "docs/sockets.md",
    "docs/teardowns.md", "docs/views.md",
)  # fmt: skip
WRITTEN_HERE = (
    *PAGES, "CHANGELOG.md", "CONTRIBUTING.md", "docs/analysis.md", "docs/api.md", "docs/architecture.md",
    "docs/scapy.md", "docs/states.md",
)  # fmt: skip

CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")

VARIABLE = re.compile(
    r"\b\d\d:\d\d:\d\d\.\d{6}\b"  # time of day
    r"|\b\d+(?:\.\d+)? ?(?:ns|us|ms|s)\b|(?<==)\d+\.\d+(?= ms)|(?<== )[\d./]+(?= ms)"  # pause, pauses
    r"|(?<=seq )\d+(?::\d+)?|(?<=ack )\d+|(?<=val )\d+|(?<=ecr )\d+|(?<=frag )\d+"  # chosen by the sender's kernel
    r"|^\d+(?= frames sniffed)",
    re.MULTILINE,
)
"""What is another number when a capture is recorded again."""


class Step(NamedTuple):
    """A command, and what the page says that it prints."""

    command: str
    output: str


def blocks(page: str) -> Iterator[list[Step]]:
    """The console blocks: lines after `$ ` are commands, what follows is what they print."""
    for block in CONSOLE.findall((ROOT / page).read_text()):
        parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        yield [Step(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def shown(output: str) -> re.Pattern[str]:
    """What a page's output allows: `…` is anything in a line, a line of it any lines."""
    lines = (
        r"(?:[^\n]*\n)*" if line == "…" else re.escape(line).replace("…", r"[^\n]*") + r"\n"
        for line in VARIABLE.sub("N", output).splitlines()
    )
    return re.compile("".join(lines))


def test_patterns_tell_apart():
    assert shown("a … c\n…\nafter 1.2 us\n").fullmatch(VARIABLE.sub("N", "a b c\n1\n2\nafter 31 ms\n"))
    assert not shown("port 80\n").fullmatch(VARIABLE.sub("N", "port 81\n"))
    assert not shown("a\n").fullmatch("a\nb\n")
    assert not shown("a\n").fullmatch("")


def marks(steps: list[Step]) -> list[pytest.MarkDecorator]:
    commands = "\n".join(step.command for step in steps)
    found = []
    if re.search(r"rawkit (demo|lab)", commands):
        found += [pytest.mark.netns, pytest.mark.slow]
    if "rawkit demo" in commands:
        found.append(pytest.mark.alone)  # a busy machine loses frames, and the page says that none was lost
    if re.search(r"rawkit (ping|sniff .*-i )", commands):
        found.append(pytest.mark.root)
    return found


BLOCKS = [
    pytest.param(steps, marks=marks(steps), id=f"{page} {number}")
    for page in PAGES
    for number, steps in enumerate(blocks(page), 1)
]


@pytest.fixture(scope="module")
def namespaces() -> None:
    from rawkit.errors import PrivilegeError
    from rawkit.lab import Lab

    try:
        Lab.from_spec("pair").close()
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def ready() -> None:
    """The environment is set up and the kernels are compiled: the first call that does it says so before its output."""
    for command in (["scripts/rawkit", "--version"], [sys.executable, "-m", "rawkit.api.compile_all"]):
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)


@pytest.fixture(scope="module")
def superuser() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")


@pytest.fixture(autouse=True)
def _allowed(request) -> None:
    """Skips a test whose marker asks for what this process may not do."""
    for marker, fixture in (("netns", "namespaces"), ("root", "superuser")):
        if request.node.get_closest_marker(marker):
            request.getfixturevalue(fixture)


@pytest.fixture
def shell(tmp_path: Path, ready: None) -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    """Runs a command in bash at the top of the checkout, in UTC; standard error is in the output, as on a terminal."""
    folder = tmp_path / "bin"
    folder.mkdir()
    tool = folder / "rawkit"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rawkit "$@"\n')
    tool.chmod(0o755)
    own = {"PATH": f"{folder}:{os.environ['PATH']}", "XDG_RUNTIME_DIR": str(tmp_path), "TZ": "UTC"}
    environment = {**os.environ, **own, "LC_ALL": "C.UTF-8"}

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    yield run
    run("rawkit lab down --all")


@pytest.mark.parametrize("steps", BLOCKS)
def test_commands_do_what_the_page_says(steps, shell):
    assert steps
    for step in steps:
        done = shell(step.command)
        assert done.returncode == 0, (step.command, done.stdout)
        assert shown(step.output).fullmatch(VARIABLE.sub("N", done.stdout)), (step.command, done.stdout)


def test_pages_have_one_spelling():
    """`rawkit`, which is on PATH; only the demo is run out of a checkout, before anything is installed."""
    pages = ("README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
    commands = [step.command for page in pages for steps in blocks(page) for step in steps]
    assert [command for command in commands if "scripts/rawkit" in command] == ["scripts/rawkit demo"]


@pytest.mark.parametrize("page", ["README.md"])
def test_examples_run(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    examples = PYTHON.findall((ROOT / page).read_text())
    assert examples
    for example in examples:
        exec(compile(example, page, "exec"), {})
    assert capsys.readouterr().out


@pytest.mark.parametrize("page", WRITTEN_HERE)
def test_links_lead_somewhere(page):
    folder = (ROOT / page).parent
    missing = [link for link in LINK.findall((ROOT / page).read_text()) if not (folder / link).exists()]
    assert missing == []
