"""Where machine code is kept between runs: whose folder it is, and what of it may be used."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Final

from rawkit.kernels.folder import Folder, FolderError, open_folder
from rawkit.kernels.key import version
from rawkit.kernels.native import Code

ALL_COMPILED: Final = "all"
"""The file in the cache's folder that says that no kernel is missing there."""
FORGOTTEN_AFTER: Final = 30 * 86400
"""Seconds after which the code of a version is removed when nothing was compiled for it."""
_PREFIX: Final = "kernels-"


def open_cache(*, make: bool = True) -> Folder:
    """The folder for compiled kernels of this version; FolderError where there is none that may be trusted.

    It is in `$XDG_CACHE_HOME` or `~/.cache`, unless that belongs to another user: sudo, su and their like can leave the
    environment of the user who called them. Then it is in the home that the user database has for the running user.
    That holds for every command alike, for none asks elsewhere.

    Args:
        make: whether folders that are missing are made.
    """
    inside = Path("rawkit", f"{_PREFIX}{version()}")
    try:
        return open_folder(_named() / inside, make=make)
    except FolderError as error:
        own = _own()
        if not error.is_foreign or own is None:
            raise
    return open_folder(own / inside, make=make)


def cache_folder() -> Folder | None:
    """The folder for compiled kernels of this version, made where it is missing; None where none may be trusted."""
    return _cache(make=True)


def all_compiled() -> bool:
    """Whether all kernels of this version are in the cache."""
    folder = _cache(make=False)
    return folder is not None and folder.has(ALL_COMPILED)


def mark_all_compiled() -> None:
    """Notes that all kernels of this version are in the cache, and removes versions that nobody compiles for."""
    folder = _cache(make=True)
    try:
        if folder is not None:
            folder.write(ALL_COMPILED, b"")
            _forget_old(folder.path)
    except OSError:
        return  # a folder that cannot be written costs time, nothing else


def stored(folder: Folder, name: str, made_of: str) -> Code | None:
    """The code in a file of the cache; None where there is none that is whole, of this, and only ours to write."""
    try:
        return Code.unpack(folder.read(name), made_of)
    except (OSError, ValueError, FolderError):
        return None


def _cache(*, make: bool) -> Folder | None:
    try:
        return open_cache(make=make)
    except (FolderError, OSError):
        return None


def _named() -> Path:
    """The folder for caches that the environment names; one that is no absolute path does not count (XDG base dirs)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return Path(named if named.startswith("/") else os.path.expanduser("~/.cache"))


def _own() -> Path | None:
    """The folder for caches in the running user's home, as the user database has it."""
    try:
        return Path(pwd.getpwuid(os.geteuid()).pw_dir, ".cache")
    except KeyError:
        return None


def _forget_old(kept: Path) -> None:
    import shutil
    import time

    for other in kept.parent.glob(f"{_PREFIX}*"):
        if other != kept and time.time() - other.stat().st_mtime > FORGOTTEN_AFTER:
            shutil.rmtree(other, ignore_errors=True)
