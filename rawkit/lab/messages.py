"""Python values, and descriptors beside them, between two processes of this machine: over a Unix socket, pickled."""

from __future__ import annotations

import array
import pickle
import socket
import struct
from collections.abc import Sequence
from typing import Any, Final

CLOSE: Final = "close"
MIDDLEBOX: Final = "middlebox"
SOCKET: Final = "socket"
LISTENING: Final = "listening"
"""What a process asks the one that keeps its lab for."""

_LENGTH: Final = struct.Struct("=Q")
_MOST: Final = 8
"""Descriptors beside a value."""


def put(channel: socket.socket, value: Any, descriptors: Sequence[int] = ()) -> None:
    """Sends a value; BrokenPipeError where nobody is there any more.

    >>> here, there = socket.socketpair()
    >>> with here, there:
    ...     put(here, {"a": 1})
    ...     get(there)
    ({'a': 1}, [])
    """
    data = pickle.dumps(value)
    socket.send_fds(channel, [_LENGTH.pack(len(data))], list(descriptors))
    channel.sendall(data)


def get(channel: socket.socket) -> tuple[Any, list[int]]:
    """The next value, and the descriptors beside it, which are the caller's to close; EOFError at the end."""
    head, descriptors = b"", array.array("i")
    while len(head) < _LENGTH.size:
        flags = socket.MSG_CMSG_CLOEXEC
        part, found, _, _ = socket.recv_fds(channel, _LENGTH.size - len(head), _MOST, flags)
        if not part:
            raise EOFError
        head += part
        descriptors.extend(found)
    left = _LENGTH.unpack(head)[0]
    parts = []
    while left:
        part = channel.recv(min(left, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        left -= len(part)
    return pickle.loads(b"".join(parts)), list(descriptors)  # noqa: S301  (of a process that this one started)
