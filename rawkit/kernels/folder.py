"""A folder that nobody else can change, held open: what is read from it may be trusted as code.

A path says nothing for long: another user may own a folder or a link above, and put something else there between the
look and the reading. So the way is walked down from `/` by openat(2), a step at a time and no link followed by the
system (O_NOFOLLOW); each step is judged by its own descriptor, and what is read later is read below the last one.

- A folder on the way belongs to root or to the running user, and nobody else may write to it. One in which everybody
  may (`/tmp`) is passed where it is sticky, for there nobody can move what belongs to somebody else; the last folder
  may not be like that. One that the user's own group may write to is passed where nobody else is in that group, as
  Debian and Ubuntu set them up.
- A link belongs to root or to the running user as well; then the way goes on where it points to, by the same rules.
- In a user namespace all owners outside look alike (the overflow user, user_namespaces(7)). They are believed above the
  last folder: there is no way to tell root from others, and the folder and its files must be ours all the same.
- A file is a plain one, belongs to root or to the running user, and nobody else may write to it. How many names it has
  is of no matter: another name does not let anybody change it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

_STEP: Final = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_LINKS: Final = 40  # as many as Linux follows (path_resolution(7))


class FolderError(Exception):
    """A folder or file that is not to be trusted, or not there.

    Attributes:
        is_foreign: whether it belongs to another user.
    """

    def __init__(self, reason: str, *, is_foreign: bool = False) -> None:
        super().__init__(reason)
        self.is_foreign = is_foreign


class Folder:
    """A folder that only root and the running user can change; it stays open as long as this object lives.

    Attributes:
        path: how it was asked for. It is for messages; what is read is read through the descriptor.
        descriptor: of the folder, for openat(2) and its like (O_PATH).
    """

    __slots__ = ("descriptor", "path")

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path, self.descriptor = path, descriptor

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        close(self.descriptor)  # bound here: at the end of the program `os` may be gone before this object is

    def read(self, name: str) -> bytes:
        """What a file holds; OSError where it cannot be read, FolderError where somebody else may have written it."""
        with open(os.open(name, _READ, dir_fd=self.descriptor), "rb") as file:
            status = os.fstat(file.fileno())
            if not _is_ours(status):
                raise FolderError(f"{self.path / name} belongs to user {status.st_uid}", is_foreign=True)
            if not stat.S_ISREG(status.st_mode) or status.st_mode & _OTHERS_WRITE:
                raise FolderError(f"{self.path / name} is no file, or others can write to it")
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        """Leaves a file there whole or not at all, in place of one of that name; OSError where it cannot be."""
        unfinished = f".{name}-{os.urandom(8).hex()}"
        with open(os.open(unfinished, _WRITE, 0o600, dir_fd=self.descriptor), "wb") as file:
            try:
                file.write(content)
                file.flush()
                os.rename(unfinished, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
            except OSError:
                os.unlink(unfinished, dir_fd=self.descriptor)
                raise

    def has(self, name: str) -> bool:
        """Whether there is something of that name."""
        try:
            os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except OSError:
            return False
        return True

    def is_writable(self) -> bool:
        """Whether the running user can leave files there."""
        return os.access(".", os.W_OK, dir_fd=self.descriptor, effective_ids=True)


def open_folder(path: Path, *, make: bool) -> Folder:
    """Walks down to a folder; FolderError where the way is not to be trusted, or ends.

    Args:
        path: an absolute path.
        make: whether folders that are missing are made, for the running user alone.

    >>> open_folder(Path("/proc/self"), make=False).has("status")
    True
    """
    if not path.is_absolute():
        raise FolderError(f"{path} does not begin with /")
    at, ahead, links = Folder(path, os.open("/", _STEP)), list(reversed(path.parts)), 0
    while ahead:
        try:
            below = Folder(path, _step(at.descriptor, ahead.pop(), make))
            target = _target(below.descriptor)
        except OSError as error:
            raise FolderError(f"{path}: {error.strerror}") from error
        if target is None:
            at = below
        else:
            ahead += reversed(Path(target).parts)
            links += 1
        if links > _LINKS:
            raise FolderError(f"{path}: too many links")
    _check_last(at.descriptor)
    return at


def _step(at: int, name: str, make: bool) -> int:
    try:
        return os.open(name, _STEP, dir_fd=at)
    except FileNotFoundError:
        if not make:
            raise
    try:
        os.mkdir(name, 0o700, dir_fd=at)
    except FileExistsError:
        pass  # somebody was faster: whoever it was is looked at, as anywhere
    return os.open(name, _STEP, dir_fd=at)


def _target(here: int) -> str | None:
    """Where the way goes on from a link, None from a folder; FolderError where it may not go on."""
    status = os.fstat(here)
    if not _is_ours(status) and not _is_outside(status.st_uid):
        raise FolderError(f"{_name(here)} belongs to user {status.st_uid}", is_foreign=True)
    if stat.S_ISLNK(status.st_mode):
        return os.readlink("", dir_fd=here)
    if not stat.S_ISDIR(status.st_mode):
        raise FolderError(f"{_name(here)} is no folder")
    if status.st_mode & _OTHERS_WRITE and not status.st_mode & stat.S_ISVTX and not _is_own_group(status, here):
        raise FolderError(f"others can write to {_name(here)}")
    return None


def _check_last(here: int) -> None:
    status = os.fstat(here)
    if not _is_ours(status):
        raise FolderError(f"{_name(here)} belongs to user {status.st_uid}", is_foreign=True)
    if status.st_mode & _OTHERS_WRITE:
        raise FolderError(f"others can write to {_name(here)}")


def _is_ours(status: os.stat_result) -> bool:
    return status.st_uid in (0, os.geteuid())


def _is_outside(user: int) -> bool:
    """Whether this stands for all users that the user namespace does not know, in which we are."""
    if str(user) != Path("/proc/sys/kernel/overflowuid").read_text().strip():
        return False
    inside = (line.split() for line in Path("/proc/self/uid_map").read_text().splitlines())
    return not any(int(first) <= user < int(first) + int(count) for first, _, count in inside)


def _is_own_group(status: os.stat_result, here: int) -> bool:
    """Whether the others who can write are the group of the running user, in which nobody else is."""
    import grp
    import pwd

    user = os.geteuid()
    if status.st_mode & stat.S_IWOTH or status.st_uid != user or user == 0:
        return False
    try:
        own, group = pwd.getpwuid(user), grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    is_own = group.gr_gid == own.pw_gid and group.gr_name == own.pw_name and set(group.gr_mem) <= {own.pw_name}
    # With an access control list the group's bits stand for all whom it names (acl(5)).
    return is_own and "system.posix_acl_access" not in os.listxattr(_link(here))


def _name(here: int) -> str:
    return os.readlink(_link(here))


def _link(here: int) -> str:
    return f"/proc/self/fd/{here}"
