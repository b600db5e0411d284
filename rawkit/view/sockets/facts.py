"""What a view has to know of a host besides its sockets, which somebody else finds out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rawkit.diag.socket import Socket


class Holder(Protocol):
    """A process, and the descriptor by which it holds a socket."""

    @property
    def pid(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def fd(self) -> int: ...


class Facts(Protocol):
    """A host, as far as it is needed to tell of its sockets."""

    @property
    def network(self) -> int | None:
        """The inode of its network namespace."""

    def holders(self, inode: int) -> Sequence[Holder]:
        """Who holds a socket; nobody where that was not asked or cannot be seen."""

    def unix_name(self, inode: int) -> str:
        """The name of a Unix socket; empty where it has none."""

    def interface(self, index: int) -> str:
        """The name of an interface."""

    def user(self, uid: int) -> str:
        """The name of a user."""

    def cgroup(self, socket: Socket) -> str | None:
        """The path of the control group that a socket belongs to."""


def holder_text(holder: Holder) -> str:
    """A process and its descriptor.

    >>> from types import SimpleNamespace
    >>> holder_text(SimpleNamespace(pid=12, name="postgres", fd=3))
    'postgres[12]:3'
    """
    return f"{holder.name}[{holder.pid}]:{holder.fd}"
