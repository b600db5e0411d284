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
import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final, Literal, Protocol

from rawkit.native import Code, Loader, is_array

LOAD_AFTER: Final = 256
"""Frames after which `auto` loads kernels that were all compiled before, which takes as long as they do interpreted."""
COMPILE_AFTER: Final = 8192
"""Frames after which `auto` compiles: interpreted they take about as long as loading the compiler (0.5 s)."""
ALL_COMPILED: Final = "all"
"""The file in the cache's folder that says that no kernel is missing there (`rawkit.api.warm` leaves it)."""

Mode = Literal["auto", "interpreted", "compiled"]

_PROCESSOR: Final = ("vendor_id", "cpu family", "model", "flags", "CPU ", "Features")
"""What lines of /proc/cpuinfo begin with that say what code it runs: on x86, then on ARM."""


class Ints(Protocol):
    """What a kernel sees of an array: integers in, integers out."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...
    def __len__(self) -> int: ...


class Engine:
    """Calls kernels, and decides whether they run interpreted or compiled.

    `auto` begins interpreted and changes over after `LOAD_AFTER` frames where all kernels were compiled before, else
    after `COMPILE_AFTER`, between two calls: both work on the same arrays. Without numba it stays interpreted.

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
        if self.compiled:
            return self._compiled(module, function, arguments)(*arguments)
        plain = getattr(import_module(module), function)
        return plain(*(memoryview(a) if is_array(a) else a for a in arguments))

    def _change_over(self) -> None:
        self.compiled = self.compiled or self._seen > COMPILE_AFTER or all_compiled()
        self._limit = COMPILE_AFTER

    def _compiled(self, module: str, function: str, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        with self._lock:
            if self._compiler is None:
                self._compiler = Compiler(self._notice)
        return self._compiler.entry(module, function, arguments)


def _silent(_message: str) -> None:
    return


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
        path = self._folder / f"{key[0].rpartition('.')[2]}.{key[1]}-{_digest(key)}.o" if self._folder else None
        code = _stored(path)
        if code is None:
            code = self._compile(key[0], key[1], arguments)
            _store(path, code)
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


def _stored(path: Path | None) -> Code | None:
    if path is None:
        return None
    try:
        return Code.unpack(path.read_bytes())
    except (OSError, ValueError):
        return None


def _store(path: Path | None, code: Code) -> None:
    """Leaves the code for the next run, whole or not at all; a folder that cannot be written is no error."""
    if path is None:
        return
    unfinished = path.with_suffix(f".{os.getpid()}")
    try:
        unfinished.write_bytes(code.pack())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)


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

    Machine code is loaded from there, so it must belong to the running user or root, and nobody else may write.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    try:
        folder = base / "rawkit" / f"kernels-{_version()}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if is_private(folder) and os.access(folder, os.W_OK) else None


def all_compiled() -> bool:
    """Whether all kernels of this version are in the cache."""
    folder = cache_folder()
    return folder is not None and (folder / ALL_COMPILED).exists()


def is_private(folder: Path) -> bool:
    """Whether only the running user (or root) can write to the folder and what lies above it in the cache."""
    for place in (folder, folder.parent):
        found = place.stat()
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return False
    return True


@cache
def _version() -> str:
    """What the code depends on: the kernels' sources, Python, the compiler, and the processor."""
    return _digest((sys.version, _compiler_version(), _processor(), *(path.read_text() for path in _sources())))


def _sources() -> list[Path]:
    """The files of the kernels, and of the numbers that they import."""
    walked = os.walk(Path(__file__).parent)
    found = ((folder, name) for folder, _, names in walked for name in names)
    return sorted(Path(folder, name) for folder, name in found if name.endswith(("_kernel.py", "layout.py")))


def _compiler_version() -> str:
    """Of llvmlite, which comes with its LLVM; read from its file, for importing it takes 0.04 s."""
    found = find_spec("llvmlite")
    return Path(str(found.origin)).with_name("_version.py").read_text() if found else ""


def _processor() -> str:
    """Model and features of the processor, as Linux lists them (of the first, where there are several)."""
    with open("/proc/cpuinfo", "rb") as file:
        lines = file.read(1 << 14).decode(errors="replace").partition("\n\n")[0].splitlines()
    return "\n".join(line for line in lines if line.startswith(_PROCESSOR))


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
