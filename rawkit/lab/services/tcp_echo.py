"""Sends back what it is sent (RFC 862), and closes when its peer does."""

from __future__ import annotations

import socket

from rawkit.lab.services.listening import Ready, each_connection, stream


def serve(port: int, ready: Ready) -> None:
    """Serves for ever."""
    with stream(port) as server:
        ready()
        each_connection(server, echo)


def echo(connection: socket.socket) -> None:
    """Sends everything back until the peer has shut down its side.

    >>> near, far = socket.socketpair()
    >>> _ = near.send(b"hello"), near.shutdown(socket.SHUT_WR)
    >>> echo(far), near.recv(9)
    (None, b'hello')
    >>> near.close(), far.close()
    (None, None)
    """
    while received := connection.recv(65536):
        connection.sendall(received)
