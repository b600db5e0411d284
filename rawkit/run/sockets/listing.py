"""All sockets that are wanted, and what has to be known of the host to tell of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rawkit.diag.socket import INET, TABLES, Socket
from rawkit.diag.states import ALL_STATES
from rawkit.run.sockets.asking import ask
from rawkit.run.sockets.facts import HostFacts
from rawkit.sockets.holders import Holder, Holders, find_holders
from rawkit.values import dataclass

if TYPE_CHECKING:
    from rawkit.run.sockets.request import SocketsRequest


@dataclass(frozen=True, slots=True)
class Listing:
    """The sockets that were found.

    Attributes:
        sockets: in the kernel's order, a table behind the other.
        facts: what has to be known of the host to tell of them.
        remarks: what could not be had as it should be, a line each.
    """

    sockets: Sequence[Socket]
    facts: HostFacts
    remarks: Sequence[str]

    def held_by(self, socket: Socket) -> Sequence[Holder]:
        """Who holds a socket; nobody where that was not asked or cannot be seen."""
        return self.facts.holders(socket.inode)


class _Once:
    """Holders, looked for when somebody first asks."""

    def __init__(self) -> None:
        self.found: Holders | None = None

    def __call__(self) -> Holders:
        if self.found is None:
            self.found = find_holders()
        return self.found


def list_sockets(request: SocketsRequest) -> Listing:
    """The sockets of the calling thread's network namespace.

    Raises FilterError for a filter that is none, RawkitError for what the kernel does not tell.

    >>> from rawkit.run.sockets.request import SocketsRequest
    >>> from socket import create_server
    >>> with create_server(("127.0.0.1", 0)) as server:
    ...     port = server.getsockname()[1]
    ...     found = list_sockets(SocketsRequest(f"sport = :{port}", ("tcp",), listening=True, processes=True))
    >>> [(one.state, one.local, one.local_port == port) for one in found.sockets], len(found.held_by(found.sockets[0]))
    ([('LISTEN', '127.0.0.1', True)], 1)
    """
    request.check()
    remarks: list[str] = []
    once = _Once()
    states, test = _chosen(request, once)
    found: list[Socket] = []
    peers: dict[int, str] = {}
    for table in request.tables or TABLES:
        if request.version is None or table in INET:
            told = ask(table, states, request.version, details=request.details, remark=remarks.append)
            if table == "unix":
                peers = _peers(told, states, remarks)
            found += told
    if request.processes:
        once()
    if test is not None:
        found = list(filter(test, found))
    if once.found is not None and once.found.hidden and any(_is_missed(one, once.found) for one in found):
        remarks.append(f"processes that do not show this user what they hold: {once.found.hidden} (root sees most)")
    holders = once.found if request.processes and once.found is not None else Holders({})
    return Listing(found, HostFacts(holders, peers), remarks)


def _chosen(request: SocketsRequest, once: _Once) -> tuple[int, Callable[[Socket], bool] | None]:
    """The states that are wanted, a bit each, and what else a socket has to pass."""
    if not request.filter:
        return request.states(), None
    from rawkit.diag.choice import choice
    from rawkit.run.sockets.known import Host

    chosen = choice(request.filter, Host(once))
    return request.states() if chosen.states is None else chosen.states, chosen.test


def _peers(told: Sequence[Socket], states: int, remarks: list[str]) -> dict[int, str]:
    """The names of Unix sockets by inode: of all, since the other end of a pair may be in another state."""
    if states != ALL_STATES and any(one.peer for one in told):
        told = ask("unix", ALL_STATES, None, details=False, remark=remarks.append)
    return {one.inode: one.local for one in told if one.local}


def _is_missed(socket: Socket, holders: Holders) -> bool:
    """Whether a process must hold it, and none was seen."""
    return bool(socket.inode) and socket.inode not in holders.by_inode
