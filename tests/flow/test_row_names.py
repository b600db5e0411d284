"""A column of a flow's row, of its key or of an event has a name wherever it is read or written."""

from __future__ import annotations

import ast

import pytest

ROWS = {"flows", "row", "key", "events", "tracker"}
"""What arrays of rows and keys are called in the code."""


def numbered(source: str) -> list[str]:
    """The subscripts of rows that have a number in them, as `base + 5` and `key[5]` have."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in ROWS:
            parts = terms(node.slice)
            if any(isinstance(part, ast.Constant) and isinstance(part.value, int) for part in parts):
                found.append(ast.unparse(node))
    return found


def terms(place: ast.expr) -> list[ast.expr]:
    """What is added up."""
    if isinstance(place, ast.BinOp) and isinstance(place.op, ast.Add):
        return terms(place.left) + terms(place.right)
    return (
        [part for end in (place.lower, place.upper) if end for part in terms(end)]
        if isinstance(place, ast.Slice)
        else [place]
    )


@pytest.mark.parametrize("room", ["flow", "view/events", "view/flows"])
def test_no_column_is_a_number(room, root):
    files = sorted((root / "rawkit" / room).rglob("*.py"))
    assert [(path.name, found) for path in files for found in numbered(path.read_text())] == []
    assert files


@pytest.mark.parametrize("code", ["key[5]", "flows[base + 5]", "flows[base + KEY + 5]", "row[2:4]"])
def test_a_number_is_found(code):
    assert numbered(code) == [code]


def test_a_name_is_none():
    assert numbered("flows[base + STATE] + rows[5] + flows[at + HOLES + HOLE_WIDTH * hole] + row[HISTORY:SIDES]") == []
