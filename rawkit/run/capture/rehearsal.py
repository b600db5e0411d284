"""Running what a live capture runs over a few frames, so that all of its kernels and modules are loaded.

After root is given up they could not be: the folders that they are in may belong to root.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from rawkit.decode import Decoder, Packets
from rawkit.facts import ethertypes, ip_protocols, tcp
from rawkit.flow.layout import BASES, FLOW_END
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch, Int64s
from rawkit.wire.arp import Arp
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.tcp import Tcp
from rawkit.wire.udp import Udp

if TYPE_CHECKING:
    from rawkit.kernels import Engine
    from rawkit.run.capture.showing import CaptureView


def rehearse(engine: Engine, shown: CaptureView) -> None:
    """Decodes, tracks and shows what `frames` has.

    Args:
        engine: what the capture will run with.
        shown: a view like that of the capture, which is of no use afterwards.
    """
    show(engine, Decoder(engine).decode(frames()), [shown])


def show(engine: Engine, packets: Packets, views: Sequence[CaptureView]) -> Int64s:
    """Tracks the packets and shows them in each view; returns the events."""
    tracker = FlowTracker(engine, FLOW_END | BASES)
    tracked = tracker.track(packets)
    tracker.trust(tracker.prepare(packets))
    tracker.expire(0)
    tracker.grow()
    events = tracker.finish()
    for shown in views:
        shown.render(packets, tracked)
        shown.tell(events)
    return events


def frames() -> FrameBatch:
    """An ARP request, a UDP datagram, a TCP segment, and the datagram in a tunnel.

    >>> len(frames())
    4
    """
    a, b, mac = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"), b"\x02\0\0\0\0\1"
    link = Ethernet(dst=mac, src=mac, type=ethertypes.IPV4)
    arp = Ethernet(dst=mac, src=mac, type=ethertypes.ARP).pack(Arp(1, mac, a, b).pack())
    packet = Ipv4(a, b, ip_protocols.UDP).pack(Udp(5353, 53).pack(b"hello", src=a, dst=b))
    tunnel = Ipv4(a, b, ip_protocols.IPIP).pack(packet)
    segment = link.pack(Ipv4(a, b, ip_protocols.TCP).pack(Tcp(40000, 80, flags=tcp.SYN).pack(b"", src=a, dst=b)))
    return FrameBatch.from_frames([arp, link.pack(packet), segment, link.pack(tunnel)], timestamps=(0, 1, 2, 3))
