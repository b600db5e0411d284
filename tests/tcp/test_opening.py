"""Opening, as the figures of RFC 9293, section 3.5 have it, and RFC 5961."""

from __future__ import annotations

import errno

import pytest

from rawkit.facts.tcp import ACK, SYN
from rawkit.tcp.connection import Connection
from rawkit.tcp.pair import FLOW
from rawkit.tcp.segment import Segment
from rawkit.tcp.settings import SECOND, Settings
from rawkit.tcp.states import State
from tests.tcp.scripted import SIX, Script, opened


def test_figure_6_basic_handshake():
    script = Script()
    script.end.open(0)
    assert script.out() == [("S", 100, 0, b"")]
    assert script("S.", 300, 101) == [(".", 101, 301, b"")]
    assert script.path() == ["SYN-SENT", "ESTABLISHED"]


def test_figure_6_the_other_side():
    script = Script(300)
    script.end.listen(0)
    assert script("S", 100) == [("S.", 300, 101, b"")]
    assert script(".", 101, 301) == []
    assert script.path() == ["LISTEN", "SYN-RECEIVED", "ESTABLISHED"]


def test_figure_7_simultaneous_open():
    script = Script()
    script.end.open(0)
    script.out()
    assert script("S", 300) == [("S.", 100, 301, b"")]
    script("S.", 300, 101)
    assert script.path() == ["SYN-SENT", "SYN-RECEIVED", "ESTABLISHED"]


def test_figure_8_an_old_duplicate_syn():
    script = Script(300)
    script.end.listen(0)
    assert script("S", 90) == [("S.", 300, 91, b"")]
    script("R", 91)  # the opener's answer to a SYN-ACK that acknowledges what it never sent
    assert script.state is State.CLOSED


def test_figure_8_the_opener_resets_a_wrong_ack():
    script = Script()
    script.end.open(0)
    script.out()
    assert script("S.", 300, 91) == [("R", 91, 0, b"")]
    assert script.state is State.SYN_SENT


def test_figure_9_half_open_connection_discovery():
    """The crashed end opens anew; the other answers its SYN by an ACK (RFC 5961: a challenge), which it resets."""
    other = opened()
    assert other("S", 400) == [(".", 101, 9001, b"")]
    crashed = Script(400)
    crashed.end.open(0)
    crashed.out()
    assert crashed(".", 300, 100) == [("R", 100, 0, b"")]
    other("R", 9001)
    assert (other.state, other.end.error) == (State.CLOSED, errno.ECONNRESET)


def test_refused():
    script = Script()
    script.end.open(0)
    script("R.", 0, 101)
    assert (script.state, script.end.error) == (State.CLOSED, errno.ECONNREFUSED)


@pytest.mark.parametrize(("flags", "ack"), [("R", 0), ("R.", 100), ("R.", 102), (".", 101), ("F", 0)])
def test_what_opens_and_refuses_nothing(flags, ack):
    script = Script()
    script.end.open(0)
    script(flags, 9000, ack)
    assert script.state is State.SYN_SENT


@pytest.mark.parametrize(("flags", "answer"), [("R", []), (".", [("R", 77, 0, b"")]), ("F", []), ("", []), ("SF", [])])
def test_listen_takes_nothing_but_a_syn(flags, answer):
    script = Script()
    script.end.listen(0)
    assert script(flags, 5, 77) == answer
    assert script.state is State.LISTEN


def test_a_syn_is_sent_again_and_given_up_after_three_minutes():
    script = Script()
    script.end.open(0)
    script.out()
    times = []
    while script.state is State.SYN_SENT:
        if script.wait():
            times.append(script.now // SECOND)
    assert times == [1, 3, 7, 15, 31, 63, 123]  # doubled each time, 60 s at most (RFC 6298, 5.5 and 2.5)
    assert (script.now, script.end.error) == (180 * SECOND, errno.ETIMEDOUT)  # MUST-23


def test_a_lost_syn_ack_is_sent_again():
    script = Script()
    script.end.listen(0)
    script("S", 9000)
    assert script("S", 9000) == [("S.", 100, 9001, b"")]
    assert script.wait() == [("S.", 100, 9001, b"")]


def test_a_wrong_ack_in_syn_received_is_reset_and_changes_nothing():
    script = Script()
    script.end.listen(0)
    script("S", 9000)
    assert script(".", 9001, 102) == [("R", 102, 0, b"")]
    assert script.state is State.SYN_RECEIVED


def test_close_while_opening():
    script = Script()
    script.end.open(0)
    script.end.shutdown(0)
    assert (script.state, script.end.error) == (State.CLOSED, None)


def test_a_close_in_syn_received_waits():
    script = Script()
    script.end.listen(0)
    script("S", 9000)
    script.end.shutdown(0)
    assert script(".", 9001, 101) == [("F.", 101, 9001, b"")]
    assert script.path() == ["LISTEN", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1"]


def test_options_are_used_where_both_have_them():
    script = Script(timestamps=True, sack=True, window_scale=True)
    script.end.open(0)
    (syn,) = script.raw()
    assert (syn.mss, syn.scale, syn.sack_permitted, syn.timestamps is not None) == (1000, 5, True, True)
    script("S.", 9000, 101, mss=600, scale=7)
    block = script.end.block
    assert (block.snd.mss, block.snd.shift, block.rcv.shift) == (600, 7, 5)
    assert (block.uses_sack, block.stamps.are_used) == (False, False)


def test_a_syn_ack_has_only_what_the_syn_had():
    script = Script(timestamps=True, sack=True, window_scale=True)
    script.end.listen(0)
    script("S", 9000, sack_permitted=True)
    script.end.block.timers.retransmit = 0
    script.end.tick(0)
    (again,) = script.raw()
    assert (again.scale, again.sack_permitted, again.timestamps) == (None, True, None)


@pytest.mark.parametrize(("flow", "offered", "default"), [(FLOW, 1460, 536), (SIX, 1440, 1220)])
def test_without_an_mss_option_it_is_536_or_1220(flow, offered, default):
    end = Connection(flow, Settings(), b"secret", 0, initial=lambda *_: 100)
    end.open(0)
    (syn,) = end.segments()
    assert syn.mss == offered
    end.receive(Segment(9000, 101, SYN | ACK, 1000), 0)
    assert end.block.snd.mss == default  # MUST-15
