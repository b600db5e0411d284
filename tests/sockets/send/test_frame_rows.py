"""Frames in rows are the frames, from wherever they lie."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rawkit.frames import FrameBatch
from rawkit.sockets.send.frame_rows import WIDEST, FrameRows

SIZES = st.integers(0, 300) | st.integers(0, WIDEST) | st.sampled_from([63, 64, 65, 1024, 1025, 1536, 1537, WIDEST])


@given(st.lists(SIZES, min_size=1, max_size=40), st.data())
def test_each_row_begins_with_its_frame(sizes, data):
    frames = [bytes((7 * at + n) % 256 for n in range(size)) for at, size in enumerate(sizes)]
    order = data.draw(st.lists(st.integers(0, len(frames) - 1), min_size=1, max_size=60))
    begin = data.draw(st.integers(0, len(order) - 1))
    batch = FrameBatch.from_frames(frames).select(np.array(order))
    rows = np.zeros((len(order) - begin, WIDEST), dtype=np.uint8)
    FrameRows(batch).copy(begin, len(order), rows)
    for row, at in zip(rows, order[begin:], strict=True):
        assert row[: sizes[at]].tobytes() == frames[at]
