"""Receive rings as sources: one that ends, after a time or at Ctrl-C, and tells what happens to its interfaces."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Final, Protocol

from rawkit.run.capture.rings import ANY
from rawkit.run.stopping import Stop
from rawkit.sockets.pausing import OTHERS, Pause
from rawkit.sockets.receive.counters import RingStatistics
from rawkit.sockets.receive.ring_set import RingSet

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch
    from rawkit.sockets.receive.ring import ReceiveRing

PATIENCE: Final = 0.1
"""Seconds that a read waits before it looks whether it is to end."""
LINGER: Final = 0.05
"""Seconds that it reads on at the end, for what the kernel has not handed over yet: twice its time-out and a half."""
LINGER_NS: Final = 50_000_000
LONGEST: Final = 1.0
"""Seconds that it waits after that at most, for blocks that the kernel's timer is late with."""
SHORTEST: Final = 0.01
"""Seconds that a read waits at least at the end."""
PART: Final = 1024
"""Frames of a batch at most where somebody else's loop waits: what is done with them takes some milliseconds."""


class Listener(Protocol):
    """Hears what happens to a live capture while it goes on."""

    def down(self, interface: str) -> None:
        """The interface went down; the capture waits until it is up again."""

    def crowded(self) -> None:
        """More flows are open than there is memory for."""

    def report(self, statistics: RingStatistics) -> None:
        """Somebody asked for the counters (SIGUSR1)."""


class RingReader:
    """A receive ring as a source that gives an empty batch where nothing comes for a while; a FrameSource.

    A ring itself waits for as long as it takes, and no time would pass for who reads it.
    """

    def __init__(self, ring: ReceiveRing | RingSet) -> None:
        self._ring = ring

    def read(self) -> FrameBatch | None:
        """As the ring's own, which waits no longer than `PATIENCE`."""
        return self._ring.read(PATIENCE)


class LiveSource:
    """Reads rings until it is to end; a FrameSource.

    Args:
        rings: the open rings.
        stop: says when to end, and when to report.
        duration: seconds after which it ends, counted from the first read; None for no end.
        listener: hears what happens.
        is_over: another reason to end, given the time in nanoseconds since the epoch.

    Attributes:
        is_awaited: whether `pause` is waited for elsewhere: then no read waits, and batches are small.
    """

    def __init__(
        self,
        rings: RingSet,
        stop: Stop,
        duration: float | None,
        listener: Listener,
        is_over: Callable[[int], bool] = lambda now: False,
    ) -> None:
        self._rings, self._stop, self._listener, self._is_over = rings, stop, listener, is_over
        self._duration = inf if duration is None else duration
        self._begin: float | None = None
        self._last, self._too_late = inf, 0
        self._reported = 0
        self._ring: ReceiveRing | None = None
        self._downs = [0] * len(rings.rings)
        self.is_awaited = False
        self._rest: deque[FrameBatch] = deque()

    def read(self) -> FrameBatch | None:
        """The frames of the next block, an empty batch where none came in time, None at the end, or once it is closed.

        Raises CaptureError where an interface is gone.
        """
        if self._rest:
            return self._rest.popleft()
        if not self._advance():
            return None
        if self._ring is not None:
            return self._taken(self._ring.take())
        from rawkit.frames import FrameBatch

        return FrameBatch.from_frames(())

    def _taken(self, batch: FrameBatch) -> FrameBatch:
        """A batch, or its first part; the others are read next."""
        if not self.is_awaited or len(batch) <= PART:
            return batch
        self._rest.extend(batch.select(slice(begin, begin + PART)) for begin in range(0, len(batch), PART))
        return self._rest.popleft()

    def pause(self) -> Pause:
        """What is to be waited for before the next read, where none of them waits; not at all while there are frames.

        Nor longer than `PATIENCE`, in which time passes for who reads.
        """
        if self._ring is not None or self._rings.is_closed:
            return OTHERS
        rings = self._rings.rings
        return Pause(self._patience(), (*rings, *(ring.bell for ring in rings)))

    def read_block(self) -> memoryview | None:
        """The next block as the kernel made it, nothing (of length 0) where none came in time; else as `read`."""
        if not self._advance():
            return None
        return self._ring.take_block() if self._ring is not None else memoryview(b"")

    def _advance(self) -> bool:
        """Waits for the next block; whether it is to be read, and not the end."""
        self._begin = self._begin or time.monotonic()
        if self._last == inf and self._is_to_end():
            self._last, self._too_late = time.monotonic() + LINGER, time.time_ns() + LINGER_NS
        is_late = time.monotonic() >= self._last
        self._ring = self._rings.next_ring(0 if self.is_awaited else self._patience())
        if self._rings.is_closed:
            return False
        if is_late and self._is_all():
            return False  # also where this process, or the kernel's timer, had to wait for the processor
        self._tell_links()
        if self._stop.reports > self._reported:
            self._reported = self._stop.reports
            self._listener.report(self._rings.statistics())
        return True

    def _is_all(self) -> bool:
        """At the end: whether what comes now came too late, or nothing comes any more."""
        if self._ring is not None:
            return self._ring.begin() > self._too_late
        return not self._rings.pending() or time.monotonic() > self._last + LONGEST

    def _is_to_end(self) -> bool:
        return self._stop.asked or self.seconds >= self._duration or self._is_over(time.time_ns())

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return 0.0 if self._begin is None else time.monotonic() - self._begin

    def _patience(self) -> float:
        left = self._duration - self.seconds if self._last == inf else self._last - time.monotonic()
        return max(SHORTEST if self._last != inf else 0.0, min(PATIENCE, left))

    def _tell_links(self) -> None:
        for place, ring in enumerate(self._rings.rings):
            if ring.link.downs > self._downs[place]:
                self._downs[place] = ring.link.downs
                self._listener.down(ring.interface or ANY)
