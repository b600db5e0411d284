"""The order of probes: a permutation of any size, invertible, seeded, and spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.errors import TargetError
from rawkit.probe.scan.permutation import LARGEST, Permutation

SEEDS = st.integers(0, (1 << 64) - 1)


@given(st.integers(1, 5000), SEEDS)
def test_every_number_comes_once(size, seed):
    order = Permutation(size, seed).forward(np.arange(size))
    assert np.array_equal(np.sort(order), np.arange(size))


@given(st.integers(1, LARGEST), SEEDS, st.data())
def test_inverse_undoes_forward(size, seed, data):
    places = np.array(data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=20)), dtype=np.int64)
    order = Permutation(size, seed)
    numbers = order.forward(places)
    assert ((numbers >= 0) & (numbers < size)).all()
    assert np.array_equal(order.inverse(numbers), places)


def test_seeds_make_different_orders():
    one, other = (Permutation(10_000, seed).forward(np.arange(10_000)) for seed in (1, 2))
    assert (one == other).mean() < 0.01


def test_neighbours_are_spread_over_the_range():
    """Of 1000 probes in a row, each tenth of the targets gets about as many: chi-squared, 9 degrees, p = 1e-6."""
    for seed in range(20):
        counts = np.histogram(Permutation(1_000_000, seed).forward(np.arange(1000)), 10, (0, 1_000_000))[0]
        assert ((counts - 100) ** 2 / 100).sum() < 46


@pytest.mark.parametrize("size", [0, LARGEST + 1])
def test_a_size_that_cannot_be_is_refused(size):
    with pytest.raises(TargetError, match=f"{size} probes: give"):
        Permutation(size, 1)
