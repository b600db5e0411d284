"""When frames are to go out: at a rate, as they were recorded, or at once."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import numpy as np

from rawkit.frames import FrameBatch, Int64s
from rawkit.run.stopping import Stop
from rawkit.sockets.closing import Closing, closed_aside
from rawkit.sockets.pausing import Pause, Steps

SPIN: Final = 150_000
"""Nanoseconds before a frame is due in which the clock is watched: a sleep is not exact to less."""
EXACT_SPIN: Final = 5_000_000
"""The same where gaps matter: a processor that has slept finds its caches cold, and is up to 50 us late."""
REHEARSAL: Final = 10_000
"""Nanoseconds that a rehearsal may take."""
NAP: Final = 100_000_000
"""Nanoseconds of one sleep at most, so that Ctrl-C is heeded soon."""
SECOND: Final = 1_000_000_000
LOOK: Final = 0.1
"""Seconds of one wait for answers at most, so that a stop is heeded soon."""
LONG: Final = 60 * SECOND
"""Nanoseconds of a pause after which somebody who waits wants to know why."""
PR_SET_TIMERSLACK: Final = 29
PR_GET_TIMERSLACK: Final = 30


class Pace(Protocol):
    """Says of each frame when it is due.

    Attributes:
        spin: nanoseconds before it in which the clock is watched.
    """

    spin: int

    def due(self, batch: FrameBatch) -> Int64s:
        """Nanoseconds from the first frame of all to each of these, which come after those asked about before."""


class Allowance:
    """Frames that ask before a scan, at its rate: what was not sent in time is not made up for.

    Args:
        rate: frames a second; None without limit.
        is_stopped: whether somebody asked to end it all; who waits looks every tenth of a second.
        closing: closes a socket at the end of its use: aside, for it takes time, or at once.

    Attributes:
        rate: the same.
        sent: frames so far.
        is_stopped, closing: the same.

    >>> asking = Allowance(1000)
    >>> asking.at_once(256), asking.wait(50), 0.04 < asking.wait(50) <= 0.05, asking.sent
    (20, 0.0, True, 100)
    """

    def __init__(
        self, rate: float | None, is_stopped: Callable[[], bool] = bool, closing: Closing = closed_aside
    ) -> None:
        self.rate, self.sent, self._next = rate, 0, 0.0
        self.is_stopped, self.closing = is_stopped, closing

    def at_once(self, most: int) -> int:
        """How many frames to send at a time: those of 20 ms."""
        return most if self.rate is None else min(max(int(self.rate * 0.02), 1), most)

    def wait(self, count: int) -> float:
        """Seconds until so many more frames may be sent, which count as sent then."""
        now = time.monotonic()
        begin = max(self._next, now)
        self.sent += count
        self._next = begin if self.rate is None else begin + count / self.rate
        return begin - now


class PacketRate:
    """So many frames a second.

    >>> PacketRate(4).due(FrameBatch.from_frames([b"a", b"b", b"c"])).tolist()
    [0, 250000000, 500000000]
    """

    spin = SPIN

    def __init__(self, frames_per_second: float) -> None:
        self._gap, self._count = SECOND / frames_per_second, 0

    def due(self, batch: FrameBatch) -> Int64s:
        """As `Pace` has it."""
        numbers = np.arange(self._count, self._count + len(batch))
        self._count += len(batch)
        return (numbers * self._gap).astype(np.int64)


class BitRate:
    """So many million bits a second, of the frames' own bytes: without preamble, checksum and gap.

    >>> BitRate(8).due(FrameBatch.from_frames([bytes(1000), bytes(500), b""])).tolist()
    [0, 1000000, 1500000]
    """

    spin = SPIN

    def __init__(self, megabits_per_second: float) -> None:
        self._per_byte, self._bytes = 8000 / megabits_per_second, 0

    def due(self, batch: FrameBatch) -> Int64s:
        """As `Pace` has it: a frame is due when those before it are out."""
        ends = self._bytes + np.cumsum(batch.captured, dtype=np.int64)
        starts = ends - batch.captured
        self._bytes = int(ends[-1]) if len(ends) else self._bytes
        return (starts * self._per_byte).astype(np.int64)


class RecordedPace:
    """As the frames' timestamps say, `speed` times as fast; one that lies before the frame in front follows at once.

    Args:
        speed: times as fast.
        most: nanoseconds of a pause at most; longer ones are that long, and the frames behind come as much earlier.
        on_wait: gets the nanoseconds of the longest pause of a batch that has one of more than `LONG`.

    >>> frames = FrameBatch.from_frames([b"a", b"b", b"c"], timestamps=[1000, 5000, 3000])
    >>> RecordedPace(2.0).due(frames).tolist(), RecordedPace(most=500).due(frames).tolist()
    ([0, 2000, 2000], [0, 500, 500])
    """

    spin = EXACT_SPIN

    def __init__(
        self, speed: float = 1.0, most: int | None = None, on_wait: Callable[[int], None] | None = None
    ) -> None:
        self._speed, self._most, self._on_wait = speed, most, on_wait
        self._last = self._before = 0
        self._first: int | None = None

    def due(self, batch: FrameBatch) -> Int64s:
        """As `Pace` has it."""
        if not len(batch):
            return batch.timestamp
        if self._first is None:
            self._first = self._before = int(batch.timestamp[0])
        due = self._as_recorded(batch, self._first) if self._most is None else self._shortened(batch, self._most)
        longest = int(np.diff(due, prepend=self._last).max())
        if self._on_wait is not None and longest > LONG:
            self._on_wait(longest)
        self._last = int(due[-1])
        return due

    def _as_recorded(self, batch: FrameBatch, first: int) -> Int64s:
        due: Int64s = np.maximum.accumulate(np.maximum(self._scaled(batch.timestamp - first), self._last))
        return due

    def _shortened(self, batch: FrameBatch, most: int) -> Int64s:
        """Pause by pause, so that one time that is far off is a pause, and not the end of all others."""
        pauses = np.clip(self._scaled(np.diff(batch.timestamp, prepend=self._before)), 0, most)
        self._before = int(batch.timestamp[-1])
        due: Int64s = self._last + pauses.cumsum()
        return due

    def _scaled(self, nanoseconds: Int64s) -> Int64s:
        return nanoseconds if self._speed == 1.0 else (nanoseconds / self._speed).astype(np.int64)


def pace_of(frames: float | None, megabits: float | None) -> Pace | None:
    """The pace of so many frames, or million bits, a second; None where neither is asked: as fast as it goes.

    >>> pace_of(None, None), type(pace_of(4, None)).__name__
    (None, 'PacketRate')
    """
    if megabits:
        return BitRate(megabits)
    return PacketRate(frames) if frames else None


@contextmanager
def exact_sleeps() -> Iterator[None]:
    """While it lasts, the calling thread's sleeps end within microseconds, not the usual 50 (PR_SET_TIMERSLACK).

    >>> with exact_sleeps():
    ...     time.sleep(0)
    """
    prctl = ctypes.CDLL(None).prctl
    before = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_TIMERSLACK, max(before, 0), 0, 0, 0)


def until(when: int, stop: Stop, spin: int = SPIN, rehearse: Callable[[], object] | None = None) -> Steps[bool]:
    """Waits for that time of the monotonic clock, in nanoseconds; False where a stop was asked for before it.

    It sleeps up to `spin` nanoseconds before, and watches the clock from then on. In between it calls `rehearse`, so
    that what is to run then is in the processor's caches.

    >>> from rawkit.sockets.pausing import blocking
    >>> blocking(until(time.monotonic_ns() + 1000, Stop()))
    True
    """
    while (left := when - time.monotonic_ns()) > 0 and not stop.asked:
        if left > spin:
            yield Pause(min(left - spin, NAP) / SECOND)
        elif rehearse and left > REHEARSAL:
            rehearse()
    return not stop.asked
