"""Whose a segment is: listeners, ports, what belongs to nobody; and IP packets."""

from __future__ import annotations

import errno
import random
from ipaddress import IPv4Address

import pytest

from rawkit.facts.tcp import ACK, FIN, RST, SYN
from rawkit.tcp.flow import Flow
from rawkit.tcp.host import Host
from rawkit.tcp.packets import from_packet, to_packet
from rawkit.tcp.packing import pack
from rawkit.tcp.pair import FLOW
from rawkit.tcp.segment import Segment
from rawkit.tcp.settings import SECOND, Settings
from rawkit.tcp.states import State
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.options import RawOption
from tests.tcp.scripted import SIX

HERE, THERE = FLOW.local, FLOW.remote


def host() -> Host:
    return Host([HERE, THERE], Settings(), b"secret", random.Random(1))


def meet(one: Host, two: Host, now: int = 0) -> None:
    """Carries segments until neither has any."""
    while True:
        carried = [(two, *found) for found in one.segments()] + [(one, *found) for found in two.segments()]
        if not carried:
            return
        for to, flow, segment in carried:
            to.receive(flow.reversed, segment, now)


@pytest.mark.parametrize(
    ("segment", "answer"),
    [
        (Segment(5, 0, SYN), (0, 6, RST | ACK)),
        (Segment(5, 77, ACK), (77, 0, RST)),
        (Segment(5, 0, FIN, payload=b"abc"), (0, 9, RST | ACK)),
        (Segment(5, 77, RST), None),
    ],
)
def test_what_belongs_to_nobody_is_reset(segment, answer):
    """RFC 9293, section 3.10.7.1."""
    one = host()
    one.receive(FLOW, segment, 0)
    found = [(out.seq, out.ack, out.flags) for _flow, out in one.segments()]
    assert found == ([] if answer is None else [answer])


def test_what_is_for_another_address_is_not_answered():
    one = Host([THERE], Settings(), b"secret", random.Random(1))
    one.receive(FLOW, Segment(5, 0, SYN), 0)
    assert one.segments() == []


def test_a_thousand_connections():
    one, two = host(), host()
    listener = two.listen((THERE, 80), 2000)
    ends = [one.connect(HERE, (THERE, 80), 0) for _ in range(1000)]
    meet(one, two)
    assert len({end.flow.local_port for end in ends}) == 1000
    assert all(end.is_open for end in ends)
    assert len(listener.ready) == 1000
    for end in ends:
        end.close(0)
        one.touch(end)
    for end in listener.ready:
        end.close(0)
        two.touch(end)
    meet(one, two)
    for side in (one, two):
        side.tick(61 * SECOND)
        side.segments()
        assert side.connections == {}
        assert side.deadline is None


def test_a_full_backlog_answers_nothing_and_the_syn_comes_again():
    one, two = host(), host()
    listener = two.listen((THERE, 80), 1)
    ends = [one.connect(HERE, (THERE, 80), 0) for _ in range(2)]
    meet(one, two)
    assert sorted(end.state.value for end in ends) == ["ESTABLISHED", "SYN-SENT"]
    listener.ready.popleft()
    assert one.deadline == SECOND
    one.tick(SECOND)
    meet(one, two, SECOND)
    assert all(end.is_open for end in ends)


def test_a_reset_while_opening_leaves_the_listener():
    """MUST-11: SYN-RECEIVED that came from LISTEN goes back to it."""
    two = host()
    listener = two.listen((THERE, 80), 1)
    two.receive(FLOW.reversed, Segment(5, 0, SYN), 0)
    two.segments()
    two.receive(FLOW.reversed, Segment(6, 0, RST), 0)
    two.segments()
    assert (two.connections, listener.opening, len(listener.ready)) == ({}, set(), 0)
    two.receive(FLOW.reversed, Segment(50, 0, SYN), 0)
    assert [out.flags for _flow, out in two.segments()] == [SYN | ACK]


def test_a_listener_that_ends_resets_what_nobody_took():
    one, two = host(), host()
    listener = two.listen((THERE, 80), 5)
    end = one.connect(HERE, (THERE, 80), 0)
    meet(one, two)
    two.stop_listening(listener, 0)
    meet(one, two)
    assert end.error == errno.ECONNRESET


def test_a_port_is_taken_once():
    one = host()
    one.listen((HERE, 80), 5)
    with pytest.raises(OSError, match="in use"):
        one.listen((HERE, 80), 5)
    one.connect(HERE, (THERE, 80), 0, 4000)
    with pytest.raises(OSError, match="in use"):
        one.connect(HERE, (THERE, 80), 0, 4000)


@pytest.mark.parametrize(("beyond", "anew"), [(1, True), (0, False), (-100, False)])
def test_a_syn_takes_the_place_of_time_wait_where_it_is_newer(beyond, anew):
    """MAY-2."""
    one, two = host(), host()
    listener = two.listen((THERE, 80), 5)
    end = one.connect(HERE, (THERE, 80), 0)
    meet(one, two)
    accepted = listener.ready.popleft()
    accepted.shutdown(0)
    two.touch(accepted)
    meet(one, two)
    end.shutdown(0)
    one.touch(end)
    meet(one, two)
    assert accepted.state is State.TIME_WAIT
    nxt = accepted.block.rcv.nxt
    two.receive(accepted.flow, Segment((nxt + beyond) % 2**32, 0, SYN), 0)
    assert (two.connections[accepted.flow] is not accepted) is anew


@pytest.mark.parametrize("flow", [FLOW, SIX])
def test_packets_go_there_and_back(flow):
    segment = Segment(5, 6, ACK, 7, b"data", timestamps=(1, 2))
    assert from_packet(to_packet(segment, flow)) == (flow.reversed, segment)
    packet = to_packet(segment, flow)
    for size in range(len(packet)):
        assert from_packet(packet[:size]) is None


@pytest.mark.parametrize("source", ["224.0.0.1", "255.255.255.255", "0.0.0.0"])
def test_no_host_is_at_such_an_address(source):
    """MUST-57, MUST-63."""
    flow = Flow(IPv4Address(source), 1, THERE, 2)
    assert from_packet(to_packet(Segment(5, 0, SYN), flow)) is None
    assert from_packet(to_packet(Segment(5, 0, SYN), flow.reversed)) is None


@pytest.mark.parametrize("address", ["224.0.0.1", "255.255.255.255", "0.0.0.0"])
def test_no_connection_to_a_group(address):
    """MUST-46; the errno is that of Linux's connect(2) to a group."""
    with pytest.raises(OSError, match="unreachable") as caught:
        host().connect(HERE, (IPv4Address(address), 80), 0)
    assert caught.value.errno == errno.ENETUNREACH


def test_ip_options_are_passed_over():
    """MUST-50."""
    data = pack(Segment(5, 0, SYN), FLOW)
    packet = Ipv4(HERE, THERE, 6, options=(RawOption(148, bytes(2)),)).pack(data)
    assert from_packet(packet) == (FLOW.reversed, Segment(5, 0, SYN))


def test_fragments_are_nobodys():
    packet = bytearray(to_packet(Segment(5, 0, SYN), FLOW))
    packet[6] = 0x20
    assert from_packet(bytes(packet)) is None
