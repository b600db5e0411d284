"""Which processes hold which sockets open, by /proc (proc(5)): all in one pass."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final, NamedTuple

from rawkit.values import dataclass

_SOCKET: Final = "socket:["
"""How the link of a descriptor begins that is a socket; the inode stands behind it."""


class Holder(NamedTuple):
    """A process, and the descriptor by which it holds a socket.

    Attributes:
        pid: its process id, in the PID namespace of this process.
        name: its command, at most 15 characters (proc(5), `comm`).
        fd: the number of the descriptor.
    """

    pid: int
    name: str
    fd: int


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds sockets.

    Attributes:
        by_inode: the holders of each socket, by process.
        hidden: how many processes do not show this user what they hold.
    """

    by_inode: dict[int, list[Holder]]
    hidden: int = 0


def find_holders() -> Holders:
    """All that this user may see, in all network namespaces; processes that end meanwhile are left out.

    >>> import socket
    >>> with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    ...     held = find_holders().by_inode[os.fstat(sock.fileno()).st_ino]
    ...     [(one.pid, one.fd) for one in held] == [(os.getpid(), sock.fileno())]
    True
    """
    found: dict[int, list[Holder]] = {}
    hidden = 0
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                _look(entry, found)
            except PermissionError:
                hidden += 1
            except OSError:
                continue  # it has ended
    return Holders(found, hidden)


def _look(process: str, found: dict[int, list[Holder]]) -> None:
    """Adds the sockets that a process holds; OSError where it does not show them."""
    folder = os.open(f"/proc/{process}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        name, pid, begin, readlink, new = "", int(process), len(_SOCKET), os.readlink, tuple.__new__
        for fd in os.listdir(folder):
            try:
                link = readlink(fd, dir_fd=folder)
            except FileNotFoundError:
                continue  # it was closed
            if not link.startswith(_SOCKET):
                continue
            name = name or _command(process)
            # A call of Holder takes three times as long as this, which is what it does.
            holder = new(Holder, (pid, name, int(fd)))
            inode = int(link[begin:-1])
            if inode in found:
                found[inode].append(holder)
            else:
                found[inode] = [holder]
    finally:
        os.close(folder)


def _command(process: str) -> str:
    with open(f"/proc/{process}/comm", encoding="utf-8", errors="backslashreplace") as file:
        return file.read().rstrip("\n")


@lru_cache(maxsize=256)
def user_name(uid: int) -> str:
    """A user's name; the number where it has none.

    >>> user_name(0)
    'root'
    """
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
