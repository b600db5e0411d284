"""Community IDs of many flows at once (version 1, seed 0: https://github.com/corelight/community-id-spec)."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Final

import numpy as np

from rawkit.flow import layout
from rawkit.frames import Bytes, Int64s
from rawkit.kernels import Engine

CONTENT: Final = 40
"""Bytes kept for what an ID hashes."""
DIGEST: Final = 20
"""Bytes of a SHA-1."""


def community_digests(engine: Engine, events: Int64s) -> Bytes:
    """The SHA-1 of each event's flow, events by 20 bytes; the ID is `1:` and its base64.

    >>> community_digests(Engine("interpreted"), np.empty((0, layout.EVENT_WIDTH), dtype=np.int64)).shape
    (0, 20)
    """
    contents = np.empty(CONTENT * len(events), dtype=np.uint8)
    sizes = np.empty(len(events), dtype=np.int64)
    engine.call(
        "rawkit.flow.record_kernel", "community_contents", len(events),
        events.reshape(-1), layout.EVENT_ROW, layout.EVENT_WIDTH, len(events), contents, sizes,
    )  # fmt: skip
    sha1, content = partial(hashlib.sha1, usedforsecurity=False), contents.tobytes()
    digests = [sha1(content[CONTENT * i : CONTENT * i + size]).digest() for i, size in enumerate(sizes.tolist())]
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, DIGEST)
