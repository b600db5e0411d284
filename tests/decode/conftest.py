"""Frames to decode: those of captures/, cut, changed, and placed where a read outside of them would show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from rawkit.decode import Decoder, Packets
from rawkit.files import open_capture
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.values import replace

Frame = tuple[int, bytes]
"""A link type and the bytes."""


@pytest.fixture(scope="session")
def recorded(capture_paths: Sequence[Path]) -> list[Frame]:
    """One frame of each kind in captures/, by link type, size and first bytes."""
    found: dict[tuple[int, int, bytes], Frame] = {}
    for path in capture_paths:
        with open_capture(str(path)) as reader:
            for batch in reader:
                for link_type, frame in zip(batch.link_type.tolist(), batch.frames(), strict=True):
                    found.setdefault((link_type, len(frame), frame[12:15] + frame[20:24]), (link_type, frame))
    return list(found.values())


@pytest.fixture(scope="session")
def decode(interpreted: Engine) -> Callable[..., Packets]:
    """Decodes frames; `length` is what was on the wire, where more than what is there."""

    def call(frames: Sequence[bytes], link_type: int = 1, length: int | None = None) -> Packets:
        batch = FrameBatch.from_frames(list(frames), link_type=link_type)
        if length is not None:
            batch = replace(batch, length=np.full(len(batch), length, dtype=np.int32))
        return Decoder(interpreted).decode(batch)

    return call


@pytest.fixture(scope="session")
def stop_of() -> Callable[[Packets, int], tuple[str, str] | None]:
    """The layer and the reason why decoding of a packet stopped, None where it did not."""
    from rawkit.decode.fields.columns import TEXTS

    def call(packets: Packets, row: int = 0) -> tuple[str, str] | None:
        layer, reason = packets["stop.layer"], packets["stop.reason"]
        if not layer.mask[row]:
            return None
        return TEXTS["stop.layer"][int(layer.values[row])], TEXTS["stop.reason"][int(reason.values[row])]

    return call
