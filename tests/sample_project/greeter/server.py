"""The server, one client after the other."""

from __future__ import annotations

import socket


def serve(listener: socket.socket, clients: int) -> None:
    """Greets so many clients."""
    for _ in range(clients):
        connection, _ = listener.accept()
        with connection:
            greet(connection)


def greet(connection: socket.socket) -> None:
    """Reads a name, sends the greeting, and closes once the client has closed."""
    name = connection.makefile("rb").readline(100).strip()
    connection.sendall(b"Hello, " + name + b"!\n")
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):  # close() while there is something to read would send a RST: the greeting may be lost
        pass
