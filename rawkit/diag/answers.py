"""The messages in which the kernel answers (include/uapi/linux/sock_diag.h)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rawkit.errors import RawkitError
from rawkit.wire import netlink

BY_FAMILY: Final = 20
"""SOCK_DIAG_BY_FAMILY: the type of a question for sockets, and of each answer."""
_LARGEST: Final = (1 << 31) - 1
"""The largest number that strerror(3) takes; a message can have one more."""


class RefusedError(RawkitError):
    """The kernel has no such sockets, or does not tell of them.

    Attributes:
        number: its errno.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"sock_diag: {os.strerror(min(number, _LARGEST))}")


class Answer(NamedTuple):
    """What came in one datagram.

    Attributes:
        bodies: what is behind the header of each message about a socket.
        is_last: whether nothing comes behind.
    """

    bodies: list[bytes]
    is_last: bool


def answer(data: bytes) -> Answer:
    """The messages of a datagram; RefusedError where the kernel says that it does not tell.

    >>> done = netlink.message(netlink.DONE, 0, 1, bytes(4))
    >>> answer(netlink.message(BY_FAMILY, 0, 1, b"one!") + done)
    Answer(bodies=[b'one!'], is_last=True)
    >>> answer(netlink.message(netlink.ERROR, 0, 1, (-2).to_bytes(4, "little", signed=True) + bytes(16)))
    Traceback (most recent call last):
    rawkit.diag.answers.RefusedError: sock_diag: No such file or directory
    """
    bodies: list[bytes] = []
    for kind, _, body in netlink.messages(data):
        if kind == BY_FAMILY:
            bodies.append(body)
        elif kind in (netlink.ERROR, netlink.DONE):
            # A dump that could not go on says why in its last message, one of which older kernels leave out the number.
            number = netlink.error(body) if len(body) >= 4 else 0
            if number > 0:
                raise RefusedError(number)
            return Answer(bodies, is_last=True)
    return Answer(bodies, is_last=False)


def bodies(datagrams: Iterable[bytes]) -> Iterator[bytes]:
    """What is behind the header of each message about a socket, of datagrams that are read no further than their end.

    >>> done = netlink.message(netlink.DONE, 0, 1, bytes(4))
    >>> list(bodies([netlink.message(BY_FAMILY, 0, 1, b"one!"), done, netlink.message(BY_FAMILY, 0, 1, b"more")]))
    [b'one!']
    """
    for data in datagrams:
        told = answer(data)
        yield from told.bodies
        if told.is_last:
            return
