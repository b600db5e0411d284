"""Time-outs come at their own time and in order, rows are used again, and memory holds whatever is open."""

from __future__ import annotations

import random
import socket

import dpkt
import numpy as np
import pytest

from rawkit.decode import Decoder
from rawkit.facts import tcp
from rawkit.flow import layout
from rawkit.flow.rules import FlowRules
from rawkit.flow.table import tracker
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine

BEGIN = 1_700_000_000 * 10**9
SECOND = 10**9
SERVER = socket.inet_aton("198.18.0.1")
LASTS = {17: 60, 1: 60}
"""Zeek's time-outs in seconds (scripts/base/init-bare.zeek): udp_inactivity_timeout, icmp_inactivity_timeout."""
ALL = layout.HANDSHAKE | layout.TEARDOWN | layout.FLOW_END


def udp(number: int) -> bytes:
    source = socket.inet_aton(f"198.19.{number >> 8}.{number & 255}")
    datagram = dpkt.udp.UDP(sport=40000, dport=9000, ulen=18, data=b"x" * 10)
    return bytes(dpkt.ip.IP(src=source, dst=SERVER, p=17, data=datagram))


def segment(number: int, flags: int, answer: bool = False) -> bytes:
    client = socket.inet_aton(f"198.19.{number >> 8 & 255}.{number & 255}")
    ports = {"sport": 80, "dport": 40000} if answer else {"sport": 40000, "dport": 80}
    body = dpkt.tcp.TCP(**ports, seq=7000 if not answer else 0, ack=7001 if answer else 0, flags=flags)
    source, target = (SERVER, client) if answer else (client, SERVER)
    return bytes(dpkt.ip.IP(src=source, dst=target, p=6, data=body))


class Followed:
    """A tracker, and what it told."""

    def __init__(self, engine: Engine, wanted: int = ALL, **options: object) -> None:
        self.told: list[list[int]] = []
        self.follower = FlowTracker(engine, wanted, seed=1, tell=self._tell, **options)  # type: ignore[arg-type]
        self._decoder = Decoder(engine)
        self._frames = 0

    def _tell(self, events: np.ndarray) -> None:
        self.told += events[:, : layout.EVENT_ROW].tolist()

    def take(self, *packets: tuple[int, bytes]) -> None:
        times, frames = zip(*packets, strict=True)
        numbers = np.arange(self._frames + 1, self._frames + 1 + len(frames))
        self._frames += len(frames)
        batch = FrameBatch.from_frames(frames, times, link_type=101)
        self.follower.track(self._decoder.decode(batch, numbers))

    def kinds(self, kind: int) -> list[list[int]]:
        return [event for event in self.told if event[layout.EVENT_KIND] == kind]


def rows_of(follower: FlowTracker) -> np.ndarray:
    used = int(follower._tracker[layout.FLOW_COUNT])
    return follower._flows.reshape(-1, layout.WIDTH)[:used]


def check_whole(follower: FlowTracker) -> None:
    """Each row stands in one list, linked both ways, and in the index."""
    rows, seen = rows_of(follower), []
    lists = follower._lists.reshape(-1, layout.LIST_WIDTH).tolist()
    for number, (head, tail) in enumerate(lists):
        before, row = -1 - number, head
        while row >= 0:
            assert rows[row, layout.EARLIER] == before
            seen.append(row)
            before, row = row, rows[row, layout.LATER]
        assert (tail, row) == (before, -1 - number)
    assert sorted(seen) == list(range(len(rows)))
    slots = follower._slots[follower._slots != 0]
    assert sorted(((slots & 0xFFFFFFFF) - 1).tolist()) == list(range(len(rows)))
    ended = [row for row in range(len(rows)) if rows[row, layout.CONNECTION] == 0]
    assert follower._tracker[layout.ENDED_COUNT] == len(ended)


