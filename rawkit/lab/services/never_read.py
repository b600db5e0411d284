"""Takes connections and never reads from them, so that the receive window closes after a few kilobytes."""

from __future__ import annotations

import socket
from typing import Final

from rawkit.lab.services.listening import Ready, stream

RECEIVE_BUFFER: Final = 4096
"""Bytes asked for with SO_RCVBUF; the kernel doubles it for its own overhead."""


def serve(port: int, ready: Ready) -> None:
    """Serves for ever."""
    kept: list[socket.socket] = []
    with stream(port, receive_buffer=RECEIVE_BUFFER) as server:
        ready()
        while True:
            kept.append(server.accept()[0])
