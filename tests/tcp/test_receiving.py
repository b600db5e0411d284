"""The receive side: RFC 9293, sections 3.4, 3.8.6 and 3.10.7.4; RFC 2018; RFC 7323."""

from __future__ import annotations

import random

import pytest

from rawkit.facts.tcp import ACK
from rawkit.tcp.events import UrgentData
from rawkit.tcp.ranges import Ranges
from rawkit.tcp.reassembly import MOST_PIECES, Reassembly
from rawkit.tcp.receive_side import ReceiveSide
from rawkit.tcp.segment import Segment
from rawkit.tcp.settings import MILLISECOND, Settings
from rawkit.tcp.states import State
from tests.tcp.scripted import Script, opened

# (RCV.NXT 9001, window 100) or (9001, 0): SEG.SEQ, SEG.LEN, and whether section 3.4 takes it.
ACCEPTABLE = [
    (0, 9001, 0, True), (0, 9000, 0, False), (0, 9002, 0, False), (0, 9001, 1, False),
    (100, 9001, 0, True), (100, 9100, 0, True), (100, 9101, 0, False), (100, 9000, 0, False),
    (100, 9001, 1, True), (100, 9100, 50, True), (100, 9101, 1, False), (100, 9000, 1, False),
    (100, 8990, 12, True), (100, 8990, 11, False),
]  # fmt: skip


@pytest.mark.parametrize(("window", "seq", "length", "taken"), ACCEPTABLE)
def test_the_table_of_section_3_4(window, seq, length, taken):
    side = ReceiveSide(1000, Settings(receive_buffer=100))
    side.begin(9000)
    side.edge = side.nxt + window
    assert side.is_acceptable(seq, length) is taken


def test_out_of_order_is_put_in_order_and_acknowledged_at_once():
    script = opened(delayed_ack=40 * MILLISECOND)
    assert script(".", 9004, 101, b"def") == [(".", 101, 9001, b"")]
    assert script(".", 9001, 101, b"abc") == [(".", 101, 9007, b"")]  # a filled gap: at once (RFC 5681, 4.2)
    assert script.end.read(10, 0) == b"abcdef"


def test_an_ack_waits_for_a_second_full_segment_or_the_timer():
    script = opened(delayed_ack=40 * MILLISECOND)
    assert script(".", 9001, 101, b"x" * 1000) == []
    assert script(".", 10001, 101, b"x" * 1000) == [(".", 101, 11001, b"")]
    assert script(".", 11001, 101, b"x") == []
    assert script.wait() == [(".", 101, 11002, b"")]
    assert script.now == 40 * MILLISECOND


def test_an_ack_goes_with_data():
    script = opened(delayed_ack=40 * MILLISECOND)
    script(".", 9001, 101, b"question")
    script.end.send(b"answer", 0)
    assert script.out() == [("P.", 101, 9009, b"answer")]
    assert script.end.block.timers.delayed_ack is None


def test_overlapping_data_are_cut():
    script = opened()
    script(".", 9001, 101, b"abcdef")
    script(".", 9004, 101, b"XYZghi")
    assert script.end.read(20, 0) == b"abcdefghi"


def test_what_is_beyond_the_window_is_cut():
    script = opened(receive_buffer=8)
    assert script(".", 9001, 101, b"0123456789") == [(".", 101, 9009, b"")]
    assert script.end.read(20, 0) == b"01234567"


def test_old_data_are_acknowledged_again():
    script = opened()
    script(".", 9001, 101, b"abc")
    assert script(".", 9001, 101, b"abc") == [(".", 101, 9004, b"")]


def test_the_window_never_goes_back_and_opens_by_steps():
    script = opened(receive_buffer=4000)
    script.end.receive(Segment(9001, 101, ACK, 10_000, b"x" * 3500), 0)
    (ack,) = script.raw()
    assert ack.window == 500
    script.end.read(400, 0)
    assert script.raw() == []  # too little to tell (section 3.8.6.2.2)
    script.end.read(600, 0)
    (update,) = script.raw()
    assert update.window == 1500


