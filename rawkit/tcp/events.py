"""What a connection tells who watches it. What there is to read or send is asked of the connection itself."""

from __future__ import annotations

from typing import TypeAlias

from rawkit.tcp.states import Signal, State
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The connection went from one state to another.

    Attributes:
        old, new: the states.
        signal: what moved it.
        at: when, nanoseconds of the clock that was handed in.
    """

    old: State
    new: State
    signal: Signal
    at: int


@dataclass(frozen=True, slots=True)
class UrgentData:
    """The peer has urgent data (RFC 9293, section 3.8.5); they stand in the stream like all others.

    Attributes:
        ahead: bytes from the next one that is read to the end of the urgent data.
    """

    ahead: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection is over.

    Attributes:
        error: None after an orderly close, else the errno that a socket of the kernel would give.
    """

    error: int | None


Event: TypeAlias = StateChanged | UrgentData | Ended
