"""A router's forwarding in Python, for paths that take time and lose or delay chosen packets.

The kernel's own forwarding is off in such a story; the kernel still answers ARP and neighbour discovery.
"""

from __future__ import annotations

import heapq
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from .network import Network

ETHERTYPES: Final = {4: 0x0800, 6: 0x86DD}

Fate = Callable[[bytes, bool], float | None]
"""Of an IP packet, and whether the client sent it: seconds to wait beyond the path's delay, or None: lost."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the router's links: a packet socket on it, and who is at its other end."""

    socket: socket.socket
    interface: str
    neighbour: bytes


class Carrier:
    """Carries IP packets between client and server, each `delay` seconds late, from entering until all is quiet."""

    def __init__(self, network: Network, delay: float, fate: Fate = lambda packet, from_client: 0.0) -> None:
        self._delay, self._fate, self._recorder = delay, fate, network.recorder
        self._type = ETHERTYPES[network.version]
        self._sides = (self._side(network, "client"), self._side(network, "server"))
        self._waiting: list[tuple[float, int, Side, bytes]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _side(self, network: Network, name: str) -> Side:
        neighbour = bytes.fromhex(getattr(network, name).interfaces[0].mac.replace(":", ""))
        with network.router.entered():
            own = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
            own.bind((f"to-{name}", self._type))
        return Side(own, f"to-{name}", neighbour)

    def __enter__(self) -> Carrier:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        if kind is None:
            self._recorder.until_quiet()
        self._stopping.set()
        self._thread.join()
        for side in self._sides:
            side.socket.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for side in self._sides:
                selector.register(side.socket, selectors.EVENT_READ, side)
            while not self._stopping.is_set():
                wait = min(0.02, self._waiting[0][0] - time.monotonic()) if self._waiting else 0.02
                for key, _events in selector.select(max(wait, 0)):
                    self._take(key.data)
                self._deliver()

    def _take(self, side: Side) -> None:
        packet, (_name, _type, kind, _hardware, _address) = side.socket.recvfrom(65535)
        if kind != socket.PACKET_HOST:
            return
        late = self._fate(packet, side is self._sides[0])
        if late is not None:
            other = self._sides[side is self._sides[0]]
            due = time.monotonic() + self._delay + late
            heapq.heappush(self._waiting, (due, time.monotonic_ns(), other, one_hop_on(packet)))

    def _deliver(self) -> None:
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            _due, _order, side, packet = heapq.heappop(self._waiting)
            side.socket.sendto(packet, (side.interface, self._type, 0, 0, side.neighbour))


def one_hop_on(packet: bytes) -> bytes:
    """The packet as a router passes it on: the time to live one lower, and IPv4's checksum to match (RFC 1141)."""
    if packet[0] >> 4 == 6:
        return packet[:7] + bytes([packet[7] - 1]) + packet[8:]
    checksum = struct.unpack_from("!H", packet, 10)[0] + 0x0100
    checksum = (checksum & 0xFFFF) + (checksum >> 16)
    return packet[:8] + struct.pack("!BBH", packet[8] - 1, packet[9], checksum) + packet[12:]


def nth(*numbers: int, where: Callable[[bytes, bool], bool], late: float | None = None) -> Fate:
    """The fate of the packets so numbered (from 1) among those that `where` takes: lost, or that much later."""
    seen = 0

    def fate(packet: bytes, from_client: bool) -> float | None:
        nonlocal seen
        if not where(packet, from_client):
            return 0.0
        seen += 1
        return late if seen in numbers else 0.0

    return fate
