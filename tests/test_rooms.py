"""Who may import whom: the table of rooms in docs/architecture.md, held against every import in the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "rawkit"
MODULES = sorted(PACKAGE.rglob("*.py"))
ALLOWED = {
    "errors": "",
    "facts": "",
    "linktypes": "",
    "values": "",
    "kernels": "",
    "frames": "",
    "tables": "",
    "wire": "",
    "files": "frames",
    "diag": "wire",
    "sockets": "frames wire",
    "decode": "frames wire tables",
    "flow": "frames decode wire tables",
    "query": "frames decode flow wire tables view",
    "streams": "frames decode flow wire",
    "count": "frames decode flow query tables",
    "view": "frames decode flow wire diag streams probe",
    "craft": "frames wire",
    "probe": "frames wire",
    "tcp": "wire",
    "rewrite": "frames decode wire",
    "run": "frames wire diag sockets files decode flow craft probe rewrite tcp",
    "lab": "frames sockets wire",
    "api": "frames tables wire diag sockets files decode flow query count streams view craft probe rewrite tcp run lab",
    "cli": "frames view api",
    "testing": "flow view lab api",
}
"""What each room may import besides itself and `FOR_ALL`."""
FOR_ALL = {"errors", "facts", "kernels", "linktypes", "values"}
BARE = {"errors", "facts", "values"}
"""Rooms that import no other."""
ALSO_NONE_OF_THEIRS = ("socket", "threading", "concurrent", "pwd")
"""Modules that commands have no use for."""
OWN_ROOM = {"__init__", "__main__", "aio"}
"""The package's fronts, which import what they name when somebody asks for it."""

FRONTS = {"rawkit.tcp"}
"""Rooms whose own name is a front too: their `__init__` names what users call."""


def room(module: str) -> str:
    """`flow` of `rawkit.flow.table.tracker`."""
    if module in FRONTS:
        return "__init__"
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def import_nodes(path: Path) -> list[ast.Import | ast.ImportFrom]:
    """The import statements of a file, wherever they are in it."""
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.Import | ast.ImportFrom)]


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports; of `from rawkit import x` it is `rawkit.x`."""
    for node in import_nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            base = node.module or ""
            yield from ((f"rawkit.{a.name}" for a in node.names) if base == "rawkit" else (base,))


def rooms_of(path: Path) -> set[str]:
    ours = {room(found) for found in imports(path) if found == "rawkit" or found.startswith("rawkit.")}
    return ours - OWN_ROOM - {"__version__"}


@pytest.mark.parametrize("here", ALLOWED)
def test_imports_stay_within_the_table(here):
    allowed = set(ALLOWED[here].split()) | {here} | (set() if here in BARE else FOR_ALL)
    found = {name(path): rooms_of(path) - allowed for path in MODULES if room(name(path)) == here}
    assert {path: strange for path, strange in found.items() if strange} == {}


@pytest.mark.parametrize("here", ALLOWED)
def test_what_a_room_may_import_it_does_import(here):
    used = set().union(*(rooms_of(path) for path in MODULES if room(name(path)) == here))
    assert set(ALLOWED[here].split()) <= used


def test_every_room_is_in_the_table():
    assert {room(name(path)) for path in MODULES} - OWN_ROOM <= set(ALLOWED)


def test_nobody_imports_the_command_line():
    outside = [path for path in MODULES if room(name(path)) not in ("cli", "__main__")]
    assert [path for path in outside if "cli" in rooms_of(path)] == []


def test_commands_parse_call_what_users_call_and_print():
    """All that they do is a call of `rawkit.api`; they know its errors, its frames and values, and print by views."""
    allowed = {"cli", "api", "view", "errors", "frames", "linktypes", "values", "__init__"}
    for path in sorted((PACKAGE / "cli").rglob("*.py")):
        strange = {module for module in imports(path) if module.split(".")[0] in ALSO_NONE_OF_THEIRS}
        assert (name(path), rooms_of(path) - allowed, strange) == (name(path), set(), set())


def test_only_the_front_and_the_command_line_import_the_api():
    users = {room(name(path)) for path in MODULES if "api" in rooms_of(path)}
    assert users <= {"__init__", "__main__", "aio", "api", "cli", "testing"}


def test_scapy_is_imported_by_craft_alone():
    users = {room(name(path)) for path in MODULES for found in imports(path) if found.split(".")[0] == "scapy"}
    assert users <= {"craft"}


KERNELS = [path for path in MODULES if path.stem.endswith("_kernel")]


def test_kernels_are_functions_and_constants():
    allowed = ast.FunctionDef | ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom
    for path in KERNELS:
        for node in tree(path).body:
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            assert is_text or isinstance(node, allowed), f"{path}: {node.lineno}"
            assert not getattr(node, "decorator_list", []), f"{path}: {node.lineno}"


def foreign(path: Path) -> Iterator[str]:
    """What a kernel imports that is neither a constant nor a kernel nor the name of a type."""
    for node in import_nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module not in ("__future__", "typing"):
            is_ours = str(node.module).endswith("_kernel") or node.module == "rawkit.facts"
            names = [alias.name for alias in node.names if not is_ours]
            yield from (found for found in names if not found.isupper() and found not in ("Ints", "linktypes"))


def test_kernels_import_constants_and_kernels():
    assert [(name(path), found) for path in KERNELS for found in foreign(path)] == []


def uses() -> dict[str, set[str]]:
    """Each module, and the modules of ours that it imports, wherever in the file."""
    names = {name(path) for path in MODULES}
    found: dict[str, set[str]] = {}
    for path in MODULES:
        own = found.setdefault(name(path), set())
        for node in import_nodes(path):
            if isinstance(node, ast.ImportFrom):
                own |= {
                    inner if (inner := f"{node.module}.{a.name}") in names else str(node.module) for a in node.names
                }
            elif isinstance(node, ast.Import):
                own |= {alias.name for alias in node.names}
    return {module: own & names - {module} for module, own in found.items()}


def test_no_modules_import_each_other_in_a_circle():
    left = uses()
    while free := [module for module, used in left.items() if not used & left.keys()]:
        for module in free:
            del left[module]
    assert left == {}
