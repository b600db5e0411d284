"""`Host`: all connections of some addresses, without I/O: which segment is whose (RFC 9293, section 3.10.7)."""

from __future__ import annotations

import errno
import os
import random
from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Final

from rawkit.facts.tcp import ACK, RST, SYN
from rawkit.tcp.closed import reset_for
from rawkit.tcp.connection import Connection
from rawkit.tcp.flow import Flow, is_host
from rawkit.tcp.output import payload_size
from rawkit.tcp.path import PathError
from rawkit.tcp.segment import Segment
from rawkit.tcp.sequence import unwrap
from rawkit.tcp.settings import Settings
from rawkit.tcp.states import State
from rawkit.wire.address import IPAddress

FIRST_PORT: Final = 49152
"""Of the dynamic ports (RFC 6335, section 6)."""
_LAST_PORT: Final = 65535
_LARGEST: Final = 65535
_End = tuple[IPAddress, int]


class Listener:
    """A port on which connections are taken.

    Attributes:
        ready: connections whose handshake is done and that nobody has taken yet.
        opening: those whose handshake is under way.
    """

    __slots__ = ("backlog", "end", "opening", "ready", "settings")

    def __init__(self, end: _End, backlog: int, settings: Settings) -> None:
        self.end, self.backlog, self.settings = end, backlog, settings
        self.ready: deque[Connection] = deque()
        self.opening: set[Flow] = set()

    @property
    def is_full(self) -> bool:
        """Whether a SYN is not answered, so that it is sent again later."""
        return len(self.ready) + len(self.opening) >= self.backlog


