"""From a source of frames to packets and events: the loop that every reading command stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from rawkit.decode import Decoder, Packets, layout
from rawkit.errors import CaptureError
from rawkit.flow.table.tracker import FlowTracker, Prepared, Tell, Tracked
from rawkit.frames import FrameBatch, FrameSink, FrameSource, Int64s
from rawkit.kernels import Engine
from rawkit.run.prefetch import Prefetched

if TYPE_CHECKING:
    from rawkit.sockets.filter.bpf import FrameFilter

LATENESS: Final = 100_000_000
"""Nanoseconds that a packet may be on its way from the card to the tracker."""
EXPIRY: Final = 200_000_000
"""Nanoseconds between two looks for connections whose time is over."""

Made = TypeVar("Made")
Show = Callable[[Packets, Tracked], None]


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
class Replay:
    """One pass over a source.

    Attributes:
        engine: runs the kernels.
        wanted: kinds of events that the tracker gives (`rawkit.flow.layout`).
        frame_filter: lets frames through, all where it is None.
        most: frames after which the pass ends, None for all.
        sink: takes the frames that come through, where there is one.
        clock: the time in nanoseconds, where the source is live: connections then end as time passes, not only as
            packets come.
        counts: what was seen so far.
        interrupted: whether Ctrl-C ended it.
        connections: connections that the tracker has seen.
        ahead: whether frames are read and decoded by a thread of their own; they must stay valid.
    """

    engine: Engine
    wanted: int
    frame_filter: FrameFilter | None = None
    most: int | None = None
    sink: FrameSink | None = None
    clock: Callable[[], int] | None = None
    counts: Counts = field(default_factory=Counts)
    interrupted: bool = False
    connections: int = 0
    ahead: bool = False
    _next_expiry: int = 0

    def run(self, source: FrameSource, show: Show, tell: Tell) -> None:
        """Goes through the source to its end; `tell` gets events as they happen, at last those of what is still open.

        At Ctrl-C it stops where it is, sets `interrupted`, and tells the rest too; so it does before a CaptureError.
        """
        decoder, tracker = Decoder(self.engine), FlowTracker(self.engine, self.wanted, tell=tell)
        try:
            with self._produced(partial(self._decoded, decoder, tracker, source)) as read:
                while (found := read()) is not None:
                    packets, prepared = found
                    if len(packets):
                        show(packets, tracker.follow(prepared))
                    self._let_time_pass(tracker)
        except KeyboardInterrupt:
            self.interrupted = True
        except CaptureError:
            self._finish(tracker)
            raise
        self._finish(tracker)

    def _finish(self, tracker: FlowTracker) -> None:
        """Tells what is still open; not where nobody reads any more, or who waits has lost patience."""
        tracker.finish()
        self.connections = tracker.connections

    def record(self, source: FrameSource) -> None:
        """Goes through the source to its end and only writes: nothing is decoded."""
        try:
            with self._produced(partial(self._kept, source)) as read:
                while read() is not None:
                    pass
        except KeyboardInterrupt:
            self.interrupted = True

    @contextmanager
    def _produced(self, produce: Callable[[], Made | None]) -> Iterator[Callable[[], Made | None]]:
        """What calls `produce`: a thread that is ahead, or whoever wants its result."""
        if not self.ahead:
            yield produce
            return
        with Prefetched(produce) as produced:
            yield produced.read

    def _let_time_pass(self, tracker: FlowTracker) -> None:
        if self.clock:
            now = self.clock() - LATENESS
            if now >= self._next_expiry:
                self._next_expiry = now + EXPIRY
                tracker.expire(now)

    @property
    def _is_over(self) -> bool:
        return self.most is not None and self.counts.kept >= self.most

    def _kept(self, source: FrameSource) -> tuple[FrameBatch, Int64s] | None:
        """The next frames that come through, None at the end."""
        if self._is_over or (batch := source.read()) is None:
            return None
        return self._keep(batch)

    def _decoded(self, decoder: Decoder, tracker: FlowTracker, source: FrameSource) -> tuple[Packets, Prepared] | None:
        """The next packets, also as the tracker wants them; None at the end."""
        kept = self._kept(source)
        if kept is None:
            return None
        packets = decoder.decode(*kept)
        self.counts.note(packets)
        return packets, tracker.prepare(packets)

    def _keep(self, batch: FrameBatch) -> tuple[FrameBatch, Int64s]:
        """The frames that come through, written where they are to be, and their numbers."""
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
            self.sink.write(batch)
        return batch, numbers


def stop_words(stop: int, link: int) -> str:
    """What a key of `Counts.stopped` means.

    >>> stop_words(layout.ETHERNET << 8 | layout.UNKNOWN, -1), stop_words(layout.UNKNOWN, 195)
    ('eth unknown', 'LINKTYPE 195 unknown')
    """
    from rawkit import linktypes

    layer = layout.LAYER_NAMES.get(stop >> 8) or linktypes.name(link)
    return f"{layer} {layout.REASONS[stop & 0xFF]}"
