"""The bytes of frames as a capture file holds them: cut to a snaplen, with stripped VLAN tags back in place."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.facts import ethertypes
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.files.gather import copy_ranges
from rawkit.frames import Bytes, FrameBatch, Int64s

TAG_AT: Final = {linktypes.ETHERNET: 12, linktypes.LINUX_SLL: 14}
"""Where a VLAN tag stands in a frame, by link type: before the EtherType, as libpcap puts it back."""
TAG: Final = 4
"""Bytes of a VLAN tag (IEEE 802.1Q)."""
NO_LIMIT: Final = 1 << 32
"""A snaplen that cuts nothing."""


class Payload:
    """What is written of each frame of a batch: at most `snaplen` bytes, one number or one a frame.

    Attributes:
        captured: bytes written of each frame, int64.
        length: bytes each had on the wire, int64, its tag counted.
    """

    def __init__(self, batch: FrameBatch, snaplen: int | Int64s) -> None:
        self._batch = batch
        self._tag_at = _tag_places(batch)
        extra = TAG * (self._tag_at >= 0)
        self.captured: Int64s = np.minimum(batch.captured + extra, snaplen)
        self.length: Int64s = batch.length + extra

    def lay(self, target: Bytes, at: Int64s) -> None:
        """Writes each frame to its place `at` in `target`."""
        tagged = self._tag_at >= 0
        if not tagged.any():
            copy_ranges(self._batch.data, self._batch.offset, target, at, self.captured)
            return
        head = np.where(tagged, np.minimum(self._tag_at, self.captured), self.captured)
        copy_ranges(self._batch.data, self._batch.offset, target, at, head)
        self._lay_tagged(target, at, np.flatnonzero(tagged))

    def _lay_tagged(self, target: Bytes, at: Int64s, rows: NDArray[np.intp]) -> None:
        place, left = self._tag_at[rows], self.captured[rows] - self._tag_at[rows]
        tags, begin = _tags(self._batch.status[rows]), at[rows] + place
        copy_ranges(tags, np.arange(len(rows)) * TAG, target, begin, np.clip(left, 0, TAG))
        source = self._batch.offset[rows] + place
        copy_ranges(self._batch.data, source, target, begin + TAG, np.maximum(left - TAG, 0))


def _tag_places(batch: FrameBatch) -> Int64s:
    """Where each frame's stripped tag goes, -1 where none was stripped or its place is not there."""
    places = np.full(len(batch), -1, dtype=np.int64)
    stripped = batch.status & VLAN_STRIPPED != 0
    if stripped.any():
        for link_type, place in TAG_AT.items():
            places[stripped & (batch.link_type == link_type) & (batch.captured >= place)] = place
    return places


def _tags(status: Int64s) -> Bytes:
    """TPID and TCI out of the status column, four bytes a frame."""
    tpid, tci = status >> 32 & 0xFFFF, status >> 16 & 0xFFFF
    words = np.stack([np.where(tpid == 0, ethertypes.VLAN, tpid), tci], axis=1)
    return words.astype(">u2").reshape(-1).view(np.uint8)
