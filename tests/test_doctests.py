"""Every example in a docstring runs and gives what it says."""

from __future__ import annotations

import doctest
import pkgutil
from contextlib import ExitStack
from importlib import import_module

import pytest

import rawkit
from rawkit.errors import PrivilegeError
from rawkit.lab import Lab

MODULES = ["rawkit", *(info.name for info in pkgutil.walk_packages(rawkit.__path__, "rawkit."))]


@pytest.fixture(scope="module")
def own_network():
    """A loopback of their own, where this process may make one: examples listen there, others send to the same port."""
    with ExitStack() as stack:
        try:
            lab = stack.enter_context(Lab.from_spec("pair"))
            stack.enter_context(lab["client"].entered())
        except PrivilegeError:
            pass
        yield


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
@pytest.mark.usefixtures("own_network")
def test_examples(name):
    result = doctest.testmod(import_module(name), optionflags=doctest.FAIL_FAST)
    assert result.failed == 0
