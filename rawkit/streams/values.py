"""What comes out: a stream, or a part of one, with its pieces, gaps and conflicts in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from rawkit.flow.endpoints import Endpoint
from rawkit.frames import Int64s
from rawkit.values import dataclass

Protocol = Literal["tcp", "udp"]
Side = Literal["client", "server"]
SIDES: Final[tuple[Side, Side]] = ("client", "server")

Reason = Literal["not seen", "cut", "room", "memory"]
REASONS: Final[dict[Reason, str]] = {
    "not seen": "not in the capture",
    "cut": "not captured: frames were cut short",
    "room": "not waited for any longer: too much waited behind them",
    "memory": "not kept: there was no memory for them before the filter let the stream through",
}
"""Why bytes are missing, in words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of one segment or datagram: those that nobody had sent before.

    Attributes:
        side: who sent them.
        offset: where they are in what that side sent; what is missing counts too.
        data: the bytes; of UDP the whole datagram, which may be empty.
        frame: the `frame.number` of the packet; of fragments that of the last one.
        time_ns: when that packet came, nanoseconds since 1970-01-01 UTC.
    """

    side: Side
    offset: int
    data: bytes
    frame: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that are missing.

    Attributes:
        side: who sent them.
        offset: where they would be in what that side sent.
        size: how many there are.
        frame: the frame that shows it.
        reason: `not seen` where no packet brought them, `cut` where a packet was captured in part, `room` where too
            much waited behind them, `memory` where they had to go.
    """

    side: Side
    offset: int
    size: int
    frame: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Conflict:
    """Bytes that were sent twice, and not the same: a broken sender, a middlebox, or an injection.

    Attributes:
        side: in whose name they were sent.
        offset: where the first one that differs is in what that side sent.
        kept: the bytes that stand in the stream, from the first to the last that differ.
        other: those that were sent for the same place, and left out.
        frame: the frame that brought the others.
    """

    side: Side
    offset: int
    kept: bytes
    other: bytes
    frame: int


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Pieces that follow each other, in one go: their bytes are joined, and numbers of each stand in arrays.

    Attributes:
        data: the bytes of all of them, in order.
        sizes: bytes of each piece.
        sides: who sent each, 0 the client, 1 the server.
        frames: the `frame.number` of each.
        times: nanoseconds since 1970 of each.
        starts: offsets of the first piece of the client, and of the server.
    """

    data: bytes
    sizes: Int64s
    sides: Int64s
    frames: Int64s
    times: Int64s
    starts: tuple[int, int]

    def pieces(self) -> Iterator[Piece]:
        """The pieces, one by one."""
        place, offsets = 0, list(self.starts)
        numbers = (self.sides.tolist(), self.sizes.tolist(), self.frames.tolist(), self.times.tolist())
        for side, size, frame, time in zip(*numbers, strict=True):
            yield Piece(SIDES[side], offsets[side], self.data[place : place + size], frame, time)
            place += size
            offsets[side] += size

    def of(self, side: int) -> list[bytes | memoryview]:
        """The bytes of one side, in parts to be joined."""
        theirs = self.sides == side
        if theirs.all():
            return [self.data]
        if not theirs.any():
            return []
        ends = self.sizes.cumsum()
        whole = memoryview(self.data)
        begins = (ends - self.sizes)[theirs].tolist()
        return [whole[begin:end] for begin, end in zip(begins, ends[theirs].tolist(), strict=True)]


Content: TypeAlias = Run | Gap | Conflict


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    r"""What was said on a TCP connection or between two UDP endpoints, or a part of it.

    Attributes:
        protocol: `tcp` or `udp`.
        number: `tcp.stream` or `udp.stream`.
        client_endpoint: who opened it, as far as the capture shows: the sender of the first SYN, else of the first
            packet, unless that comes from a port on which servers listen.
        server_endpoint: the other one.
        part: 1, and more where a part of the stream was given before.
        ended: whether the connection is over, or the capture.
        content: what it consists of.

    >>> from rawkit.api.streams import read_streams
    >>> stream, = read_streams("captures/tcp-half-close.pcap")
    >>> stream.protocol, stream.number, str(stream.server_endpoint), stream.server
    ('tcp', 0, '198.51.100.20:9000', b'one\ntwo\nthree\n')
    """

    protocol: Protocol
    number: int
    client_endpoint: Endpoint
    server_endpoint: Endpoint
    part: int
    ended: bool
    content: tuple[Content, ...]

    @property
    def client(self) -> bytes:
        """The bytes that the client sent; what is missing is left out."""
        return self.sent(0)

    @property
    def server(self) -> bytes:
        """The bytes that the server sent."""
        return self.sent(1)

    def sent(self, side: int) -> bytes:
        """The bytes of one side, 0 the client, 1 the server."""
        return b"".join(part for run in self.content if isinstance(run, Run) for part in run.of(side))

    def __iter__(self) -> Iterator[Piece | Gap | Conflict]:
        """Pieces, gaps and conflicts in the order in which they were told."""
        for one in self.content:
            if isinstance(one, Run):
                yield from one.pieces()
            else:
                yield one

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces of both sides, in order of time: of what came out of order, when what was missing had come."""
        return tuple(piece for run in self.content if isinstance(run, Run) for piece in run.pieces())

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is missing."""
        return tuple(one for one in self.content if isinstance(one, Gap))

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What was sent twice, and not the same."""
        return tuple(one for one in self.content if isinstance(one, Conflict))