class Host:
    """Segments of any connection go in, those of all connections come out.

    Args:
        addresses: the host's own; what comes for others is not answered.
        settings: of connections that are not given others.
        secret: for initial sequence numbers, known to nobody else.
        chance: chooses ports (RFC 6056, section 3.3.1).

    Attributes:
        connections: by their ends, TIME-WAIT included.

    >>> from ipaddress import IPv4Address
    >>> here, there = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    >>> one, two = (Host([address], Settings(), b"secret", random.Random(1)) for address in (here, there))
    >>> listener = two.listen((there, 80), 5)
    >>> connection = one.connect(here, (there, 80), now=0)
    >>> for _ in range(2):
    ...     for flow, segment in one.segments():
    ...         two.receive(flow.reversed, segment, now=0)
    ...     for flow, segment in two.segments():
    ...         one.receive(flow.reversed, segment, now=0)
    >>> connection.is_open, len(listener.ready)
    (True, 1)
    """

    def __init__(
        self, addresses: Iterable[IPAddress], settings: Settings, secret: bytes, chance: random.Random
    ) -> None:
        self._addresses = frozenset(addresses)
        self._settings, self._secret, self._chance = settings, secret, chance
        self.connections: dict[Flow, Connection] = {}
        self._listeners: dict[_End, Listener] = {}
        self._out: list[tuple[Flow, Segment]] = []
        self._touched: dict[Flow, Connection] = {}
        self._deadlines: list[tuple[int, int, Flow]] = []
        self._count = 0

    def connect(
        self, local: IPAddress, remote: _End, now: int, port: int | None = None, settings: Settings | None = None
    ) -> Connection:
        """Begins a connection.

        Raises OSError: EADDRINUSE or EADDRNOTAVAIL where its port, or all ports, are taken; ENETUNREACH where the other
        end is no host (MUST-46).
        """
        if not is_host(remote[0]):
            raise _refusal(errno.ENETUNREACH)
        flow = self._free(local, remote) if port is None else Flow(local, port, *remote)
        if flow in self.connections:
            raise _refusal(errno.EADDRINUSE)
        connection = Connection(flow, settings or self._settings, self._secret, now)
        self.connections[flow] = connection
        connection.open(now)
        self.touch(connection)
        return connection

    def _free(self, local: IPAddress, remote: _End) -> Flow:
        size = _LAST_PORT - FIRST_PORT + 1
        first = self._chance.randrange(size)
        for step in range(size):
            flow = Flow(local, FIRST_PORT + (first + step) % size, *remote)
            if flow not in self.connections:
                return flow
        raise _refusal(errno.EADDRNOTAVAIL)

    def listen(self, end: _End, backlog: int, settings: Settings | None = None) -> Listener:
        """Takes connections to a port from now on; OSError with EADDRINUSE where that is done already."""
        if end in self._listeners:
            raise _refusal(errno.EADDRINUSE)
        listener = self._listeners[end] = Listener(end, backlog, settings or self._settings)
        return listener

    def stop_listening(self, listener: Listener, now: int) -> None:
        """Takes no more; connections that nobody has taken are reset."""
        self._listeners.pop(listener.end, None)
        waiting = [*listener.ready, *(self.connections[flow] for flow in listener.opening if flow in self.connections)]
        for connection in waiting:
            connection.abort(now)
            self.touch(connection)

    def receive(self, flow: Flow, segment: Segment, now: int) -> None:
        """Takes a segment that came for this end of a flow. No segment makes it raise."""
        if flow.local not in self._addresses:
            return
        connection = self.connections.get(flow)
        if connection is not None and _begins_anew(connection, segment):
            del self.connections[flow]
            connection = None
        if connection is None:
            connection = self._passive(flow, segment, now)
        if connection is None:
            answer = reset_for(segment) if not self._is_waiting(flow, segment) else None
            if answer is not None:
                self._out.append((flow, answer))
            return
        connection.receive(segment, now)
        self.touch(connection)

    def path_error(self, flow: Flow, error: PathError, now: int) -> None:
        """Takes what ICMP says of a segment that this end of a flow sent."""
        connection = self.connections.get(flow)
        if connection is not None:
            connection.path_error(error, now)
            self.touch(connection)

    def _is_waiting(self, flow: Flow, segment: Segment) -> bool:
        """Whether a SYN comes to a listener that is full: it goes unanswered, and comes again."""
        is_syn = segment.flags & (SYN | ACK | RST) == SYN
        return is_syn and (flow.local, flow.local_port) in self._listeners

    def _passive(self, flow: Flow, segment: Segment, now: int) -> Connection | None:
        listener = self._listeners.get((flow.local, flow.local_port))
        if listener is None or segment.flags & (SYN | ACK | RST) != SYN or listener.is_full:
            return None
        connection = Connection(flow, listener.settings, self._secret, now)
        connection.listen(now)
        self.connections[flow] = connection
        listener.opening.add(flow)
        return connection

    def segment_size(self, flow: Flow) -> int:
        """How many bytes a full segment of a connection carries; a larger one is to be cut (`Settings.burst`)."""
        connection = self.connections.get(flow)
        return _LARGEST if connection is None else payload_size(connection.block)

    def touch(self, connection: Connection) -> None:
        """Something was done with a connection: it is looked at when the host is asked for segments next."""
        self._touched[connection.flow] = connection

    def segments(self) -> list[tuple[Flow, Segment]]:
        """What is to be sent since the last call, with the flow whose local end sends it."""
        touched, self._touched = self._touched, {}
        for flow, connection in touched.items():
            self._out += [(flow, segment) for segment in connection.segments()]
            self._settle(flow, connection)
        out, self._out = self._out, []
        return out

    def _settle(self, flow: Flow, connection: Connection) -> None:
        listener = self._listeners.get((flow.local, flow.local_port))
        if listener is not None and flow in listener.opening and connection.state is not State.SYN_RECEIVED:
            listener.opening.discard(flow)
            if connection.state is not State.CLOSED and connection.state is not State.LISTEN:
                listener.ready.append(connection)
        if connection.state in (State.CLOSED, State.LISTEN):
            if self.connections.get(flow) is connection:
                del self.connections[flow]
        elif connection.deadline is not None:
            self._count += 1
            heappush(self._deadlines, (connection.deadline, self._count, flow))

    @property
    def deadline(self) -> int | None:
        """When `tick` is to be called, at the latest; None where nothing waits for time."""
        heap = self._deadlines
        while heap:
            connection = self.connections.get(heap[0][2])
            if connection is not None and connection.deadline is not None and connection.deadline >= heap[0][0]:
                return heap[0][0]
            heappop(heap)
        return None

    def tick(self, now: int) -> None:
        """Does what is due."""
        heap = self._deadlines
        while heap and heap[0][0] <= now:
            connection = self.connections.get(heappop(heap)[2])
            if connection is not None:
                connection.tick(now)
                self.touch(connection)


def _begins_anew(connection: Connection, segment: Segment) -> bool:
    """Whether a SYN may take the place of a connection in TIME-WAIT: its number is beyond (RFC 9293, 3.6.1, MAY-2)."""
    is_syn = segment.flags & (SYN | ACK | RST) == SYN
    if not is_syn or connection.state is not State.TIME_WAIT:
        return False
    nxt = connection.block.rcv.nxt
    return unwrap(segment.seq, nxt) > nxt


def _refusal(number: int) -> OSError:
    return OSError(number, os.strerror(number))
