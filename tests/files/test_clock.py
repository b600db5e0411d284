"""Clock ticks against exact fractions."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rawkit.files import Interface
from rawkit.files.clock import MAX_SECONDS, clock_of, nanoseconds
from rawkit.files.layout import MAX_TICKS_HIGH

TICKS = st.one_of(st.integers(0, MAX_TICKS_HIGH << 32 | 0xFFFFFFFF), st.integers(0, 2**20))
RESOLUTIONS = st.integers(0, 255)
OFFSETS = st.one_of(st.just(0), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31))


def exact(ticks, interface):
    base = 2 if interface.resolution & 0x80 else 10
    seconds, fraction = divmod(Fraction(ticks, base ** (interface.resolution & 0x7F)), 1)
    told = seconds + interface.time_offset
    whole = max(-MAX_SECONDS, min(told, MAX_SECONDS))
    return whole * 10**9 + int(fraction * 10**9), told != whole


def clock_table(interfaces):
    return np.array([clock_of(one) for one in interfaces])


@given(
    st.lists(
        st.tuples(TICKS, st.builds(Interface, resolution=RESOLUTIONS, time_offset=OFFSETS)), min_size=1, max_size=5
    )
)
def test_exact_to_a_nanosecond(pairs):
    """To the nanosecond; where the unit is a binary fraction finer than 2^-42 s, one less is allowed."""
    ticks, interfaces = zip(*pairs, strict=True)
    found, held = nanoseconds(np.array(ticks), clock_table(interfaces), np.arange(len(pairs)))
    assert held == sum(exact(one, interface)[1] for one, interface in pairs)
    for ours, one, interface in zip(found.tolist(), ticks, interfaces, strict=True):
        wanted, _ = exact(one, interface)
        fine = interface.resolution > 0x80 + 42
        assert wanted - fine <= ours <= wanted


def test_one_clock_for_all_is_the_same_as_each_its_own():
    ticks = np.arange(0, 10**12, 10**10 + 7)
    same = clock_table([Interface(resolution=6, time_offset=5)] * 2)
    mixed = clock_table([Interface(resolution=6, time_offset=5), Interface(resolution=9)])
    which = np.zeros(len(ticks), dtype=np.int32)
    assert nanoseconds(ticks, same, which)[0].tolist() == nanoseconds(ticks, mixed, which)[0].tolist()
