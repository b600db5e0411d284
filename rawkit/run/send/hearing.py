"""Where answers are heard: on the interface that frames leave by, and on all others, for the way back is not ours."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

import numpy as np

from rawkit.facts import ipv4, ipv6
from rawkit.facts.cooked import SLL2_INTERFACE
from rawkit.frames import FrameBatch
from rawkit.probe.scan.packets import packets
from rawkit.sockets.pausing import OTHERS, Pause
from rawkit.sockets.receive.ring_set import RingSet
from rawkit.sockets.send.bare import versions
from rawkit.values import dataclass, field
from rawkit.wire.address import IPAddress

RING: Final = 16
"""MiB of each ring."""
MOST: Final = 16
"""Source addresses for which all interfaces are listened to: a frame is compared with each of them."""

_SOURCES: Final = {4: (ipv4.SRC, 4), 6: (ipv6.SRC, 16)}
"""Where the source stands in an IP header, and its size, by version."""


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
    _packed: set[bytes] = field(default_factory=set)

    def add(self, batch: FrameBatch) -> None:
        """Takes note of those of a batch."""
        inside = packets(batch)
        for packet, version in zip(inside.frames(), versions(inside).tolist(), strict=True):
            begin, size = _SOURCES.get(version, (0, 0))
            address = packet[begin : begin + size]
            if address in self._packed or len(self._found) > MOST or len(address) != size or not any(address):
                continue
            self._packed.add(address)
            self._found.add(ip_address(address))

    def filter(self) -> str | None:
        """What comes to them, in tcpdump's language; None where there are none, or too many."""
        if not self._found or len(self._found) > MOST:
            return None
        return " or ".join(f"dst host {one}" for one in sorted(self._found, key=lambda one: (one.version, int(one))))


class Hearing(RingSet):
    """Rings for what comes back; a context manager.

    Args:
        names: the interfaces of which all is heard: what is sent there, too.
        elsewhere: what is heard on all others, in tcpdump's language; None for nothing. Its frames have cooked headers.

    Raises as `ReceiveRing`.
    """

    def __init__(self, names: Sequence[str], elsewhere: str | None) -> None:
        asked: dict[str | None, str | None] = dict.fromkeys(names)
        if elsewhere is not None:
            asked[None] = elsewhere
        super().__init__([*asked], filters=[*asked.values()], memory=RING)
        self._indices = [socket.if_nametoindex(name) for name in names]

    def pause(self, seconds: float) -> Pause:
        """Waits for the next that comes, so many seconds at most; not where some are there."""
        if any(ring.ready() for ring in self.rings):
            return OTHERS
        return Pause(seconds, (*self.rings, *(ring.bell for ring in self.rings)))

    def read(self, timeout: float | None = None) -> FrameBatch | None:
        """As `RingSet.read`; of all other interfaces those frames alone that are of no interface with a ring."""
        batch = super().read(timeout)
        if batch is None or not len(batch) or int(batch.interface[0]) < len(self._indices):
            return batch
        heads = batch.offset[:, None] + np.arange(SLL2_INTERFACE, SLL2_INTERFACE + 4)
        index = np.ascontiguousarray(batch.data[heads]).view(">u4").ravel()
        return batch.select(~np.isin(index, self._indices))
