"""Whether a capture file is whole, what is in it, and whether that is what was expected."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from rawkit.api.notices import say
from rawkit.files import CaptureReader, open_capture
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.run.capture.loop import CaptureLoop, Counts, in_parts
from rawkit.values import dataclass, replace

if TYPE_CHECKING:
    from rawkit.query.expect.expectation import Expectation
    from rawkit.query.expect.judge import Judge, Judged


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
        expectations: what became of each expectation, in their order.
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
    interrupted: bool = False
    expectations: Sequence[Judged] = ()

    @property
    def failed(self) -> list[Judged]:
        """The expectations that do not hold."""
        return [one for one in self.expectations if not one.holds]


def check(
    source: str | os.PathLike[str] | BinaryIO,
    engine: Engine | None = None,
    *,
    expect: Collection[str | Expectation] = (),
) -> Checked:
    """Reads a capture file to its end, once, and judges what is expected of it (docs/ci.md).

    Args:
        source: the file: its path, or a binary file object.
        engine: runs the kernels, a new one where it is None.
        expect: expectations, as text or compiled (`rawkit.api.expecting`).

    Raises CaptureError where it is no capture file, or cannot be read, FilterError for what is no expectation,
    TypeError where they are one text, RawkitError where more different values are to be kept than there is room for.

    >>> found = check("captures/tcp-connect-refused.pcap")
    >>> found.frames, found.connections, found.damage
    (2, 1, None)
    >>> found = check("captures/tcp-connect-refused.pcap", expect=["none(handshakes, syn_repeats == 0)"])
    >>> found.failed[0].found, found.failed[0].witnesses[0].frames
    (1, (1, 2))
    """
    engine, span = engine or Engine("auto", notice=say), _Span()
    judges = _judges(expect, engine)
    with open_capture(source, engine) as reader:
        loop = CaptureLoop(reader, engine)
        tracker = FlowTracker(engine, reduce(or_, (judge.wanted for judge in judges), 0))
        interrupted = False
        try:
            for packets, tracked in loop.steps(tracker):
                span.take(packets.batch)
                for judge in judges:
                    judge.take(packets, tracked)
        except KeyboardInterrupt:
            interrupted = True
        for packets, tracked in in_parts(tracker, engine, tracker.finish_parts()) if judges else ():
            for judge in judges:
                judge.take(packets, tracked)
        found = _found(reader, loop.counts, span, tracker.connections)
    return replace(found, interrupted=interrupted, expectations=[judge.judged() for judge in judges])


def _found(reader: CaptureReader, counts: Counts, span: _Span, connections: int) -> Checked:
    """What was found in a file, but for what was expected of it."""
    return Checked(
        name=reader.name,
        format=reader.format,
        link_types=[each.link_type for each in reader.interfaces],
        interfaces=[each.name for each in reader.interfaces if each.name],
        comments=[text for _frame, text in reader.comments],
        frames=counts.frames,
        bytes=span.size,
        connections=connections,
        first=span.first,
        last=span.last,
        backwards=span.backwards,
        cut_frames=span.cut,
        stopped=counts.stopped,
        remarks=[line for line in reader.remarks if line != reader.truncated],
        damage=reader.truncated,
    )


def _judges(expect: Collection[str | Expectation], engine: Engine) -> list[Judge]:
    """What judges each of the expectations; none is loaded where there is none."""
    if isinstance(expect, str):
        raise TypeError(f"expect {expect!r}: give a list of expectations")
    if not expect:
        return []
    from rawkit.api.expecting import compile_expectation
    from rawkit.query.expect.judge import Judge

    compiled = (compile_expectation(one) if isinstance(one, str) else one for one in expect)
    return [Judge(one, engine) for one in compiled]


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
