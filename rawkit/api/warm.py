"""Compiles all kernels, so that no later run has to: `python -m rawkit.api.warm`, which the set-up calls."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def main() -> None:
    """Compiles what is not compiled yet."""
    from rawkit.api.notices import say
    from rawkit.kernels import Engine

    make_ready(Engine("auto", notice=say))


def is_ready() -> bool:
    """Whether all kernels were compiled before; without numba there is nothing to compile."""
    from importlib.util import find_spec

    from rawkit.kernels import all_compiled

    return find_spec("numba") is None or all_compiled()


def make_ready(engine: Any) -> Any:
    """The engine, which runs compiled from now on: the kernels were all compiled before, or are now.

    Without numba it stays as it is.
    """
    from importlib.util import find_spec

    from rawkit.kernels import mark_all_compiled

    if find_spec("numba") is None:
        return engine
    engine.compiled = True
    if not is_ready():
        _run_all(engine)
        if engine.compiled:  # else they cannot be, and that was said
            mark_all_compiled()
    return engine


def rehearse(engine: Any, shown: Any = None) -> None:
    """Runs what a live capture runs over a few frames, so that all of its kernels and modules are loaded.

    After root is given up they could not be: the folders that they are in may belong to root.

    Args:
        engine: what the capture will run with.
        shown: a view like that of the capture, which is of no use afterwards; None where nothing is shown.
    """
    _walk_ring(engine)
    if shown is not None:
        from rawkit.decode import Decoder
        from rawkit.frames import FrameBatch

        _show(engine, Decoder(engine).decode(FrameBatch.from_frames(_frames(), timestamps=(0, 1, 2))), [shown])


def rehearse_writing(path: str) -> None:
    """Writes an empty capture, compressed as the name says, to memory, so that all that this needs is loaded."""
    from rawkit.files import PcapWriter
    from rawkit.files.targets import SUFFIXES

    with PcapWriter(io.BytesIO(), 1, compress=SUFFIXES.get(Path(path).suffix)):
        pass


def _run_all(engine: Any) -> None:
    """Runs each kernel over a few frames."""
    from rawkit.decode import Decoder
    from rawkit.flow.conn_log.table import flow_table
    from rawkit.run.capture import blocks as recording_blocks
    from rawkit.sockets.filter.bpf import FrameFilter

    recording_blocks.rehearse(engine)
    _walk_ring(engine)
    for batch in _batches(engine):
        FrameFilter("udp port 53").mask(batch, engine)
        flow_table(engine, _show(engine, Decoder(engine).decode(batch), _views(engine)))


def _show(engine: Any, packets: Any, views: Iterable[Any]) -> Any:
    """Tracks and shows the packets; returns the events."""
    from rawkit.flow.table.tracker import FlowTracker

    tracker = FlowTracker(engine)
    tracked = tracker.track(packets)
    tracker.expire(0)
    tracker.grow()
    events = tracker.finish()
    for shown in views:
        shown.render(packets, tracked)
        shown.tell(events)
    return events


def _walk_ring(engine: Any) -> None:
    import numpy as np

    words, places = np.zeros(16, dtype=np.uint32), np.zeros(2, dtype=np.int64)
    engine.call("rawkit.sockets.receive.ring_kernel", "chain", 0, words, 0, places)


def _batches(engine: Any) -> Iterator[Any]:
    """A few frames as they come out of a file of each kind."""
    from rawkit.files import Interface, PcapngWriter, PcapWriter, open_capture
    from rawkit.frames import FrameBatch

    frames = FrameBatch.from_frames(_frames(), timestamps=(0, 1, 2))
    for make in (lambda out: PcapWriter(out, 1), lambda out: PcapngWriter(out, [Interface()])):
        file = io.BytesIO()
        with make(file) as writer:
            writer.write(frames)
        file.seek(0)
        with open_capture(file, engine) as capture:
            yield from capture


def _views(engine: Any) -> Iterator[Any]:
    from rawkit.view.events.view import EventView
    from rawkit.view.packets.view import PacketsView

    yield PacketsView(engine, "text")
    yield PacketsView(engine, "json")
    yield EventView("flows", "json", engine)


def _frames() -> list[bytes]:
    """An ARP request, a UDP datagram and a TCP segment."""
    from ipaddress import IPv4Address

    from rawkit.facts import ethertypes
    from rawkit.wire.arp import Arp
    from rawkit.wire.ethernet import Ethernet
    from rawkit.wire.ipv4 import Ipv4
    from rawkit.wire.tcp import Tcp
    from rawkit.wire.udp import Udp

    a, b, mac = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"), b"\x02\0\0\0\0\1"
    link = Ethernet(dst=mac, src=mac, type=ethertypes.IPV4)
    arp = Ethernet(dst=mac, src=mac, type=ethertypes.ARP).pack(Arp(1, mac, a, b).pack())
    udp = link.pack(Ipv4(a, b, 17).pack(Udp(5353, 53).pack(b"hello", src=a, dst=b)))
    tcp = link.pack(Ipv4(a, b, 6).pack(Tcp(40000, 80, flags=2).pack(b"", src=a, dst=b)))
    return [arp, udp, tcp]


if __name__ == "__main__":
    main()
