"""What machine code depends on: each of it changes the name under which code is found."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rawkit.kernels import key

PACKAGE = Path(key.__file__).parents[1]


def name(package: Path = PACKAGE) -> str:
    return key.digest(key.parts(package))


def imported(module: str) -> Iterator[str]:
    """The modules of ours that a module imports as it is loaded, by its syntax tree and Python's own search."""
    for node in ast.parse(path(module).read_text()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def path(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    assert spec
    assert spec.origin
    return Path(spec.origin)


def is_ours(module: str) -> bool:
    if module.partition(".")[0] != "rawkit":
        return False
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False  # a name in a module, which is no package


def reached() -> set[str]:
    files = PACKAGE.rglob("*_kernel.py")
    waiting = [".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts) for file in files]
    found: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += filter(is_ours, imported(module))
    return found


def test_the_search_finds_what_the_syntax_trees_have() -> None:
    found = key.sources(PACKAGE)
    assert set(found) == reached()
    assert all(path(module).read_bytes() == source for module, source in found.items())


def test_the_loader_is_part_of_it() -> None:
    files = {file.stem for file in (PACKAGE / "kernels").glob("*.py")} - {"__init__"}
    assert {f"rawkit.kernels.{file}" for file in files} <= set(key.sources(PACKAGE))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(PACKAGE, tmp_path / "rawkit", ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.parametrize("module", ["linktypes", "facts.status", "kernels.elf", "kernels.native", "kernels.compiler"])
def test_a_number_changed_in_what_kernels_import_changes_it(copy: Path, module: str) -> None:
    before = name(copy)
    file = Path(str(path(f"rawkit.{module}")).replace(str(PACKAGE), str(copy)))
    file.write_text(file.read_text() + "\nONE_MORE = 1\n")
    assert name(copy) != before


def test_what_kernels_do_not_import_does_not_change_it(copy: Path) -> None:
    before = name(copy)
    (copy / "__main__.py").write_text("")
    shutil.rmtree(copy / "cli")
    assert name(copy) == before == name(PACKAGE)


def test_a_module_moved_or_imported_anew_changes_it(copy: Path) -> None:
    before = name(copy)
    (copy / "more").mkdir()
    (copy / "more" / "__init__.py").write_text("")
    (copy / "more" / "ip.py").write_text("IHL = 5\n")
    assert name(copy) == before
    kernel = copy / "kernels" / "bytes_kernel.py"
    kernel.write_text(f"from rawkit.more import (\n    ip,\n)\n{kernel.read_text()}")
    new = name(copy)
    assert new != before
    (copy / "more" / "ip.py").write_text("IHL = 6\n")
    assert name(copy) not in (before, new)


@pytest.mark.parametrize("option", key.OPTIONS)
def test_each_option_of_the_compiler_changes_it(monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    before = name()
    monkeypatch.setitem(key.OPTIONS, option, not key.OPTIONS[option])
    assert name() != before


def test_the_compiler_is_told_what_the_name_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the options could change and the name stay."""
    from rawkit.kernels.compiler import _jitted

    told: dict[str, object] = {}
    monkeypatch.setattr("numba.njit", lambda **options: told.update(options) or (lambda function: function))
    monkeypatch.setattr("rawkit.kernels.compiler._one_version", lambda function: function)
    monkeypatch.setitem(key.OPTIONS, "boundscheck", False)
    _jitted(name, True)
    assert told == {**key.OPTIONS, "forceinline": True}


@pytest.mark.parametrize("part", ["version", "implementation"])
def test_another_python_changes_it(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    before = name()
    monkeypatch.setattr(sys, part, type("Other", (), {"cache_tag": "other"}) if part == "implementation" else "3.99")
    assert name() != before


@pytest.mark.parametrize("package", ["numba", "llvmlite"])
def test_another_compiler_changes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Its version, and of llvmlite the library with LLVM in it."""
    before = name()
    (tmp_path / package / "binding").mkdir(parents=True)
    for file, content in (("__init__.py", ""), ("_version.py", "99"), ("binding/libllvmlite.so", "1")):
        (tmp_path / package / file).write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, package, raising=False)
    versions = [name()]
    (tmp_path / package / "_version.py").write_text("100")
    versions.append(name())
    (tmp_path / package / "binding" / "libllvmlite.so").write_text("2")
    versions.append(name())
    assert before not in versions
    assert len(set(versions)) == (3 if package == "llvmlite" else 2)


def test_another_processor_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = name()
    monkeypatch.setattr(key, "_processor", lambda: "flags : avx1024")
    assert name() != before


def test_a_setting_of_numba_changes_it_if_it_changes_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    before = name()
    for variable in ("NUMBA_NUM_THREADS", "NUMBA_CACHE_DIR", "NUMBA_BOUNDSCHECK"):
        monkeypatch.setenv(variable, "0")
    assert name() == before
    monkeypatch.setenv("NUMBA_OPT", "0")
    changed = name()
    assert changed != before
    (tmp_path / ".numba_config.yaml").write_text("cpu_name: generic\n")
    assert name() not in (before, changed)


def test_it_is_found_without_what_it_is_about() -> None:
    script = (
        "import sys; from rawkit.kernels import key; key.version();"
        "print({*sys.modules} & {'numba', 'numpy', 'llvmlite'})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout == "set()\n"
