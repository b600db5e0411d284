"""Sockets of IPv4 and IPv6: TCP, MPTCP, UDP, UDP-Lite, RAW (include/uapi/linux/inet_diag.h)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop, ntohs
from struct import Struct
from sys import byteorder
from typing import Final

from rawkit.diag.answers import BY_FAMILY, answer
from rawkit.diag.socket import KINDS, MPTCP, Socket
from rawkit.diag.states import ALL_STATES, STATES
from rawkit.wire.netlink import attribute

_REQUEST: Final = Struct("=BBBxI48s")
"""struct inet_diag_req_v2: family, protocol, extensions, states, and the id of a socket."""
_MESSAGE: Final = Struct("=IH10x BBBB HH 16s 16s IQ IIIII")
"""Length and type in struct nlmsghdr, and struct inet_diag_msg; its ports are turned round below."""
_PROTOCOL: Final = 3
"""INET_DIAG_REQ_PROTOCOL: an attribute of the question, for protocols over 255."""
LENGTHS: Final[dict[int, int]] = {AF_INET: 4, AF_INET6: 16}
DETAILS: Final = 0b1111111
"""All extensions that can be asked for: INET_DIAG_MEMINFO (the lowest bit) to INET_DIAG_SKMEMINFO."""


def request(netid: str, family: int, states: int = ALL_STATES, *, details: bool = False) -> bytes:
    """The question for all sockets of a kind in these states (a bit each).

    >>> len(request("tcp", AF_INET)), len(request("mptcp", AF_INET6))
    (56, 64)
    """
    protocol = KINDS[netid].protocol
    more = attribute(_PROTOCOL, protocol.to_bytes(4, byteorder)) if protocol > 255 else b""
    return _REQUEST.pack(family, protocol & 0xFF, DETAILS if details else 0, states, bytes(48)) + more


def sockets(netid: str, datagrams: Iterable[bytes]) -> Iterator[Socket]:
    """The sockets of a kind in what the kernel answers (`rawkit.diag.answers`), which is read no further than its end.

    >>> from rawkit.wire.netlink import DONE, message
    >>> ends = (22).to_bytes(2, "big") + bytes(2) + bytes([127, 0, 0, 1]) + bytes(28) + bytes(12)
    >>> listener = bytes([AF_INET, 10, 0, 0]) + ends + bytes(12) + (1000).to_bytes(4, byteorder) + bytes(4)
    >>> told = message(BY_FAMILY, 0, 1, listener) + message(DONE, 0, 1, bytes(4))
    >>> [(one.state, one.local, one.local_port, one.uid) for one in sockets("tcp", [told])]
    [('LISTEN', '127.0.0.1', 22, 1000)]
    """
    unpack, fixed, known, new = _MESSAGE.unpack_from, _MESSAGE.size, len(STATES), tuple.__new__
    for data in datagrams:
        at, last = 0, len(data) - fixed
        while at <= last:
            (size, kind, family, state, timer, again, local_port, remote_port, local, remote, interface,
             cookie, expires, received, sent, uid, inode) = unpack(data, at)  # fmt: skip
            if kind != BY_FAMILY or size < fixed:
                break
            # A call of Socket takes three times as long as this, which is what it does.
            yield new(Socket, (
                netid, STATES[state if state < known else 0], received, sent, text(family, local), ntohs(local_port),
                text(family, remote), ntohs(remote_port), interface, uid, inode, cookie, 0, timer, again, expires,
                data[at + fixed : at + size], True,
            ))  # fmt: skip
            at += size + -size % 4
        if answer(data[at:]).is_last:
            return


@lru_cache(maxsize=1 << 16)
def text(family: int, address: bytes) -> str:
    """An address as text; nothing for a family that is none of IP.

    >>> text(AF_INET, bytes([192, 0, 2, 1]) + bytes(12)), text(AF_INET6, bytes(16)), text(1, bytes(16))
    ('192.0.2.1', '::', '')
    """
    length = LENGTHS.get(family)
    return "" if length is None else inet_ntop(family, address[:length])


def is_mptcp(netid: str) -> bool:
    """Whether it is a socket of MPTCP, whose INET_DIAG_INFO is another structure."""
    return KINDS[netid].protocol == MPTCP
