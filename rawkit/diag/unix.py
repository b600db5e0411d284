"""Unix sockets (unix(7), include/uapi/linux/unix_diag.h)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from socket import AF_UNIX
from struct import Struct
from sys import byteorder
from typing import Final

from rawkit.diag.answers import bodies
from rawkit.diag.socket import UNIX_NETIDS, Socket
from rawkit.diag.states import ALL_STATES, state_of
from rawkit.wire.netlink import attributes

_REQUEST: Final = Struct("=BBxx II IQ")
"""struct unix_diag_req: family, protocol, states, inode, what to show, cookie."""
_MESSAGE: Final = Struct("=BBBx IQ")
"""struct unix_diag_msg: family, type, state, inode, cookie."""
_QUEUES: Final = Struct("=II")
NAME, VFS, PEER, ICONS, RQLEN, MEMINFO, SHUTDOWN, UID = range(8)
"""Attributes (UNIX_DIAG_*)."""
_SHOW: Final = 0b1011111
"""All of UDIAG_SHOW_* but MEMINFO: name, vfs, peer, icons, rqlen, uid."""
_SHOW_MEMINFO: Final = 0b0100000
_WORD: Final = 4


def request(states: int = ALL_STATES, *, details: bool = False) -> bytes:
    """The question for all Unix sockets in these states (a bit each)."""
    return _REQUEST.pack(AF_UNIX, 0, states, 0, _SHOW | _SHOW_MEMINFO if details else _SHOW, 0)


def sockets(datagrams: Iterable[bytes]) -> Iterator[Socket]:
    """The sockets of what the kernel answers (`rawkit.diag.answers`); what is too short, or of another type, is none.

    >>> from rawkit.diag.answers import BY_FAMILY
    >>> from rawkit.wire.netlink import attribute, message
    >>> from socket import SOCK_STREAM
    >>> more = attribute(NAME, b"\\0app") + attribute(PEER, (78).to_bytes(4, byteorder))
    >>> told = sockets([message(BY_FAMILY, 0, 1, _MESSAGE.pack(AF_UNIX, SOCK_STREAM, 1, 77, 5) + more)])
    >>> [(one.netid, one.state, one.local, one.inode, one.peer) for one in told]
    [('u_str', 'ESTAB', '@app', 77, 78)]
    """
    for body in bodies(datagrams):
        if len(body) < _MESSAGE.size:
            continue
        _, kind, state, inode, cookie = _MESSAGE.unpack_from(body)
        netid = UNIX_NETIDS.get(kind)
        if netid is None:
            continue
        more = body[_MESSAGE.size :]
        told = dict(attributes(more))
        queues = told.get(RQLEN, b"")
        received, sent = _QUEUES.unpack_from(queues) if len(queues) >= _QUEUES.size else (0, 0)
        yield Socket(
            netid, state_of(state), received, sent, name(told.get(NAME, b"")), 0, "", 0,
            uid=_number(told.get(UID)), inode=inode, cookie=cookie, peer=_number(told.get(PEER)) or 0, attributes=more,
        )  # fmt: skip


def name(raw: bytes) -> str:
    """A path, or an abstract name behind `@`; zeros in that are `@` as well, as in ss.

    >>> name(b"/run/a.sock\\0"), name(b"\\0app\\0one"), name(b"")
    ('/run/a.sock', '@app@one', '')
    """
    if raw[:1] != b"\0":
        raw = raw.partition(b"\0")[0]
    return raw.replace(b"\0", b"@").decode("utf-8", "surrogateescape")


def _number(raw: bytes | None) -> int | None:
    return int.from_bytes(raw, byteorder) if raw is not None and len(raw) == _WORD else None
