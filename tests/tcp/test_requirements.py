"""docs/tcp.md has every MUST of RFC 9293, and the tests that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "tcp.md").read_text()
LAST = 69
"""Of RFC 9293, appendix B."""


def test_every_must_has_a_line():
    assert [int(number) for number in re.findall(r"^\| MUST-(\d+) ", PAGE, re.M)] == list(range(1, LAST + 1))


def test_the_tests_that_are_named_are_there():
    there = "".join(
        path.read_text() for path in [*(ROOT / "tests" / "tcp").glob("*.py"), ROOT / "tests/api/test_tcp.py"]
    )
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert {name for name in named if f"def {name}(" not in there} == set()
    assert len(named) > 30


def test_every_file_is_on_the_page():
    files = {path.name for path in (ROOT / "rawkit" / "tcp").glob("*.py")} - {"__init__.py"}
    assert {name for name in files if f"`{name}`" not in PAGE} == set()
