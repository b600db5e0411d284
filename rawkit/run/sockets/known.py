"""What a filter asks its host: services, interfaces, users, processes."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from rawkit.sockets.holders import Holder, Holders


class Host:
    """This host, for `rawkit.diag.choice`.

    Args:
        holders: gives who holds which sockets, once somebody asks.

    >>> Host(lambda: Holders({})).interface("lo"), Host(lambda: Holders({})).port("nothing")
    (1, None)
    """

    def __init__(self, holders: Callable[[], Holders]) -> None:
        self._holders = holders

    def port(self, name: str) -> int | None:
        """The port of a service (services(5))."""
        with suppress(OSError, ValueError):
            return socket.getservbyname(name)
        return None

    def interface(self, name: str) -> int | None:
        """The index of an interface."""
        with suppress(OSError, ValueError):
            return socket.if_nametoindex(name)
        return None

    def user(self, name: str) -> int | None:
        """The number of a user."""
        import pwd

        with suppress(KeyError, ValueError):
            return pwd.getpwnam(name).pw_uid
        return None

    def holders(self, inode: int) -> Sequence[Holder]:
        """Who holds a socket."""
        return self._holders().by_inode.get(inode, ())
