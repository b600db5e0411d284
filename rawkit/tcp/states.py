"""The states of a connection, and every transition between them (RFC 9293, section 3.3.2), in one table.

The engine changes a state by `after` alone; the diagram and the table of docs/tcp.md are written from `TRANSITIONS`.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from rawkit.values import dataclass


class State(Enum):
    """The states of RFC 9293, section 3.3.2."""

    CLOSED = "CLOSED"
    LISTEN = "LISTEN"
    SYN_SENT = "SYN-SENT"
    SYN_RECEIVED = "SYN-RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    CLOSE_WAIT = "CLOSE-WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST-ACK"
    TIME_WAIT = "TIME-WAIT"


class Signal(Enum):
    """What moves a connection: calls of its user, segments that passed their checks, time."""

    PASSIVE_OPEN = "passive OPEN"
    ACTIVE_OPEN = "active OPEN"
    CLOSE = "CLOSE"
    ABORT = "ABORT"
    SYN = "SYN arrives"
    SYN_ACK = "SYN-ACK of our SYN arrives"
    SYN_ACKED = "ACK of our SYN arrives"
    FIN = "FIN arrives"
    FIN_ACKED = "ACK of our FIN arrives"
    RST = "RST arrives"
    UNREACHABLE = "ICMP says that there is no way"
    TIMED_OUT = "no answer for too long"
    WAITED = "2 MSL are over"


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table.

    Attributes:
        states: where it holds.
        signal: what happens.
        new: the state afterwards.
        section: of RFC 9293 that says so.
    """

    states: tuple[State, ...]
    signal: Signal
    new: State
    section: str


_OPENING: Final = (State.SYN_SENT, State.SYN_RECEIVED)
_OPEN: Final = (State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2, State.CLOSE_WAIT)
_CLOSING: Final = (State.CLOSING, State.LAST_ACK, State.TIME_WAIT)

TRANSITIONS: Final = (
    # Opening.
    Transition((State.CLOSED,), Signal.PASSIVE_OPEN, State.LISTEN, "3.10.1"),
    Transition((State.CLOSED,), Signal.ACTIVE_OPEN, State.SYN_SENT, "3.10.1"),
    Transition((State.LISTEN,), Signal.SYN, State.SYN_RECEIVED, "3.10.7.2"),
    Transition((State.SYN_SENT,), Signal.SYN, State.SYN_RECEIVED, "3.10.7.3"),  # both opened at once
    Transition((State.SYN_SENT,), Signal.SYN_ACK, State.ESTABLISHED, "3.10.7.3"),
    Transition((State.SYN_RECEIVED,), Signal.SYN_ACKED, State.ESTABLISHED, "3.10.7.4"),
    # Closing, this side first.
    Transition((State.ESTABLISHED,), Signal.CLOSE, State.FIN_WAIT_1, "3.10.4"),
    Transition((State.FIN_WAIT_1,), Signal.FIN_ACKED, State.FIN_WAIT_2, "3.10.7.4"),
    Transition((State.FIN_WAIT_2,), Signal.FIN, State.TIME_WAIT, "3.10.7.4"),
    Transition((State.TIME_WAIT,), Signal.WAITED, State.CLOSED, "3.10.8"),
    # Closing, both at once.
    Transition((State.FIN_WAIT_1,), Signal.FIN, State.CLOSING, "3.10.7.4"),
    Transition((State.CLOSING,), Signal.FIN_ACKED, State.TIME_WAIT, "3.10.7.4"),
    # Closing, the peer first.
    Transition((State.ESTABLISHED,), Signal.FIN, State.CLOSE_WAIT, "3.10.7.4"),
    Transition((State.CLOSE_WAIT,), Signal.CLOSE, State.LAST_ACK, "3.10.4"),
    Transition((State.LAST_ACK,), Signal.FIN_ACKED, State.CLOSED, "3.10.7.4"),
    # Ends without a good-bye. A CLOSE in SYN-RECEIVED waits for ESTABLISHED, as section 3.10.4 lets it.
    Transition((State.LISTEN, State.SYN_SENT), Signal.CLOSE, State.CLOSED, "3.10.4"),
    Transition((State.LISTEN, *_OPENING, *_OPEN, *_CLOSING), Signal.ABORT, State.CLOSED, "3.10.5"),
    Transition((*_OPENING, *_OPEN, *_CLOSING), Signal.RST, State.CLOSED, "3.10.7.4"),
    Transition(_OPENING, Signal.UNREACHABLE, State.CLOSED, "3.9.2.2"),
    Transition((*_OPENING, *_OPEN, State.CLOSING, State.LAST_ACK), Signal.TIMED_OUT, State.CLOSED, "3.10.8"),
)

SYNCHRONIZED: Final = frozenset((*_OPEN, *_CLOSING))
"""The states in which both sides know each other's sequence numbers (RFC 9293, section 3.5)."""
MAY_SEND: Final = frozenset((State.ESTABLISHED, State.CLOSE_WAIT))
"""The states in which the user may give more to send."""
MAY_RECEIVE: Final = frozenset((State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2))
"""The states in which the peer may still send."""

_TABLE: Final = {(state, line.signal): line.new for line in TRANSITIONS for state in line.states}


def after(state: State, signal: Signal) -> State:
    """The state that follows; ValueError where the table has no line for it: that is a bug of the engine.

    >>> after(State.ESTABLISHED, Signal.FIN)
    <State.CLOSE_WAIT: 'CLOSE-WAIT'>
    >>> after(State.CLOSED, Signal.FIN)
    Traceback (most recent call last):
    ValueError: no transition from CLOSED where FIN arrives
    """
    try:
        return _TABLE[state, signal]
    except KeyError:
        raise ValueError(f"no transition from {state.value} where {signal.value}") from None


def leads(state: State, signal: Signal) -> bool:
    """Whether the table has a line for it.

    >>> leads(State.SYN_RECEIVED, Signal.CLOSE)
    False
    """
    return (state, signal) in _TABLE
