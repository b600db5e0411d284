"""Sums by key against Python's own, also where more keys come than are kept."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.count.groups import Groups


def filled(batches, most):
    groups = Groups(1, 1, 0, most)
    for batch in batches:
        if batch:
            groups.add(np.array([[key] for key, _ in batch]), np.array([[weight] for _, weight in batch]))
    return groups.grouped()


def true_sums(batches):
    sums = Counter()
    for batch in batches:
        for key, weight in batch:
            sums[key] += weight
    return sums


BATCHES = st.lists(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 1000)), max_size=40), max_size=12)


@given(BATCHES)
def test_all_are_exact_where_there_is_room(batches):
    found, sums = filled(batches, 1000), true_sums(batches)
    assert dict(zip(found.keys[:, 0].tolist(), found.sums[:, 0].tolist(), strict=True)) == sums
    assert found.sums[:, 0].tolist() == sorted(sums.values(), reverse=True)
    assert (found.bound.tolist(), found.missed.any()) == ([0], False)


@given(BATCHES, st.integers(1, 8))
def test_the_bounds_hold_where_there_is_none(batches, most):
    found, sums = filled(batches, most), true_sums(batches)
    assert len(found) <= 2 * most
    kept = set()
    for (key,), (value,), (missed,) in zip(
        found.keys.tolist(), found.sums.tolist(), found.missed.tolist(), strict=True
    ):
        assert value <= sums[key] <= value + missed
        assert missed <= found.bound[0]
        kept.add(key)
    assert all(sums[key] <= found.bound[0] for key in sums.keys() - kept)


def test_keys_that_are_heavy_from_the_beginning_stay_exact():
    random = np.random.default_rng(7)
    groups, heavy = Groups(2, 2, 0, 1000), np.array([[1, 1], [2, 2]])
    for _ in range(100):
        groups.add(heavy, np.array([[500, 5], [400, 4]]))
        light = random.integers(10, 1 << 62, (5000, 2))
        groups.add(light, np.ones((5000, 2), dtype=np.int64))
    found = groups.grouped()
    assert found.keys[:2].tolist() == heavy.tolist()
    assert found.sums[:2].tolist() == [[50_000, 500], [40_000, 400]]
    assert not found.missed[:2].any()
    assert len(found) <= 2000
    assert 0 < found.bound[0] <= 1000, "500,000 light ones, of which 1,000 are kept"


@pytest.mark.parametrize("width", [1, 5])
def test_keys_are_compared_whole(width):
    keys = np.repeat(np.arange(64, dtype=np.int64), 3).reshape(-1, 1) << np.arange(width, dtype=np.int64)
    groups = Groups(width, 1)
    groups.add(keys, np.ones((len(keys), 1), dtype=np.int64))
    assert sorted(groups.grouped().keys[:, 0].tolist()) == list(range(64))
    assert set(groups.grouped().sums[:, 0].tolist()) == {3}
