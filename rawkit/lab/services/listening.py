"""Sockets that serve IPv4 and IPv6 at once, and the loop that takes their connections."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

Ready = Callable[[], None]


def stream(port: int, *, backlog: int = 128, receive_buffer: int | None = None) -> socket.socket:
    """A listening TCP socket on all of the host's addresses; port 0 takes any free one.

    >>> with stream(0) as server:
    ...     server.getsockname()[0]
    '::'
    """
    server = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    if receive_buffer is not None:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    server.bind(("::", port))
    server.listen(backlog)
    return server


def datagram(port: int) -> socket.socket:
    """A UDP socket on all of the host's addresses; port 0 takes any free one.

    >>> with datagram(0) as server:
    ...     server.type.name
    'SOCK_DGRAM'
    """
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("::", port))
    return server


def each_connection(server: socket.socket, handle: Callable[[socket.socket], None]) -> None:
    """Hands each connection to a thread of its own, for ever; an error of a connection ends that one only."""
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_handled, args=(connection, handle), daemon=True).start()


def _handled(connection: socket.socket, handle: Callable[[socket.socket], None]) -> None:
    with connection:
        try:
            handle(connection)
        except OSError:
            return  # the peer went away: that is what peers in a lab are for
