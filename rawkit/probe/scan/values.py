"""What the engine of a scan is given, and what it gives: the plan, probes to be sent, verdicts, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Int64s
from rawkit.probe.scan.kinds import SYN_SCAN, ScanKind
from rawkit.probe.scan.patience import USUAL, Patience
from rawkit.probe.scan.space import Endpoints
from rawkit.probe.scan.window import Window


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """How a scan goes; times are nanoseconds.

    Attributes:
        seed: of the order; shards need the same.
        shard: which part, counted from 1, and of how many.
        rate: probes a second, retransmissions included; None for a window that answers open and losses close.
        retries: how often a probe is sent again at most.
        timeout: how long to wait for an answer; None to learn it from round trips.
        patience: between which limits.
        least, most: probes a second that the window neither falls below nor goes above; None for no such limit.
        at_once: how far the window opens.
        scan: which kind.
    """

    seed: int
    shard: tuple[int, int] = (1, 1)
    rate: float | None = None
    retries: int = 10
    timeout: int | None = None
    patience: Patience = USUAL
    least: float | None = None
    most: float | None = None
    at_once: int = Window.MOST
    scan: ScanKind = SYN_SCAN

    def turns(self, size: int) -> int:
        """How many of `size` probes are this shard's."""
        part, parts = self.shard
        return (size - part) // parts + 1 if size >= part else 0

    def places(self, turns: Int64s) -> Int64s:
        """Where in the order of all probes the turns of this shard are."""
        part, parts = self.shard
        return turns * parts + part - 1


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """Probes to be sent: their turns, the numbers of what they are sent to, and how often each was sent before."""

    turns: Int64s
    numbers: Int64s
    tries: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.turns)


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What ports are, one entry each.

    Attributes:
        turns: of the probes.
        ends: address and port.
        state: `OPEN`, `CLOSED` … (`rawkit.probe.scan.kinds`).
        kind: of the answer (the same), or `NO_RESPONSE`.
        ttl: of the answer; -1 without one.
        rtt: nanoseconds; -1 where it is not known, since the probe was sent again or not answered.
        at: when the answer came, or was given up.
        sender: who answered.
    """

    turns: Int64s
    ends: Endpoints
    state: Int64s
    kind: Int64s
    ttl: Int64s
    rtt: Int64s
    at: Int64s
    sender: Endpoints

    def __len__(self) -> int:
        return len(self.turns)

    def select(self, rows: NDArray[np.bool_] | Int64s) -> Verdicts:
        """The entries that a mask or indices name."""
        state, kind, ttl, rtt, at = (one[rows] for one in (self.state, self.kind, self.ttl, self.rtt, self.at))
        ends, sender = self.ends.select(rows), self.sender.select(rows)
        return Verdicts(self.turns[rows], ends, state, kind, ttl, rtt, at, sender)


@dataclass(slots=True)
class ScanCounts:
    """How far a scan is.

    Attributes:
        probes: how many there are, each counted once.
        sent: frames sent, each retransmission counted.
        found: verdicts by state.
    """

    probes: int
    sent: int = 0
    found: dict[int, int] = field(default_factory=dict)

    @property
    def decided(self) -> int:
        """How many probes have a verdict."""
        return sum(self.found.values())
