"""`rawkit.aio` as a user's type checker sees it: right calls pass, and wrong ones are found."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.api.pyright import pyright

WRONG = {
    'rawkit.aio.ping("192.0.2.1", cuont=3)': "cuont",
    'rawkit.aio.ping("192.0.2.1", count="three")': "int",
    'rawkit.aio.scan("192.0.2.1", ports=1.5)': "float",
    'rawkit.aio.sniff("eth0", duration="long")': "duration",
    'list(rawkit.aio.sniff("eth0"))': "Capture",
    "rawkit.aio.send()": "what",
    'wrong: int = rawkit.aio.ask(b"")': "int",
}


def mypy(program, root):
    words = ["--strict", "--no-error-summary", "--cache-dir", str(program.parent / "cache"), str(program)]
    return subprocess.run([sys.executable, "-m", "mypy", *words], cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.referee
@pytest.mark.slow
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_a_checker_passes_what_is_right_and_nothing_else(root, tmp_path, checker):
    program = tmp_path / "program.py"
    right = (root / "tests" / "api" / "aio" / "typed.py").read_text()
    program.write_text("\n".join([right, *WRONG]))
    done = checker(program, root)
    first = len(right.splitlines()) + 2
    lines = [line for line in done.stdout.splitlines() if "error" in line and "program.py" in line]
    for number, (call, told) in enumerate(WRONG.items(), first):
        found = [line for line in lines if f"program.py:{number}:" in line]
        assert found, f"nothing is said of {call}: {done.stdout}"
        assert told in done.stdout
        lines = [line for line in lines if line not in found]
    assert lines == [], done.stderr
