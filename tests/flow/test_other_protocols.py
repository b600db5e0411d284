"""Flows of UDP, ICMP and others, ICMP errors attached to what they quote, and Community IDs."""

from __future__ import annotations

import socket
import struct

import communityid
import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.decode import Decoder
from rawkit.flow import layout
from rawkit.flow.conn_log.record import FlowRecord, flow_record
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine

BEGIN = 1_700_000_000 * 10**9
A4, B4, ROUTER = (socket.inet_aton(text) for text in ("192.0.2.10", "198.51.100.20", "192.0.2.1"))
A6, B6 = (socket.inet_pton(socket.AF_INET6, text) for text in ("2001:db8:1::10", "2001:db8:2::20"))


def packet(source: bytes, target: bytes, protocol: int, payload: bytes) -> bytes:
    """An IPv4 or IPv6 packet, by the size of the addresses; checksums of dpkt."""
    if len(source) == 4:
        return bytes(dpkt.ip.IP(src=source, dst=target, p=protocol, len=20 + len(payload), data=payload))
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + source + target + payload


def udp(source: bytes, sport: int, target: bytes, dport: int, size: int = 10) -> bytes:
    return packet(source, target, 17, struct.pack(">HHHH", sport, dport, 8 + size, 0) + bytes(size))


def at_once(packets: list[bytes]) -> list[tuple[int, bytes]]:
    return [(BEGIN + number, one) for number, one in enumerate(packets)]


@pytest.mark.parametrize(("sides", "state", "history"), [("a", "S0", "D"), ("ab", "SF", "Dd"), ("aabba", "SF", "Dd")])
@pytest.mark.parametrize(("a", "b"), [(A4, B4), (A6, B6), (B4, A4), (B6, A6)], ids=["4", "6", "4 back", "6 back"])
def test_udp(track, sides, state, history, a, b):
    ways = {"a": udp(a, 40000, b, 53, 10), "b": udp(b, 53, a, 40000, 30)}
    (flow,) = track(at_once([ways[side] for side in sides])).flows
    assert (flow.conn_state, flow.history) == (state, history)
    assert (flow.orig_bytes, flow.resp_bytes) == (10 * sides.count("a"), 30 * sides.count("b"))
    header = 28 if len(a) == 4 else 48
    assert flow.orig_ip_bytes == (header + 10) * sides.count("a")
    assert (flow.orig.port, flow.resp.port) == (40000, 53)


@pytest.mark.parametrize(("kind", "answer"), [(8, 0), (13, 14), (15, 16), (17, 18), (10, 9)])
def test_an_icmp_question_and_its_answer_are_one_flow(track, kind, answer):
    """With the type and its counterpart in place of ports (Zeek's ICMP4_counterpart)."""
    packets = [packet(A4, B4, 1, bytes([kind, 0]) + bytes(10)), packet(B4, A4, 1, bytes([answer, 0]) + bytes(10))]
    (flow,) = track(at_once(packets)).flows
    assert (flow.proto, flow.conn_state) == ("icmp", "OTH")
    assert (flow.orig.port, flow.resp.port) == (kind, answer)
    assert (flow.orig_pkts, flow.resp_pkts) == (1, 1)


@pytest.mark.parametrize(("kind", "answer"), [(128, 129), (133, 134), (135, 136)])
def test_an_icmpv6_question_and_its_answer_are_one_flow(track, kind, answer):
    packets = [packet(A6, B6, 58, bytes([kind, 0]) + bytes(10)), packet(B6, A6, 58, bytes([answer, 0]) + bytes(10))]
    (flow,) = track(at_once(packets)).flows
    assert (flow.orig.port, flow.resp.port, flow.resp_pkts) == (kind, answer, 1)


def test_an_icmp_type_without_counterpart_has_its_code(track):
    (flow,) = track(at_once([packet(A4, B4, 1, bytes([5, 1]) + bytes(10))])).flows
    assert (flow.orig.port, flow.resp.port) == (5, 1)


@pytest.mark.parametrize("number", [2, 47, 50, 89, 112, 255])
def test_any_protocol_is_a_flow_of_its_addresses(track, number):
    payload = bytes.fromhex("2fffffff") + bytes(40)
    (flow,) = track(at_once([packet(A4, B4, number, payload), packet(B4, A4, number, payload)])).flows
    assert (flow.ip_proto, flow.proto, flow.orig.port, flow.resp.port) == (number, "unknown_transport", 0, 0)
    assert (flow.orig_pkts, flow.resp_pkts) == (1, 1)


# ICMP errors -----------------------------------------------------------------------------------------------


def error(kind: int, code: int, quoted: bytes, source: bytes = ROUTER, target: bytes = A4) -> bytes:
    """RFC 792: type, code, checksum, four bytes, and the packet that it is about, cut to its first 28 bytes."""
    protocol = 1 if len(source) == 4 else 58
    return packet(source, target, protocol, bytes([kind, code]) + bytes(6) + quoted)


