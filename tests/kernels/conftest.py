"""Machine code to try things with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rawkit.kernels.compiler import Compiler, _numba
from rawkit.kernels.native import Code


@pytest.fixture(scope="session")
def made() -> tuple[Code, Any]:
    """The function `pair` of `rawkit.kernels.convention_kernel`, and numba's library that its code is from."""
    compiler = Compiler(lambda _: None)
    arguments = (np.zeros(4, dtype=np.int64), np.zeros(8, dtype=np.uint8), 2)
    with _numba():
        code = compiler._compile("rawkit.kernels.convention_kernel", "pair", arguments)
        dispatcher = compiler._module("rawkit.kernels.convention_kernel").pair
    (found,) = dispatcher.overloads.values()
    return code, found.library


@pytest.fixture(scope="session")
def code(made: tuple[Code, Any]) -> Code:
    return made[0]
