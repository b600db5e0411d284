"""The sockets of a scan: probes out on every way, answers in from all interfaces, as not all routes are symmetric."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Final, Literal

import numpy as np

from rawkit.errors import TargetError
from rawkit.facts import ip_protocols
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.probe.scan.answers import Answers, Heads, read_answers
from rawkit.probe.scan.cookie import Cookies
from rawkit.probe.scan.engine import BATCH, cookies_of
from rawkit.probe.scan.frames import ProbeFrames
from rawkit.probe.scan.homes import Home, at_home
from rawkit.probe.scan.kinds import SYN_SCAN, ScanKind
from rawkit.probe.scan.packets import packets
from rawkit.probe.scan.space import Endpoints, Space
from rawkit.probe.scan.values import Probes
from rawkit.run.scan.sending import OTHER, OWN, Burst, Sender, Share
from rawkit.sockets.closing import Closes, Closing, closed_aside
from rawkit.sockets.pausing import OTHERS, Pause
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.sockets.receive.waiting import wait
from rawkit.sockets.send.local import LocalSender
from rawkit.sockets.send.sender import FrameSender, Through
from rawkit.sockets.way.ways import Way
from rawkit.wire.address import IPAddress

MEMORY: Final = 15
"""MiB of the ring: 60 small blocks, which last longer than 15 large ones."""
SNAPLEN: Final = 256
XDP_LEAST: Final = 1 << 17
"""Endpoints for which an AF_XDP socket is opened: scans send past the queue, as that does."""
RETIRE: Final = 2
"""Milliseconds after which answers are handed over: a window that waits for them opens as fast as they come."""


class Clock:
    """Nanoseconds since the epoch that never go back, on the same scale as the kernel's stamps.

    >>> clock = Clock()
    >>> clock() <= clock()
    True
    """

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()

    def __call__(self) -> int:
        return time.monotonic_ns() + self._offset


def reserve_port(version: Literal[4, 6], port: int, scan: ScanKind = SYN_SCAN) -> socket.socket:
    """A socket that keeps a port (0: any free one) from all others; of TCP it answers nothing but RSTs, of UDP nothing:
    without it the kernel would answer each datagram with an ICMP error.

    Raises TargetError where somebody else has it.

    >>> with reserve_port(4, 0) as keeper:
    ...     keeper.getsockname()[1] > 0
    True
    """
    kind = socket.SOCK_DGRAM if scan.is_udp else socket.SOCK_STREAM
    keeper = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, kind)
    try:
        if scan.is_udp:
            keeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # what comes is read from the ring
        if version == 6:
            keeper.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        keeper.bind(("", port))
    except OSError as error:
        keeper.close()
        raise TargetError(f"source port {port}: {error.strerror}: leave --source-port out, or give another") from None
    return keeper


def reserve_ports(versions: Iterable[int], port: int, stack: ExitStack, scan: ScanKind = SYN_SCAN) -> int:
    """Keeps one port (0: any) for IPv4, IPv6 or both, until the stack ends; returns it.

    >>> with ExitStack() as stack:
    ...     reserve_ports({4, 6}, 0, stack) > 0
    True
    """
    for version in sorted(versions):
        port = stack.enter_context(reserve_port(4 if version == 4 else 6, port, scan)).getsockname()[1]
    return port


class _LocalSender(LocalSender):
    """Sends batches of packets to this host's own addresses."""

    def load(self, batch: FrameBatch) -> FrameBatch:
        return batch

    def send_part(self, load: FrameBatch, begin: int, end: int) -> None:
        for row in range(begin, end):
            self.send(load.frame(row))


class _Exit:
    """One way out: makes the frames, and has senders for them, one for each thread."""

    def __init__(self, way: Way, frames: ProbeFrames, cookies: Cookies, senders: Sequence[Sender]) -> None:
        self.way, self._frames, self._senders, self._cookies = way, frames, senders, cookies.at(way.source)
        self._to: Bytes | None = None if way.mac is None or way.is_local else np.frombuffer(way.mac, dtype=np.uint8)

    def share(self, rows: Int64s, ends: Endpoints, macs: Bytes | None, tries: Bytes) -> Share:
        """The probes to the endpoints, which are `rows` of a batch and were sent so often before."""
        to = macs if self.way.is_on_link else self._to
        frames = self._frames.make(ends, cookies_of(self._cookies, ends), to, tries)
        return Share(rows, frames, self._senders)


