"""When frames are due: rates over many batches, recorded times in any order, and waiting."""

from __future__ import annotations

import signal
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.frames import FrameBatch
from rawkit.run.pace import BitRate, PacketRate, RecordedPace, until
from rawkit.run.stopping import Stop
from rawkit.sockets.pausing import blocking


def frames(sizes, times=None):
    return FrameBatch.from_frames([bytes(size) for size in sizes], times)


def due(pace, batches):
    return np.concatenate([pace.due(batch) for batch in batches]).tolist()


@given(st.lists(st.integers(0, 40), max_size=6), st.floats(0.1, 1e7))
def test_a_packet_rate_does_not_drift_from_batch_to_batch(counts, rate):
    found = due(PacketRate(rate), [frames([60] * count) for count in [*counts, 1]])
    assert all(abs(at - number / rate * 1e9) < 2 for number, at in enumerate(found))


@given(st.lists(st.lists(st.integers(0, 1514), max_size=5), max_size=5), st.floats(0.01, 1e5))
def test_a_frame_is_due_when_the_bits_before_it_are_out(batches, megabits):
    sizes = [size for batch in batches for size in batch]
    found = due(BitRate(megabits), [*map(frames, batches), frames([1])])
    assert all(abs(at - sum(sizes[:n]) * 8000 / megabits) < 2 for n, at in enumerate(found))


@given(st.lists(st.lists(st.integers(0, 10**15), min_size=1, max_size=5), min_size=1, max_size=4))
def test_recorded_times_never_go_back(batches):
    found = due(RecordedPace(), [frames([60] * len(times), times) for times in batches])
    times = [one for batch in batches for one in batch]
    assert found == [max(0, *(one - times[0] for one in times[: n + 1])) for n in range(len(times))]


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
def test_a_speed_divides_the_gaps(speed):
    assert due(RecordedPace(speed), [frames([60] * 3, [10, 1010, 5010])]) == [0, 1000 / speed, 5000 / speed]


@given(
    st.lists(st.lists(st.integers(0, 10**15), min_size=1, max_size=5), min_size=1, max_size=4), st.integers(0, 10**12)
)
def test_pauses_are_no_longer_than_asked(batches, most):
    """Each by itself: after a time that is far off the others are as far from each other as they were."""
    found = due(RecordedPace(most=most), [frames([60] * len(times), times) for times in batches])
    times = [one for batch in batches for one in batch]
    pauses = [min(max(after - before, 0), most) for before, after in pairwise(times)]
    assert found == [sum(pauses[:n]) for n in range(len(times))]


def test_long_pauses_are_told_before_they_come():
    told = []
    minute = 60 * 10**9
    times = [0, 5, minute, 2 * minute + 1, 2 * minute + 2]
    due(RecordedPace(on_wait=told.append), [frames([60], [time]) for time in times])
    assert told == [minute + 1]


def waited(*until_when):
    return blocking(until(*until_when))


def test_waiting_ends_at_its_time_and_not_before():
    when = time.monotonic_ns() + 3_000_000
    assert waited(when, Stop())
    assert time.monotonic_ns() >= when


def test_it_rehearses_while_it_watches_the_clock():
    far = 60_000_000_000
    with Stop() as stop:
        # Only a rehearsal ends this wait.
        assert not waited(time.monotonic_ns() + far, stop, 2 * far, lambda: signal.raise_signal(signal.SIGINT))


def test_it_does_not_rehearse_before_it_watches_the_clock():
    calls = []
    when = time.monotonic_ns() + 3_000_000
    assert waited(when, Stop(), 1_000_000, lambda: calls.append(time.monotonic_ns()))
    assert min(calls, default=when) >= when - 1_000_000


def test_waiting_ends_when_a_stop_is_asked_for():
    with Stop() as stop:
        threading.Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()
        assert not waited(time.monotonic_ns() + 60_000_000_000, stop)
