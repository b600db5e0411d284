"""Where the time of a TCP connection went, as values with the frames that prove it."""

from __future__ import annotations

from typing import Final, Literal

from rawkit.flow.endpoints import Endpoint
from rawkit.values import dataclass

Phase = Literal["lookup", "handshake", "client think", "request", "server think", "response", "close"]
Cause = Literal["timeout", "fast retransmission", "reordering", "zero window", "small window", "nagle", "pause"]

PHASES: Final[tuple[Phase, ...]] = (
    "lookup", "handshake", "client think", "request", "server think", "response", "close",
)  # fmt: skip
CAUSES: Final[tuple[Cause, ...]] = (
    "timeout", "fast retransmission", "reordering", "zero window", "small window", "nagle", "pause",
)  # fmt: skip
"""In the order of the causes in `rawkit.flow.latency.layout`."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """The DNS exchange that led to the server's address.

    Attributes:
        name: that was asked for; it may hold any character that the wire had.
        time: the first question, nanoseconds since the epoch.
        ns: from it to the last answer before the first SYN.
        frames: both.
    """

    name: str
    time: int
    ns: int
    frames: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a connection's time.

    Attributes:
        phase: what it is.
        exchange: of which request and answer, from 1; 0 before the first.
        time: its beginning, nanoseconds since the epoch.
        ns: how long it took.
        frames: the first and the last frame.
        bytes: payload of a request or a response, each byte once.
    """

    phase: Phase
    exchange: int
    time: int
    ns: int
    frames: tuple[int, int]
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Stall:
    """Time within a handshake, a request or a response that has a cause of its own.

    Attributes:
        cause: why it stood still.
        phase: where.
        by: whose segments did not go on.
        exchange: as of `Span`.
        time: the beginning of the longest, where there were several.
        ns: all of them together.
        times: how many they were.
        frames: the first and the last frame of the longest.
    """

    cause: Cause
    phase: Phase
    by: Literal["client", "server"]
    exchange: int
    time: int
    ns: int
    times: int
    frames: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """All the time of a connection that has one cause.

    Attributes:
        phase: where it went.
        cause: of stalls; None: of what is left of the phase without them.
        by: whose segments stood still; None where there is no cause.
        ns: all together.
        times: in how many pieces.
        frames: the first and the last frame of the longest piece.
    """

    phase: Phase
    cause: Cause | None
    by: Literal["client", "server"] | None
    ns: int
    times: int
    frames: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Latency:
    """Where the time of a TCP connection went, seen from where the capture was made (docs/latency.md).

    Attributes:
        stream: `tcp.stream`.
        uid: the connection's name in the flows view.
        client: who opened the connection.
        server: the other.
        time: where the time that is told begins: the DNS question, or the first packet.
        ns: from there to the last payload; where there is none to the end of the handshake.
        lookup: the DNS exchange that led to the address, where the capture has it.
        opened: whether the handshake was completed; None where the capture has no SYN.
        exchanges: turns of the client that were answered, and the last one.
        parts: all the time by its causes, the longest first.
        spans: pieces of time in their order; of many, the longest.
        stalls: the same of stalls.
        left_out: spans and stalls that are in `parts` alone.
        orig_rtt: the round trip from the capture to the client, from the handshake.
        resp_rtt: the one to the server.
        first_byte: from `time` to the server's first payload.
        close: from the last payload to the first FIN or RST.
        closed_by: who sent that.
        resent_bytes: payload of the client, and of the server, that was sent again.
        crossed: turns that began before the sender had acknowledged all of the turn before.

    >>> import rawkit
    >>> with rawkit.open("captures/tcp-retransmission-timeout.pcap") as capture:
    ...     [(part.phase, part.cause, part.frames) for found in capture.latency() for part in found.parts[:1]]
    [('request', 'timeout', (6, 11))]
    """

    stream: int
    uid: str
    client: Endpoint
    server: Endpoint
    time: int
    ns: int
    lookup: Lookup | None
    opened: bool | None
    exchanges: int
    parts: tuple[Part, ...]
    spans: tuple[Span, ...]
    stalls: tuple[Stall, ...]
    left_out: int
    orig_rtt: int | None
    resp_rtt: int | None
    first_byte: int | None
    close: int | None
    closed_by: Literal["client", "server"] | None
    resent_bytes: tuple[int, int]
    crossed: int

    def spent(self, phase: Phase, cause: Cause | None = None) -> int:
        """Nanoseconds of a phase, all together, its stalls among them; or of one cause in it."""
        return sum(part.ns for part in self.parts if part.phase == phase and cause in (None, part.cause))

    def stalled(self, cause: Cause) -> int:
        """Nanoseconds of a cause, all together."""
        return sum(part.ns for part in self.parts if part.cause == cause)
