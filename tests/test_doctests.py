"""Every example in a docstring runs and gives what it says."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import rawkit

MODULES = ["rawkit", *(info.name for info in pkgutil.walk_packages(rawkit.__path__, "rawkit."))]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples(name):
    result = doctest.testmod(import_module(name), optionflags=doctest.FAIL_FAST)
    assert result.failed == 0
