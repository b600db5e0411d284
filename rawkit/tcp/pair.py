"""`Pair`: two connections and a faulty wire between them, in virtual time: no sockets, no waiting.

Segments pass as bytes, so that headers and checksums take part.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from heapq import heappop, heappush
from ipaddress import IPv4Address
from typing import Final

from rawkit.tcp.connection import Connection
from rawkit.tcp.flow import Flow
from rawkit.tcp.isn import initial_sequence
from rawkit.tcp.packing import pack, unpack
from rawkit.tcp.settings import MILLISECOND, Settings
from rawkit.tcp.states import State
from rawkit.values import dataclass

FLOW: Final = Flow(IPv4Address("192.0.2.1"), 40000, IPv4Address("192.0.2.2"), 80)
"""The ends of the pair, seen from the one that opens."""


@dataclass(frozen=True, slots=True)
class WireFaults:
    """What the wire does to segments; both directions alike.

    Attributes:
        delay, jitter: nanoseconds each takes, and up to how much more: what takes longer is overtaken.
        loss, duplicate, corrupt: how likely it is lost, comes twice, has a bit turned over; 0 to 1.
        until: nanoseconds after which the wire is good; None for never.
    """

    delay: int = 10 * MILLISECOND
    jitter: int = 0
    loss: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    until: int | None = None


class Pair:
    """Two ends; the first opens, the second listens.

    Args:
        settings: of both ends, or of each.
        faults: of the wire.
        seed: of chance. The same seed gives the same run.
        both_open: both send a SYN (RFC 9293, section 3.5, figure 7).

    Attributes:
        now: the virtual time in nanoseconds.
        ends: the two connections.
        sent: how many segments were given to the wire.

    >>> pair = Pair(faults=WireFaults(loss=0.1), seed=1)
    >>> pair.ends[0].send(b"hello", pair.now)
    5
    >>> pair.run(lambda: pair.ends[1].readable == 5)
    True
    >>> pair.ends[1].read(10, pair.now)
    b'hello'
    """

    def __init__(
        self,
        settings: Settings | tuple[Settings, Settings] = Settings(),  # noqa: B008 (a frozen value)
        faults: WireFaults = WireFaults(),  # noqa: B008
        seed: int = 0,
        *,
        both_open: bool = False,
    ) -> None:
        first, second = settings if isinstance(settings, tuple) else (settings, settings)
        self._random = random.Random(seed)  # noqa: S311 (chance, not secrets)
        self.now = self._random.randrange(1 << 48)
        secret = self._random.randbytes(16)
        self.ends = (
            Connection(FLOW, first, secret, self.now, initial=initial_sequence),
            Connection(FLOW.reversed, second, secret, self.now, initial=initial_sequence),
        )
        self.sent = 0
        self._faults, self._began = faults, self.now
        self._on_the_way: list[tuple[int, int, int, bytes]] = []
        self.ends[0].open(self.now)
        if both_open:
            self.ends[1].open(self.now)
        else:
            self.ends[1].listen(self.now)

    def _collect(self) -> None:
        for place, end in enumerate(self.ends):
            for segment in end.segments():
                self._carry(1 - place, pack(segment, end.flow))

    def _carry(self, to: int, data: bytes) -> None:
        faults, chance = self._faults, self._random.random
        self.sent += 1
        if faults.until is not None and self.now - self._began > faults.until:
            faults = WireFaults(faults.delay)
        if chance() < faults.loss:
            return
        for _ in range(2 if chance() < faults.duplicate else 1):
            copy = self._damaged(data) if chance() < faults.corrupt else data
            at = self.now + faults.delay + int(chance() * faults.jitter)
            heappush(self._on_the_way, (at, self.sent, to, copy))

    def _damaged(self, data: bytes) -> bytes:
        """One bit is turned over, which every checksum sees; two may hide each other from TCP's."""
        at = self._random.randrange(len(data))
        return data[:at] + bytes((data[at] ^ 1 << self._random.randrange(8),)) + data[at + 1 :]

    @property
    def next(self) -> int | None:
        """When something happens next by itself; None where nothing does: both are done, or wait for their users."""
        self._collect()
        times = [end.deadline for end in self.ends if end.deadline is not None]
        times += [self._on_the_way[0][0]] if self._on_the_way else []
        return min(times, default=None)

    def step(self) -> bool:
        """Goes on to what happens next; False where nothing does."""
        at = self.next
        if at is None:
            return False
        self.now = max(self.now, at)
        if self._on_the_way and self._on_the_way[0][0] <= self.now:
            _at, _number, to, data = heappop(self._on_the_way)
            segment = unpack(data, self.ends[to].flow)
            if segment is not None:
                self.ends[to].receive(segment, self.now)
        for end in self.ends:
            if end.deadline is not None and end.deadline <= self.now:
                end.tick(self.now)
        return True

    def run(self, until: Callable[[], bool] | None = None, steps: int = 1_000_000) -> bool:
        """Goes on until a function says so, or nothing happens any more; whether that came within so many steps."""
        for _ in range(steps):
            if until is not None and until():
                return True
            if not self.step():
                return until is None
        return False

    @property
    def is_over(self) -> bool:
        """Whether both connections are over."""
        return all(end.state is State.CLOSED for end in self.ends)
