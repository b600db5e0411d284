"""Two ends over faulty wires in virtual time: all bytes in order, or a clean error; and any bytes as segments."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rawkit.tcp.packing import pack, unpack
from rawkit.tcp.pair import FLOW, Pair, WireFaults
from rawkit.tcp.segment import Segment
from rawkit.tcp.settings import MILLISECOND, Settings
from rawkit.tcp.states import SYNCHRONIZED
from tests.tcp.schedules import check, play
from tests.tcp.scripted import closed_to, opened

SEEDS = st.integers(0, 2**32)
QUICK = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
THOUSANDS = int(os.environ.get("RAWKIT_THOUSANDS", "3"))
"""Of schedules, where slow tests run; ten of them take three minutes of a processor."""
NUMBERS = st.one_of(st.integers(-5, 5), st.integers(0, 2**32 - 1))
EDGES = NUMBERS.map(lambda number: number % 2**32)


@QUICK
@given(SEEDS)
def test_any_schedule_ends_well(seed):
    play(seed)


@pytest.mark.slow
@pytest.mark.parametrize("thousand", range(THOUSANDS))
def test_thousands_of_schedules_end_well(thousand):
    for seed in range(1000 * thousand, 1000 * thousand + 1000):
        play(seed)


@pytest.mark.parametrize("congestion", ["reno", "cubic"])
@pytest.mark.parametrize("loss", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("sack", [True, False])
def test_loss_costs_time_and_no_bytes(congestion, loss, sack):
    numbers = Settings(congestion=congestion, sack=sack)
    pair = Pair(numbers, WireFaults(5 * MILLISECOND, MILLISECOND, loss, 0.01, 0.01), seed=3)
    data = random.Random(1).randbytes(100_000)
    got = bytearray()
    given = 0

    def done() -> bool:
        nonlocal given
        if pair.ends[0].is_open:
            given += pair.ends[0].send(data[given:], pair.now)
        got.extend(pair.ends[1].read(1 << 20, pair.now))
        return len(got) == len(data)

    assert pair.run(done, steps=20_000)
    assert bytes(got) == data


@st.composite
def segments(draw, ours: int, theirs: int, most_blocks: int = 4):
    """Segments near to what a connection expects, and far from it."""
    return Segment(
        seq=(theirs + draw(NUMBERS)) % 2**32,
        ack=(ours + draw(NUMBERS)) % 2**32,
        flags=draw(st.integers(0, 0x3F)),
        window=draw(st.integers(0, 0xFFFF)),
        payload=draw(st.binary(max_size=20)),
        urgent=draw(st.integers(0, 0xFFFF)),
        mss=draw(st.one_of(st.none(), st.integers(0, 0xFFFF))),
        scale=draw(st.one_of(st.none(), st.integers(0, 14))),
        sack_permitted=draw(st.booleans()),
        sack=tuple(draw(st.lists(st.tuples(EDGES, EDGES), max_size=most_blocks))),
        timestamps=draw(st.one_of(st.none(), st.tuples(st.integers(0, 9), st.integers(0, 9)))),
    )


STATES = sorted(SYNCHRONIZED, key=lambda state: state.value)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(STATES), st.booleans())
def test_no_segment_raises_or_breaks_a_connection(data, state, with_data):
    script = closed_to(state) if not with_data else opened()
    if with_data:
        script.end.send(b"x" * 5000, 0)
    for segment in data.draw(st.lists(segments(script.end.block.snd.nxt, script.end.block.rcv.nxt), max_size=6)):
        script.end.receive(segment, script.now)
        check(script.end)
        if script.end.deadline is not None and data.draw(st.booleans()):
            script.wait()
            check(script.end)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_segment_or_none(data):
    assert unpack(data, FLOW) is None  # 16 bits of checksum: an accident in 65,536


@settings(deadline=None, max_examples=40)
@given(segments(0, 0, most_blocks=1))
def test_what_is_packed_is_read(segment):
    assert unpack(pack(segment, FLOW), FLOW.reversed) == segment
