"""Where machine code is kept between runs, what it depends on, and who may have written it."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from rawkit.kernels.native import Code

ALL_COMPILED: Final = "all"
"""The file in the cache's folder that says that no kernel is missing there (`rawkit.cli.warm` leaves it)."""

_PROCESSOR: Final = ("vendor_id", "cpu family", "model", "flags", "CPU ", "Features")
"""What lines of /proc/cpuinfo begin with that say what code it runs: on x86, then on ARM."""


def stored(path: Path | None) -> Code | None:
    if path is None:
        return None
    try:
        return Code.unpack(path.read_bytes())
    except (OSError, ValueError):
        return None


def store(path: Path | None, code: Code) -> None:
    """Leaves the code for the next run, whole or not at all; a folder that cannot be written is no error."""
    if path is None:
        return
    unfinished = path.with_suffix(f".{os.getpid()}")
    try:
        unfinished.write_bytes(code.pack())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)


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
    return digest((sys.version, _compiler_version(), _processor(), *(path.read_text() for path in _sources())))


def _sources() -> list[Path]:
    """The files of the kernels, and of the numbers that they import."""
    walked = os.walk(Path(__file__).parents[1])
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


def digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
