"""The outermost headers of frames, whatever tunnels they enter."""

from __future__ import annotations

import numpy as np

from rawkit.decode import layout
from rawkit.frames import FrameBatch, Int32s
from rawkit.kernels import Engine


def outermost(batch: FrameBatch, engine: Engine) -> Int32s:
    """A row of `rawkit.decode.layout` for each frame, as if no tunnel in it could be entered.

    >>> from rawkit.decode.layout import NET, NET_KIND
    >>> inner = bytes.fromhex("4500001400010000400000000000000000000000")
    >>> outer = bytes.fromhex("4500002800010000400400000000000000000000") + inner  # IP in IP
    >>> outermost(FrameBatch.from_frames([outer], link_type=101), Engine("interpreted"))[:, [NET, NET_KIND]].tolist()
    [[0, 2048]]
    """
    entered = np.zeros((len(batch), layout.WIDTH), np.int32)
    entered[:, layout.DEPTH] = 1
    found = np.empty((len(batch), layout.WIDTH), np.int32)
    engine.call(
        "rawkit.decode.headers.outer_kernel", "decode_outer", len(batch),
        batch.data, batch.offset, batch.captured, batch.length, batch.link_type, batch.status,
        entered.reshape(-1), 1, found.reshape(-1),
    )  # fmt: skip
    return found
