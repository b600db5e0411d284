"""Listens with the smallest accept queue there is and takes nothing from it, so that it is full after one connection.

The kernel then drops further handshakes' last ACK and new SYNs (net.ipv4.tcp_abort_on_overflow is 0), and clients
wait (listen(2), tcp(7)).
"""

from __future__ import annotations

import threading

from rawkit.lab.services.listening import Ready, stream


def serve(port: int, ready: Ready) -> None:
    """Serves for ever."""
    with stream(port, backlog=0):
        ready()
        threading.Event().wait()
