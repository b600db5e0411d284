"""The send side: RFC 9293, sections 3.7 and 3.8; RFC 5681, RFC 6298, RFC 6582, RFC 6675."""

from __future__ import annotations

import errno

import pytest

from rawkit.facts.tcp import ACK, URG
from rawkit.tcp.isn import initial_sequence
from rawkit.tcp.pair import FLOW
from rawkit.tcp.scoreboard import Scoreboard
from rawkit.tcp.segment import Segment
from rawkit.tcp.settings import MILLISECOND, SECOND, KeepAlive
from rawkit.tcp.states import State
from tests.tcp.scripted import Script, opened


def places(out):
    """(first byte, how many) of what was sent, from 0."""
    return [(seq - 101, len(data)) for _flags, seq, _ack, data in out]


def test_data_are_cut_to_segments_and_the_last_is_pushed():
    script = opened()
    script.end.send(b"x" * 2500, 0)
    out = script.out()
    assert places(out) == [(0, 1000), (1000, 1000)]
    assert script(".", 9001, 2101)[0][:2] == ("P.", 2101)


def test_nagle():
    """Section 3.7.4: a small segment waits while another is under way."""
    script = opened()
    script.end.send(b"a", 0)
    script.end.send(b"b", 0)
    assert [data for *_, data in script.out()] == [b"a"]
    assert [data for *_, data in script(".", 9001, 102)] == [b"b"]


def test_without_nagle():
    script = opened(nagle=False)
    script.end.send(b"a", 0)
    script.end.send(b"b", 0)
    assert [data for *_, data in script.out()] == [b"a", b"b"]


def test_no_silly_segments_into_a_small_window():
    """Section 3.8.6.2.1: less than a segment and less than half of the largest window waits for the override."""
    script = opened(window=3000, nagle=False, congestion="none")
    script.end.send(b"x" * 5000, 0)
    assert places(script.out()) == [(0, 1000), (1000, 1000), (2000, 1000)]
    assert script(".", 9001, 3101, window=400) == []
    assert places(script.wait()) == [(3000, 400)]
    assert script.now == 200 * MILLISECOND


def test_the_window_is_not_exceeded():
    script = opened(window=2000, nagle=False, congestion="none")
    script.end.send(b"x" * 5000, 0)
    assert places(script.out()) == [(0, 1000), (1000, 1000)]


def test_an_older_window_does_not_count():
    script = opened()
    script(".", 9001, 101, window=500, data=b"ab")
    script(".", 9001, 101, window=9, data=b"a")
    assert script.end.block.snd.window == 500