def traffic(seed: int, count: int, apart: int) -> list[tuple[int, bytes]]:
    """Packets of some flows that begin, answer, go on after pauses, and come again; some a little late."""
    draw, now, found = random.Random(seed), BEGIN, []
    for _ in range(count):
        now += draw.choice((0, 1000, SECOND // 50, SECOND // 2, draw.randrange(apart)))
        number = draw.randrange(40)
        packet = draw.choice((
            udp(number), segment(number, tcp.SYN), segment(number, tcp.SYN | tcp.ACK, answer=True),
            segment(number, tcp.RST | tcp.ACK, answer=True), segment(number, tcp.ACK),
            segment(number, tcp.FIN | tcp.ACK),
        ))  # fmt: skip
        found.append((now - draw.choice((0, 0, 0, 2000)), packet))
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("apart", [3 * SECOND, 200 * SECOND], ids=["close", "far apart"])
@pytest.mark.parametrize("rows", [None, 16], ids=["room", "too little room"])
def test_whatever_comes_time_outs_come_at_their_time(engine, monkeypatch, seed, apart, rows):
    """After each packet no flow is open whose time is over, and none ended before its time but to make room."""
    if rows:
        monkeypatch.setattr(tracker, "LEAST_ROWS", rows)
    followed = Followed(engine, rules=FlowRules(memory=0 if rows else 1 << 26))
    clock = BEGIN
    for time, packet in traffic(seed, 250, apart):
        followed.take((time, packet))
        clock = max(clock, time)
        rows_now = rows_of(followed.follower)
        is_open = rows_now[:, layout.CONNECTION] != 0
        assert (followed.follower._deadlines[: len(rows_now)][is_open] > time).all()
        assert all(event[layout.EVENT_TIME] <= clock for event in followed.told)
    check_whole(followed.follower)
    assert len(rows_of(followed.follower)) <= (rows or 1 << 20)
    followed.follower.finish()
    noticed = followed.follower.noticed
    assert len(followed.kinds(layout.FLOW_END)) + noticed.together == followed.follower.connections
    assert bool(noticed.together + noticed.ended_early) == bool(rows)
    assert followed.follower.still_open == 0


def test_time_outs_are_told_in_their_order(engine):
    """Flows of three kinds of time-outs, begun in disorder, end in the order of their times, each at its own."""
    draw, followed, wanted = random.Random(7), Followed(engine, layout.FLOW_END), []
    now = BEGIN
    for number in range(300):
        now += draw.randrange(SECOND // 10)
        lasts = draw.choice((5, 60))
        followed.take((now, segment(number, tcp.SYN) if lasts == 5 else udp(number)))
        wanted.append(now + lasts * SECOND)
    followed.follower.expire(BEGIN + 1000 * SECOND)
    assert [event[layout.EVENT_TIME] for event in followed.told] == sorted(wanted)


def test_a_time_out_comes_with_the_first_packet_after_it(engine):
    """Not up to a second later: the flow of a UDP datagram ends after 60 s."""
    followed = Followed(engine, layout.FLOW_END)
    followed.take((BEGIN, udp(1)))
    followed.take((BEGIN + 60 * SECOND - 1, udp(2)))
    assert followed.told == []
    followed.take((BEGIN + 60 * SECOND, udp(3)))
    assert followed.told == [[layout.FLOW_END, BEGIN + 60 * SECOND, 1]]


def test_a_flow_of_nothing_but_wrong_checksums_ends_too(engine):
    """Zeek's tcp_inactivity_timeout holds for every connection, whatever its packets are worth."""
    followed = Followed(engine, layout.FLOW_END, rules=FlowRules(checksums="verify"))
    damaged = bytearray(segment(1, tcp.SYN))
    damaged[-4] ^= 1
    followed.take((BEGIN, bytes(damaged)), (BEGIN + 299 * SECOND, udp(1)))
    assert followed.told == []
    followed.take((BEGIN + 300 * SECOND, udp(2)))
    assert followed.told == [[layout.FLOW_END, BEGIN + 300 * SECOND, 1]]


def test_a_flood_is_counted_together(engine, monkeypatch):
    """5,000 SYNs that nobody answers, and one connection that is open: of the SYNs the newest are told, at the end."""
    monkeypatch.setattr(tracker, "LEAST_ROWS", 64)
    followed = Followed(engine, rules=FlowRules(memory=0))
    opened = [segment(0, tcp.SYN), segment(0, tcp.SYN | tcp.ACK, answer=True)]
    followed.take(*((BEGIN + place, packet) for place, packet in enumerate(opened)))
    flood = [(BEGIN + 1000 * number, segment(number, tcp.SYN)) for number in range(1, 5001)]
    for first in range(0, len(flood), 1000):
        followed.take(*flood[first : first + 1000])
    noticed = followed.follower.noticed
    assert (followed.told, noticed.together, noticed.ended_early) == ([], 5001 - 64, 0)
    assert (noticed.together_first, noticed.together_last) == (BEGIN + 1000, BEGIN + 1000 * (5001 - 64))
    assert noticed.together_bytes == 40 * noticed.together
    assert len(rows_of(followed.follower)) == 64
    check_whole(followed.follower)
    followed.follower.finish()
    assert len(followed.kinds(layout.FLOW_END)) == 64
    assert followed.follower.connections == 5001


def test_what_is_more_than_an_unanswered_syn_is_told_before_it_makes_room(engine, monkeypatch):
    """UDP flows, refused attempts: there nothing may be counted together."""
    monkeypatch.setattr(tracker, "LEAST_ROWS", 64)
    followed = Followed(engine, rules=FlowRules(memory=0))
    for number in range(100):
        now = BEGIN + number * 1000
        refusal = segment(number, tcp.RST | tcp.ACK, answer=True)
        followed.take((now, udp(number)), (now, segment(number, tcp.SYN)), (now + 1, refusal))
    noticed = followed.follower.noticed
    assert (noticed.together, noticed.ended_early) == (0, 200 - 64)
    assert len(followed.kinds(layout.FLOW_END)) == 200 - 64
    followed.follower.finish()
    assert len(followed.kinds(layout.FLOW_END)) == 200
    assert len(followed.kinds(layout.HANDSHAKE)) == 100


def test_a_tunnel_stays_while_what_is_in_it_finds_room(engine, monkeypatch):
    """The flow that carries the packet is the first whose time is over, and must not be its own child."""
    monkeypatch.setattr(tracker, "LEAST_ROWS", 2)
    followed = Followed(engine, rules=FlowRules(memory=0))
    for number in range(10):
        inner = udp(number)
        outer = dpkt.ip.IP(src=SERVER, dst=socket.inet_aton("198.18.0.2"), p=4, data=inner)
        followed.take((BEGIN + number, bytes(outer)))
    followed.follower.finish()
    assert len(followed.kinds(layout.FLOW_END)) == 11
    check_whole(followed.follower)


def test_ended_flows_make_room_before_open_ones(engine, monkeypatch):
    """Rows of flows that ended are used again, the oldest first; their ports then begin anew."""
    monkeypatch.setattr(tracker, "LEAST_ROWS", 64)
    followed = Followed(engine, layout.FLOW_END, rules=FlowRules(memory=0))
    for number in range(40):
        followed.take((BEGIN + number, udp(number)))
    for number in range(40, 100):
        followed.take((BEGIN + 70 * SECOND + number, udp(number)))
    assert len(followed.told) == 40
    assert followed.follower.noticed.ended_early == 0
    check_whole(followed.follower)


def test_who_hurries_is_told_no_time_outs(engine):
    """But what packets show, and at the end as much as there is patience for; the rest is counted."""
    asked = [False]
    followed = Followed(engine, layout.FLOW_END, hurries=lambda: asked[0])
    for first in range(0, 5000, 1000):
        followed.take(*((BEGIN + number, udp(number)) for number in range(first, first + 1000)))
    asked[0] = True
    followed.take((BEGIN + 1000, udp(5000)))
    followed.take((BEGIN + 100 * SECOND, udp(5001)))
    followed.follower.expire(BEGIN + 200 * SECOND)
    assert followed.told == []
    followed.follower.finish(lambda: True)
    assert 0 < len(followed.told) < 5002
    assert len(followed.told) + followed.follower.still_open == 5002
