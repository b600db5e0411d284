"""Comments find their frames, few or many, whatever a filter leaves out."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.decode.comments import FrameComments

NUMBERS = st.lists(st.integers(1, 60), unique=True).map(sorted)


@given(st.lists(st.tuples(st.integers(1, 60), st.text(max_size=2)), max_size=40), st.lists(NUMBERS, max_size=4))
def test_each_frame_gets_its_own_once(comments, batches):
    found, left = FrameComments(lambda: comments), {}
    for number, text in comments:
        left.setdefault(number, []).append(text)
    for batch in batches:
        wanted = {row: left.pop(number) for row, number in enumerate(batch) if number in left}
        assert found.take(np.array(batch, dtype=np.int64)) == wanted


@pytest.mark.alone
def test_comments_on_frames_that_nobody_asks_for_cost_nothing_again_and_again():
    """A hundred thousand of them, and four thousand batches: it was linear in both together."""
    comments = [(number, "x") for number in range(1, 200_001, 2)]
    found = FrameComments(lambda: comments)
    found.take(np.array([2], dtype=np.int64))
    begin = time.process_time()
    for number in range(2, 8002, 2):
        assert found.take(np.array([number], dtype=np.int64)) == {}
    assert time.process_time() - begin < 1
