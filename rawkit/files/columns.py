"""The arrays that a walk writes into, and what it hands over."""

from __future__ import annotations

from typing import Final

import numpy as np

from rawkit.files.layout import STOP_CAPTURED, STOP_INTERFACE, STOP_LENGTH, STOP_RECORD
from rawkit.frames import Bytes, FrameBatch, Int32s, Int64s
from rawkit.values import dataclass

WALK_KERNEL: Final = "rawkit.files.walk_kernel"
WALK_SHARE: Final = 16
"""Frames that are walked in the time in which one is decoded: a walk counts that much less as work."""

DAMAGE: Final = {
    STOP_RECORD: "a record of more than 256 MiB",
    STOP_LENGTH: "a block length that cannot be",
    STOP_CAPTURED: "a packet longer than its block",
    STOP_INTERFACE: "a packet of an interface that is not described",
}
"""What is wrong with a file, by the reason why the walk stopped."""


class Columns:
    """Room for the frames of a window, before their number is known."""

    def __init__(self, window: Bytes) -> None:
        rows = len(window) // 64 + 16
        self.window = window
        self.offset: Int64s = np.empty(rows, dtype=np.int64)
        self.captured: Int32s = np.empty(rows, dtype=np.int32)
        self.length: Int32s = np.empty(rows, dtype=np.int32)
        self.timestamp: Int64s = np.empty(rows, dtype=np.int64)
        self.status: Int64s = np.empty(rows, dtype=np.int64)
        self.link_type: Int32s = np.zeros(rows, dtype=np.int32)
        self.interface: Int32s = np.zeros(rows, dtype=np.int32)

    def batch(self, rows: int, timestamp: Int64s, names: tuple[str, ...] = ()) -> FrameBatch:
        """The first `rows` frames, of interfaces with these names."""
        return FrameBatch(
            self.window,
            self.offset[:rows],
            self.captured[:rows],
            self.length[:rows],
            timestamp,
            self.link_type[:rows],
            self.interface[:rows],
            self.status[:rows],
            names,
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """What a walk took from the beginning of a window.

    Attributes:
        batch: the frames, perhaps none.
        used: bytes of the window that are done with.
        damage: why nothing after them can be read, None where it can.
    """

    batch: FrameBatch
    used: int
    damage: str | None = None
