"""A channel: a socket that carries one method's probes and answers, with the kernel's stamps of both."""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol

from rawkit.facts import ipv4
from rawkit.probe.ping.results import Answer, Probe, Problem, Stamp
from rawkit.probe.targets import Target
from rawkit.run.ping.rehearsal import Rehearsal
from rawkit.sockets.ip import ancillary
from rawkit.sockets.ip.stamps import FROM_ERROR_QUEUE, ROOM, enable_stamps
from rawkit.values import dataclass, replace

MEMORY: Final = 1 << 14
"""Packets whose transmit stamp may still come."""

PATIENCE: Final = 0.01
"""Seconds to wait where the send buffer, or the interface's queue, is full."""

_FULL: Final = (errno.EAGAIN, errno.ENOBUFS)


class Method(Protocol):
    """What probes and answers look like: `rawkit.probe.ping.icmp` and its like."""

    def request(self, probe: Probe) -> bytes:
        """What to send for a probe."""

    def answer(self, message: bytes, address: str, ttl: int | None) -> Answer | None:
        """What a message is, None where it does not answer us."""

    def error(self, quoted: bytes, asked: str, sender: str | None, problem: Problem) -> Answer | None:
        """What an ICMP error is, None where it is not about us."""


class Arrival(NamedTuple):
    """An answer, and when it came."""

    answer: Answer
    stamp: Stamp


class Sending(NamedTuple):
    """What came of sending a probe.

    Attributes:
        at: when, by `time.monotonic_ns`.
        stamp: when, by this program's own reading of the clock.
        problem: where this host refused.
    """

    at: int
    stamp: Stamp
    problem: Problem | None = None


class Departure(NamedTuple):
    """A probe, and when it left by the kernel's clock."""

    probe: Probe
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Shape:
    """How a socket's messages look.

    Attributes:
        version: 4 or 6.
        size: bytes of the largest answer.
        has_ipv4_header: whether they begin with an IPv4 header.
        port: of the peer that answers must come from; None for a socket without ports.
        tells_ip_options: whether the kernel gives the IPv4 options of answers beside them (IP_RECVOPTS).
        destination: where probes for a target are sent, as the socket wants it.
    """

    version: int
    size: int
    destination: Callable[[Target], Any]
    has_ipv4_header: bool = False
    port: int | None = None
    tells_ip_options: bool = False


