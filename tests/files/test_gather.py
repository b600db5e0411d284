"""Copying many ranges against copying them one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rawkit.files.gather import copy_ranges


@given(st.data())
def test_as_one_by_one(data):
    source = np.frombuffer(data.draw(st.binary(min_size=1, max_size=3000)), dtype=np.uint8)
    sizes = data.draw(st.lists(st.integers(0, len(source)), max_size=20))
    begins = [data.draw(st.integers(0, len(source) - size)) for size in sizes]
    gaps = data.draw(st.lists(st.integers(0, 9), min_size=len(sizes), max_size=len(sizes)))
    places, end = [], 0
    for size, gap in zip(sizes, gaps, strict=True):
        places.append(end + gap)
        end += gap + size
    wanted = np.zeros(end, dtype=np.uint8)
    for begin, place, size in zip(begins, places, sizes, strict=True):
        wanted[place : place + size] = source[begin : begin + size]
    target = np.zeros(end, dtype=np.uint8)
    copy_ranges(source, np.array(begins, int), target, np.array(places, int), np.array(sizes, int))
    assert target.tolist() == wanted.tolist()
