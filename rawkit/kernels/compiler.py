"""Compiled kernels: machine code from the cache, or from numba, which is imported for nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from rawkit.errors import KernelError
from rawkit.kernels.cache import open_cache, stored
from rawkit.kernels.convention import TRIED, check_numba, check_results, check_types
from rawkit.kernels.folder import Folder, FolderError
from rawkit.kernels.key import OPTIONS, SETTINGS, digest, version
from rawkit.kernels.native import Code, Loader, is_array

_RESULTS: Final = {"none": 0, "int64": 1, "bool": 1, "UniTuple(int64 x 2)": 2}
"""How many integers a kernel returns, by numba's name of the type."""

Key = tuple[str, ...]
"""Module, function, and what each argument is."""


class Compiler:
    """Compiled kernels: from files where they are there, else from numba, which then leaves them there."""

    def __init__(self, notice: Callable[[str], None]) -> None:
        self._folder, self._trouble = _opened()
        self._loader = Loader()
        self._lock = threading.Lock()
        self._notice = notice
        self._is_announced = False
        self._is_tried = False
        self._modules: dict[str, ModuleType] = {}
        self._entries: dict[Key, Callable[..., Any]] = {}

    def entry(self, module: str, function: str, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        """A function of a kernel module, compiled for arguments of these types, to be called from Python.

        Raises KernelError where it cannot be compiled here, or not loaded.
        """
        key = (module, function, *map(_type_name, arguments))
        if key not in self._entries:
            with self._lock:
                if key not in self._entries:
                    self._entries[key] = self._kept(key) or self._new(key, arguments)
        return self._entries[key]

    def has(self, module: str, function: str, arguments: tuple[Any, ...]) -> bool:
        """Whether it was compiled before, by this process or another."""
        key = (module, function, *map(_type_name, arguments))
        return key in self._entries or (self._folder is not None and self._folder.has(_file(key)))

    def _kept(self, key: Key) -> Callable[..., Any] | None:
        """The function from the cache; None where there is none that can be used."""
        code = stored(self._folder, _file(key), _made_of(key)) if self._folder else None
        try:
            return self._loader.function(code) if code else None
        except (ValueError, RuntimeError):
            return None  # it is made again

    def _new(self, key: Key, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        self._announce()
        with _numba():
            if not self._is_tried:
                check_numba()
                check_results(self._tried)
                self._is_tried = True
            code = self._compile(key[0], key[1], arguments)
        function = self._loaded(code)
        self._keep(_file(key), code.pack(_made_of(key)) if self._folder else b"")
        return function

    def _announce(self) -> None:
        """Says once why it takes so long, and whether it will the next time."""
        if not self._is_announced:
            often = (
                f"at each run, for they cannot be kept: {self._trouble}" if self._trouble else "once for this version"
            )
            self._notice(f"compiling the kernels, {often} (one to two minutes)")
            self._is_announced = True

    def _keep(self, name: str, content: bytes) -> None:
        if self._folder is None or self._trouble:
            return
        try:
            self._folder.write(name, content)
        except OSError as error:
            self._trouble = f"{self._folder.path}: {error.strerror}"
            self._notice(f"the compiled kernels cannot be kept: {self._trouble}")

    def _tried(self, function: str, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        return self._loaded(self._compile(TRIED, function, arguments))

    def _loaded(self, code: Code) -> Callable[..., Any]:
        try:
            return self._loader.function(code)
        except (ValueError, RuntimeError) as error:
            raise KernelError(f"compiled kernels cannot be loaded here ({error}): use interpreted ones") from error

    def _compile(self, module: str, function: str, arguments: tuple[Any, ...]) -> Code:
        dispatcher = getattr(self._module(module), function)
        types = tuple(map(_numba_type, arguments))
        dispatcher.compile(types)
        made = dispatcher.overloads[types]
        returned = str(made.fndesc.restype)
        symbol = made.fndesc.llvm_func_name
        check_types(made.library.get_function(symbol), arguments)
        return Code(symbol, _RESULTS[returned], returned == "bool", made.library._get_compiled_object())

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


def _opened() -> tuple[Folder | None, str]:
    """The cache, and why nothing can be kept there; the latter is empty where something can."""
    try:
        folder = open_cache()
    except (FolderError, OSError) as error:
        return None, str(error)
    return folder, "" if folder.is_writable() else f"{folder.path} cannot be written to"


def _file(key: Key) -> str:
    return f"{key[0].rpartition('.')[2]}.{key[1]}-{digest(key)}.o"


def _made_of(key: Key) -> str:
    return "\0".join((version(), *key))


@contextmanager
def _numba() -> Iterator[None]:
    """Compiles with our settings of numba; KernelError for whatever goes wrong in it, for it may be of any version."""
    try:
        from numba.core import config
        from numba.core.compiler_lock import global_compiler_lock

        with global_compiler_lock:
            config.reload_config()  # else numba would do it later, where a variable has changed
            before = {name: getattr(config, name) for name in SETTINGS}
            try:
                vars(config).update(SETTINGS)
                yield
            finally:
                vars(config).update(before)
    except KernelError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise KernelError(f"numba cannot compile the kernels ({why}): use another version of it, or none") from error


def _jitted(function: FunctionType, inline: bool) -> Any:
    """The function for numba."""
    import numba

    return _one_version(numba.njit(forceinline=inline, **OPTIONS)(function))


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
