"""Conversations of a client and a server, written down segment by segment, and what the tracker makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import dpkt
import numpy as np
import pytest

from rawkit.decode import Decoder
from rawkit.flow import layout
from rawkit.flow.conn_log.record import FlowRecord, flow_record
from rawkit.flow.events import Handshake, Teardown, handshake, teardown
from rawkit.flow.noticed import Noticed
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine

FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32}
CLIENT = (bytes([192, 0, 2, 10]), 40000)
SERVER = (bytes([198, 51, 100, 20]), 9000)
FIRST_SEQ = (1_000, 5_000_000)
BEGIN = 1_700_000_000 * 10**9
MILLISECOND = 1_000_000
Frame = tuple[int, bytes]
"""Nanoseconds since the epoch, and an IPv4 or IPv6 packet."""


@dataclass
class Talk:
    """A TCP conversation; `c` and `s` send a segment of the client and of the server, a millisecond later each.

    Sequence and acknowledgement numbers count from the sender's SYN and follow from what was sent, unless they are
    given. A segment of `size` bytes carries that many.
    """

    client: tuple[bytes, int] = CLIENT
    server: tuple[bytes, int] = SERVER
    now: int = BEGIN
    frames: list[Frame] = field(default_factory=list)
    sent: list[int] = field(default_factory=lambda: [0, 0])

    def c(self, flags: str, size: int = 0, **given: Any) -> Talk:
        return self._send(0, flags, size, **given)

    def s(self, flags: str, size: int = 0, **given: Any) -> Talk:
        return self._send(1, flags, size, **given)

    def wait(self, seconds: float) -> Talk:
        self.now += int(seconds * 10**9)
        return self

    def opened(self) -> Talk:
        """Three segments that open the connection."""
        return self.c("S").s("SA").c("A")

    def _send(
        self, side: int, flags: str, size: int, *, seq: int | None = None, ack: int | None = None,
        window: int = 1000, damaged: bool = False,
    ) -> Talk:  # fmt: skip
        seq = self.sent[side] if seq is None else seq
        bits = sum(FLAGS[letter] for letter in flags)
        acknowledged = (self.sent[1 - side] if ack is None else ack) + FIRST_SEQ[1 - side] if "A" in flags else 0
        ends = (self.client, self.server)[:: -1 if side else 1]
        segment = dpkt.tcp.TCP(
            sport=ends[0][1], dport=ends[1][1], seq=(FIRST_SEQ[side] + seq) % 2**32, ack=acknowledged % 2**32,
            flags=bits, win=window, data=b"x" * size,
        )  # fmt: skip
        packet = bytes(dpkt.ip.IP(src=ends[0][0], dst=ends[1][0], p=6, ttl=64, data=segment))
        self.frames.append((self.now, packet[:-1] + b"?" if damaged else packet))
        self.now += MILLISECOND
        self.sent[side] = max(self.sent[side], seq + size + ("S" in flags) + ("F" in flags))
        return self


class Seen(NamedTuple):
    """What the tracker says of some packets."""

    flows: list[FlowRecord]
    handshakes: list[Handshake]
    teardowns: list[Teardown]
    stream: list[int]
    analysis: list[str]
    noticed: Noticed


@pytest.fixture(params=["interpreted", pytest.param("compiled", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each test runs both ways."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def track(engine: Engine) -> Callable[..., Seen]:
    """Follows packets, each in a batch of its own where `one_by_one`."""

    def call(frames: Sequence[Frame], *, one_by_one: bool = False, **tracker: Any) -> Seen:
        follower = FlowTracker(engine, layout.HANDSHAKE | layout.TEARDOWN | layout.FLOW_END, seed=1, **tracker)
        decoder = Decoder(engine)
        batches = [[frame] for frame in frames] if one_by_one else [list(frames)]
        tracked = [follower.track(decoder.decode(raw_batch(batch))) for batch in batches]
        events = np.concatenate([*(found.events for found in tracked), follower.finish()]).tolist()
        return Seen(
            [flow_record(row) for row in of_kind(events, layout.FLOW_END)],
            [handshake(row) for row in of_kind(events, layout.HANDSHAKE)],
            [teardown(row) for row in of_kind(events, layout.TEARDOWN)],
            [stream for found in tracked for stream in found.stream.tolist()],
            [words(bits) for found in tracked for bits in found.analysis.tolist()],
            follower.noticed,
        )

    return call


def raw_batch(frames: Sequence[Frame]) -> FrameBatch:
    return FrameBatch.from_frames([packet for _, packet in frames], [time for time, _ in frames], link_type=101)


def of_kind(events: list[list[int]], kind: int) -> list[list[int]]:
    return [event[layout.EVENT_ROW :] for event in events if event[layout.EVENT_KIND] == kind]


def words(bits: int) -> str:
    return " ".join(word for place, word in enumerate(layout.ANALYSIS) if bits >> place & 1)


@pytest.fixture
def talk() -> Talk:
    """A conversation in which nothing was said yet."""
    return Talk()


@pytest.fixture
def another() -> Callable[..., Talk]:
    """Makes conversations between other endpoints or at other times."""
    return Talk
