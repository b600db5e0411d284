"""The folder where labs that run in the background are written down, a file each.

The process that holds a lab keeps a lock on its file (flock(2)), so that whoever can take the lock knows that the
lab is gone, however it ended. Files are made and removed only under a lock on the folder.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rawkit.errors import LabError
from rawkit.lab.place import state_place
from rawkit.lab.record import LabRecord


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder, made where it is not there: LabError where it does not belong to the running user alone.

    `state_place` says where it is.
    """
    folder = Path(state_place(environment))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise LabError(f"{folder}: {error.strerror}: set XDG_RUNTIME_DIR to a folder of your own") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise LabError(f"{folder}: not a folder that only you may enter: remove it, or set XDG_RUNTIME_DIR")
    return folder


def log_path(folder: Path, name: str) -> Path:
    """Where a lab's programs write what they have to complain about."""
    return folder / f"{name}.log"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Whether the lock could be taken; the descriptor has it then."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class StateFile:
    """The file of a lab, for the process that holds the lab; LabError where a lab of that name is up.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = StateFile(Path(folder), "pair")
    ...     try:
    ...         StateFile(Path(folder), "pair")
    ...     except LabError as error:
    ...         print(error)
    ...     file.remove()
    lab pair is up already: use another --name, or end it with `rawkit lab down pair`
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._path = folder, folder / f"{name}.json"
        with _alone(folder):
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._path, flags, 0o600)
            if not _locked(self._descriptor):
                os.close(self._descriptor)
                raise LabError(f"lab {name} is up already: use another --name, or end it with `rawkit lab down {name}`")
            os.truncate(self._descriptor, 0)

    def write(self, record: LabRecord) -> None:
        """Writes down that the lab is up."""
        with _alone(self._folder):
            os.pwrite(self._descriptor, record.to_json().encode(), 0)

    def remove(self) -> None:
        """Removes the file and lets go of the lock."""
        with _alone(self._folder):
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)


def records(folder: Path) -> tuple[LabRecord, ...]:
    """The labs that are up, by name; files of labs that ended without removing theirs are removed.

    A lab that is not up yet is not among them, nor one that another version of rawkit started.
    """
    with _alone(folder):
        found = (_read(path) for path in sorted(folder.glob("*.json")))
        return tuple(record for record in found if record is not None)


def _read(path: Path) -> LabRecord | None:
    with path.open("rb") as file:
        if _locked(file.fileno()):
            path.unlink()
            log_path(path.parent, path.stem).unlink(missing_ok=True)
            return None
        try:
            return LabRecord.from_json(file.read().decode())
        except (ValueError, KeyError, TypeError):
            return None
