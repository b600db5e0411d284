"""One connection and a peer that is played by the test, segment by segment, with small numbers."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Any

from rawkit.facts.tcp import ACK, FIN, PSH, RST, SYN, URG
from rawkit.tcp.connection import Connection
from rawkit.tcp.events import StateChanged
from rawkit.tcp.flow import Flow
from rawkit.tcp.pair import FLOW
from rawkit.tcp.segment import Segment
from rawkit.tcp.settings import Settings
from rawkit.tcp.states import State

SIX = Flow(IPv6Address("2001:db8::1"), 40000, IPv6Address("2001:db8::2"), 80)
OURS, THEIRS = 100, 9000
"""Initial sequence numbers."""
FLAGS = {"S": SYN, "F": FIN, "R": RST, "P": PSH, "U": URG, ".": ACK}
PLAIN = {"timestamps": False, "sack": False, "window_scale": False, "delayed_ack": 0, "mss": 1000}


class Script:
    """`script(flags, seq, ack, ...)` gives a segment in and returns what comes out, as (flags, seq, ack, bytes)."""

    def __init__(self, iss: int = OURS, **settings: Any) -> None:
        self.now = 0
        self.iss = iss
        numbers = Settings(**(PLAIN | settings))
        self.end = Connection(FLOW, numbers, b"secret", 0, initial=lambda _flow, _secret, _now: iss)

    def __call__(self, flags: str, seq: int = 0, ack: int = 0, data: bytes = b"", **rest: Any) -> list[Any]:
        rest.setdefault("window", 10_000)
        bits = sum(FLAGS[letter] for letter in flags)
        self.end.receive(Segment(seq % 2**32, ack % 2**32, bits, payload=data, **rest), self.now)
        return self.out()

    def raw(self) -> list[Segment]:
        return self.end.segments()

    def out(self) -> list[Any]:
        return [(one.letters, one.seq, one.ack, one.payload) for one in self.raw()]

    def wait(self) -> list[Any]:
        """Until the next timer."""
        assert self.end.deadline is not None
        self.now = max(self.now, self.end.deadline)
        self.end.tick(self.now)
        return self.out()

    @property
    def state(self) -> State:
        return self.end.state

    def path(self) -> list[str]:
        """The states that it went through since the last call."""
        return [event.new.value for event in self.end.events() if isinstance(event, StateChanged)]


def opened(*, window: int = 10_000, mss: int = 1000, iss: int = OURS, **settings: Any) -> Script:
    """A connection in ESTABLISHED, our next number 101, theirs 9001."""
    script = Script(iss, **settings)
    script.end.open(0)
    script.out()
    assert script("S.", THEIRS, iss + 1, window=window, mss=mss) == [(".", (iss + 1) % 2**32, THEIRS + 1, b"")]
    script.path()
    return script


def closed_to(state: State, **settings: Any) -> Script:
    """A connection in one of the states after ESTABLISHED; our FIN, if any, is 101, theirs 9001."""
    script = opened(**settings)
    if state in (State.CLOSE_WAIT, State.LAST_ACK):
        script("F.", 9001, 101)
    if state is not State.CLOSE_WAIT and state is not State.ESTABLISHED:
        script.end.shutdown(script.now)
        script.out()
    if state in (State.FIN_WAIT_2, State.TIME_WAIT):
        script(".", 9001, 102)
    if state is State.CLOSING:
        script("F.", 9001, 101)
    if state is State.TIME_WAIT:
        script("F.", 9001, 102)
    assert script.state is state
    script.path()
    return script
