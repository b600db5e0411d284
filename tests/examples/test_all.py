"""What all examples have in common: short, with types, told of in the README, with words that say what is wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.examples.conftest import EXAMPLES, ROOT, command

PROGRAMS = sorted(EXAMPLES.glob("*.py"))
NAMES = [path.stem for path in PROGRAMS]


@pytest.mark.parametrize("path", PROGRAMS, ids=NAMES)
def test_it_is_short_and_says_how_it_is_called(path):
    text = path.read_text()
    assert len(text.splitlines()) < 60
    assert f"\n    python examples/{path.name} " in text


def test_each_has_a_line_in_the_readme_and_a_test():
    lines = re.findall(r"^\| \[(\w+)\.py\]\(\1\.py\) \| .+ \|$", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    tests = "".join(path.read_text() for path in ROOT.glob("tests/examples/test_*.py"))
    assert sorted(lines) == NAMES
    assert [name for name in NAMES if f"def test_{name}(" not in tests] == []


@pytest.mark.parametrize("name", NAMES)
def test_without_arguments_it_says_how_it_is_called(name):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command(name), capture_output=True, text=True, env=environment)
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("usage: ")


WRONG = {
    "arp_watch": ["no-such-link"],
    "dns_log": ["no-such-link"],
    "flow_table": ["no-such-file"],
    "handshake": ["127.0.0.1", "http", "/"],
    "health_check": ["bad..name"],
    "knock": ["127.0.0.1", "seven", "--door", "22"],
    "ping_exporter": ["192.0.2.9-1", "--listen", "0"],
    "replay_as": ["captures/dns.pcap", "192.0.2.10=here"],
    "syn_flood": ["captures/README.md"],
    "trace": ["bad..name"],
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_is_said_without_a_traceback(name):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command(name, *WRONG[name]), capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1 or done.stderr.startswith("usage: ")


@pytest.mark.slow
def test_types():
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(EXAMPLES)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    assert done.stdout.startswith("Success"), done.stdout