def test_an_error_ends_the_attempt_that_it_quotes(track, talk):
    (attempt,) = talk.c("S").frames
    seen = track([attempt, (BEGIN + 10**7, error(3, 1, attempt[1][:28]))])
    (handshake,) = seen.handshakes
    assert (handshake.outcome, handshake.icmp.type, handshake.icmp.code) == ("unreachable", 3, 1)
    assert (handshake.icmp.sender, handshake.icmp.frame) == ("192.0.2.1", 2)
    assert handshake.icmp.time - handshake.syn_time == 10**7


@pytest.mark.parametrize("size", [19, 20, 23])
def test_an_error_that_quotes_too_little_is_about_nothing(track, talk, size):
    """Without both ports there is no telling what it is about."""
    (attempt,) = talk.c("S").frames
    seen = track([attempt, (BEGIN + 10**7, error(3, 1, attempt[1][:size]))])
    assert [handshake.outcome for handshake in seen.handshakes] == ["timed out"]


def test_an_error_about_another_connection_ends_nothing(track, talk, another):
    other = another(client=(A4, 40001)).c("S").frames[0][1]
    seen = track([*talk.c("S").frames, (BEGIN + 10**7, error(3, 1, other[:28]))])
    assert [handshake.outcome for handshake in seen.handshakes] == ["timed out"]


def test_an_error_after_the_answer_ends_nothing(track, talk):
    """A connection that is open is not closed by an ICMP message (RFC 5927)."""
    talk.opened()
    first = talk.frames[0][1]
    seen = track([*talk.frames, (talk.now, error(3, 1, first[:28])), *talk.c("PA", 10).frames[3:]])
    assert [handshake.outcome for handshake in seen.handshakes] == ["established"]
    assert seen.flows[0].conn_state == "S1"


@pytest.mark.parametrize(
    ("kind", "code", "outcome"),
    [(3, 0, "unreachable"), (3, 13, "unreachable"), (11, 0, "unreachable"), (12, 0, "unreachable"),
     (3, 4, "timed out"), (4, 0, "timed out"), (5, 1, "timed out")],
)  # fmt: skip
def test_which_errors_make_connect_fail(track, talk, kind, code, outcome):
    """Linux's tcp_v4_err(): fragmentation needed (RFC 1191), source quench and redirect do not."""
    (attempt,) = talk.c("S").frames
    seen = track([attempt, (BEGIN + 10**7, error(kind, code, attempt[1][:28]))])
    assert [handshake.outcome for handshake in seen.handshakes] == [outcome]


# Community ID ----------------------------------------------------------------------------------------------

ENGINE = Engine("interpreted")
PORTS = st.integers(0, 65535)
ADDRESSES = st.one_of(st.tuples(*[st.binary(min_size=size, max_size=size)] * 2) for size in (4, 16))
MAKERS = {6: communityid.FlowTuple.make_tcp, 17: communityid.FlowTuple.make_udp, 132: communityid.FlowTuple.make_sctp}


def flow_of(one: bytes) -> FlowRecord:
    follower = FlowTracker(ENGINE)
    follower.track(Decoder(ENGINE).decode(FrameBatch.from_frames([one], link_type=101)))
    (event,) = follower.finish().tolist()
    return flow_record(event[layout.EVENT_ROW :])


def told(flow_tuple: communityid.FlowTuple) -> str:
    return communityid.CommunityID().calc(flow_tuple)


@given(st.sampled_from(list(MAKERS)), ADDRESSES, PORTS, PORTS)
def test_community_id(protocol, addresses, sport, dport):
    source, target = addresses
    rest = bytes.fromhex("00000001000000005002040000000000") if protocol == 6 else bytes(12)
    rest = struct.pack(">HH", 12, 0) + bytes(4) if protocol == 17 else rest
    flow = flow_of(packet(source, target, protocol, struct.pack(">HH", sport, dport) + rest))
    assert flow.community_id == told(MAKERS[protocol](source, target, sport, dport))


@given(ADDRESSES, st.integers(0, 255), st.integers(0, 255))
def test_community_id_of_icmp(addresses, kind, code):
    source, target = addresses
    make, protocol = (
        (communityid.FlowTuple.make_icmp, 1) if len(source) == 4 else (communityid.FlowTuple.make_icmp6, 58)
    )
    flow = flow_of(packet(source, target, protocol, bytes([kind, code]) + bytes(40)))
    assert flow.community_id == told(make(source, target, kind, code))


@given(ADDRESSES, st.sampled_from([2, 47, 50, 112]))
def test_community_id_of_other_protocols(addresses, protocol):
    source, target = addresses
    one = packet(source, target, protocol, bytes.fromhex("2fffffff") + bytes(40))
    expected = communityid.FlowTuple.make_ip(source, target, protocol)
    assert flow_of(one).community_id == told(expected)
