"""What users' type checkers say of a program: all that is right passes, and each line that is wrong is found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

Checker = Callable[[Path, Path], "subprocess.CompletedProcess[str]"]


def mypy(program: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """What mypy --strict says of a program."""
    words = ["--strict", "--no-error-summary", "--cache-dir", str(program.parent / "cache"), str(program)]
    return subprocess.run([sys.executable, "-m", "mypy", *words], cwd=root, capture_output=True, text=True, check=False)


def check(checker: Checker, right: Path, wrong: Mapping[str, str], folder: Path, root: Path) -> None:
    """Has a program checked, with lines behind it that are wrong, each with a word of what is said of it."""
    program = folder / "program.py"
    text = right.read_text()
    program.write_text("\n".join([text, *wrong]))
    done = checker(program, root)
    first = len(text.splitlines()) + 2
    lines = [line for line in done.stdout.splitlines() if "error" in line and "program.py" in line]
    for number, (call, told) in enumerate(wrong.items(), first):
        found = [line for line in lines if f"program.py:{number}:" in line]
        assert found, f"nothing is said of {call}: {done.stdout}"
        assert told in done.stdout
        lines = [line for line in lines if line not in found]
    assert lines == [], done.stderr
