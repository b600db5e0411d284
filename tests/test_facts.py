"""Each fact once: well-known numbers and offsets stand in rawkit.facts, and everybody else has them by their names."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from rawkit.facts import ethertypes, ip_protocols

PACKAGE = Path(__file__).resolve().parents[1] / "rawkit"
GENERATED = "# Written by scripts/generate"
"""How a file begins whose numbers follow from declarations, which have them by name."""
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent.name != "facts" and not path.read_text().startswith(GENERATED)
)
ETHERTYPES = {value for name, value in vars(ethertypes).items() if name.isupper() and value > ethertypes.TYPE_MIN}
PROTOCOLS = {value for name, value in vars(ip_protocols).items() if name.isupper()}
FOUR_DIGITS = re.compile(r"\b0x[0-9a-f]{4}\b", re.IGNORECASE)
OF_PROTOCOLS = ("protocol", "next_header", "proto")
READERS = {"u8", "u16", "u32", "signed64"}
READING = ("kernels/bytes_kernel.py", "view/numbers_kernel.py")
"""What reads numbers and addresses a word at a time, wherever they are."""


KERNELS = [path for path in MODULES if path.stem.endswith("_kernel") and not str(path).endswith(READING)]


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def computed(node: ast.AST) -> bool:
    """Whether it is a number, or something plus a number over 0: `5`, `base + 5`, `base + X + 5`."""
    if is_number(node):
        return True
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and computed(node.right)


def ethertypes_in(path: Path) -> Iterator[str]:
    """EtherTypes written as numbers, which people write with four hexadecimal digits."""
    if FOUR_DIGITS.search(path.read_text()) is None:
        return
    with open(path, "rb") as file:
        for token in tokenize.tokenize(file.readline):
            if (
                token.type == tokenize.NUMBER
                and FOUR_DIGITS.fullmatch(token.string)
                and int(token.string, 0) in ETHERTYPES
            ):
                yield f"{token.start[0]}: {token.line.strip()}"


def says_protocol(node: ast.AST) -> bool:
    text = ast.unparse(node).lower()
    return not text.startswith("len(") and any(word in text for word in OF_PROTOCOLS)


def numbers_of(node: ast.AST) -> set[int]:
    parts = node.elts if isinstance(node, ast.Tuple | ast.Set | ast.List) else [node]
    return {part.value for part in parts if isinstance(part, ast.Constant) and type(part.value) is int}


def protocols_in(path: Path) -> Iterator[str]:
    """Comparisons of something that is called a protocol with the number of one; and `TCP = 6` once more."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            numbers = set().union(*map(numbers_of, sides))
            if numbers & PROTOCOLS - {0} and any(says_protocol(side) for side in sides):
                yield f"{node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            word = ast.unparse(target).lstrip("_")
            if is_number(node.value) and vars(ip_protocols).get(word) == node.value.value:
                yield f"{node.lineno}: {ast.unparse(node)}"


def is_column(node: ast.Subscript) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "rows" and computed(node.slice)


def offsets_in(path: Path) -> Iterator[str]:
    """Columns of packets' rows and offsets of headers that are numbers: `rows[row + 5]`, `u16(data, place + 12)`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Subscript) and is_column(node):
            yield f"{node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READERS:
            reads_frame = ast.unparse(node.args[0]) == "data"
            if reads_frame and computed(node.args[1]) and not is_number(node.args[1]):
                yield f"{node.lineno}: {ast.unparse(node)}"


def test_no_ethertype_is_written_as_a_number():
    assert [f"{name(path)}:{found}" for path in MODULES for found in ethertypes_in(path)] == []


def test_no_protocol_is_written_as_a_number():
    assert [f"{name(path)}:{found}" for path in MODULES for found in protocols_in(path)] == []


def test_no_column_or_offset_is_written_as_a_number():
    assert [f"{name(path)}:{found}" for path in KERNELS for found in offsets_in(path)] == []


@pytest.mark.parametrize(
    ("find", "code"),
    [
        (ethertypes_in, "kind == 0x86DD"),
        (protocols_in, "rows[row + PROTOCOL] in (6, 17)"),
        (protocols_in, "protocol != 58"),
        (protocols_in, "TCP: Final = 6"),
        (offsets_in, "u16(data, start + at + 12)"),
        (offsets_in, "rows[row + 5]"),
    ],
)
def test_a_number_is_found(find, code, tmp_path):
    path = tmp_path / "it.py"
    path.write_text(f"{code}\n")
    assert len(list(find(path))) == 1
