"""docs/architecture.md: its table of rooms is the one that the imports are held to, its dependencies those we have."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

from rawkit import errors


@pytest.fixture(scope="module")
def page(root) -> str:
    return (root / "docs" / "architecture.md").read_text()


def table(page: str, title: str) -> list[list[str]]:
    section = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


def held_to(root) -> dict[str, str]:
    """ALLOWED in tests/test_rooms.py."""
    for node in ast.parse((root / "tests" / "test_rooms.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ALLOWED":
            return ast.literal_eval(node.value)
    raise AssertionError("tests/test_rooms.py has no table")


def test_rooms_are_those_that_the_imports_are_held_to(root, page):
    told = {
        room: set(allowed.replace("nothing", "").replace(",", " ").split()) for room, _, allowed in table(page, "Rooms")
    }
    assert told == {room: set(allowed.split()) for room, allowed in held_to(root).items()}


def test_dependencies_are_those_of_the_package(root, page):
    wanted = tomllib.loads((root / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {row[0] for row in table(page, "Dependencies")} == {re.match(r"[\w-]+", name)[0] for name in wanted}


def test_every_error_is_named(page):
    ours = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)]
    assert [name for name in ours if f"`{name}`" not in page] == []
