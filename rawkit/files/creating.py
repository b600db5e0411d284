"""Files that are made: nobody else reads them, they belong to who asked, and nobody else chooses which they are.

What is captured is private, and the name of a file in `/tmp` can be guessed: whoever puts a link or a file of their own
there before would choose what is overwritten, or read what is written. So the path is walked down as the kernel does
it, each step by its own descriptor (openat(2)), and judged by `_check`.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE: Final = 0o600
MOST_LINKS: Final = 40
"""Links on a path, as in Linux (MAXSYMLINKS)."""
LOOK: Final = 0.05
"""Seconds between two looks whether somebody reads a pipe."""
_STEP: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEVICES: Final = re.compile(r"/dev/(null|zero|full|tty|stdout|stderr|fd/\d+)|/proc/(self|thread-self|\d+)/fd/\d+")
"""What the kernel has made, and nobody can put anything beside."""


class Place:
    """A name in a folder that is open; to be closed."""

    def __init__(self, path: str) -> None:
        self._links = MOST_LINKS
        self.folder = os.open("/" if path.startswith("/") else ".", _STEP)
        self.name = "."
        try:
            self._walk([part for part in path.split("/") if part])
        except BaseException:
            self.close()
            raise

    def _walk(self, parts: list[str]) -> None:
        """Goes down to the last folder; a link at the end is followed as one on the way is."""
        while parts:
            self.name, *parts = parts
            status = self.status()
            if status is not None and stat.S_ISLNK(status.st_mode):
                target = self._target(status)
                parts = [part for part in target.split("/") if part] + parts
                if target.startswith("/"):
                    self._enter("/")
                self.name = "."
            elif parts:
                self._enter(self.name)

    def _target(self, status: os.stat_result) -> str:
        _check(os.fstat(self.folder), status)
        self._links -= 1
        if self._links < 0:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        return os.readlink(self.name, dir_fd=self.folder)

    def _enter(self, name: str) -> None:
        inside = os.open(name, _STEP, dir_fd=self.folder)
        os.close(self.folder)
        self.folder = inside

    def status(self) -> os.stat_result | None:
        """Of what is there, a link for itself; None where nothing is."""
        with suppress(FileNotFoundError):
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        return None

    def close(self) -> None:
        os.close(self.folder)


def create(path: str, *, keeps: bool = False, access: int = os.O_WRONLY) -> int:
    """The descriptor of a file to write: a new one with mode 0600, or one that is there, which is emptied.

    A new one belongs to who called sudo, where root makes it for them. Of a pipe it waits for a reader; SIGINT and
    SIGTERM end that with KeyboardInterrupt.

    Args:
        path: the file.
        keeps: one that is there is not emptied.
        access: O_WRONLY or O_RDWR.

    Raises OSError: where that cannot be, and where it is not to be: PermissionError for a link, a file with other names
    or somebody else's file in a folder that others can write to.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.close(create(f"{folder}/new.pcap"))
    ...     oct(os.stat(f"{folder}/new.pcap").st_mode)
    '0o100600'
    """
    if _DEVICES.fullmatch(path):
        return os.open(path, access | os.O_CLOEXEC | os.O_NOCTTY)
    with closing(Place(path)) as place:
        with suppress(FileExistsError):
            made = os.open(place.name, access | os.O_CREAT | _PLAIN | os.O_EXCL, PRIVATE, dir_fd=place.folder)
            _give(made)
            return made
        found = _open_found(place, access)
        try:
            status = os.fstat(found)
            _check(os.fstat(place.folder), status)
            os.set_blocking(found, True)
            if stat.S_ISREG(status.st_mode) and not keeps:
                os.ftruncate(found, 0)
        except BaseException:
            os.close(found)
            raise
        return found


_PLAIN: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY


def _open_found(place: Place, access: int) -> int:
    """Opens what is there, and waits for who reads it where it is a pipe."""
    flags = access | _PLAIN | os.O_NONBLOCK
    try:
        return os.open(place.name, flags, dir_fd=place.folder)
    except OSError as error:
        status = place.status()
        if error.errno != errno.ENXIO or status is None or not stat.S_ISFIFO(status.st_mode):
            raise
        _check(os.fstat(place.folder), status)
    import time

    with _interruptible():
        while True:
            try:
                return os.open(place.name, flags, dir_fd=place.folder)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
            time.sleep(LOOK)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Has SIGINT and SIGTERM end what waits, whoever noted them before: nothing was begun yet."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check(folder: os.stat_result, found: os.stat_result) -> None:
    """PermissionError for what somebody else can have put into a folder that they can write to."""
    if not _is_shared(folder):
        return
    if stat.S_ISLNK(found.st_mode):
        why = "it is a link in a folder that others can write to"
    elif found.st_uid not in {*_own(), folder.st_uid}:
        why = "it belongs to somebody else, in a folder that others can write to"
    elif found.st_nlink > 1 and stat.S_ISREG(found.st_mode):
        why = "it has another name, and is in a folder that others can write to"
    else:
        return
    raise PermissionError(errno.EPERM, why)


def _is_shared(folder: os.stat_result) -> bool:
    """Whether others than the running user and root can put something there; who called sudo is none of them."""
    mode = folder.st_mode
    by_group = bool(mode & stat.S_IWGRP) and folder.st_gid not in {0, os.getegid()}
    return folder.st_uid not in _own() or by_group or bool(mode & stat.S_IWOTH)


def _own() -> set[int]:
    return {0, os.geteuid()}


def _give(descriptor: int) -> None:
    """Gives a new file to who called sudo, where it is root that made it."""
    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if os.geteuid() == 0 and user.isdecimal() and group.isdecimal():
        with suppress(OSError):  # a file system without owners
            os.fchown(descriptor, int(user), int(group))
