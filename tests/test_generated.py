"""What scripts/generate writes is what lies in the checkout, and a file that differs is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MARK = "# Written by scripts/generate "


@pytest.fixture
def table(root: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The module that lists the generated files."""
    monkeypatch.syspath_prepend(str(root / "scripts"))
    from generating import table

    return table


def check(root: Path) -> tuple[int, str]:
    command = [sys.executable, root / "scripts" / "generate", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_all_are_up_to_date(root):
    assert check(root) == (0, "")


def test_a_file_that_was_changed_by_hand_is_found(table, root, tmp_path):
    """In a page's generated part, anywhere in a module: every other file, then those between them."""
    for path in table.FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, tmp_path / path)
    assert table.out_of_date(tmp_path) == {}
    texts = {path: (root / path).read_text() for path in table.FILES}
    for first in (0, 1):
        changed = list(texts)[first::2]
        for path, text in texts.items():
            by_hand = text.replace("\n<!-- /", "\nby hand\n<!-- /") if path.endswith(".md") else text + "BY_HAND = 1\n"
            (tmp_path / path).write_text(by_hand if path in changed else text)
        assert table.out_of_date(tmp_path) == {path: texts[path] for path in changed}


def test_what_says_that_it_is_generated_is_in_the_table(table, root):
    modules = (root / "rawkit").rglob("*.py")
    says = {str(path.relative_to(root)) for path in modules if path.read_text().startswith(MARK)}
    assert says == {path for path in table.FILES if path.endswith(".py")}
