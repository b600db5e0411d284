"""The capture loop: a source of frames, a file or live, to batches, packets, and what the tracker says of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

import numpy as np

from rawkit.decode import Decoder, Packets, layout
from rawkit.errors import CaptureError
from rawkit.flow.noticed import Noticed
from rawkit.flow.table.tracker import FlowTracker, Prepared, Tracked
from rawkit.frames import FrameBatch, FrameSource, Int64s
from rawkit.kernels import Engine
from rawkit.run.prefetch import Prefetched
from rawkit.values import dataclass, field, replace

if TYPE_CHECKING:
    from rawkit.sockets.filter.bpf import FrameFilter

LATENESS: Final = 100_000_000
"""Nanoseconds that a packet may be on its way from the card to the tracker."""
EXPIRY: Final = 200_000_000
"""Nanoseconds between two looks for connections whose time is over."""
LAST_WORDS: Final = 0.3
"""Seconds that what is still open gets to be told in, where somebody waits for the end."""

Made = TypeVar("Made")


class NumberedSink(Protocol):
    """Takes frames and their `frame.number`."""

    def write(self, batch: FrameBatch, numbers: Int64s) -> None:
        """As of `FrameSink`."""


Show = Callable[[Packets, Tracked], object]
Clock = Callable[[FrameBatch], int | None]
"""The time in nanoseconds since the epoch when a batch has come, an empty one too; None where nobody can tell."""


def in_parts(tracker: FlowTracker, engine: Engine, parts: Iterator[Int64s]) -> Iterator[tuple[Packets, Tracked]]:
    """Steps without packets, for events that a tracker gives some at a time."""
    nothing = Decoder(engine).decode(FrameBatch.from_frames([]))
    tracked = tracker.track(nothing)
    for events in parts:
        if len(events):
            yield nothing, replace(tracked, events=events)


def wall_clock(_batch: FrameBatch) -> int:
    """The time of sources whose frames are stamped as they come: receive rings."""
    return time.time_ns()


class SourceClock:
    """The time of a source of which nobody knows whether it is live: that of its newest frame, and what went by since.

    It is told for empty batches alone, which say that nothing came in time. So a recorded source that pauses now and
    then is not taken for one of today.

    >>> clock = SourceClock()
    >>> clock(FrameBatch.from_frames([b"a"], [5_000_000_000]))
    >>> 5_000_000_000 <= clock(FrameBatch.from_frames([])) < 6_000_000_000
    True
    """

    def __init__(self) -> None:
        self._newest: int | None = None
        self._heard = 0

    def __call__(self, batch: FrameBatch) -> int | None:
        if len(batch):
            self._newest, self._heard = int(batch.timestamp.max()), time.monotonic_ns()
            return None
        return None if self._newest is None else self._newest + time.monotonic_ns() - self._heard


class Kept(NamedTuple):
    """The frames of a batch that came through.

    Attributes:
        batch: the frames.
        numbers: their `frame.number`, int64; those that a filter left out are counted too.
        now: the time when they had come, as the loop's clock tells it.
    """

    batch: FrameBatch
    numbers: Int64s
    now: int | None


@dataclass(slots=True)
class Counts:
    """What a run has seen.

    Attributes:
        frames: frames that the source gave.
        kept: frames that the filter let through.
        stopped: how often decoding stopped early, by the number in the STOP column and, where the link type is the
            reason, the link type.
    """

    frames: int = 0
    kept: int = 0
    stopped: dict[tuple[int, int], int] = field(default_factory=dict)

    def note(self, packets: Packets) -> None:
        """Counts the packets of a batch."""
        stops = packets.rows[:, layout.STOP]
        rows = np.nonzero(stops)[0]
        if not len(rows):
            return
        links = np.where(stops[rows] >> 8, -1, packets.rows[rows, layout.LINK_TYPE])
        for stop, link in zip(stops[rows].tolist(), links.tolist(), strict=True):
            self.stopped[stop, link] = self.stopped.get((stop, link), 0) + 1


@dataclass(slots=True)
class CaptureLoop:
    """One pass over a source of frames; `kept`, `packets` or `steps`, whichever is wanted, goes through it once.

    Attributes:
        source: the frames. A batch of a receive ring is valid until the next one is asked for, and so is all that is
            made of it.
        engine: runs the kernels.
        frame_filter: lets frames through, all where it is None.
        most: frames after which the pass ends, None for all.
        sink: takes the frames that come through, where there is one.
        clock: the time, where the source is live: connections then end as time passes, not only as packets come.
        ahead: whether frames are read and decoded by a thread of their own; they must stay valid.
        hurries: says whether somebody waits for the end; what is not told quickly then is counted in `noticed`.
        crowded: is called once, where more flows are open than there is memory for.
        counts: what was seen so far.
        interrupted: whether Ctrl-C ended `run` or `record`.
        in_parts: whether what is over is told some events at a time, in steps without packets, for somebody who wants
            to go on between.
        connections: those that the tracker of `run` has seen.
        noticed: what it noticed.

    >>> class Two:
    ...     batches = [FrameBatch.from_frames([bytes(60)]), FrameBatch.from_frames([bytes(60), bytes(60)])]
    ...     def read(self):
    ...         return self.batches.pop(0) if self.batches else None
    >>> loop = CaptureLoop(Two(), Engine("interpreted"), most=2)
    >>> [packets.numbers.tolist() for packets in loop.packets()]
    [[1], [2]]
    >>> loop.counts.frames, loop.counts.kept
    (3, 2)
    """

    source: FrameSource
    engine: Engine
    frame_filter: FrameFilter | None = None
    most: int | None = None
    sink: NumberedSink | None = None
    clock: Clock | None = None
    ahead: bool = False
    hurries: Callable[[], bool] | None = None
    crowded: Callable[[], object] | None = None
    counts: Counts = field(default_factory=Counts)
    interrupted: bool = False
    in_parts: bool = False
    connections: int = 0
    noticed: Noticed = field(default_factory=Noticed)
    _next_expiry: int = 0
    _patience: float | None = None

    def kept(self) -> Generator[Kept]:
        """The frames that come through, batch by batch; nothing is decoded."""
        return self._made(self._keep)

    def packets(self) -> Generator[Packets]:
        """The packets, batch by batch; nothing is followed."""
        return self._made(partial(self._decode, Decoder(self.engine)))

    def steps(self, tracker: FlowTracker) -> Generator[tuple[Packets, Tracked]]:
        """The packets, batch by batch, with what the tracker says of them and of those whose time is over.

        A live source has steps without packets too. What is open at the end is the tracker's: `tracker.finish()`.
        """
        for packets, prepared, now in self._made(partial(self._prepare, Decoder(self.engine), tracker)):
            tracked = tracker.follow(prepared)
            if self.crowded is not None and tracker.is_crowded:
                self.crowded()
                self.crowded = None
            if not self.in_parts:
                yield packets, self._let_time_pass(tracker, tracked, now)
                continue
            yield packets, tracked
            if now is not None and self._is_time(now):
                yield from in_parts(tracker, self.engine, tracker.expire_parts(now - LATENESS))

    def run(self, tracker: FlowTracker, show: Show) -> None:
        """Goes through the source to its end, and has the tracker tell what is still open then.

        At Ctrl-C it stops where it is, sets `interrupted`, and has of the rest told what can be told quickly; all of
        it before a CaptureError. Not where nobody reads any more, or who waits has lost patience.
        """
        try:
            with closing(self.steps(tracker)) as steps:
                for packets, tracked in steps:
                    show(packets, tracked)
        except KeyboardInterrupt:
            self.interrupted = True
        except CaptureError:
            self._finish(tracker)
            raise
        self._finish(tracker)

    def _finish(self, tracker: FlowTracker) -> None:
        tracker.finish(self._is_enough)
        self.connections, self.noticed = tracker.connections, replace(tracker.noticed, untold=tracker.still_open)

    def _is_enough(self) -> bool:
        """Whether who waits for the end has waited so long that the rest is counted, and not told."""
        if not self.interrupted and not (self.hurries is not None and self.hurries()):
            return False
        if self._patience is None:
            self._patience = time.monotonic() + LAST_WORDS
        return time.monotonic() > self._patience

    def record(self) -> None:
        """Goes through the source to its end, or Ctrl-C, and only writes."""
        try:
            for _kept in self.kept():
                pass
        except KeyboardInterrupt:
            self.interrupted = True

    def _made(self, produce: Callable[[], Made | None]) -> Generator[Made]:
        """What `produce` gives until it gives None, made by whoever wants it or by a thread that is ahead."""
        if not self.ahead:
            yield from iter(produce, None)
            return
        with Prefetched(produce) as produced:
            yield from iter(produced.read, None)

    def _let_time_pass(self, tracker: FlowTracker, tracked: Tracked, now: int | None) -> Tracked:
        if now is None or not self._is_time(now):
            return tracked
        expired = tracker.expire(now - LATENESS)
        return replace(tracked, events=np.concatenate([tracked.events, expired])) if len(expired) else tracked

    def _is_time(self, now: int) -> bool:
        """Whether to look for connections whose time is over; it counts as done."""
        if now - LATENESS < self._next_expiry:
            return False
        self._next_expiry = now - LATENESS + EXPIRY
        return True

    def _prepare(self, decoder: Decoder, tracker: FlowTracker) -> tuple[Packets, Prepared, int | None] | None:
        """The next packets, also as the tracker wants them, and the time; None at the end."""
        kept = self._keep()
        if kept is None:
            return None
        packets = self._decoded(decoder, kept)
        return packets, tracker.prepare(packets), kept.now

    def _decode(self, decoder: Decoder) -> Packets | None:
        kept = self._keep()
        return None if kept is None else self._decoded(decoder, kept)

    def _decoded(self, decoder: Decoder, kept: Kept) -> Packets:
        packets = decoder.decode(kept.batch, kept.numbers)
        self.counts.note(packets)
        return packets

    def _keep(self) -> Kept | None:
        """The next frames that come through, written where they are to be; None at the end."""
        if self._is_over or (batch := self.source.read()) is None:
            if self.frame_filter:
                self.frame_filter.check()
            return None
        now = self.clock(batch) if self.clock else None
        numbers = np.arange(self.counts.frames + 1, self.counts.frames + 1 + len(batch), dtype=np.int64)
        self.counts.frames += len(batch)
        if self.frame_filter:
            kept = self.frame_filter.mask(batch, self.engine)
            batch, numbers = batch.select(kept), numbers[kept]
        if self.most is not None:
            left = slice(0, self.most - self.counts.kept)
            batch, numbers = batch.select(left), numbers[left]
        self.counts.kept += len(batch)
        if self.sink and len(batch):
            self.sink.write(batch, numbers)
        return Kept(batch, numbers, now)

    @property
    def _is_over(self) -> bool:
        return self.most is not None and self.counts.kept >= self.most
