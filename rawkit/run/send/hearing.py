"""Where answers are heard: on the interface that frames leave by, and on all others, for the way back is not ours."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

import numpy as np

from rawkit.facts import ipv4, ipv6
from rawkit.facts.cooked import SLL2_INTERFACE
from rawkit.frames import FrameBatch, Int64s
from rawkit.probe.scan.packets import packets
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.sockets.receive.waiting import wait
from rawkit.wire.address import IPAddress

RING: Final = 16
"""MiB of each ring."""
MOST: Final = 16
"""Source addresses for which all interfaces are listened to: a frame is compared with each of them."""


@dataclass(slots=True)
class Sources:
    """The addresses that packets are sent from, up to `MOST`; more are nobody's in particular.

    >>> from scapy.layers.inet import IP
    >>> sources = Sources()
    >>> sources.add(FrameBatch.from_frames([bytes(IP(src="192.0.2.1", dst="192.0.2.20"))], link_type=101))
    >>> sources.filter()
    'dst host 192.0.2.1'
    """

    _found: set[IPAddress] = field(default_factory=set)

    def add(self, batch: FrameBatch) -> None:
        """Takes note of those of a batch."""
        for packet in packets(batch).frames() if len(self._found) <= MOST else ():
            begin, size = (ipv6.SRC, 16) if packet[:1] >= b"\x60" else (ipv4.SRC, 4)
            address = packet[begin : begin + size]
            if packet[:1] >= b"\x40" and len(address) == size and any(address):
                self._found.add(ip_address(address))

    def filter(self) -> str | None:
        """What comes to them, in tcpdump's language; None where there are none, or too many."""
        if not self._found or len(self._found) > MOST:
            return None
        return " or ".join(f"dst host {one}" for one in sorted(self._found, key=lambda one: (one.version, int(one))))


class Hearing:
    """Rings for what comes back; a context manager.

    Args:
        names: the interfaces of which all is heard: what is sent there, too.
        elsewhere: what is heard on all others; None for nothing. Its frames have cooked headers.

    Raises as `ReceiveRing`.
    """

    def __init__(self, names: Sequence[str], elsewhere: str | None) -> None:
        with ExitStack() as opened:
            self._rings = [opened.enter_context(ReceiveRing(name, memory=RING)) for name in names]
            self._indices = [socket.if_nametoindex(name) for name in names]
            if elsewhere is not None:
                ring = ReceiveRing(None, memory=RING, filter=elsewhere, direction="in")
                self._rings.append(opened.enter_context(ring))
            self._opened = opened.pop_all()

    def read(self, timeout: float) -> FrameBatch | None:
        """The frames of the ring whose block was begun first, after waiting at most so many seconds; else None."""
        for ring in self._rings:
            ring.release()
        if not wait(self._rings, timeout):
            return None
        ring = min((ring for ring in self._rings if ring.ready()), key=ReceiveRing.begin)
        batch = ring.take()
        return batch if ring.interface is not None else batch.select(self._elsewhere(batch))

    def _elsewhere(self, batch: FrameBatch) -> Int64s:
        """The rows of frames of interfaces that have no ring of their own."""
        heads = batch.offset[:, None] + np.arange(SLL2_INTERFACE, SLL2_INTERFACE + 4)
        index = np.ascontiguousarray(batch.data[heads]).view(">u4").ravel()
        return np.flatnonzero(~np.isin(index, self._indices))

    def close(self) -> None:
        """Closes all rings."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
