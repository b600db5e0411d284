"""Questions to the kernel over netlink sockets (netlink(7)); what messages are made of is in `rawkit.wire.netlink`."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Final

from rawkit.wire.netlink import ACK as ACK
from rawkit.wire.netlink import CREATE as CREATE
from rawkit.wire.netlink import DONE as DONE
from rawkit.wire.netlink import DUMP as DUMP
from rawkit.wire.netlink import ERROR as ERROR
from rawkit.wire.netlink import REQUEST as REQUEST
from rawkit.wire.netlink import attribute as attribute
from rawkit.wire.netlink import attributes as attributes
from rawkit.wire.netlink import error as error
from rawkit.wire.netlink import message as message
from rawkit.wire.netlink import messages as messages
from rawkit.wire.netlink import nested as nested

ROUTE: Final = 0
"""The protocol of interfaces, addresses and routes."""
SOCK_DIAG: Final = 4
"""The protocol of sockets (sock_diag(7))."""
NETFILTER: Final = 12
"""The protocol of the packet filter."""

_BUFFER: Final = 1 << 18


def ask(question: int, flags: int, body: bytes, protocol: int = ROUTE) -> Iterator[tuple[int, bytes]]:
    """Type and body of each message that answers a question, of rtnetlink(7) by itself.

    Args:
        question: the type of the message, RTM_GET*.
        flags: `REQUEST` for one, `REQUEST | DUMP` for all.
        body: what comes behind the header.
        protocol: whom it is for: `ROUTE` or `SOCK_DIAG`.

    Raises OSError with what the kernel says.

    >>> kind, body = next(ask(18, REQUEST | DUMP, bytes(16)))  # RTM_GETLINK, struct ifinfomsg
    >>> kind, dict(attributes(body[16:]))[3]  # RTM_NEWLINK, IFLA_IFNAME
    (16, b'lo\\x00')
    """
    for data in datagrams(question, flags, body, protocol):
        for kind, _, told in messages(data):
            if kind == DONE:
                return
            if kind == ERROR:
                number = error(told)
                raise OSError(number, os.strerror(number))
            yield kind, told


def datagrams(question: int, flags: int, body: bytes, protocol: int = ROUTE) -> Iterator[bytes]:
    """What answers a question, as it comes: without DUMP one datagram, else until the caller has seen the last one.

    The arguments are those of `ask`.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) as asking:
        asking.send(message(question, flags, 1, body))
        yield asking.recv(_BUFFER)
        while flags & DUMP:
            yield asking.recv(_BUFFER)
