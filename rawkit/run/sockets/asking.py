"""The sockets of a table: the kernel is asked by sock_diag(7), or /proc is read where it has none of that."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from socket import AF_INET, AF_INET6
from typing import Final, Literal

from rawkit.diag import inet, netlinks, packet, proc, unix
from rawkit.diag.answers import BY_FAMILY, RefusedError
from rawkit.diag.socket import INET, Socket
from rawkit.diag.states import state_names
from rawkit.errors import RawkitError
from rawkit.sockets import netlink

_FOLDER: Final = "/proc/thread-self/net"
"""Of the network namespace in which the calling thread is."""
_MISSING: Final = (errno.ENOENT, errno.EOPNOTSUPP, errno.EINVAL, errno.EPROTONOSUPPORT)
"""What a kernel says that has no sock_diag of a family."""
_VERSIONS: Final[dict[int, Literal[4, 6]]] = {AF_INET: 4, AF_INET6: 6}
_NEVER_DIAG: Final = ("icmp",)
"""Tables that no kernel has a sock_diag of."""


def ask(
    table: str,
    states: int,
    version: Literal[4, 6] | None,
    *,
    details: bool,
    remark: Callable[[str], None],
) -> list[Socket]:
    """The sockets of a table in these states.

    Args:
        table: one of `rawkit.diag.socket.TABLES`.
        states: a bit each.
        version: 4 or 6, for those of that IP version alone.
        details: whether attributes that the kernel has to count are asked for too.
        remark: is told, in one line, where something could not be had as it should be.
    """
    if table in _NEVER_DIAG:
        return list(_from_files(table, states, version))
    try:
        return list(_asked(table, states, version, details=details))
    except (RefusedError, OSError) as error:
        number = error.number if isinstance(error, RefusedError) else error.errno
        if number not in _MISSING:
            raise RawkitError(f"{table} sockets: the kernel does not tell of them: {error}") from None
    found = list(_from_files(table, states, version))
    if found:
        remark(f"{table}: this kernel has no sock_diag of these sockets: read from /proc/net, which has no cookie, "
               "interface or memory")  # fmt: skip
    return found


def _asked(table: str, states: int, version: Literal[4, 6] | None, *, details: bool) -> Iterator[Socket]:
    """By sock_diag; of families that know no states those that are wanted are taken out here."""
    if table in INET:
        for family, its_version in _VERSIONS.items():
            if version in (None, its_version):
                yield from inet.sockets(table, _told(inet.request(table, family, states, details=details)))
    elif table == "unix":
        yield from unix.sockets(_told(unix.request(states, details=details)))
    else:
        wanted = state_names(states)
        is_packet = table == "packet"
        answers = _told(packet.request(details=details) if is_packet else netlinks.request())
        told = packet.sockets(answers) if is_packet else netlinks.sockets(answers)
        yield from (one for one in told if one.state in wanted)


def _told(question: bytes) -> Iterator[bytes]:
    return netlink.datagrams(BY_FAMILY, netlink.REQUEST | netlink.DUMP, question, netlink.SOCK_DIAG)


def _from_files(table: str, states: int, version: Literal[4, 6] | None) -> Iterator[Socket]:
    wanted = state_names(states)
    for name in proc.FILES[table]:
        if table in INET and version not in (None, 6 if name.endswith("6") else 4):
            continue
        try:
            with open(f"{_FOLDER}/{name}", encoding="utf-8", errors="surrogateescape") as file:
                yield from (one for one in proc.sockets(table, file) if one.state in wanted)
        except FileNotFoundError:
            continue  # the kernel has no such sockets
