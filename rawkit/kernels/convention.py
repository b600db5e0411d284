"""Whether compiled code is called as it expects to be: numba's calling convention, held against ours.

The convention is numba's own affair, and a new version may change it. Calling by another one would read and write
anywhere. So whenever something is compiled, what numba says of itself is compared first, then the types that LLVM has
for the function, and then functions with known results are run, bounds errors among them. Code from the cache was made
by a process that passed this, and the cache's key has all in it on which the outcome depends.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from rawkit.errors import KernelError
from rawkit.kernels.native import ARRAY, STATUS_NONE, STATUS_OK, argument_types

TRIED: Final = "rawkit.kernels.convention_kernel"
_KINDS: Final = {"c_void_p": "ptr", "c_long": "i64", "c_longlong": "i64"}
"""LLVM's names of the types that we pass; ctypes calls 64 bits by their name in C, which the system decides."""

Compiled = Callable[[str, tuple[Any, ...]], Callable[..., Any]]
"""A function of the module `TRIED` by its name, compiled for arguments like these."""


def check_numba() -> None:
    """KernelError where numba lays out arrays, or numbers its statuses, in another way than `native` expects."""
    from numba import types
    from numba.core import callconv
    from numba.core.datamodel import default_manager

    fields = default_manager.lookup(types.Array(types.int64, 1, "C"))._fields
    if tuple(fields) != ARRAY:
        raise KernelError(f"numba passes arrays as {', '.join(fields)}: use another version of it, or none")
    statuses = (callconv.RETCODE_OK.constant, callconv.RETCODE_NONE.constant)
    if statuses != (STATUS_OK, STATUS_NONE):
        raise KernelError(f"numba's functions return {statuses} where all is well: use another version of it, or none")


def check_types(function: Any, arguments: tuple[Any, ...]) -> None:
    """KernelError where a function takes or gives other types than those with which it will be called.

    Args:
        function: LLVM's (`llvmlite.binding.ValueRef`).
        arguments: such as it will be called with.
    """
    ours = [_KINDS[kind.__name__] for kind in argument_types(arguments)]
    # Before LLVM 15, pointers have the type of what they point to.
    theirs = ["ptr" if str(one.type).endswith("*") else str(one.type) for one in function.arguments]
    if ours != theirs or not re.search(r"^define [^@]*\bi32 @", str(function), re.MULTILINE):
        raise KernelError(f"{function.name} is called in another way by numba: use another version of it, or none")


def check_results(compiled: Compiled) -> None:
    """KernelError where functions with known results have others, or go outside an array."""
    found, expected = _found(compiled), _expected()
    if found != expected:
        raise KernelError(
            f"compiled kernels give {found} where {expected} is right: use another version of numba, or none"
        )


def _found(compiled: Compiled) -> list[Any]:
    import numpy as np

    room = np.array([0, 11, 22, 33, 44, 55], dtype=np.int64)
    numbers, octets = (
        room[:4],
        np.arange(1, 9, dtype=np.uint8),
    )  # the array ends before its memory

    def run(name: str, *arguments: Any) -> Any:
        try:
            return compiled(name, arguments)(*arguments)
        except IndexError:
            return "outside"

    found = [run("pair", numbers, octets, 2), run("at", numbers, 3), run("at", numbers, 4)]
    found += [run("is_at", octets, 7, 8), run("is_at", octets, 0, 8)]
    found += [run("put", numbers, 1, 2**40), run("put", numbers, 5, 1)]
    return [*found, room.tolist()]


def _expected() -> list[Any]:
    return [
        (22 * 256 + 4, 4 * 256 + 8),
        33,
        "outside",
        True,
        False,
        None,
        "outside",
        [2, 2**40, 22, 33, 44, 55],
    ]
