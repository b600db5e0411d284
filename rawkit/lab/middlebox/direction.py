"""One direction of a faulty link, without I/O and without a clock: frames and times go in, frames to send come out."""

from __future__ import annotations

from collections import Counter, deque
from random import Random
from typing import Final, NamedTuple

from rawkit.lab.faults import Faults
from rawkit.lab.middlebox.answer import rejection
from rawkit.lab.middlebox.transport import transport

HOLD: Final = 0.2
"""Seconds after which a frame that was held back goes on although too few others have overtaken it."""

_FIRST_BIT: Final = 14 * 8
"""Where corruption may begin: behind the Ethernet header, or the frame would go nowhere at all."""


class Held(NamedTuple):
    """A frame that is held back: how many may still overtake it, and when it goes on in any case."""

    remaining: int
    until: float
    frame: bytes


class Direction:
    """Decides for each frame whether, when and in what shape it goes on.

    Times are seconds of any clock that does not go back.

    Attributes:
        counts: how many frames met each fate, by name.
        answers: frames to send back to where the rejected ones came from; who sends them empties the list.

    >>> direction = Direction(Faults(delay=0.5))
    >>> direction.arrive(b"frame", now=10.0)
    >>> direction.due(10.4), direction.deadline, direction.due(10.5)
    ([], 10.5, [b'frame'])
    """

    def __init__(self, faults: Faults) -> None:
        self.counts: Counter[str] = Counter()
        self.answers: list[bytes] = []
        self._faults = faults
        self._filtered = bool(faults.lose or faults.drop or faults.reject)
        self._lost = frozenset(faults.lose)
        self._random = Random(faults.seed)  # noqa: S311 - faults are to repeat, not to be secret
        self._queue: deque[tuple[float, bytes]] = deque()
        self._held: list[Held] = []
        self._line_free = 0.0
        self._last_due = 0.0
        self._transports = 0

    @property
    def deadline(self) -> float | None:
        """When `due` has the next frame; None where no frame is waiting."""
        times = [held.until for held in self._held]
        if self._queue:
            times.append(self._queue[0][0])
        return min(times, default=None)

    def arrive(self, frame: bytes, now: float) -> None:
        """Takes in a frame."""
        faults, chance = self._faults, self._random.random
        if self._filtered and not self._passes(frame):
            return
        if faults.loss and chance() < faults.loss:
            self.counts["lost"] += 1
            return
        if faults.corrupt and chance() < faults.corrupt:
            frame = self._corrupted(frame)
        if faults.reorder and chance() < faults.reorder:
            self.counts["reordered"] += 1
            self._held.append(Held(faults.gap, now + faults.delay + HOLD, frame))
            return
        self._enqueue(frame, now)
        if faults.duplicate and chance() < faults.duplicate:
            self.counts["duplicated"] += 1
            self._enqueue(frame, now)
        if self._held:
            self._overtake(now)

    def due(self, now: float) -> list[bytes]:
        """The frames whose time has come, in order."""
        ready = self._released(now) if self._held else []
        queue = self._queue
        while queue and queue[0][0] <= now:
            ready.append(queue.popleft()[1])
        return ready

    def _enqueue(self, frame: bytes, now: float) -> None:
        faults = self._faults
        leaves = now
        if faults.rate:
            start = max(now, self._line_free)
            if start - now > faults.queue:
                self.counts["overflowed"] += 1
                return
            leaves = self._line_free = start + len(frame) * 8 / faults.rate
        due = leaves + faults.delay
        if faults.jitter:
            due = max(self._last_due, due + faults.jitter * (2 * self._random.random() - 1))
            self._last_due = due
        self._queue.append((due, frame))

    def _overtake(self, now: float) -> None:
        held = [Held(remaining - 1, until, frame) for remaining, until, frame in self._held]
        self._held = [each for each in held if each.remaining > 0]
        for each in held:
            if each.remaining <= 0:
                self._enqueue(each.frame, now)

    def _released(self, now: float) -> list[bytes]:
        waiting = self._held
        self._held = [held for held in waiting if held.until > now]
        return [held.frame for held in waiting if held.until <= now]

    def _corrupted(self, frame: bytes) -> bytes:
        bits = len(frame) * 8
        if bits <= _FIRST_BIT:
            return frame
        self.counts["corrupted"] += 1
        turned = 1 << self._random.randrange(bits - _FIRST_BIT)
        return (int.from_bytes(frame) ^ turned).to_bytes(len(frame))

    def _passes(self, frame: bytes) -> bool:
        found = transport(frame)
        if found is None:
            return True
        self._transports += 1
        if self._transports in self._lost:
            self.counts["lost"] += 1
        elif found.port in self._faults.drop:
            self.counts["dropped"] += 1
        elif found.port in self._faults.reject:
            self.counts["rejected"] += 1
            answer = rejection(frame, found.ip_offset, self._faults.answer)
            self.answers += [answer] if answer else []
        else:
            return True
        return False
