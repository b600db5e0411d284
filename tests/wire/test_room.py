import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rawkit.wire

ROOM = Path(rawkit.wire.__file__).parent
FILES = sorted(ROOM.glob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_imports_the_standard_library_errors_and_values_alone(path):
    for name in imported(path):
        root = name.split(".")[0]
        is_ours = name in ("rawkit.errors", "rawkit.values") or name.startswith(("rawkit.wire", "rawkit.facts"))
        assert root in sys.stdlib_module_names or is_ours


def test_importing_the_whole_room_loads_nothing_heavy():
    modules = [f"rawkit.wire.{path.stem}" for path in FILES if path.stem != "__init__"]
    program = f"import sys, {', '.join(modules)}\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"numpy", "numba", "scapy", "dpkt"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_functions_fit_in_a_glance(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 40
