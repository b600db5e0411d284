"""Which process has a socket: sock_diag(7) names its inode and user, /proc the process that holds it open."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from struct import Struct
from typing import Final

from rawkit.sockets import netlink
from rawkit.sockets.holders import find_holders, user_name
from rawkit.values import dataclass

MOST: Final = 65536
"""Sockets that are remembered, the latest ones."""

Address = tuple[str, int]
Key = tuple[int, Address, Address]

_BY_FAMILY: Final = 20
"""The type of a request for sockets (SOCK_DIAG_BY_FAMILY, include/uapi/linux/sock_diag.h)."""
_ALL_STATES: Final = 0xFFF
_ADDRESS_LEN: Final = {socket.AF_INET: 4, socket.AF_INET6: 16}
_ID_LEN: Final = 48
_REQUEST: Final = Struct(f"=BB2xI{_ID_LEN}s")
"""struct inet_diag_req_v2 (include/uapi/linux/inet_diag.h), with no socket in particular."""
_ENDS: Final = Struct("!4x HH 16s 16s")
"""Ports and addresses in struct inet_diag_msg, and what is in front of them."""
_OWNER: Final = Struct("=12x 12x II")
"""Behind these: interface, cookie, times and queues, then user and inode."""
_NOBODY: Final = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 - what an unconnected socket shows


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds a socket.

    Attributes:
        pid: its process id, in the PID namespace of this process.
        name: its command, at most 15 characters (proc(5), `comm`).
        user: the user that made the socket, by name, or by number where it has none.
    """

    pid: int
    name: str
    user: str


class SocketOwners:
    """Remembers who had which socket of this network namespace; only what was there when `look` was called is known.

    >>> import os
    >>> owners = SocketOwners()
    >>> with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    ...     sock.bind(("127.0.0.1", 0))
    ...     owners.look()
    ...     owners.find(socket.IPPROTO_UDP, sock.getsockname(), ("127.0.0.1", 9)).pid == os.getpid()
    True
    """

    def __init__(self) -> None:
        self._known: dict[Key, Owner] = {}
        self._inodes: dict[int, Owner | None] = {}

    def look(self) -> None:
        """Takes note of the sockets that are there now; PermissionError where the kernel does not tell."""
        found = list(_sockets())
        unknown = {inode for _key, inode, _uid in found} - self._inodes.keys()
        self._inodes = {inode: self._inodes.get(inode) for _key, inode, _uid in found}
        holders = find_holders().by_inode if unknown else {}
        for key, inode, uid in found:
            if inode in unknown and inode in holders:
                holder = holders[inode][-1]
                self._inodes[inode] = Owner(holder.pid, holder.name, user_name(uid))
            owner = self._inodes[inode]
            if owner is not None:
                self._known.pop(key, None)
                self._known[key] = owner
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def find(self, protocol: int, one: Address, other: Address) -> Owner | None:
        """Who has the socket between two endpoints, whichever of them is this host's."""
        for local, remote in ((one, other), (other, one)):
            if owner := self._known.get((protocol, local, remote)):
                return owner
            for key in _unconnected(protocol, local):
                # The same port of another host is nothing to a socket that is here.
                if key in self._known and _is_ours(local[0]):
                    return self._known[key]
        return None


def _unconnected(protocol: int, local: Address) -> Iterator[Key]:
    """The sockets that may take what comes to a local endpoint, from whoever it comes."""
    nobody = _NOBODY[socket.AF_INET6 if ":" in local[0] else socket.AF_INET]
    yield protocol, local, (nobody, 0)
    yield protocol, (nobody, local[1]), (nobody, 0)
    yield protocol, ("::", local[1]), ("::", 0)


def _is_ours(address: str) -> bool:
    """Whether this network namespace has the address: only then can a socket be bound to it.

    >>> _is_ours("127.0.0.1"), _is_ours("192.0.2.1")
    (True, False)
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind((address, 0))
        except OSError:
            return False
    return True


def _sockets() -> Iterator[tuple[Key, int, int]]:
    """Key, inode and user of every TCP and UDP socket that a process has."""
    for family, size in _ADDRESS_LEN.items():
        for protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
            request = _REQUEST.pack(family, protocol, _ALL_STATES, bytes(_ID_LEN))
            for _, told in netlink.ask(_BY_FAMILY, netlink.REQUEST | netlink.DUMP, request, netlink.SOCK_DIAG):
                local_port, remote_port, local, remote = _ENDS.unpack_from(told)
                uid, inode = _OWNER.unpack_from(told, _ENDS.size)
                if inode:
                    ends = [_plain(socket.inet_ntop(family, address[:size])) for address in (local, remote)]
                    yield (protocol, (ends[0], local_port), (ends[1], remote_port)), inode, uid


def _plain(address: str) -> str:
    """An IPv4 address that an IPv6 socket uses, as IPv4."""
    return address.removeprefix("::ffff:")
