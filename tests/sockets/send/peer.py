"""The other end of the wire, for tests that send."""

from __future__ import annotations

import socket
import threading

import pytest

from rawkit.lab import Host

PATIENCE = 20.0


class Other(threading.Thread):
    """Receives frames with a plain packet socket in a host, until it has so many."""

    def __init__(self, host: Host, count: int, interface: str = "eth0") -> None:
        super().__init__()
        with host.entered():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.socket.bind((interface, 0x88B5))
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        except PermissionError:
            self.socket.close()
            pytest.skip("needs root, for a buffer that holds all")
        self.socket.settimeout(PATIENCE)
        self.count, self.frames = count, list[bytes]()
        self.start()

    def run(self) -> None:
        with self.socket:
            while len(self.frames) < self.count:
                self.frames.append(self.socket.recv(65536))

    def more(self) -> list[bytes]:
        """All that came, when so many did."""
        self.join(PATIENCE)
        return self.frames


def tc(host: Host, *words: str) -> None:
    host.run(["tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", *words], check=True)
