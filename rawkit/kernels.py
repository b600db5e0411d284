"""How kernels run: the same Python source interpreted where the work is small, compiled where it is large.

A kernel module is a file whose name ends in `_kernel.py`. All its functions are plain functions over integers and
one-dimensional integer arrays, without objects, so that numba can compile them as they stand. They import only
constants, and functions of other kernel modules. Where a module says `FORCE_INLINE = True`, its functions become part
of those that call them, and the compiler can drop the bounds checks that `within` has made.

Kernels read an enemy's bytes, so they are compiled with bounds checks, always; interpreted, they get memoryviews, which
check too and give plain Python integers.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final, Literal, Protocol

import numpy as np

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

    `auto` begins interpreted and changes over after `COMPILE_AFTER` frames, between two calls: both work on the
    same arrays. Without numba it stays interpreted.

    >>> engine = Engine("interpreted")
    >>> engine.compiled
    False
    """

    def __init__(self, mode: Mode = "auto", *, notice: Callable[[str], None] | None = None) -> None:
        self.compiled = mode == "compiled"
        self._auto = mode == "auto" and find_spec("numba") is not None
        self._seen = 0
        self._notice = notice or _silent
        self._compiler: Compiler | None = None

    def call(self, module: str, function: str, work: int, *arguments: Any) -> Any:
        """The result of `function` of the kernel module `module`; `work` is the number of frames it goes over.

        Arrays must be C-contiguous; integers are passed as they are.
        """
        self._seen += work
        if self._auto and self._seen > COMPILE_AFTER:
            self.compiled = True
        if self.compiled:
            return self._compiled(module, function)(*arguments)
        plain = getattr(import_module(module), function)
        return plain(*(a.data if isinstance(a, np.ndarray) else a for a in arguments))

    def _compiled(self, module: str, function: str) -> Callable[..., Any]:
        if self._compiler is None:
            self._compiler = Compiler(self._notice)
        return self._compiler.entry(module, function)


def _silent(_message: str) -> None:
    return


class Compiler:
    """Makes compiled copies of kernel modules, cached on disk where that is safe."""

    def __init__(self, notice: Callable[[str], None]) -> None:
        import numba

        self._cache = cache_folder()
        if self._cache is not None:
            numba.config.CACHE_DIR = str(self._cache)
        # Without numba's reference counts (_nrt): kernels allocate nothing, and the counting alone cost 100 ns a frame.
        self._njit = partial(numba.njit, cache=self._cache is not None, nogil=True, boundscheck=True, _nrt=False)
        self._modules: dict[str, ModuleType] = {}
        self._entries: dict[tuple[str, str], Callable[..., Any]] = {}
        if self._cache is None or not any(self._cache.iterdir()):
            notice("compiling the kernels, once for this version (about half a minute)")

    def entry(self, module: str, function: str) -> Callable[..., Any]:
        """A function of a kernel module, compiled (at its first call), to be called from Python."""
        key = (module, function)
        if key not in self._entries:
            plain = getattr(self._module(module), function).py_func
            self._entries[key] = self._njit(plain)
        return self._entries[key]

    def _module(self, name: str) -> ModuleType:
        if name not in self._modules:
            self._modules[name] = self._copy(import_module(name))
        return self._modules[name]

    def _copy(self, original: ModuleType) -> ModuleType:
        """A copy of the module whose functions call each other compiled; Python itself cannot call them."""
        path = str(original.__file__)
        copy = ModuleType(original.__name__)
        copy.__file__ = path
        # Our own source file, run a second time, so that its functions find each other's compiled form.
        exec(compile(Path(path).read_text(), path, "exec"), copy.__dict__)  # noqa: S102
        for name, value in list(vars(copy).items()):
            if isinstance(value, FunctionType):
                setattr(copy, name, self._inner(value, original.__name__))
        return copy

    def _inner(self, function: FunctionType, home: str) -> Any:
        if function.__module__ == home:
            inline = getattr(import_module(home), "FORCE_INLINE", False)
            return _one_version(
                self._njit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=inline)
            )
        if function.__module__.endswith("_kernel"):
            return getattr(self._module(function.__module__), function.__name__)
        return function


def _one_version(dispatcher: Any) -> Any:
    """Keeps numba from compiling a function anew for each constant that it is called with: a third of the time."""
    types: Any = import_module("numba.core.types")
    plain = dispatcher.get_call_template

    def get_call_template(arguments: Any, keywords: Any) -> Any:
        without = {name: types.unliteral(kind) for name, kind in keywords.items()}
        return plain([types.unliteral(kind) for kind in arguments], without)

    dispatcher.get_call_template = get_call_template
    return dispatcher


def cache_folder() -> Path | None:
    """The folder for compiled kernels of this version, or None where none is safe or writable.

    Compiled code is loaded from there, so it must belong to the running user or root, and nobody else may write.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    folder = base / "rawkit" / f"kernels-{_sources_digest()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if is_private(folder) and os.access(folder, os.W_OK) else None


def is_private(folder: Path) -> bool:
    """Whether only the running user (or root) can write to the folder and what lies above it in the cache."""
    for place in (folder, folder.parent):
        found = place.stat()
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return False
    return True


def _sources_digest() -> str:
    """A digest of all kernel sources: numba itself looks only at the file of the function it loads."""
    digest = hashlib.sha256(sys.version.encode())
    package = Path(__file__).parent
    for path in sorted([*package.rglob("*_kernel.py"), *package.rglob("*layout.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