def test_a_shut_window_is_probed_and_the_connection_stays():
    script = opened(window=0)
    script.end.send(b"hello", 0)
    assert script.out() == []
    times = []
    for _ in range(8):
        assert places(script.wait()) == [(0, 1)]
        times.append(script.now // MILLISECOND)
        script(".", 9001, 101, window=0)
    assert times == [200, 600, 1400, 3000, 6200, 12600, 25400, 51000]  # doubled each time (SHLD-30)
    while script.now < 3000 * SECOND:
        script.wait()
        script(".", 9001, 101, window=0)  # MUST-37: for as long as it is answered
    assert script.state is State.ESTABLISHED
    assert places(script(".", 9001, 101, window=100)) == [(0, 1)]
    assert places(script(".", 9001, 102, window=100)) == [(1, 4)]


def test_a_shut_window_that_nobody_answers_for_ends_it():
    script = opened(window=0)
    script.end.send(b"hello", 0)
    while script.state is State.ESTABLISHED:
        script.wait()
    assert script.end.error == errno.ETIMEDOUT


def test_retransmission_doubles_and_ends_at_r2():
    script = opened(rto_min=SECOND)
    script.end.send(b"x", 0)
    script.out()
    times = []
    while script.state is State.ESTABLISHED:
        if script.wait():
            times.append(script.now // SECOND)
    assert times[:7] == [1, 3, 7, 15, 31, 63, 123]
    assert script.now == 924 * SECOND
    assert script.end.error == errno.ETIMEDOUT


def test_the_user_timeout():
    script = opened(user_timeout=5 * SECOND)
    script.end.send(b"x", 0)
    while script.state is State.ESTABLISHED:
        script.wait()
    assert (script.now, script.end.error) == (5 * SECOND, errno.ETIMEDOUT)


def test_fast_retransmit_after_three_duplicates():
    """RFC 5681, section 3.2; RFC 6582: a partial ACK has the next one sent again at once."""
    script = opened(congestion="reno")
    script.end.send(b"x" * 10_000, 0)
    assert len(script.out()) == 10
    assert script(".", 9001, 101) == script(".", 9001, 101) == []
    assert places(script(".", 9001, 101)) == [(0, 1000)]
    assert script.end.block.congestion.threshold == 5000
    for _ in range(3):
        script(".", 9001, 101)
    assert places(script(".", 9001, 4101))[0] == (4000, 1000)
    script(".", 9001, 10101)
    assert script.end.block.recover is None


@pytest.mark.parametrize("change", [{"data": b"x"}, {"window": 9000}, {"flags": "F."}])
def test_what_is_no_duplicate_ack(change):
    script = opened(congestion="reno")
    script.end.send(b"x" * 10_000, 0)
    script.out()
    for _ in range(4):
        script(**({"flags": ".", "seq": 9001, "ack": 101} | change))
        change = {"window": change["window"] - 1} if "window" in change else change
    assert script.end.block.recover is None


def sacking(**settings):
    script = Script(sack=True, congestion="reno", **settings)
    script.end.open(0)
    script("S.", 9000, 101, mss=1000, sack_permitted=True)
    return script


def test_with_sack_only_what_is_missing_is_sent_again():
    """RFC 6675: of ten segments the first, third and fifth are lost."""
    script = sacking()
    script.end.send(b"x" * 10_000, 0)
    script.out()
    again = []
    told = [(1101, 2101)], [(3101, 4101), (1101, 2101)], [(5101, 6101), (3101, 4101), (1101, 2101)]
    for blocks in (*told, [(5101, 10101), (3101, 4101), (1101, 2101)]):
        again += script(".", 9001, 101, sack=tuple(blocks))
    assert places(again) == [(0, 1000), (2000, 1000), (4000, 1000)]
    script(".", 9001, 10101)
    assert script.end.block.recover is None
    assert script.end.unacknowledged == 0


def test_blocks_that_cannot_be_say_nothing():
    script = sacking()
    script.end.send(b"x" * 3000, 0)
    script.out()
    for block in ((50, 90), (101, 200), (5000, 6000), (2000, 1000), (2**31, 2**31 + 5)):
        script(".", 9001, 101, sack=(block,))
    assert list(script.end.block.snd.board.sacked) == []


def test_a_peer_that_throws_away_what_it_told_of_gets_it_again():
    """Reneging, RFC 2018, section 8."""
    script = sacking()
    script.end.send(b"x" * 2000, 0)
    script.out()
    script(".", 9001, 101, sack=((1101, 2101),))
    script.wait()
    script(".", 9001, 1101)
    assert places(script.wait()) == [(1000, 1000)]


def test_the_scoreboard_of_rfc_6675():
    board = Scoreboard(1000)
    board.sacked_blocks([(2000, 3000), (4000, 5000)], 1000, 9000)
    assert not board.find_lost(1000)  # two ranges, 2,000 bytes: neither is enough
    board.sacked_blocks([(6000, 7000)], 1000, 9000)
    assert board.find_lost(1000)
    assert board.lost_edge == 2000
    assert board.pipe(1000, 9000) == 8000 - 3000 - 1000


def test_three_small_ranges_are_enough():
    """IsLost: DupThresh discontiguous ranges, however small."""
    board = Scoreboard(1000)
    board.sacked_blocks([(2000, 2100), (3000, 3100)], 1000, 9000)
    assert not board.find_lost(1000)
    board.sacked_blocks([(4000, 4100)], 1000, 9000)
    assert board.find_lost(1000)


def test_after_the_timeout_it_is_one_segment_then_slow_start():
    script = opened(congestion="reno")
    script.end.send(b"x" * 10_000, 0)
    script.out()
    assert places(script.wait()) == [(0, 1000)]
    assert places(script(".", 9001, 1101)) == [(1000, 1000), (2000, 1000)]
    assert script.end.block.congestion.threshold == 5000


def test_no_round_trip_is_measured_of_what_was_sent_twice():
    script = opened()
    script.end.send(b"x", 0)
    script.wait()
    before = script.end.block.rto.srtt
    script.now += 77 * MILLISECOND
    script(".", 9001, 102)
    assert script.end.block.rto.srtt == before


def test_nor_after_a_fast_retransmit():
    script = opened(congestion="reno")
    script.end.send(b"x" * 10_000, 0)
    script.out()
    for _ in range(3):
        script(".", 9001, 101)
    before = script.end.block.rto.srtt
    script.now += 77 * MILLISECOND
    script(".", 9001, 1101)
    assert script.end.block.rto.srtt == before


def test_after_a_lost_syn_data_begin_with_one_segment_and_three_seconds():
    script = Script()
    script.end.open(0)
    script.wait()
    script("S.", 9000, 101, mss=1000)
    script.end.send(b"x" * 5000, script.now)
    assert len(script.out()) == 1
    assert script.end.block.rto.now == 3 * SECOND  # RFC 6298, 5.7


def test_urgent_data_are_marked():
    script = opened()
    script.end.send(b"abc", 0, urgent=True)
    (segment,) = script.raw()
    assert segment.flags & URG
    assert segment.urgent == 3  # the byte behind them: MUST-62


def test_keep_alive_asks_and_gives_up():
    script = opened(keep_alive=KeepAlive(10 * SECOND, SECOND, 3))
    script(".", 9001, 101)
    out = []
    while script.state is State.ESTABLISHED:
        out += [(script.now // SECOND, *one[:3]) for one in script.wait()]
    assert out == [(10, ".", 100, 9001), (11, ".", 100, 9001), (12, ".", 100, 9001), (13, "R.", 101, 9001)]
    assert script.end.error == errno.ETIMEDOUT


def test_keep_alive_is_off_by_default_and_an_answer_is_enough():
    assert opened().end.deadline is None
    script = opened(keep_alive=KeepAlive(10 * SECOND, SECOND, 3))
    script(".", 9001, 101)
    for _ in range(10):
        script.wait()
        script(".", 9001, 101)
    assert script.state is State.ESTABLISHED


def test_numbers_go_round():
    script = opened(iss=2**32 - 50)
    script.end.send(b"x" * 100, 0)
    assert script.out()[0][1] == 2**32 - 49
    script(".", 9001, 2**32 + 51)
    assert script.end.unacknowledged == 0


def test_a_peers_keep_alive_is_answered():
    script = opened()
    assert script(".", 9000, 101) == [(".", 101, 9001, b"")]
    script.end.receive(Segment(9000, 101, ACK, 10_000, b"x"), 0)
    assert script.out() == [(".", 101, 9001, b"")]


def test_the_window_is_unsigned():
    script = opened(window=0xFFFF)
    assert script.end.block.snd.window == 65535


def test_a_window_that_shrinks():
    """Section 3.8.6: nothing new goes out; what is under way is sent again within the window."""
    script = opened(window=4000, congestion="none")
    script.end.send(b"x" * 8000, 0)
    assert len(script.out()) == 4
    assert script(".", 9001, 101, window=1500) == []
    assert places(script.wait()) == [(0, 1000), (1000, 500)]
    assert places(script(".", 9001, 1601, window=8000))[0] == (1500, 1000)
    script(".", 9001, 8101)
    assert script.end.unacknowledged == 0


def test_options_leave_less_room_for_data():
    script = Script(timestamps=True)
    script.end.open(0)
    script("S.", 9000, 101, mss=1000, timestamps=(5, 0))
    script.end.send(b"x" * 2000, 0)
    assert places(script.out())[0] == (0, 988)  # 12 bytes of timestamps


def test_mss_is_in_syns_alone():
    script = opened()
    script.end.send(b"x" * 2000, 0)
    assert {segment.mss for segment in script.raw()} == {None}


def test_two_hours():
    assert KeepAlive().idle == 2 * 3600 * SECOND


def test_urgent_data_of_any_length():
    script = opened(window=60_000, congestion="none")
    script.end.send(b"x" * 50_000, 0, urgent=True)
    script.end.send(b"y" * 50_000, 0, urgent=True)
    segments = script.raw()
    assert all(segment.flags & URG for segment in segments)
    assert segments[0].urgent == 50_000  # to the end of what was given then
    assert segments[-1].seq + segments[-1].urgent == 101 + 100_000


def test_numbers_begin_where_nobody_guesses():
    first, second = (initial_sequence(FLOW, secret, 0) for secret in (b"one", b"two"))
    assert first != second
    assert initial_sequence(FLOW, b"one", 0) != initial_sequence(FLOW.reversed, b"one", 0)
