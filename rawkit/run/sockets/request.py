"""Which sockets are asked for, in the words of `rawkit sockets`; no I/O, and nothing that takes long to load."""

from __future__ import annotations

from typing import Final, Literal

from rawkit.diag import states
from rawkit.diag.socket import TABLES
from rawkit.errors import RawkitError
from rawkit.values import dataclass

FAMILIES: Final = {
    "inet": ("tcp", "mptcp", "udp", "udplite", "raw", "icmp"),
    "inet6": ("tcp", "mptcp", "udp", "udplite", "raw", "icmp"),
    "unix": ("unix",),
    "link": ("packet",),
    "packet": ("packet",),
    "netlink": ("netlink",),
    "all": TABLES,
}
"""What `-f` takes, and the tables that it stands for."""


@dataclass(frozen=True, slots=True)
class SocketsRequest:
    """Which sockets are wanted, and what of them; the names are those of the command's options.

    Attributes:
        filter: in the language of ss(8), with `process` and `user` (docs/sockets.md).
        tables: kinds: `tcp`, `mptcp`, `udp`, `udplite`, `raw`, `icmp` (ping sockets), `unix`, `packet`, `netlink`; none
            for all.
        all: those that listen, wait and are not connected too.
        listening: only those that listen or are not connected.
        version: 4 or 6, for sockets of that IP version alone; None for both.
        processes: find out who holds them.
        details: ask for memory, TCP_INFO and congestion control too.

    >>> SocketsRequest(tables=("tpc",)).check()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    rawkit.errors.RawkitError: tpc: no such kind of sockets: give one of tcp, mptcp, udp, ...
    """

    filter: str = ""
    tables: tuple[str, ...] = ()
    all: bool = False
    listening: bool = False
    version: Literal[4, 6] | None = None
    processes: bool = False
    details: bool = False

    def check(self) -> None:
        """RawkitError for what cannot be; the filter is read when its host is known."""
        for table in self.tables:
            if table not in TABLES:
                raise RawkitError(f"{table}: no such kind of sockets: give one of {', '.join(TABLES)}")

    def states(self) -> int:
        """The states that are wanted where the filter says nothing of them, a bit each."""
        return states.ALL_STATES if self.all else states.LISTENING if self.listening else states.DEFAULT
