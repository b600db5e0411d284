"""Compiled kernels: machine code from the cache, or from numba, which is imported for nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from rawkit.kernels.cache import cache_folder, digest, store, stored
from rawkit.kernels.native import Code, Loader, is_array


class Compiler:
    """Compiled kernels: from files where they are there, else from numba, which then leaves them there."""

    def __init__(self, notice: Callable[[str], None]) -> None:
        self._folder = cache_folder()
        self._loader = Loader()
        self._lock = threading.Lock()
        self._notice: Callable[[str], None] | None = notice
        self._modules: dict[str, ModuleType] = {}
        self._entries: dict[tuple[str, ...], Callable[..., Any]] = {}

    def entry(self, module: str, function: str, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        """A function of a kernel module, compiled for arguments of these types, to be called from Python."""
        key = (module, function, *map(_type_name, arguments))
        if key not in self._entries:
            with self._lock:
                self._entries[key] = self._loader.function(self._code(key, arguments))
        return self._entries[key]

    def _code(self, key: tuple[str, ...], arguments: tuple[Any, ...]) -> Code:
        path = self._folder / f"{key[0].rpartition('.')[2]}.{key[1]}-{digest(key)}.o" if self._folder else None
        code = stored(path)
        if code is None:
            code = self._compile(key[0], key[1], arguments)
            store(path, code)
        return code

    def _compile(self, module: str, function: str, arguments: tuple[Any, ...]) -> Code:
        if self._notice:
            self._notice("compiling the kernels, once for this version (about half a minute)")
            self._notice = None
        dispatcher = getattr(self._module(module), function)
        dispatcher.compile(tuple(map(_numba_type, arguments)))
        (made,) = dispatcher.overloads.values()
        returned = str(made.fndesc.restype)
        results = {"none": 0, "int64": 1, "bool": 1, "UniTuple(int64 x 2)": 2}[returned]
        image = made.library._get_compiled_object()
        return Code(made.fndesc.llvm_func_name, results, returned == "bool", image)

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
            return _jitted(function, getattr(import_module(home), "FORCE_INLINE", False))
        if function.__module__.endswith("_kernel"):
            return getattr(self._module(function.__module__), function.__name__)
        return function


def _jitted(function: FunctionType, inline: bool) -> Any:
    """The function for numba: with bounds checks, without the GIL, and without wrappers for Python.

    Also without numba's reference counts (`_nrt`): kernels allocate nothing, and counting cost 100 ns a frame.
    """
    import numba

    return _one_version(
        numba.njit(
            nogil=True,
            boundscheck=True,
            _nrt=False,
            no_cpython_wrapper=True,
            no_cfunc_wrapper=True,
            forceinline=inline,
        )(function)
    )


def _type_name(argument: Any) -> str:
    """What the compiled code depends on."""
    if isinstance(argument, memoryview):
        return argument.format
    return f"{argument.dtype.str}{'' if argument.flags.writeable else ' read-only'}" if is_array(argument) else "int"


def _numba_type(argument: Any) -> Any:
    if isinstance(argument, memoryview):
        argument = import_module("numpy").asarray(argument)
    return import_module("numba").typeof(argument)


def _one_version(dispatcher: Any) -> Any:
    """Keeps numba from compiling a function anew for each constant that it is called with: a third of the time."""
    types: Any = import_module("numba.core.types")
    plain = dispatcher.get_call_template

    def get_call_template(arguments: Any, keywords: Any) -> Any:
        without = {name: types.unliteral(kind) for name, kind in keywords.items()}
        return plain([types.unliteral(kind) for kind in arguments], without)

    dispatcher.get_call_template = get_call_template
    return dispatcher
