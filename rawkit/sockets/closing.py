"""Sockets that are closed where their opening goes wrong half-way."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def closed_on_error(sock: socket.socket) -> Iterator[None]:
    """Closes the socket where the body does not end well.

    >>> opened = socket.socket()
    >>> try:
    ...     with closed_on_error(opened):
    ...         raise OSError
    ... except OSError:
    ...     opened.fileno()
    -1
    """
    try:
        yield
    except BaseException:
        sock.close()
        raise
