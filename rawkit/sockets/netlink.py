"""Messages and attributes of netlink sockets (netlink(7), include/uapi/linux/netlink.h)."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from typing import Final

ROUTE: Final = 0
"""The protocol of interfaces, addresses and routes."""
SOCK_DIAG: Final = 4
"""The protocol of sockets (sock_diag(7))."""
NETFILTER: Final = 12
"""The protocol of the packet filter."""

ERROR, DONE = 2, 3
REQUEST, ACK, DUMP, CREATE = 0x1, 0x4, 0x300, 0x400

_HEADER: Final = struct.Struct("=IHHII")  # struct nlmsghdr
_ATTRIBUTE: Final = struct.Struct("=HH")  # struct nlattr
_ERROR: Final = struct.Struct("=i")  # the first field of struct nlmsgerr
_BUFFER: Final = 1 << 18
_NESTED: Final = 0x8000
_TYPE_MASK: Final = 0x3FFF


def message(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    """A message: its header, and a body whose length is a multiple of 4."""
    return _HEADER.pack(_HEADER.size + len(body), kind, flags, sequence, 0) + body


def messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, sequence number and body of each message that the kernel sent at once."""
    while len(data) >= _HEADER.size:
        size, kind, _, sequence, _ = _HEADER.unpack_from(data)
        yield kind, sequence, data[_HEADER.size : size]
        data = data[max(size + -size % 4, _HEADER.size) :]


def error(body: bytes) -> int:
    """The errno of a message of the type ERROR; 0 where it acknowledges.

    >>> error(bytes(20)), error((-1).to_bytes(4, "little", signed=True) + bytes(16))
    (0, 1)
    """
    return -int(_ERROR.unpack_from(body)[0])


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
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) as asking:
        asking.send(message(question, flags, 1, body))
        more = True
        while more:
            more = bool(flags & DUMP)
            for kind, _, told in messages(asking.recv(_BUFFER)):
                if kind == DONE:
                    return
                if kind == ERROR:
                    number = error(told)
                    raise OSError(number, os.strerror(number))
                yield kind, told


def attribute(kind: int, value: bytes) -> bytes:
    """An attribute: length, type, value, and what fills it up to a multiple of 4 bytes.

    >>> attribute(1, b"eth0\\0").hex(" ", 4)
    '09000100 65746830 00000000'
    """
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + bytes(-len(value) % 4)


def nested(kind: int, *within: bytes) -> bytes:
    """An attribute that is made of attributes.

    >>> nested(4, attribute(1, b"\\0\\0\\0\\1")).hex(" ", 4)
    '0c000480 08000100 00000001'
    """
    return attribute(kind | _NESTED, b"".join(within))


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and value of each attribute.

    >>> list(attributes(attribute(1, b"lo") + attribute(2, b"")))
    [(1, b'lo'), (2, b'')]
    """
    while len(data) >= _ATTRIBUTE.size:
        size, kind = _ATTRIBUTE.unpack_from(data)
        yield kind & _TYPE_MASK, data[_ATTRIBUTE.size : size]
        data = data[max(size + -size % 4, _ATTRIBUTE.size) :]
