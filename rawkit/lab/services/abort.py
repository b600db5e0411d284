"""Takes a connection and aborts it at once with a RST: close() with SO_LINGER on and 0 seconds (socket(7))."""

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
    """Closes the connection with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
