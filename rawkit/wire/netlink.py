"""Messages and attributes of netlink sockets (netlink(7), include/uapi/linux/netlink.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

ERROR, DONE = 2, 3
REQUEST, ACK, DUMP, CREATE = 0x1, 0x4, 0x300, 0x400

_HEADER: Final = struct.Struct("=IHHII")  # struct nlmsghdr
_ATTRIBUTE: Final = struct.Struct("=HH")  # struct nlattr
_ERROR: Final = struct.Struct("=i")  # the first field of struct nlmsgerr
_NESTED: Final = 0x8000
_TYPE_MASK: Final = 0x3FFF


def message(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    """A message: its header, and a body whose length is a multiple of 4."""
    return _HEADER.pack(_HEADER.size + len(body), kind, flags, sequence, 0) + body


def messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, sequence number and body of each message that the kernel sent at once."""
    at = 0
    while at + _HEADER.size <= len(data):
        size, kind, _, sequence, _ = _HEADER.unpack_from(data, at)
        yield kind, sequence, data[at + _HEADER.size : at + size]
        at += max(size + -size % 4, _HEADER.size)


def error(body: bytes) -> int:
    """The errno of a message of the type ERROR; 0 where it acknowledges.

    >>> error(bytes(20)), error((-1).to_bytes(4, "little", signed=True) + bytes(16))
    (0, 1)
    """
    return -int(_ERROR.unpack_from(body)[0])


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
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        yield kind & _TYPE_MASK, data[at + _ATTRIBUTE.size : at + size]
        at += max(size + -size % 4, _ATTRIBUTE.size)
