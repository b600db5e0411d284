"""Closing, as RFC 9293, section 3.6 has it; RST by RFC 5961, section 3."""

from __future__ import annotations

import errno

import pytest

from rawkit.tcp.settings import SECOND
from rawkit.tcp.states import MAY_RECEIVE, SYNCHRONIZED, State
from tests.tcp.scripted import closed_to, opened

AFTER = sorted(SYNCHRONIZED, key=lambda state: state.value)


def test_figure_12_normal_close():
    script = opened()
    script.end.shutdown(0)
    assert script.out() == [("F.", 101, 9001, b"")]
    assert script(".", 9001, 102) == []
    assert script("F.", 9001, 102) == [(".", 102, 9002, b"")]
    assert script.path() == ["FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"]
    script.wait()
    assert (script.state, script.now, script.end.error) == (State.CLOSED, 60 * SECOND, None)  # 2 MSL


def test_figure_12_the_other_side():
    script = opened()
    assert script("F.", 9001, 101) == [(".", 101, 9002, b"")]
    script.end.shutdown(0)
    assert script.out() == [("F.", 101, 9002, b"")]
    script(".", 9002, 102)
    assert script.path() == ["CLOSE-WAIT", "LAST-ACK", "CLOSED"]


def test_figure_13_simultaneous_close():
    script = opened()
    script.end.shutdown(0)
    script.out()
    assert script("F.", 9001, 101) == [(".", 102, 9002, b"")]
    assert script(".", 9002, 102) == []
    assert script.path() == ["FIN-WAIT-1", "CLOSING", "TIME-WAIT"]


def test_a_fin_with_the_ack_of_ours():
    script = opened()
    script.end.shutdown(0)
    script.out()
    assert script("F.", 9001, 102) == [(".", 102, 9002, b"")]
    assert script.path() == ["FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"]


def test_half_close_still_receives():
    script = closed_to(State.FIN_WAIT_2)
    assert script(".", 9001, 102, b"more") == [(".", 102, 9005, b"")]
    assert script.end.read(10, 0) == b"more"


def test_the_other_half_still_sends():
    script = closed_to(State.CLOSE_WAIT)
    script.end.send(b"more", 0)
    assert script.out() == [("P.", 101, 9002, b"more")]
    assert script.end.has_ended


def test_time_wait_begins_anew_where_the_last_ack_was_lost():
    script = closed_to(State.TIME_WAIT)
    script.now = 50 * SECOND
    assert script("F.", 9001, 102) == [(".", 102, 9002, b"")]
    script.wait()
    assert script.now == 110 * SECOND


@pytest.mark.parametrize("state", AFTER)
def test_a_rst_at_the_next_number_ends_it(state):
    script = closed_to(state)
    script("R", script.end.block.rcv.nxt)
    expected = {State.CLOSE_WAIT: errno.EPIPE, State.TIME_WAIT: None}.get(state, errno.ECONNRESET)
    assert (script.state, script.end.error) == (State.CLOSED, expected)


@pytest.mark.parametrize("state", AFTER)
def test_a_rst_elsewhere_in_the_window_is_challenged(state):
    script = closed_to(state)
    nxt = script.end.block.rcv.nxt
    assert script("R", nxt + 1) == [(".", script.end.block.snd.nxt, nxt, b"")]
    assert script.state is state


@pytest.mark.parametrize("state", AFTER)
def test_a_rst_outside_the_window_says_nothing(state):
    script = closed_to(state)
    assert script("R", script.end.block.rcv.nxt - 1) == []
    assert script("R", script.end.block.rcv.edge) == []
    assert script.state is state


@pytest.mark.parametrize("state", AFTER)
def test_a_syn_is_challenged_and_ends_nothing(state):
    script = closed_to(state)
    for seq in (5, script.end.block.rcv.nxt):
        assert script("S", seq) == [(".", script.end.block.snd.nxt, script.end.block.rcv.nxt, b"")]
    assert script.state is state


def test_challenges_are_so_many_a_second():
    script = opened(challenge_acks=3)
    assert [len(script("S", 5)) for _ in range(5)] == [1, 1, 1, 0, 0]
    script.now = SECOND
    assert len(script("S", 5)) == 1


@pytest.mark.parametrize("state", sorted(MAY_RECEIVE, key=lambda state: state.value))
def test_abort_sends_a_rst(state):
    script = closed_to(state)
    script.end.abort(0)
    assert [flags for flags, *_ in script.out()] == ["R."]
    assert script.end.error == errno.ECONNABORTED


def test_close_with_unread_data_is_an_abort():
    script = opened()
    script(".", 9001, 101, b"unread")
    script.end.close(0)
    assert [flags for flags, *_ in script.out()] == ["R."]


def test_data_after_close_are_reset():
    script = opened()
    script.end.close(0)
    script.out()
    assert [flags for flags, *_ in script(".", 9001, 102, b"late")] == ["R."]
    assert script.state is State.CLOSED


def test_a_detached_fin_wait_2_does_not_wait_for_ever():
    script = opened()
    script.end.close(0)
    script(".", 9001, 102)
    script.wait()
    assert (script.state, script.now) == (State.CLOSED, 60 * SECOND)


def test_a_fin_before_its_data_waits_for_them():
    script = opened()
    assert script("F.", 9004, 101, b"def") == [(".", 101, 9001, b"")]
    assert script.state is State.ESTABLISHED
    assert script(".", 9001, 101, b"abc") == [(".", 101, 9008, b"")]
    assert script.state is State.CLOSE_WAIT
    assert script.end.read(10, 0) == b"abcdef"


def test_sending_after_the_end_says_why_once():
    script = opened()
    script("R", 9001)
    with pytest.raises(ConnectionResetError):
        script.end.send(b"x", 0)
    with pytest.raises(BrokenPipeError):
        script.end.send(b"x", 0)
