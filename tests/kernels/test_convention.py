"""Code that would be called in another way than it expects is not called: numba as it is, and as it might become."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core import callconv, datamodel
from numba.core import types as numba_types

from rawkit.errors import KernelError
from rawkit.kernels import COMPILE_AFTER, Engine, convention_kernel
from rawkit.kernels.convention import check_numba, check_results, check_types
from rawkit.kernels.key import OPTIONS
from rawkit.kernels.native import Loader


def at(engine: Engine) -> int:
    numbers = np.array([1, 2, 3])
    return engine.call("rawkit.kernels.convention_kernel", "at", COMPILE_AFTER + 1, numbers, 2)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def assert_refused(words: str, cache: Path) -> None:
    """No kernel is kept or run: the one mode says so and stops, the other says so and goes on without."""
    with pytest.raises(KernelError, match=words):
        at(Engine("compiled"))
    said: list[str] = []
    assert at(Engine("auto", notice=said.append)) == 3
    assert said[-1].startswith("running interpreted, which is slower: ")
    assert not list(cache.rglob("*.o"))


def test_what_numba_does_today_is_what_is_expected(cache: Path) -> None:
    check_numba()
    assert at(Engine("compiled")) == 3
    assert len(list(cache.rglob("*.o"))) == 1


def test_arrays_passed_in_another_order(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = datamodel.default_manager.lookup(numba_types.Array(numba_types.int64, 1, "C"))
    fields = ("meminfo", "parent", "itemsize", "nitems", "data", "shape", "strides")
    monkeypatch.setattr(type(model), "_fields", property(lambda _: fields, lambda *_: None), raising=False)
    with pytest.raises(KernelError, match="passes arrays as meminfo, parent, itemsize"):
        check_numba()


@pytest.mark.parametrize("name", ["RETCODE_OK", "RETCODE_NONE"])
def test_another_status(cache: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from llvmlite import ir

    monkeypatch.setattr(callconv, name, ir.Constant(ir.IntType(32), 7))
    with pytest.raises(KernelError, match=r"return .*7.* where all is well"):
        check_numba()


class Function:
    """A function as LLVM describes it."""

    name = "f"

    def __init__(self, returned: str, *arguments: str) -> None:
        self.returned = returned
        self.arguments = [type("Argument", (), {"type": kind}) for kind in arguments]

    def __str__(self) -> str:
        return f"; a comment\ndefine linkonce_odr {self.returned} @f() {{"


ARRAY = ("ptr", "ptr", "i64", "i64", "ptr", "i64", "i64")
TYPED = ("i8*", "i8*", "i64", "i64", "i64*", "i64", "i64")
ARGUMENTS = (np.zeros(3), 1)


@pytest.mark.parametrize(
    "function",
    [Function("i32", "ptr", "ptr", *ARRAY, "i64"), Function("noundef i32", "i64*", "{ i8*, i32 }**", *TYPED, "i64")],
)
def test_the_same_types_by_a_newer_and_an_older_llvm(function: Function) -> None:
    check_types(function, ARGUMENTS)


@pytest.mark.parametrize(
    "function",
    [
        Function("i64", "ptr", "ptr", *ARRAY, "i64"),  # another status
        Function("i32", "ptr", "ptr", *ARRAY),
        Function("i32", "ptr", "ptr", *ARRAY, "i32"),
        Function("i32", "ptr", "ptr", "ptr", *ARRAY, "i64"),  # one more, as for an environment
        Function("i32", "ptr", "ptr", *ARRAY[:4], *ARRAY[5:], "i64"),  # one number less in an array
        Function("i32", "ptr", *ARRAY, "i64"),  # results are returned
    ],
)
def test_other_types(function: Function) -> None:
    with pytest.raises(KernelError, match="is called in another way"):
        check_types(function, ARGUMENTS)


def test_other_types_are_found_before_anything_is_run(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loader, "function", lambda *_: pytest.fail("it was loaded"))
    monkeypatch.setattr("rawkit.kernels.convention.argument_types", lambda _: [])
    with pytest.raises(KernelError, match="is called in another way"):
        at(Engine("compiled"))


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("rawkit.kernels.native.STATUS_OK", 5),
        ("rawkit.kernels.native._result", lambda result, code: 0),
        ("rawkit.kernels.native.address_of", lambda array: array.__array_interface__["data"][0] + 1),
    ],
)
def test_wrong_results_are_found(cache: Path, monkeypatch: pytest.MonkeyPatch, what: str, change: object) -> None:
    monkeypatch.setattr(what, change)
    assert_refused("compiled kernels give", cache)


def test_code_without_bounds_checks_is_found(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPTIONS, "boundscheck", False)
    monkeypatch.setattr("rawkit.kernels.compiler.SETTINGS", {})
    assert_refused("compiled kernels give", cache)


def test_the_results_are_those_of_the_source() -> None:
    """Interpreted they are what is expected of the compiled ones."""

    def interpreted(name: str, _arguments: tuple[Any, ...]) -> Callable[..., Any]:
        function = getattr(convention_kernel, name)
        return lambda *arguments: function(*(memoryview(a) if hasattr(a, "dtype") else a for a in arguments))

    check_results(interpreted)
