"""What has to be known of this host to tell of its sockets: names of interfaces, users and control groups."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Final

from rawkit.diag.details import CGROUP_ID, number
from rawkit.diag.socket import Socket
from rawkit.sockets.holders import Holder, Holders, user_name
from rawkit.wire.netlink import attributes

_MOUNTS: Final = "/proc/self/mounts"
_NETWORK: Final = "/proc/thread-self/ns/net"


class HostFacts:
    """This host, in the network namespace in which the calling thread is when this is made.

    Args:
        holders: who holds which sockets.
        unix_names: the names of Unix sockets, by inode.

    >>> facts = HostFacts(Holders({7: [Holder(12, "postgres", 3)]}), {})
    >>> facts.interface(1), facts.interface(4711), facts.user(0), facts.holders(7)[0].name, facts.holders(8)
    ('lo', 'if4711', 'root', 'postgres', ())
    """

    def __init__(self, holders: Holders, unix_names: Mapping[int, str]) -> None:
        self._holders, self._unix_names = holders.by_inode, unix_names
        self._interfaces = dict(socket.if_nameindex())
        self._of_process: dict[int, str | None] = {}
        self.network: int | None = None
        with suppress(OSError):
            self.network = os.stat(_NETWORK).st_ino

    def holders(self, inode: int) -> Sequence[Holder]:
        """Who holds a socket."""
        return self._holders.get(inode, ()) if inode else ()

    def unix_name(self, inode: int) -> str:
        """The name of a Unix socket."""
        return self._unix_names.get(inode, "")

    def interface(self, index: int) -> str:
        """The name of an interface; its number where it is gone."""
        return self._interfaces.get(index) or f"if{index}"

    def user(self, uid: int) -> str:
        """The name of a user."""
        return user_name(uid)

    def cgroup(self, socket: Socket) -> str | None:
        """The control group of a socket: as the kernel says, else that of a process that holds it."""
        for kind, raw in attributes(socket.attributes) if socket.family in ("inet", "inet6") else ():
            if kind == CGROUP_ID and (path := self._cgroups.get(number(raw))):
                return path
        holders = self.holders(socket.inode)
        return self._cgroup_of(holders[0].pid) if holders else None

    @cached_property
    def _cgroups(self) -> dict[int, str]:
        """Control groups by their inodes, which are their ids (cgroup2)."""
        return {inode: path for place in _cgroup_places() for inode, path in _folders(place, "/")}

    def _cgroup_of(self, pid: int) -> str | None:
        if pid not in self._of_process:
            self._of_process[pid] = None
            with suppress(OSError), open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="surrogateescape") as file:
                for line in file:
                    tree, _, path = line.rstrip("\n").partition("::")
                    if tree == "0":
                        self._of_process[pid] = path
        return self._of_process[pid]


def _cgroup_places() -> Iterator[str]:
    """Where the tree of control groups is whose inodes are their ids: cgroup2, not those of version 1."""
    with suppress(OSError), open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            words = line.split()
            if len(words) > 2 and words[2] == "cgroup2":
                yield words[1]


def _folders(path: str, name: str) -> Iterator[tuple[int, str]]:
    """A folder and those below it, by inode; nothing of what cannot be read."""
    with suppress(OSError):
        yield os.stat(path).st_ino, name
        with os.scandir(path) as entries:
            below = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
        for entry in below:
            yield from _folders(entry.path, f"{name.rstrip('/')}/{entry.name}")
