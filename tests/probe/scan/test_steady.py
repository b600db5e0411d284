"""Rates of a scan: least and most, beside a window that would have it otherwise."""

from __future__ import annotations

from ipaddress import IPv4Address
from itertools import pairwise

import numpy as np
import pytest

from rawkit.probe.scan.cookie import Cookies
from rawkit.probe.scan.engine import ScanEngine
from rawkit.probe.scan.patience import MILLISECOND, SECOND, Patience
from rawkit.probe.scan.space import Space
from rawkit.probe.scan.steady import Pace
from rawkit.probe.scan.values import ScanPlan
from rawkit.probe.targets import AddressRange

SILENT = Space([AddressRange(IPv4Address("198.18.0.1"), IPv4Address("198.18.16.0"))], range(1, 101))
COOKIES = Cookies.of(1, 61001)


def sent_in(seconds, plan):
    """When each probe left in that time, of a scan that nobody answers."""
    engine, now, times = ScanEngine(SILENT, COOKIES, plan, 0), 0, []
    while now < seconds * SECOND:
        probes = engine.due(now)
        engine.sent(probes, np.full(len(probes), now))
        times += [now] * len(probes)
        engine.expire(now)
        deadline = engine.deadline
        assert deadline is not None
        now = max(deadline, now + MILLISECOND)
    return times


@pytest.mark.parametrize("rate", [0.5, 7, 300])
def test_no_more_than_the_most_are_sent_and_the_first_at_once(rate):
    times = sent_in(10, ScanPlan(1, most=rate, retries=0))
    assert times[0] == 0
    assert len(times) == pytest.approx(10 * rate, rel=0.02, abs=1)
    assert all(after - before >= SECOND / rate - 60 * MILLISECOND for before, after in pairwise(times))


def test_no_fewer_than_the_least_are_sent_though_nobody_answers():
    free = sent_in(4, ScanPlan(1, retries=0))
    held = sent_in(4, ScanPlan(1, retries=0, least=2000))
    assert len(free) < 4000
    assert 7990 <= len(held) < 8000 + 2 * len(free)


def test_what_the_window_sent_before_does_not_count_for_the_least():
    pace = Pace(None, 10, None, now=0)
    pace.count(5000)
    assert pace.allowed(0, now=SECOND) == 0
    assert pace.allowed(0, now=2 * SECOND) == 1


def test_one_at_a_time():
    engine = ScanEngine(SILENT, COOKIES, ScanPlan(1, at_once=1, patience=Patience(first=3 * SECOND)), 0)
    first = engine.due(0)
    engine.sent(first, np.zeros(1, dtype=np.int64))
    assert (len(first), len(engine.due(2 * SECOND)), engine.deadline) == (1, 0, 3 * SECOND)
    engine.expire(3 * SECOND)
    assert len(engine.due(3 * SECOND)) == 1
