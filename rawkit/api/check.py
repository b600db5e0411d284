"""Whether a capture file is whole, and what is in it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import BinaryIO

import numpy as np

from rawkit.api.notices import say
from rawkit.files import open_capture
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.run.capture.loop import CaptureLoop
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a capture file.

    Attributes:
        name: what messages call it.
        format: `"pcap"` or `"pcapng"`.
        link_types: the LINKTYPE number of each interface.
        interfaces: the names of those that have one.
        comments: in the file.
        frames: how many there are.
        bytes: their lengths on the wire together.
        connections: how many the frames belong to.
        first: nanoseconds since the epoch of the first frame in the file; None where there is none.
        last: and of the last.
        backwards: frames with an earlier time than the frame before.
        cut_frames: frames of which not all bytes were captured.
        stopped: how often decoding stopped early, as in `rawkit.run.capture.loop.Counts`.
        remarks: what of the file was not taken as it stands, a line each.
        damage: one line that says where the file was cut or damaged; None where it is whole.
        interrupted: whether Ctrl-C ended it before; the rest is then of the part that was read.
    """

    name: str
    format: str
    link_types: Sequence[int]
    interfaces: Sequence[str]
    comments: Sequence[str]
    frames: int
    bytes: int
    connections: int
    first: int | None
    last: int | None
    backwards: int
    cut_frames: int
    stopped: Mapping[tuple[int, int], int]
    remarks: Sequence[str]
    damage: str | None
    interrupted: bool


def check(source: str | os.PathLike[str] | BinaryIO, engine: Engine | None = None) -> Checked:
    """Reads a capture file to its end; CaptureError where it is none, or cannot be read.

    `engine` runs the kernels, a new one where it is None.

    >>> found = check("captures/tcp-connect-refused.pcap")
    >>> found.frames, found.connections, found.damage
    (2, 1, None)
    """
    engine, span = engine or Engine("auto", notice=say), _Span()
    with open_capture(source, engine) as reader:
        loop, tracker = CaptureLoop(reader, engine), FlowTracker(engine, 0)
        interrupted = False
        try:
            for packets, _tracked in loop.steps(tracker):
                span.take(packets.batch)
        except KeyboardInterrupt:
            interrupted = True
        return Checked(
            name=reader.name,
            format=reader.format,
            link_types=[each.link_type for each in reader.interfaces],
            interfaces=[each.name for each in reader.interfaces if each.name],
            comments=[text for _frame, text in reader.comments],
            frames=loop.counts.frames,
            bytes=span.size,
            connections=tracker.connections,
            first=span.first,
            last=span.last,
            backwards=span.backwards,
            cut_frames=span.cut,
            stopped=loop.counts.stopped,
            remarks=[line for line in reader.remarks if line != reader.truncated],
            damage=reader.truncated,
            interrupted=interrupted,
        )


class _Span:
    """Times and sizes of the frames that pass.

    >>> span = _Span()
    >>> for times in ([5, 4], [], [3, 9]):
    ...     span.take(FrameBatch.from_frames([b"a"] * len(times), times))
    >>> span.first, span.last, span.backwards, span.size
    (5, 9, 2, 4)
    """

    def __init__(self) -> None:
        self.first: int | None = None
        self.last: int | None = None
        self.size = self.cut = self.backwards = 0

    def take(self, batch: FrameBatch) -> None:
        """Takes the frames of a batch, which may be empty."""
        if not len(batch):
            return
        times = batch.timestamp if self.last is None else np.concatenate([[self.last], batch.timestamp])
        self.backwards += int((np.diff(times) < 0).sum())
        self.first = int(times[0]) if self.first is None else self.first
        self.last = int(times[-1])
        self.size += int(batch.length.sum())
        self.cut += int((batch.captured < batch.length).sum())