def test_a_shut_window_takes_acks_and_resets():
    script = opened(receive_buffer=5)
    script(".", 9001, 101, b"12345")
    script.end.send(b"ours", 0)
    script.out()
    assert script(".", 9006, 105, b"6") == [(".", 105, 9006, b"")]  # answered, not taken
    assert script.end.unacknowledged == 0  # MUST-66
    script("R", 9006)
    assert script.state is State.CLOSED


def test_sack_blocks_the_newest_first():
    """The table of RFC 2018, section 4: the blocks of each ACK, where segments 5000, 6000 ... arrive as told."""
    script = Script(sack=True)
    script.end.open(0)
    script("S.", 4999, 101, sack_permitted=True, mss=1000)
    told = []
    for seq in (6000, 8000, 10000):
        script.end.receive(Segment(seq, 101, ACK, 10_000, b"x" * 500), 0)
        told.append(script.raw()[-1].sack)
    assert told == [
        ((6000, 6500),),
        ((8000, 8500), (6000, 6500)),
        ((10000, 10500), (8000, 8500), (6000, 6500)),
    ]


def test_d_sack_tells_what_came_twice():
    """RFC 2883, section 4.1, example 1: a segment that was received comes again, nothing else is out of order."""
    script = Script(sack=True)
    script.end.open(0)
    script("S.", 2999, 101, sack_permitted=True)
    script(".", 3000, 101, b"x" * 500)
    script(".", 3500, 101, b"x" * 500)
    script.end.receive(Segment(3000, 101, ACK, 10_000, b"x" * 500), 0)
    (ack,) = script.raw()
    assert (ack.ack, ack.sack) == (4000, ((3000, 3500),))


def test_old_timestamps_are_not_taken():
    script = Script(timestamps=True)
    script.end.open(0)
    script("S.", 9000, 101, timestamps=(500, 0))
    assert script(".", 9001, 101, b"a", timestamps=(499, 0)) == [(".", 101, 9001, b"")]
    script(".", 9001, 101, b"b")  # without one: not the peer's
    script(".", 9001, 101, b"c", timestamps=(501, 0))
    assert script.end.read(10, 0) == b"c"
    script("R", 9002)  # a RST needs none (RFC 7323, section 3.2)
    assert script.state is State.CLOSED


def test_urgent_data_are_told_and_stay_in_the_stream():
    script = opened()
    script.end.events()
    script("U.", 9001, 101, b"abc", urgent=2)
    assert script.end.events() == [UrgentData(2)]
    assert script.end.read(10, 0) == b"abc"


def test_an_ack_of_what_was_never_sent_is_challenged():
    script = opened()
    assert script(".", 9001, 102, b"x") == [(".", 101, 9001, b"")]
    assert script.end.readable == 0


def test_an_ack_from_long_ago_is_challenged():
    """RFC 5961, section 5.2: nothing older than the largest window."""
    script = opened(window=1000)
    assert script(".", 9001, 101 - 10_001, b"x") == [(".", 101, 9001, b"")]
    assert script.end.readable == 0


@pytest.mark.parametrize("seed", range(40))
def test_reassembly_and_ranges_against_a_dictionary(seed):
    choose = random.Random(seed)
    queue, ranges, there = Reassembly(), Ranges(), {}
    for _ in range(15):
        start, data = choose.randrange(60), choose.randbytes(choose.randrange(1, 12))
        numbers = range(start, start + len(data))
        assert queue.put(start, data) is any(n in there for n in numbers)
        ranges.add(start, start + len(data))
        for n, byte in zip(numbers, data, strict=True):
            there.setdefault(n, byte)
        assert sorted(queue.blocks()) == list(ranges)
        assert [n for left, right in ranges for n in range(left, right)] == sorted(there)
    edge = choose.randrange(70)
    ranges.drop_below(edge)
    assert ranges.size == sum(n >= edge for n in there)
    first = min(there)
    taken = queue.take(first)
    assert bytes(taken) == bytes(there[first + i] for i in range(len(taken)))


def test_single_bytes_with_gaps_are_kept_only_so_far():
    queue = Reassembly()
    for place in range(2 * MOST_PIECES):
        queue.put(2 * place, b"x")
    assert len(queue) == MOST_PIECES
