"""Takes a connection and aborts it with a RST at the first data: close() with SO_LINGER at 0 s (socket(7))."""

from __future__ import annotations

import socket
import struct

from rawkit.lab.services.listening import Ready, each_connection, stream


def serve(port: int, ready: Ready) -> None:
    """Serves for ever."""
    with stream(port) as server:
        ready()
        each_connection(server, abort)


def abort(connection: socket.socket) -> None:
    """Waits for something to read, reads it, and closes the connection with a RST."""
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
