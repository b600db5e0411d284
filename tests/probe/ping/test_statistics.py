"""Statistics of round trips; Python's statistics module is the referee."""

from __future__ import annotations

import statistics
from ipaddress import ip_address

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.probe.ping.statistics import RoundTrips, Summary
from rawkit.probe.targets import Target

TIMES = st.lists(st.integers(0, 10**11), min_size=1, max_size=200)


def added(times, keep=1000):
    trips = RoundTrips(keep)
    for time in times:
        trips.add(time)
    return trips


@given(TIMES)
def test_sums_agree_with_statistics(times):
    trips = added(times)
    assert (trips.minimum, trips.maximum, trips.count) == (min(times), max(times), len(times))
    assert trips.mean == sum(times) // len(times)
    assert trips.deviation == pytest.approx(statistics.pstdev(times), abs=1)


@given(TIMES, st.integers(1, 100))
def test_percentiles_are_those_of_the_nearest_rank(times, percent):
    assert added(times).percentile(percent) == int(np.percentile(times, percent, method="inverted_cdf"))


@given(TIMES)
def test_jitter_is_the_mean_step(times):
    steps = np.abs(np.diff(np.array(times)))
    assert added(times).jitter == (int(steps.sum()) // len(steps) if len(steps) else 0)


def test_memory_is_bounded_and_keeps_the_last():
    trips = added(range(1000), keep=10)
    assert sorted(trips.kept) == list(range(990, 1000))
    assert (trips.count, trips.minimum) == (1000, 0)


def test_no_times_are_no_error():
    trips = RoundTrips()
    assert (trips.mean, trips.deviation, trips.jitter, trips.percentile(50)) == (0, 0, 0, 0)


def test_a_mixture_of_clocks_is_said():
    summary = Summary(Target("a", ip_address("192.0.2.1")), RoundTrips())
    summary.take(1, "kernel")
    assert summary.clock == "kernel"
    summary.take(1, "user")
    summary.take(1, "kernel")
    assert summary.clock == "mixed"
