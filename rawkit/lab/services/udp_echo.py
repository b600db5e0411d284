"""Sends each datagram back to where it came from (RFC 862)."""

from __future__ import annotations

from rawkit.lab.services.listening import Ready, datagram


def serve(port: int, ready: Ready) -> None:
    """Serves for ever."""
    with datagram(port) as server:
        ready()
        while True:
            received, source = server.recvfrom(65535)
            server.sendto(received, source)
