"""The transmission control block: all that is known of one connection (RFC 9293, section 3.3.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rawkit.tcp.congestion import make
from rawkit.tcp.events import Ended, Event, StateChanged
from rawkit.tcp.flow import Flow
from rawkit.tcp.isn import timestamp_offset
from rawkit.tcp.receive_side import ReceiveSide
from rawkit.tcp.rto import RetransmissionTimeout
from rawkit.tcp.segment import Segment
from rawkit.tcp.send_side import SendSide
from rawkit.tcp.settings import SECOND, Settings
from rawkit.tcp.stamps import Stamps
from rawkit.tcp.states import Signal, State, after
from rawkit.tcp.timers import Timers

Initial: TypeAlias = Callable[[Flow, bytes, int], int]
"""What chooses an initial sequence number: `rawkit.tcp.isn.initial_sequence`, or another on purpose."""


class Block:
    """A connection's state; what is done with it stands in `arrival`, `acknowledgment`, `output` and `expiry`.

    Attributes:
        mss: what is offered to the peer.
        snd, rcv: the two directions.
        recover: while what was lost is sent again, the number behind all that was under way then; else None.
        is_loss: whether that began by the time-out, so that it is slow start again.
        urge: send the first lost segment whatever the congestion window says (RFC 6675, section 5, step 4.3).
        timed: the number that a round trip is measured by and when it was sent, or None (Karn's algorithm).
        is_passive: whether it began as LISTEN.
        is_detached: whether its user has gone, so that nobody reads what still comes.
        uses_sack, uses_scale: what both SYNs had.
        ack_now: an ACK has to go out.
        probes: keep-alives since the peer was heard.
        error: why it ended, an errno.
        soft_error: what ICMP said; the reason where it ends by time (MUST-56).
        out, events: what is handed over next.
    """

    def __init__(self, flow: Flow, settings: Settings, secret: bytes, now: int, initial: Initial) -> None:
        self.flow, self.settings = flow, settings
        self.state = State.CLOSED
        self.mss = settings.own_mss(flow.local.version)
        self.snd = SendSide(initial(flow, secret, now), self.mss, settings)
        self.rcv = ReceiveSide(self.mss, settings)
        self.stamps = Stamps(timestamp_offset(flow, secret))
        self.rto = RetransmissionTimeout(settings)
        self.congestion = make(settings.congestion, self.snd.mss)
        self.timers = Timers()
        self.recover: int | None = None
        self.is_loss = self.urge = False
        self.timed: tuple[int, int] | None = None
        self.is_passive = self.is_detached = False
        self.uses_sack = self.uses_scale = False
        self.ack_now = False
        self.probes = 0
        self.error: int | None = None
        self.soft_error: int | None = None
        self.out: list[Segment] = []
        self.events: list[Event] = []
        self._challenges = (0, 0)

    def move(self, signal: Signal, now: int) -> None:
        """Changes the state by the table of transitions."""
        old, self.state = self.state, after(self.state, signal)
        self.events.append(StateChanged(old, self.state, signal, now))

    def finish(self, signal: Signal, now: int, error: int | None = None) -> None:
        """The connection ends."""
        self.move(signal, now)
        self.error = error
        self.timers.stop()
        self.ack_now = False
        self.events.append(Ended(error))

    def challenge(self, now: int) -> None:
        """An ACK that tells the peer where this side is, so many a second at most (RFC 5961, section 7).

        The limit is each connection's own: one for all would tell outsiders of it.
        """
        second, count = self._challenges
        if now // SECOND != second:
            second, count = now // SECOND, 0
        if count < self.settings.challenge_acks:
            self.ack_now = True
        self._challenges = second, count + 1
