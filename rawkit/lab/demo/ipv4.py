"""The IPv4 packets in a batch of Ethernet frames."""

from __future__ import annotations

from collections.abc import Iterator

from rawkit.frames import FrameBatch
from rawkit.wire import ethertypes
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv4 import Ipv4


def packets(batch: FrameBatch) -> Iterator[tuple[int, Ipv4, bytes]]:
    """Time (nanoseconds since the epoch), header and payload of each.

    >>> from ipaddress import IPv4Address
    >>> packet = Ipv4(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"), 17).pack(b"data")
    >>> frame = Ethernet(bytes(6), bytes(6), ethertypes.IPV4).pack(packet)
    >>> [(time, payload) for time, header, payload in packets(FrameBatch.from_frames([frame, bytes(14)], [5, 6]))]
    [(5, b'data')]
    """
    for time, frame in zip(batch.timestamp.tolist(), batch.frames(), strict=True):
        link, rest = Ethernet.unpack(frame)
        if link.type == ethertypes.IPV4:
            yield time, *Ipv4.unpack(rest)
