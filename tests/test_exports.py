"""What the packages offer by name: each exists, and says what it is for."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from types import ModuleType

import pytest

import rawkit

PACKAGES = ["rawkit", *(info.name for info in pkgutil.walk_packages(rawkit.__path__, "rawkit.") if info.ispkg)]


def exports(package: str) -> list[str]:
    return list(getattr(import_module(package), "__all__", ()))


@pytest.mark.parametrize("package", PACKAGES)
def test_exports_exist_and_say_what_they_are(package):
    for name in exports(package):
        value = getattr(import_module(package), name)
        if inspect.isclass(value) or inspect.isfunction(value) or isinstance(value, ModuleType):
            text = inspect.getdoc(value) or ""
            assert len(text.split()) >= 3, f"{name} does not say what it is"
            assert not text.startswith(f"{name}("), f"{name} has only the docstring that dataclass makes"


@pytest.mark.parametrize("package", PACKAGES)
def test_exports_are_unique(package):
    assert len(exports(package)) == len(set(exports(package)))


def test_every_package_and_module_says_what_it_is():
    silent = [info.name for info in pkgutil.walk_packages(rawkit.__path__, "rawkit.") if not told(info)]
    assert silent == []


def told(info: pkgutil.ModuleInfo) -> bool:
    """Whether a module has a docstring, or is the empty front of a room."""
    if info.name.endswith("__main__"):
        return True
    module = import_module(info.name)
    return bool(module.__doc__) or (info.ispkg and not exports(info.name))


@pytest.mark.parametrize("name", rawkit.__all__)
def test_the_front_has_what_it_names(name):
    assert getattr(rawkit, name) is not None
    assert name in dir(rawkit)


def test_the_front_names_what_it_has_not():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = rawkit.nothing