class Channel:
    """Sends probes and reads what comes back.

    Args:
        sock: with the options it needs; it belongs to the channel from now on.
        method: makes and reads its ancillary.
        shape: how they look.
        rehearsal: is done just before a probe is sent.
    """

    def __init__(self, sock: socket.socket, method: Method, shape: Shape, rehearsal: Rehearsal | None = None) -> None:
        self._socket, self._method, self._shape = sock, method, shape
        self._rehearsal = rehearsal
        self._number = 0
        self._unstamped: dict[int, Probe] = {}
        self._mtu: int | None = None
        self._backlog: list[Arrival | Departure] = []
        # Nonblocking, but without Python's own wait before each call; a full send buffer is an error like others.
        sock.setblocking(False)
        self._begin_stamps()

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._socket.fileno()

    def close(self) -> None:
        """Closes the socket, and the rehearsal's."""
        self._socket.close()
        if self._rehearsal is not None:
            self._rehearsal.close()

    def send(self, probe: Probe) -> Sending:
        """Sends a probe."""
        try:
            return self._send(probe)
        except OSError as error:
            if error.errno in _FULL:
                select.select((), (self._socket,), (), PATIENCE)
            # Where an ICMP error came meanwhile, the kernel tells of it here, once, and does not send.
            return self._send_again(probe)

    def _send(self, probe: Probe) -> Sending:
        # As little as can be between the rehearsal and the probe, and nothing but the call between clock and probe.
        request, destination = self._method.request(probe), self._shape.destination(probe.target)
        if self._rehearsal is not None:
            self._rehearsal()
        at, begin = time.monotonic_ns(), time.time_ns()
        self._socket.sendto(request, destination)
        self._unstamped[self._number] = probe
        self._unstamped.pop(self._number - MEMORY, None)
        self._number += 1
        return Sending(at, Stamp(begin))

    def queued(self) -> Iterator[Arrival | Departure]:
        """All that is in the error queue: transmit stamps, and ICMP errors."""
        while self._backlog:
            yield self._backlog.pop(0)
        with suppress(BlockingIOError):
            while True:
                event = self._read_queue()
                if event is not None:
                    yield event

    def received(self) -> Iterator[Arrival | Departure]:
        """All answers that have come, and before them transmit stamps that came since the error queue was read."""
        while True:
            try:
                data, control, _, address = self._socket.recvmsg(self._shape.size, ROOM)
            except OSError:
                # Nothing more, or an ICMP error, told once to whoever calls next: what it was is in the error queue.
                return
            arrival = self._arrival(data, control, address)
            if arrival is not None:
                if self._unstamped:
                    yield from self.queued()
                yield arrival

    def _begin_stamps(self) -> None:
        """Turns stamps on, the next packet's number being 0."""
        self._number = 0
        self._unstamped.clear()
        with suppress(OSError):
            enable_stamps(self._socket)

    def _send_again(self, probe: Probe) -> Sending:
        self._renumber()
        try:
            return self._send(probe)
        except OSError as error:
            self._mtu = None
            self._renumber()
            mtu = self._mtu if error.errno == errno.EMSGSIZE else None
            problem = Problem(None, None, self._shape.version, mtu, error.errno)
            return Sending(time.monotonic_ns(), Stamp(time.time_ns()), problem)

    def _renumber(self) -> None:
        """Begins with number 0 again: whether a call that failed was given a number, kernels differ."""
        self._backlog = list(self.queued())
        self._begin_stamps()

    def _read_queue(self) -> Arrival | Departure | None:
        data, control, _, address = self._socket.recvmsg(self._shape.size, ROOM, FROM_ERROR_QUEUE)
        error = ancillary.error_of(control)
        if error is None:
            return None
        if error.origin == ancillary.ORIGIN_TIMESTAMPING:
            return self._departure(error.data, ancillary.stamp_of(control))
        if error.origin == ancillary.ORIGIN_LOCAL:
            self._mtu = error.info
            return None
        problem = Problem(error.type, error.code, self._shape.version, error.info or None)
        asked = _scoped(address)
        offender = asked if error.offender == asked.partition("%")[0] else error.offender
        answer = self._method.error(data, asked, offender, problem)
        return None if answer is None else Arrival(answer, _stamp(ancillary.stamp_of(control)))

    def _departure(self, number: int, time_sent: int | None) -> Departure | None:
        probe = self._unstamped.pop(number, None)
        return None if probe is None or time_sent is None else Departure(probe, Stamp(time_sent, "kernel"))

    def _arrival(self, data: bytes, control: ancillary.Ancillary, address: Any) -> Arrival | None:
        if self._shape.port is not None and address[1] != self._shape.port:
            return None
        ttl, options = ancillary.hop_limit_of(control), b""
        if self._shape.has_ipv4_header:
            size = (data[ipv4.VERSION_IHL] & ipv4.IHL_MASK) * ipv4.IHL_UNIT
            ttl, options, data = data[ipv4.TTL], data[ipv4.HEADER_LEN : size], data[size:]
        elif self._shape.tells_ip_options:
            options = ancillary.ip_options_of(control)
        answer = self._method.answer(data, _scoped(address), ttl)
        if answer is not None and options:
            answer = replace(answer, ip_options=options)
        return None if answer is None else Arrival(answer, _stamp(ancillary.stamp_of(control)))


def _scoped(address: Any) -> str:
    """The address of a socket's peer; of a link-local one with its interface (RFC 4007, section 11)."""
    text = str(address[0])
    scope = address[3] if len(address) == 4 and ":" in text else 0
    return f"{text}%{socket.if_indextoname(scope)}" if scope and "%" not in text else text


def _stamp(by_kernel: int | None) -> Stamp:
    return Stamp(time.time_ns()) if by_kernel is None else Stamp(by_kernel, "kernel")
