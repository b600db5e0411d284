"""Asks all hosts behind routers whether they are there, and waits for those that answer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Final

from rawkit import linktypes
from rawkit.facts import ethertypes
from rawkit.frames import FrameBatch
from rawkit.probe.scan.hello import answering, hellos
from rawkit.probe.scan.packets import packets
from rawkit.run.pace import LOOK, Allowance
from rawkit.run.scan.wire import reserve_ports
from rawkit.sockets.pausing import Pause, Steps, blocking
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.sockets.send.sender import FrameSender
from rawkit.sockets.way.ways import Way
from rawkit.wire.address import IPAddress
from rawkit.wire.ethernet import Ethernet

ROUNDS: Final = (0.2, 0.5, 1.0)
"""Seconds of waiting after each time that those which have not answered are asked."""
BURST: Final = 96


def find_hosts(
    way: Way, addresses: Iterable[IPAddress], rounds: Iterable[float] = ROUNDS, allowance: Allowance | None = None
) -> set[IPAddress]:
    """As `host_steps`; it blocks."""
    return blocking(host_steps(way, addresses, rounds, allowance))


def host_steps(
    way: Way, addresses: Iterable[IPAddress], rounds: Iterable[float] = ROUNDS, allowance: Allowance | None = None
) -> Steps[set[IPAddress]]:
    """Those of the addresses that answer.

    Args:
        way: how packets to all of them leave; not to this host itself.
        addresses: to be asked.
        rounds: seconds to wait after each time of asking.
        allowance: at which rate; without limit where it is None.
    """
    allowance = allowance or Allowance(None)
    silent = dict.fromkeys(addresses)
    found: set[IPAddress] = set()
    with ExitStack() as stack:
        port = reserve_ports({way.source.version}, 0, stack)
        answers = f"dst host {way.source} and (tcp dst port {port} or icmp or icmp6)"
        ring = ReceiveRing(None, filter=answers, memory=4, direction="in", timeout_ms=1)
        stack.enter_context(allowance.closing(ring))
        sender = stack.enter_context(allowance.closing(FrameSender(way.link.name)))
        for patience in rounds:
            for burst in _bursts(way, list(silent), port, allowance.at_once(BURST)):
                yield from _take(ring, port, way, silent, found, allowance.wait(len(burst)), allowance)
                if not silent or allowance.is_stopped():
                    break
                yield from sender.steps(burst)
                yield from _take(ring, port, way, silent, found, 0, allowance)
            yield from _take(ring, port, way, silent, found, patience, allowance)
    return found


def _bursts(way: Way, addresses: Iterable[IPAddress], port: int, size: int) -> Iterator[FrameBatch]:
    kind = ethertypes.IPV4 if way.source.version == 4 else ethertypes.IPV6
    link = None if way.mac is None or way.link.mac is None else Ethernet(way.mac, way.link.mac, kind)
    packets = (packet for address in addresses for packet in hellos(address, way.source, port))
    frames = (packet if link is None else link.pack(packet) for packet in packets)
    while burst := list(islice(frames, size)):
        yield FrameBatch.from_frames(burst, link_type=linktypes.RAW if link is None else linktypes.ETHERNET)


def _take(
    ring: ReceiveRing,
    port: int,
    way: Way,
    silent: dict[IPAddress, None],
    found: set[IPAddress],
    seconds: float,
    allowance: Allowance,
) -> Steps[None]:
    """Moves those that answer from the silent to the found, until all have or the time is over.

    Another link may have a host of the same link-local address: that one was not asked.
    """
    end = time.monotonic() + seconds
    while silent and not allowance.is_stopped():
        left = max(end - time.monotonic(), 0)
        yield Pause(min(left, LOOK), (ring, ring.bell))
        batch = ring.read(0)
        for address, link in answering(packets(batch), port) if batch is not None else ():
            if address in silent and (link == way.link.index or not address.is_link_local):
                del silent[address]
                found.add(address)
        if left == 0:
            return
