"""When flows end: Zeek's time-outs (scripts/base/init-bare.zeek), ports used again, and bounded memory."""

from __future__ import annotations

import socket

import dpkt
import pytest

from rawkit.decode import Decoder
from rawkit.flow import layout
from rawkit.flow.table import tracker
from rawkit.frames import FrameBatch

BEGIN = 1_700_000_000 * 10**9
SECOND = 10**9
A, B = socket.inet_aton("192.0.2.10"), socket.inet_aton("198.51.100.20")


def udp(source: bytes = A, target: bytes = B, sport: int = 40000, dport: int = 9000, size: int = 10) -> bytes:
    datagram = dpkt.udp.UDP(sport=sport, dport=dport, ulen=8 + size, data=b"x" * size)
    return bytes(dpkt.ip.IP(src=source, dst=target, p=17, data=datagram))


def icmp(kind: int, code: int = 0, source: bytes = A, target: bytes = B, data: bytes = b"\0\1\0\1") -> bytes:
    message = dpkt.icmp.ICMP(type=kind, code=code, data=data)
    return bytes(dpkt.ip.IP(src=source, dst=target, p=1, data=message))


@pytest.mark.parametrize(("packet", "limit"), [(udp(), 60), (icmp(8), 60)], ids=["udp", "icmp"])
@pytest.mark.parametrize(("over", "flows"), [(-1, 1), (1, 2)])
def test_silence_ends_a_flow(track, packet, limit, over, flows):
    later = BEGIN + limit * SECOND + over
    assert len(track([(BEGIN, packet), (later, packet)]).flows) == flows


@pytest.mark.parametrize(("pause", "flows"), [(299, 1), (301, 2)])
def test_silence_ends_an_open_connection_after_five_minutes(track, talk, pause, flows):
    talk.opened().wait(pause).c("PA", 10).s("A")
    assert len(track(talk.frames).flows) == flows


@pytest.mark.parametrize(("pause", "flows"), [(4.9, 1), (5.1, 2)])
def test_a_closed_connection_is_kept_five_seconds(track, talk, pause, flows):
    talk.opened().c("FA").s("FA").c("A").wait(pause).s("FA", seq=1)
    found = track(talk.frames).flows
    assert len(found) == flows
    assert found[0].conn_state == "SF"


def test_an_attempt_is_given_up_after_five_seconds(track, talk, another):
    """What then comes is a flow of its own; the attempt ends at its time, not at the next packet's."""
    talk.c("S").wait(5.1)
    other = another(now=talk.now, server=(B, 9001)).c("S")
    seen = track(talk.frames + other.frames)
    assert [flow.conn_state for flow in seen.flows] == ["S0", "S0"]
    assert [attempt.outcome for attempt in seen.handshakes] == ["timed out", "timed out"]


def test_an_attempt_lasts_as_long_as_its_syn_is_repeated(track, talk):
    """Linux repeats after 1, 3, 7, 15, 31 and 63 s (tcp_syn_retries 6): one attempt, and one flow."""
    for pause in (1, 2, 4, 8, 16, 32):
        talk.c("S", seq=0).wait(pause)
    seen = track(talk.c("S", seq=0).frames)
    assert [(flow.conn_state, flow.orig_pkts) for flow in seen.flows] == [("S0", 7)]
    assert [attempt.syn_repeats for attempt in seen.handshakes] == [6]


def test_a_new_syn_on_known_ports_is_a_new_connection(track, talk, another):
    again = another(now=talk.now + SECOND).opened()
    for place, (time, packet) in enumerate(again.frames):
        header, segment = packet[:20], dpkt.tcp.TCP(packet[20:])
        mine = place != 1
        segment.seq, segment.ack = segment.seq + 777 * mine, segment.ack + 777 * (not mine)
        segment.sum = 0
        again.frames[place] = (time, bytes(dpkt.ip.IP(src=header[12:16], dst=header[16:20], p=6, data=segment)))
    seen = track(talk.opened().c("FA").s("FA").c("A").frames + again.frames)
    assert [flow.conn_state for flow in seen.flows] == ["SF", "S1"]
    assert seen.stream == [0] * 6 + [1] * 3
    assert seen.analysis[6] == "reused_ports"


def test_time_that_goes_backwards_breaks_nothing(track, talk):
    talk.opened().wait(-100).c("PA", 10).wait(500).s("A")
    found = track(talk.frames).flows
    assert found[0].duration >= 0
    assert sum(flow.orig_pkts + flow.resp_pkts for flow in found) == 5


@pytest.mark.parametrize(("pause", "most"), [(SECOND // 10, 4096), (0, 20_000)], ids=["that end", "that stay open"])
def test_every_flow_is_told_once(engine, monkeypatch, pause, most):
    """20,000 flows through a table that forgets early: each comes out, and room is taken for the open ones alone."""
    monkeypatch.setattr(tracker, "KEPT_ROWS", 2048)
    follower, decoder = tracker.FlowTracker(engine, seed=1), Decoder(engine)
    count, told = 20_000, 0
    for first in range(0, count, 1000):
        packets = [udp(source=number.to_bytes(4, "big")) for number in range(first + 1, first + 1001)]
        times = [BEGIN + number * pause for number in range(first, first + 1000)]
        told += len(follower.track(decoder.decode(FrameBatch.from_frames(packets, times, link_type=101))).events)
    assert follower._tracker[layout.FLOW_COUNT] <= most
    assert told + len(follower.finish()) == count


def test_events_without_room_for_all_of_them_at_once(engine):
    """10,000 flows end in one call: no event is lost where the buffer for events is smaller."""
    follower, decoder = tracker.FlowTracker(engine, layout.FLOW_END, seed=1), Decoder(engine)
    packets = [udp(sport=number % 60_000 + 1, dport=number // 60_000 + 1) for number in range(10_000)]
    follower.track(decoder.decode(FrameBatch.from_frames(packets, [BEGIN] * 10_000, link_type=101)))
    assert len(follower.expire(BEGIN + 59 * SECOND)) == 0
    assert len(follower.expire(BEGIN + 61 * SECOND)) == 10_000
    assert len(follower.finish()) == 0
