"""Text as files want it: Python as ruff formats it, and parts of pages between their markers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRST_LINE = "# Written by scripts/generate from {source}: change it there, not here.\n"


def python(source: str, code: str) -> str:
    """The text of a generated module, whose first line says where it comes from; formatted as the checks want it."""
    text = FIRST_LINE.format(source=source) + code
    for command in (["check", "--select", "I", "--fix", "--exit-zero"], ["format"]):
        text = ruff(source, command, text)
    return text


def ruff(source: str, command: list[str], text: str) -> str:
    """What ruff makes of the text; it sorts imports, then formats."""
    done = subprocess.run(
        [Path(sys.prefix, "bin", "ruff"), *command, "--stdin-filename", "rawkit/generated.py", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        sys.exit(f"generate: what follows from {source} is no Python: {done.stderr.strip()}")
    return done.stdout


def between(page: str, name: str, content: str) -> str:
    """The page with other content between the markers `<!-- name -->` and `<!-- /name -->`."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        sys.exit(f"generate: a page lacks the markers {begin} and {end}: put them back")
    return f"{before}{begin}\n{content}\n{end}{after}"
