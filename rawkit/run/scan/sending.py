"""Probes on their way: two threads send the parts of a batch, one of which makes the next batch meanwhile.

The kernel does most of a probe's work while it is sent, up to the answer, where that comes at once; so a second
processor helps where there is one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import numpy as np

from rawkit.frames import FrameBatch, Int64s
from rawkit.probe.scan.values import Probes
from rawkit.sockets.pausing import OTHERS, Steps

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

STAMPED: Final = 256
"""Probes that share a send time, that of the first: answers can come while the rest is on its way."""
OWN, OTHER = 0, 1
"""The threads: the scan's own, and the one that helps it."""


class Sender(Protocol):
    """Sends frames out of one interface; used by one thread."""

    def load(self, batch: FrameBatch) -> Any:
        """A batch, ready to be sent."""

    def send_part(self, load: Any, begin: int, end: int) -> None:
        """Sends frames of what `load` gave, from `begin` to `end`."""


class Share:
    """The probes of a batch that leave the same way.

    Args:
        rows: which they are.
        frames: one for each.
        senders: one for each thread.
    """

    def __init__(self, rows: Int64s, frames: FrameBatch, senders: Sequence[Sender]) -> None:
        self._rows, self._frames, self._senders = rows, frames, senders
        self._left = deque(range(0, len(rows), STAMPED))  # two threads may take from it (collections.deque)

    def send(self, thread: int, times: Int64s, clock: Callable[[], int]) -> None:
        """Sends the parts that no thread has begun; puts down when each began."""
        deque(self.parts(thread, times, clock), maxlen=0)

    def parts(self, thread: int, times: Int64s, clock: Callable[[], int]) -> Iterator[None]:
        """The same, part by part."""
        load, sender = None, self._senders[thread]
        while (begin := self._next()) is not None:
            load = load or sender.load(self._frames)
            end = min(begin + STAMPED, len(self._rows))
            times[self._rows[begin:end]] = clock()
            sender.send_part(load, begin, end)
            yield

    def _next(self) -> int | None:
        try:
            return self._left.popleft()
        except IndexError:
            return None


class Burst:
    """A batch of probes, ready to be sent.

    Attributes:
        probes: which they are.
        times: when each left, or a moment before; once all are sent.
    """

    def __init__(self, probes: Probes, shares: Sequence[Share], clock: Callable[[], int]) -> None:
        self.probes, self.times = probes, np.empty(len(probes), dtype=np.int64)
        self._shares, self._clock = shares, clock

    def send(self, thread: int = OWN) -> None:
        """Sends what no other thread has begun to send."""
        for share in self._shares:
            share.send(thread, self.times, self._clock)

    def steps(self) -> Steps[None]:
        """Sends all of it; others go on between two parts."""
        for share in self._shares:
            for _ in share.parts(OWN, self.times, self._clock):
                yield OTHERS


class Helper:
    """A thread that sends, from the first burst that it is given; a context manager.

    >>> with Helper() as helper:
    ...     helper.begin(Burst(Probes(*[np.empty(0, "i8")] * 3), [], int))
    ...     helper.busy, len(helper.finish().probes), helper.finish()
    (True, 0, None)
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._burst: tuple[Burst, Future[None]] | None = None

    @property
    def busy(self) -> bool:
        """Whether a burst was begun and not finished."""
        return self._burst is not None

    def begin(self, burst: Burst) -> None:
        """Has a burst sent, after the one before was finished."""
        from concurrent.futures import ThreadPoolExecutor  # most scans are over before they need it

        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "rawkit-send")
        self._burst = burst, self._pool.submit(burst.send, OTHER)

    def finish(self) -> Burst | None:
        """Sends what is left of a burst that was begun, and returns it; None where there is none.

        Raises what either thread was told by its sender.
        """
        if self._burst is None:
            return None
        (burst, future), self._burst = self._burst, None
        burst.send(OWN)
        future.result()
        return burst

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()