class ScanWire(Closes):
    """The sockets of one scan; a context manager.

    Args:
        space: what is scanned.
        ways: of each of its ranges; the numbers of its links are those of interfaces.
        cookies: of this scan.
        source_port: that `reserve_port` has kept.
        macs: of the addresses that are on a link, by their way; one that is missing gets frames to nobody.
        clock: whose time the send times are.
        scan: which kind.
        closing: closes the sockets in the end, as of `Allowance`.

    Raises PrivilegeError without CAP_NET_RAW.
    """

    def __init__(
        self,
        space: Space,
        ways: Sequence[Way],
        cookies: Cookies,
        source_port: int,
        macs: Mapping[Way, Mapping[IPAddress, bytes]],
        clock: Clock,
        scan: ScanKind = SYN_SCAN,
        closing: Closing = closed_aside,
    ) -> None:
        self._space, self._port, self._clock, self._scan = space, source_port, clock, scan
        self._closing = closing
        outs = [(way, one.scope if way.is_local else "") for way, one in zip(ways, space.ranges, strict=True)]
        distinct = list(dict.fromkeys(outs))
        self._exit_of = np.array([distinct.index(out) for out in outs], dtype=np.int64)
        self._homes = [Home(row, way.link.index) for row, (way, scope) in enumerate(outs) if scope]
        self._macs, self._mac_row = _mac_table(space, ways, macs)
        self._exits: list[_Exit] = []
        self._senders: list[FrameSender] = []
        with ExitStack() as stack:
            sources = (way.source for way in ways)
            self._ring = stack.enter_context(closing(_ring(sources, source_port, scan)))
            threads = (OWN, OTHER) if len(space) >= BATCH else (OWN,)
            for way, link in distinct:
                senders = [self._sender(way, link, stack, own=thread == OWN) for thread in threads]
                self._exits.append(_Exit(way, self._probes(way), cookies, senders))
            self._stack = stack.pop_all()

    def load(self, probes: Probes) -> Burst:
        """Probes, ready to be sent."""
        ends, hosts = self._space.endpoints(probes.numbers), self._space.host(probes.numbers)
        where = self._space.range_of(hosts)
        exits = self._exit_of[where]
        shares = []
        for number in np.flatnonzero(np.bincount(exits)).tolist():  # np.unique loads numpy.ma, 15 ms
            rows = np.flatnonzero(exits == number)
            macs = self._macs_of(where[rows], hosts[rows]) if self._exits[number].way.is_on_link else None
            shares.append(self._exits[number].share(rows, ends.select(rows), macs, probes.tries[rows]))
        return Burst(probes, shares, self._clock)

    def pause(self, seconds: float) -> Pause:
        """Waits for answers, so many seconds at most; not where some are there."""
        return OTHERS if self._ring.ready() else Pause(seconds, (self._ring, self._ring.bell))

    def receive(self, most: int | None = None) -> Answers | None:
        """The answers that are there, of so many blocks at most; None where there are none."""
        wait((self._ring,), 0)
        parts = list(islice(_drained(self._ring), most))
        if not parts:
            return None
        answers = read_answers(Heads.joined(parts), self._port, self._scan)
        return at_home(answers, self._space, self._homes) if self._homes else answers

    @property
    def lost(self) -> int:
        """Answers that came faster than they were read, and are gone."""
        return self._ring.statistics().dropped

    @property
    def through(self) -> Through:
        """What the probes went through so far."""
        by: dict[str, int] = {}
        for sender in self._senders:
            for name, frames in sender.by.items():
                by[name] = by.get(name, 0) + frames
        return Through(by, next((one.without_xdp for one in self._senders if one.without_xdp), ""))

    def _sender(self, way: Way, link: str, stack: ExitStack, *, own: bool) -> Sender:
        """A thread's; the scan's own has an AF_XDP socket, of which a queue has one."""
        if way.is_local:
            local = stack.enter_context(_LocalSender(link))
            local.open(6 if way.source.version == 6 else 4)
            return local
        sender = stack.enter_context(self._closing(FrameSender(way.link.name, qdisc_bypass=True)))
        if own and len(self._space) >= XDP_LEAST:
            sender.open_xdp()  # now, for root may be given up before the first probe
        self._senders.append(sender)
        return sender

    def _probes(self, way: Way) -> ProbeFrames:
        mac = None if way.is_local else way.link.mac
        if not self._scan.is_udp:
            return ProbeFrames(way.source, self._port, mac, self._scan)
        from rawkit.probe.scan.payloads import payloads_for

        return ProbeFrames(way.source, self._port, mac, self._scan, payloads_for(self._space.ports.tolist()))

    def _macs_of(self, where: Int64s, hosts: Int64s) -> Bytes:
        table: Bytes = self._macs[self._mac_row[where] + hosts - self._space.begin[where]]
        return table

    def close(self) -> None:
        """Closes all sockets."""
        self._stack.close()


def _drained(ring: ReceiveRing) -> Iterator[Heads]:
    while ring.ready():
        heads = Heads.of(packets(ring.take()))
        ring.release()
        yield heads


def _ring(sources: Iterable[IPAddress], port: int, scan: ScanKind) -> ReceiveRing:
    """All that may answer a scan from these addresses, on whatever interface it comes in, with cooked headers."""
    return ReceiveRing(
        None,
        memory=MEMORY,
        filter=_filter(dict.fromkeys(sources), port, scan),
        snaplen=SNAPLEN,
        direction="in",
        timeout_ms=RETIRE,
    )


def _filter(sources: Iterable[IPAddress], port: int, scan: ScanKind) -> str:
    """What comes to the port, and ICMP errors (offsets as in RFC 792, RFC 8200), to the addresses."""
    parts = {
        4: f"({scan.transport} dst port {port} or icmp[0] == 3 or icmp[0] == 11)",
        6: f"((ip6[6] == {scan.protocol} and ip6[42:2] == {port}) or (ip6[6] == {ip_protocols.ICMPV6} "
        "and (ip6[40] == 1 or ip6[40] == 3 or ip6[40] == 4)))",
    }
    hosts = {version: " or ".join(f"dst host {one}" for one in sources if one.version == version) for version in parts}
    return " or ".join(f"({parts[version]} and ({those}))" for version, those in hosts.items() if those)


def _mac_table(
    space: Space, ways: Sequence[Way], macs: Mapping[Way, Mapping[IPAddress, bytes]]
) -> tuple[Bytes, Int64s]:
    """The MAC addresses of ranges on a link, in a row; and where each range's begin."""
    begins, rows = [], bytearray()
    for one, way in zip(space.ranges, ways, strict=True):
        begins.append(len(rows) // 6)
        if way.is_on_link:
            known = macs[way]
            rows += b"".join(known.get(address, bytes(6)) for address in one)
    return np.frombuffer(bytes(rows), dtype=np.uint8).reshape(-1, 6), np.array(begins, dtype=np.int64)
