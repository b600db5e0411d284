"""ICMP errors: RFC 9293, section 3.9.2.2, RFC 1191, RFC 5927; packets made by scapy."""

from __future__ import annotations

import errno

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6PacketTooBig, IPv6

from rawkit.facts.tcp import ACK
from rawkit.tcp.icmp import error_in
from rawkit.tcp.packets import to_packet
from rawkit.tcp.pair import FLOW
from rawkit.tcp.path import PathError
from rawkit.tcp.segment import Segment
from rawkit.tcp.settings import SECOND
from rawkit.tcp.states import State
from tests.tcp.scripted import SIX, Script, opened
from tests.tcp.test_sending import places

OURS = Segment(4242, 1, ACK, 100, b"data")


def about(kind: int, code: int, mtu: int = 0) -> bytes:
    quoted = to_packet(OURS, FLOW)[:28]
    return bytes(IP(src="203.0.113.9", dst=str(FLOW.local)) / ICMP(type=kind, code=code, nexthopmtu=mtu) / quoted)


def about_six(message: ICMPv6DestUnreach | ICMPv6PacketTooBig) -> bytes:
    return bytes(IPv6(src="2001:db8::9", dst=str(SIX.local)) / message / to_packet(OURS, SIX)[:60])


@pytest.mark.parametrize(
    ("packet", "flow", "error"),
    [
        (about(3, 0), FLOW, PathError(4242, errno.ENETUNREACH)),
        (about(3, 1), FLOW, PathError(4242, errno.EHOSTUNREACH)),
        (about(3, 3), FLOW, PathError(4242, errno.ECONNREFUSED)),
        (about(3, 4, 1000), FLOW, PathError(4242, errno.EMSGSIZE, 1000)),
        (about(11, 0), FLOW, PathError(4242, errno.EHOSTUNREACH)),
        (about_six(ICMPv6DestUnreach(code=4)), SIX, PathError(4242, errno.ECONNREFUSED)),
        (about_six(ICMPv6PacketTooBig(mtu=1300)), SIX, PathError(4242, errno.EMSGSIZE, 1300)),
    ],
)
def test_what_an_error_is_about(packet, flow, error):
    assert error_in(packet) == (flow, error)


@pytest.mark.parametrize("kind", [0, 4, 5, 8])
def test_what_is_no_error_says_nothing(kind):
    """An echo, a redirect; source quench is dropped (MUST-55)."""
    assert error_in(about(kind, 0)) is None


def test_what_is_damaged_says_nothing():
    packet = about(3, 1)
    assert error_in(packet[:-1] + bytes((packet[-1] ^ 1,))) is None
    for size in range(len(packet)):
        assert error_in(packet[:size]) is None


def test_an_error_ends_what_is_being_opened():
    script = Script()
    script.end.open(0)
    script.end.path_error(PathError(100, errno.EHOSTUNREACH), 0)
    assert (script.state, script.end.error) == (State.CLOSED, errno.EHOSTUNREACH)


def test_an_error_about_what_was_never_sent_says_nothing():
    script = Script()
    script.end.open(0)
    for seq in (99, 101, 5):
        script.end.path_error(PathError(seq, errno.EHOSTUNREACH), 0)
    assert script.state is State.SYN_SENT


def test_later_it_ends_nothing_and_is_the_reason_in_the_end():
    """MUST-56."""
    script = opened(user_timeout=5 * SECOND)
    script.end.send(b"x", 0)
    script.end.path_error(PathError(101, errno.EHOSTUNREACH), 0)
    assert script.state is State.ESTABLISHED
    while script.state is State.ESTABLISHED:
        script.wait()
    assert script.end.error == errno.EHOSTUNREACH


def test_a_narrow_path_has_smaller_segments_at_once():
    script = opened(congestion="reno")
    script.end.send(b"x" * 4000, 0)
    assert len(script.out()) == 4
    script.end.path_error(PathError(101, errno.EMSGSIZE, 640), 0)
    assert places(script.out()) == [(600 * n, 600) for n in range(6)] + [(3600, 400)]
    script.end.path_error(PathError(101, errno.EMSGSIZE, 640), 0)
    assert script.out() == []
    assert script.end.block.recover is None  # no congestion


def test_no_path_is_narrower_than_552():
    script = opened()
    script.end.send(b"x" * 4000, 0)
    script.end.path_error(PathError(101, errno.EMSGSIZE, 68), 0)
    assert script.end.block.snd.mss == 512
