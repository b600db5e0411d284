"""`Connection`: one end of a TCP connection, without I/O."""

from __future__ import annotations

import errno
import os

from rawkit.tcp.arrival import arrives
from rawkit.tcp.block import Block, Initial
from rawkit.tcp.events import Event
from rawkit.tcp.expiry import expire
from rawkit.tcp.flow import Flow
from rawkit.tcp.isn import initial_sequence
from rawkit.tcp.opening import send_syn
from rawkit.tcp.output import send_reset, transmit, wait_for_answer
from rawkit.tcp.path import PathError, take_error
from rawkit.tcp.segment import Segment
from rawkit.tcp.settings import Settings
from rawkit.tcp.states import MAY_RECEIVE, SYNCHRONIZED, Signal, State, leads

_OPENING = (State.SYN_SENT, State.SYN_RECEIVED)


class Connection:
    """Segments and `now` go in; segments, events and the next deadline come out.

    Whoever drives it calls `segments` after each call, sends what that gives, and calls `tick` at `deadline`.

    Args:
        flow: the two ends.
        settings: the numbers.
        secret: what initial sequence numbers are made of, up to 32 bytes that nobody else knows (RFC 6528).
        now: nanoseconds of a clock that does not go back, as in all calls.
        initial: what chooses the initial sequence number, where it is not to be RFC 6528's.

    >>> from ipaddress import IPv4Address
    >>> flow = Flow(IPv4Address("192.0.2.1"), 40000, IPv4Address("192.0.2.2"), 80)
    >>> client, server = Connection(flow, Settings(), b"a", 0), Connection(flow.reversed, Settings(), b"b", 0)
    >>> client.open(0)
    >>> server.listen(0)
    >>> for _ in range(2):
    ...     for segment in client.segments():
    ...         server.receive(segment, 0)
    ...     for segment in server.segments():
    ...         client.receive(segment, 0)
    >>> client.state, server.state
    (<State.ESTABLISHED: 'ESTABLISHED'>, <State.ESTABLISHED: 'ESTABLISHED'>)
    """

    __slots__ = ("_block", "_told")

    def __init__(
        self, flow: Flow, settings: Settings, secret: bytes, now: int, *, initial: Initial = initial_sequence
    ) -> None:
        self._block = Block(flow, settings, secret, now, initial)
        self._told = False

    def __repr__(self) -> str:
        flow = self.flow
        ends = f"{flow.local}:{flow.local_port} -> {flow.remote}:{flow.remote_port}"
        return f"<Connection {ends} {self.state.value}>"

    @property
    def flow(self) -> Flow:
        """The two ends."""
        return self._block.flow

    @property
    def state(self) -> State:
        """The state (RFC 9293, section 3.3.2)."""
        return self._block.state

    @property
    def error(self) -> int | None:
        """Why it ended: an errno, None as long as it goes on and after an orderly end."""
        return self._block.error

    @property
    def block(self) -> Block:
        """All that is known of it, to look at."""
        return self._block

    @property
    def deadline(self) -> int | None:
        """When `tick` is to be called; None where nothing waits for time."""
        return self._block.timers.next

    @property
    def is_open(self) -> bool:
        """Whether the handshake is done, and the connection not over."""
        return self._block.state in SYNCHRONIZED

    @property
    def readable(self) -> int:
        """Bytes that can be read."""
        return len(self._block.rcv.buffer)

    @property
    def has_ended(self) -> bool:
        """Whether nothing comes behind what can be read: the peer has closed, or the connection is over."""
        state = self._block.state
        return state not in MAY_RECEIVE and state not in _OPENING and state is not State.LISTEN

    @property
    def writable(self) -> int:
        """Bytes that `send` would take."""
        return max(self._block.settings.send_buffer - len(self._block.snd.buffer), 0)

    @property
    def unacknowledged(self) -> int:
        """Bytes that were given and that the peer has not acknowledged."""
        return len(self._block.snd.buffer)

    def open(self, now: int) -> None:
        """Sends a SYN (section 3.10.1, active OPEN)."""
        self._block.move(Signal.ACTIVE_OPEN, now)
        send_syn(self._block, now)
        wait_for_answer(self._block, now)

    def listen(self, now: int) -> None:
        """Waits for a SYN (section 3.10.1, passive OPEN)."""
        self._block.move(Signal.PASSIVE_OPEN, now)
        self._block.is_passive = True

    def receive(self, segment: Segment, now: int) -> None:
        """Takes a segment of this connection. No segment makes it raise."""
        arrives(self._block, segment, now)
        transmit(self._block, now)

    def path_error(self, error: PathError, now: int) -> None:
        """Takes what a router or the peer's host says of a segment of this connection."""
        take_error(self._block, error, now)
        transmit(self._block, now)

    def tick(self, now: int) -> None:
        """Does what is due: to be called at `deadline`; too early it does nothing."""
        expire(self._block, now)
        transmit(self._block, now)

    def send(self, data: bytes, now: int, *, urgent: bool = False) -> int:
        """Takes data to send, as much as there is room for, and returns how much (section 3.10.2).

        Urgent data are marked by the urgent pointer, and stay in the stream (section 3.8.5).

        Raises OSError with the errno of a kernel's socket: EPIPE after `shutdown`, ENOTCONN before `open`, and the
        connection's own error where it is over.
        """
        block = self._block
        if block.state in (State.CLOSED, State.LISTEN) or block.snd.is_closed:
            raise self._refused()
        taken = data[: self.writable]
        block.snd.write(taken)
        if urgent and taken:
            block.snd.up = block.snd.end
        transmit(block, now)
        return len(taken)

    def failure(self) -> OSError | None:
        """Why the connection ended, told once as a socket of the kernel does; None where it ended well or goes on."""
        number = self._block.error
        if number is None or self._told:
            return None
        self._told = True
        return OSError(number, os.strerror(number))

    def _refused(self) -> OSError:
        number = errno.ENOTCONN if self._block.snd.nxt == self._block.snd.iss else errno.EPIPE
        return self.failure() or OSError(number, os.strerror(number))

    def read(self, size: int, now: int) -> bytes:
        """Takes up to `size` bytes that arrived (section 3.10.3); `b""` where there are none, or no more."""
        block = self._block
        found = block.rcv.read(size)
        if found and block.state in MAY_RECEIVE and block.rcv.can_open:
            block.ack_now = True
            transmit(block, now)
        return found

    def shutdown(self, now: int) -> None:
        """No more data will be given: a FIN follows those that were; what comes is still read (CLOSE, 3.10.4)."""
        block = self._block
        if block.snd.is_closed:
            return
        if block.state in (State.LISTEN, State.SYN_SENT):
            block.finish(Signal.CLOSE, now)
            return
        block.snd.is_closed = True
        if leads(block.state, Signal.CLOSE):
            block.move(Signal.CLOSE, now)
        transmit(block, now)

    def close(self, now: int) -> None:
        """The user goes: as `shutdown`, and nobody reads what comes; `abort` where something is unread (3.6.1)."""
        block = self._block
        if block.state is State.CLOSED:
            return
        if block.rcv.buffer and block.state in SYNCHRONIZED:
            self.abort(now)
            return
        block.is_detached = True
        if block.state is State.FIN_WAIT_2:
            block.timers.time_wait = now + 2 * block.settings.msl
        self.shutdown(now)

    def abort(self, now: int) -> None:
        """Ends the connection with a RST (ABORT, 3.10.5)."""
        block = self._block
        if block.state is State.CLOSED:
            return
        if block.state not in (State.LISTEN, State.SYN_SENT, State.TIME_WAIT, State.CLOSING, State.LAST_ACK):
            send_reset(block, now)
        block.finish(Signal.ABORT, now, errno.ECONNABORTED)

    def segments(self) -> list[Segment]:
        """What is to be sent since the last call."""
        out, self._block.out = self._block.out, []
        return out

    def events(self) -> list[Event]:
        """What happened since the last call."""
        events, self._block.events = self._block.events, []
        return events
