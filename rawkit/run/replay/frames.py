"""A capture file's frames, ready to be sent again: filtered, rewritten, and round after round."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from rawkit import linktypes
from rawkit.errors import SendError
from rawkit.files import open_capture
from rawkit.files.streams import Held, is_file
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.run.replay.left_out import LeftOut
from rawkit.run.replay.relink import Mask, Relink
from rawkit.run.replay.rewrite import Rewrite
from rawkit.run.send.paced import ETHERNET_HEADER, room, too_large
from rawkit.sockets.filter.bpf import FrameFilter
from rawkit.sockets.interfaces import SystemInterface
from rawkit.sockets.send.bare import versions
from rawkit.values import dataclass, field, replace

if TYPE_CHECKING:
    from rawkit.run.replay.sides import Sides

MOST_KEPT: Final = 64 << 20
"""Bytes of a file that is read once for all rounds."""


@dataclass(slots=True)
class ReplaySource:
    """A FrameSource of what is to go out on an interface.

    Attributes:
        path: the capture file; `-` for standard input.
        link: the interface.
        engine: runs filter and rewriting.
        frame_filter: lets frames through, all where it is None.
        rewrite: other addresses and ports.
        sides: tells frames of clients from those of servers, for two interfaces; None for one.
        relink: gives frames of other links the interface's link header; None where they are not to be sent.
        unique: in each round after the first, add its number to all addresses.
        loops: rounds; 0 for no end.
        parted: give an empty batch between two rounds.
        count: frames after which it ends, None for all.
        left_out: what was not, or not wholly, given out so far.
        remarks: what of the file was not taken as it stands, a line each.
    """

    path: str
    link: SystemInterface
    engine: Engine
    frame_filter: FrameFilter | None = None
    rewrite: Rewrite = field(default_factory=Rewrite)
    sides: Sides | None = None
    relink: Relink | None = None
    unique: bool = False
    loops: int = 1
    parted: bool = False
    count: int | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    remarks: list[str] = field(default_factory=list)
    _given: int = 0
    _last: int | None = None
    _batches: Iterator[FrameBatch] | None = None
    _kept: list[FrameBatch] = field(default_factory=list)

    def read(self) -> FrameBatch | None:
        """The next frames; timestamps go on from round to round. None at the end.

        An empty batch stands between two rounds where they are `parted`, and nowhere else.

        Raises CaptureError for a file that cannot be read, SendError where no frame of it can be sent.
        """
        if self._batches is None:
            self._batches = self._all()
        return next(self._batches, None)

    def _all(self) -> Iterator[FrameBatch]:
        """Round after round; where the file is small, what the first one read is kept for the others."""
        if self.sides is not None and not is_stream(self.path):
            with open_capture(self.path, self.engine) as capture:
                for batch in capture:
                    self.sides.learn(self._chosen(batch))
        number = 0
        while not self.loops or number < self.loops:
            if number and self.parted:
                yield FrameBatch.from_frames([])
            yield from self._round(number, iter(self._kept or self._batches_of_file()))
            if self.count is not None and self._given >= self.count:
                return
            if not self._given:
                raise SendError(self._nothing())
            number += 1

    def _round(self, number: int, batches: Iterator[FrameBatch]) -> Iterator[FrameBatch]:
        shift: int | None = None
        for batch in batches:
            made = self._made(self._chosen(batch), number)
            if not len(made):
                continue
            if shift is None:
                shift = 0 if self._last is None else self._last - int(made.timestamp[0])
            yield self._timed(made, shift)
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
            self.remarks = capture.remarks
        self._kept = kept if read <= MOST_KEPT else []

    def _chosen(self, batch: FrameBatch) -> FrameBatch:
        """The frames that the filter lets through, and those that it cannot judge: most often the link takes none."""
        if self.frame_filter is None:
            return batch
        matches = self.frame_filter.mask(batch, self.engine)
        return batch.select(matches | self.frame_filter.left_out_of(batch))

    def _made(self, batch: FrameBatch, number: int) -> FrameBatch:
        """The frames as they are to go out, as many as the interface takes and the count has room for.

        Their next hops are asked for when their addresses are those that they will have.
        """
        if self.sides is not None:
            batch = self.sides.mark(batch)  # before addresses are replaced
        if self.relink is None:
            batch = self._limited(_only(batch, self._sendable(batch)))
            batch = self._rewritten(batch, number)
        else:
            batch, wanted = self.relink.apply(batch)
            fit = self._sendable(batch)
            batch = self._rewritten(_only(batch, fit), number)
            batch = self._limited(self.relink.address(batch, wanted[fit]))
        self.left_out.cut += int(np.count_nonzero(batch.captured < batch.length))
        self._given += len(batch)
        return batch

    def _limited(self, batch: FrameBatch) -> FrameBatch:
        return batch if self.count is None else batch.select(slice(0, self.count - self._given))

    def _sendable(self, batch: FrameBatch) -> Mask:
        """Which frames the interface takes; the others are counted."""
        is_bare = self.link.takes == linktypes.RAW
        foreign: Mask = np.asarray(batch.link_type != self.link.takes)
        if is_bare:
            foreign &= ~np.isin(batch.link_type, list(linktypes.BARE))
        short = ~np.isin(versions(batch), (4, 6)) if is_bare else batch.captured < ETHERNET_HEADER
        short &= ~foreign
        large = ~foreign & too_large(batch, self.link)
        for link_type, count in zip(*np.unique(batch.link_type[foreign], return_counts=True), strict=True):
            self.left_out.foreign[int(link_type)] = self.left_out.foreign.get(int(link_type), 0) + int(count)
        self.left_out.short += int(np.count_nonzero(short))
        self.left_out.large += int(np.count_nonzero(large))
        return ~(foreign | short | large)

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
            takes = linktypes.name(self.link.takes or linktypes.RAW)
            how = (
                "--to-link takes their link header off" if self.link.mac is None else "--to-link gives them its header"
            )
            return f"{self.path}: its frames are {names}, and {self.link.name} takes {takes}: {how}"
        if self.left_out.unreached:
            return f"{self.path}: the next hop of no frame is known on {self.link.name}: give --dst-mac"
        if self.left_out.not_carried:
            return f"{self.path}: no frame carries what {self.link.name} takes: choose another interface"
        if self.left_out.large:
            return (
                f"{self.path}: all its frames are larger than {self.link.name} takes ({room(self.link)}): raise the MTU"
            )
        if self.frame_filter is not None:
            return f"{self.path}: the filter lets no frame through: give another"
        return f"{self.path}: no frame in it that could be sent: give another file"


def _only(batch: FrameBatch, chosen: Mask) -> FrameBatch:
    return batch if chosen.all() else batch.select(chosen)


def check_loops(path: str, loops: int) -> None:
    """SendError where a source cannot be read again.

    >>> check_loops("capture.pcap", 2)
    """
    if loops != 1 and is_stream(path):
        raise SendError(f"{path} can be read once only: leave --loop out, or give a file")


def is_stream(path: str) -> bool:
    """Whether a source can be read once only.

    >>> is_stream("-"), is_stream("capture.pcap")
    (True, False)
    """
    return path == "-" or ((isinstance(path, Held) or os.path.exists(path)) and not is_file(path))
