"""What machine code depends on, as one short name: code that was made of something else is not found under it.

That is: the sources of all kernels and of all that they import, which takes the engine and the loader with it; what
numba is told; the versions of numba, llvmlite, LLVM and Python; the processor. It is computed at each start that loads
kernels, so nothing is imported for it, and sources are searched for imports rather than parsed (a test holds the search
against the syntax trees).
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

OPTIONS: Final = {
    "nogil": True,
    "boundscheck": True,
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
"""What `numba.njit` is told: bounds checks, no GIL, and no wrappers, through which Python would call.

Also no reference counts (`_nrt`): kernels allocate nothing, and counting cost 100 ns a frame.
"""
SETTINGS: Final = {"BOUNDSCHECK": 1, "DISABLE_JIT": 0}
"""Settings of numba that hold while kernels are compiled, whatever NUMBA_BOUNDSCHECK and its like say."""

_ELSEWHERE: Final = {"CACHE_DIR", "NUM_THREADS", "THREADING_LAYER", "THREADING_LAYER_PRIORITY", *SETTINGS}
"""Settings of numba that have no part in the code of a kernel."""
_SETTINGS_FILE: Final = ".numba_config.yaml"  # numba reads it in the current folder
_PROCESSOR: Final = ("vendor_id", "cpu family", "model", "flags", "CPU ", "Features")
"""What lines of /proc/cpuinfo begin with that say what code it runs: on x86, then on ARM."""
_HEAD: Final = 4096  # bytes of LLVM's library, its build ID among them

_PACKAGE: Final = Path(__file__).parents[1]
_FROM: Final = re.compile(rb"\nfrom (rawkit[\w.]*) import (\([^)]*\)|.*)")
_IMPORT: Final = re.compile(rb"\nimport (rawkit[\w.]*)")
_WORD: Final = re.compile(rb"\w+")


@cache
def version() -> str:
    """The name of what machine code depends on, in this process."""
    return digest(parts(_PACKAGE))


def digest(of: Iterable[str | bytes]) -> str:
    """A short name for these words in this order.

    >>> digest(("a", "b")) == digest(("ab",))
    False
    """
    whole = b"\0".join(part.encode() if isinstance(part, str) else part for part in of)
    return hashlib.sha256(whole).hexdigest()[:16]


def parts(package: Path) -> Iterator[str | bytes]:
    """All that the name is made of; `package` is the folder with rawkit's sources."""
    yield from (sys.version, str(sys.implementation.cache_tag), os.uname().machine, _processor())
    yield from (repr(OPTIONS), repr(SETTINGS), *_settings())
    yield from _compiler()
    for module, source in sorted(sources(package).items()):
        yield from (module, source)


def sources(package: Path) -> dict[str, bytes]:
    """The source of each kernel, and of each module that one imports, or that such a module imports, and so on."""
    root = str(package.parent)
    is_folder = cache(lambda module: os.path.isdir(_path(root, module)))
    found: dict[str, bytes] = {}
    waiting = list(_kernels(root, package.name))
    seen = set(waiting)
    while waiting:
        module = waiting.pop()
        source = _source(_path(root, module))
        if source is not None:
            found[module] = source
            new = set(_imported(b"\n" + source, is_folder)) - seen
            seen |= new
            waiting += new
    return found


def _kernels(root: str, package: str) -> Iterator[str]:
    for folder, below, names in os.walk(f"{root}/{package}"):
        if "__pycache__" in below:
            below.remove("__pycache__")
        inside = folder[len(root) + 1 :].replace("/", ".")
        yield from (f"{inside}.{name[:-3]}" for name in names if name.endswith("_kernel.py"))


def _imported(source: bytes, is_folder: Callable[[str], bool]) -> Iterator[str]:
    """The modules of ours that a module imports as it is loaded: statements at the beginning of a line."""
    for statement in (*_beginning(source, b"\nfrom rawkit", _FROM), *_beginning(source, b"\nimport rawkit", _IMPORT)):
        module = statement[1].decode()
        yield module
        if len(statement.groups()) > 1 and is_folder(module):
            yield from (f"{module}.{name.decode()}" for name in _WORD.findall(statement[2]))


def _beginning(source: bytes, words: bytes, whole: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Where `whole` matches and begins with these words; a search for them first is a tenth of the time."""
    at = source.find(words)
    while at >= 0:
        if found := whole.match(source, at):
            yield found
        at = source.find(words, at + 1)


def _source(path: str) -> bytes | None:
    """The source of a module, or of a package's front; None where it is neither."""
    for end in (".py", "/__init__.py"):
        try:
            with open(path + end, "rb", 0) as file:
                return file.read()
        except OSError:
            continue
    return None


def _path(root: str, module: str) -> str:
    return f"{root}/{module.replace('.', '/')}"


def _settings() -> Iterator[str]:
    """What numba is told beside our options: by its variables, and by a file in the current folder."""
    for name, value in sorted(os.environ.items()):
        if name.startswith("NUMBA_") and name.removeprefix("NUMBA_") not in _ELSEWHERE:
            yield f"{name}={value}"
    try:
        yield Path(_SETTINGS_FILE).read_text(errors="replace")
    except OSError:
        yield ""


def _compiler() -> Iterator[str]:
    """Versions of numba and of llvmlite, and what tells one LLVM from another; read, for importing takes 0.3 s."""
    for name in ("numba", "llvmlite"):
        found = find_spec(name)
        home = Path(str(found.origin)).parent if found else None
        yield (home / "_version.py").read_text() if home else ""
    library = home / "binding" / "libllvmlite.so" if home else None
    if library and library.exists():
        with library.open("rb") as file:
            yield f"{library.stat().st_size} {file.read(_HEAD).hex()}"


def _processor() -> str:
    """Model and features of the processor, as Linux lists them (of the first, where there are several)."""
    with open("/proc/cpuinfo", "rb") as file:
        lines = file.read(1 << 14).decode(errors="replace").partition("\n\n")[0].splitlines()
    return "\n".join(line for line in lines if line.startswith(_PROCESSOR))
