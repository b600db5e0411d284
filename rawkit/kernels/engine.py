"""The engine: calls kernels, and decides when they change over from interpreted to compiled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Literal, Protocol

from rawkit.errors import KernelError
from rawkit.kernels.cache import all_compiled
from rawkit.kernels.compiler import Compiler
from rawkit.kernels.native import is_array

LOAD_AFTER: Final = 256
"""Frames after which `auto` loads kernels that were all compiled before, which takes as long as they do interpreted."""
COMPILE_AFTER: Final = 8192
"""Frames after which `auto` compiles: interpreted they take about as long as loading the compiler (0.5 s)."""

Mode = Literal["auto", "interpreted", "compiled"]


class Ints(Protocol):
    """What a kernel sees of an array: integers in, integers out."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...
    def __len__(self) -> int: ...


class Engine:
    """Calls kernels, and decides whether they run interpreted or compiled.

    `auto` begins interpreted and changes over after `LOAD_AFTER` frames where all kernels were compiled before, else
    after `COMPILE_AFTER`, between two calls: both work on the same arrays. Without numba it stays interpreted, and with
    one whose code cannot be run here it says so once. `compiled` raises KernelError then.

    >>> engine = Engine("interpreted")
    >>> engine.compiled
    False
    """

    def __init__(self, mode: Mode = "auto", *, notice: Callable[[str], None] | None = None) -> None:
        self.compiled = mode == "compiled"
        self._auto = mode == "auto" and find_spec("numba") is not None
        self._seen = 0
        self._limit = LOAD_AFTER
        self._notice = notice or _silent
        self._compiler: Compiler | None = None
        self._lock = threading.Lock()

    def call(self, module: str, function: str, work: int, *arguments: Any) -> Any:
        """The result of `function` of the kernel module `module`; `work` is the number of frames it goes over.

        Arrays are NumPy's or memoryviews, and C-contiguous; integers are passed as they are.
        """
        self._seen += work
        if self._auto and self._seen > self._limit:
            self._change_over()
        if self.compiled and (run := self._compiled(module, function, arguments)):
            return run(*arguments)
        return _plain(module, function, arguments)

    def call_late(self, after: int, module: str, function: str, work: int, *arguments: Any) -> Any:
        """As `call`, of a kernel that is rarely needed and takes long to compile.

        `auto` compiles it after so many frames, unless that was done before.
        """
        if not self.compiled or not self._auto or self._seen > after or self._was_compiled(module, function, arguments):
            return self.call(module, function, work, *arguments)
        self._seen += work
        return _plain(module, function, arguments)

    def _was_compiled(self, module: str, function: str, arguments: tuple[Any, ...]) -> bool:
        with self._lock:
            if self._compiler is None:
                self._compiler = Compiler(self._notice)
        return self._compiler.has(module, function, arguments)

    def _change_over(self) -> None:
        self.compiled = self.compiled or self._seen > COMPILE_AFTER or all_compiled()
        self._limit = COMPILE_AFTER

    def _compiled(self, module: str, function: str, arguments: tuple[Any, ...]) -> Callable[..., Any] | None:
        """The compiled kernel; None where there can be none, and `auto` stays interpreted from here on."""
        with self._lock:
            if self._compiler is None:
                self._compiler = Compiler(self._notice)
        try:
            return self._compiler.entry(module, function, arguments)
        except KernelError as error:
            if not self._auto:
                raise
            self._auto = self.compiled = False
            self._notice(f"running interpreted, which is slower: {error}")
            return None


def _plain(module: str, function: str, arguments: tuple[Any, ...]) -> Any:
    """What the function gives, interpreted."""
    plain = getattr(import_module(module), function)
    return plain(*(memoryview(a) if is_array(a) else a for a in arguments))


def _silent(_message: str) -> None:
    return
