"""A capture file's frames, ready to be sent again: filtered, rewritten, and round after round."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from rawkit import linktypes
from rawkit.errors import SendError
from rawkit.files import open_capture
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.run.replay.rewrite import Rewrite
from rawkit.run.send.paced import ETHERNET_HEADER, room, too_large
from rawkit.sockets.filter.bpf import FrameFilter
from rawkit.sockets.interfaces import SystemInterface

MOST_KEPT: Final = 64 << 20
"""Bytes of a file that is read once for all rounds."""


@dataclass(slots=True)
class LeftOut:
    """Frames that cannot go out as they were recorded.

    Attributes:
        large: those that are larger than the interface's MTU allows; not sent.
        short: those without a whole link header; not sent.
        foreign: those of another link type than the interface's, by LINKTYPE number; not sent.
        cut: those that the capture has only a part of; that part is sent.
    """

    large: int = 0
    short: int = 0
    foreign: dict[int, int] = field(default_factory=dict)
    cut: int = 0


@dataclass(slots=True)
class ReplaySource:
    """A FrameSource of what is to go out on an interface.

    Attributes:
        path: the capture file; `-` for standard input.
        link: the interface.
        engine: runs filter and rewriting.
        frame_filter: lets frames through, all where it is None.
        rewrite: other addresses and ports.
        unique: in each round after the first, add its number to all addresses.
        loops: rounds; 0 for no end.
        count: frames after which it ends, None for all.
        left_out: what was not, or not wholly, given out so far.
        truncated: one line about where the file was cut, if it was.
    """

    path: str
    link: SystemInterface
    engine: Engine
    frame_filter: FrameFilter | None = None
    rewrite: Rewrite = field(default_factory=Rewrite)
    unique: bool = False
    loops: int = 1
    count: int | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    truncated: str | None = None
    _given: int = 0
    _last: int | None = None
    _batches: Iterator[FrameBatch] | None = None
    _kept: list[FrameBatch] = field(default_factory=list)

    def read(self) -> FrameBatch | None:
        """The next frames; timestamps go on from round to round. None at the end.

        Raises CaptureError for a file that cannot be read, SendError where no frame of it can be sent.
        """
        if self._batches is None:
            self._batches = self._all()
        return next(self._batches, None)

    def _all(self) -> Iterator[FrameBatch]:
        """Round after round; where the file is small, what the first one read is kept for the others."""
        number = 0
        while not self.loops or number < self.loops:
            yield from self._round(number, iter(self._kept or self._batches_of_file()))
            if self.count is not None and self._given >= self.count:
                return
            if not self._given:
                raise SendError(self._nothing())
            number += 1

    def _round(self, number: int, batches: Iterator[FrameBatch]) -> Iterator[FrameBatch]:
        shift: int | None = None
        for batch in batches:
            chosen = self._chosen(batch)
            if not len(chosen):
                continue
            if shift is None:
                shift = 0 if self._last is None else self._last - int(chosen.timestamp[0])
            yield self._timed(self._rewritten(chosen, number), shift)
            if self.count is not None and self._given >= self.count:
                return

    def _batches_of_file(self) -> Iterator[FrameBatch]:
        read, kept = 0, list[FrameBatch]()
        with open_capture(self.path, self.engine) as capture:
            for batch in capture:
                read += batch.data.nbytes
                if self.loops != 1 and read <= MOST_KEPT:
                    kept.append(batch)
                yield batch
            self.truncated = capture.truncated
        self._kept = kept if read <= MOST_KEPT else []

    def _chosen(self, batch: FrameBatch) -> FrameBatch:
        """The frames that the filter lets through, the interface takes, and the count has room for."""
        if self.frame_filter is not None:
            matches = self.frame_filter.mask(batch, self.engine)
            batch = batch.select(matches | self.frame_filter.left_out_of(batch))  # which the interface cannot take
        batch = self._sendable(batch)
        if self.count is not None:
            batch = batch.select(slice(0, self.count - self._given))
        self.left_out.cut += int(np.count_nonzero(batch.captured < batch.length))
        self._given += len(batch)
        return batch

    def _sendable(self, batch: FrameBatch) -> FrameBatch:
        foreign = batch.link_type != self.link.link_type
        least = ETHERNET_HEADER if self.link.mac is not None else 1
        short = ~foreign & (batch.captured < least)
        large = ~foreign & too_large(batch, self.link)
        for link_type, count in zip(*np.unique(batch.link_type[foreign], return_counts=True), strict=True):
            self.left_out.foreign[int(link_type)] = self.left_out.foreign.get(int(link_type), 0) + int(count)
        self.left_out.short += int(np.count_nonzero(short))
        self.left_out.large += int(np.count_nonzero(large))
        left_out = foreign | short | large
        return batch.select(~left_out) if left_out.any() else batch

    def _rewritten(self, batch: FrameBatch, number: int) -> FrameBatch:
        step = number if self.unique else 0
        return self.rewrite.apply(batch, self.engine, step) if self.rewrite or step else batch

    def _timed(self, batch: FrameBatch, shift: int) -> FrameBatch:
        timestamp = batch.timestamp + shift if shift else batch.timestamp
        self._last = max(int(timestamp.max()), self._last or 0)
        return replace(batch, timestamp=timestamp) if shift else batch

    def _nothing(self) -> str:
        """Why no frame can be sent."""
        if self.left_out.foreign:
            names = " and ".join(linktypes.name(one) for one in sorted(self.left_out.foreign))
            takes = linktypes.name(self.link.link_type)
            return f"{self.path}: its frames are {names}, and {self.link.name} takes {takes}: choose another interface"
        if self.left_out.large:
            return (
                f"{self.path}: all its frames are larger than {self.link.name} takes ({room(self.link)}): raise the MTU"
            )
        if self.frame_filter is not None:
            return f"{self.path}: the filter lets no frame through: give another"
        return f"{self.path}: no frame in it that could be sent: give another file"


def check_loops(path: str, loops: int) -> None:
    """SendError where a source cannot be read again.

    >>> check_loops("capture.pcap", 2)
    """
    is_stream = path == "-" or (os.path.exists(path) and not os.path.isfile(path))
    if loops != 1 and is_stream:
        raise SendError(f"{path} can be read once only: leave --loop out, or give a file")
