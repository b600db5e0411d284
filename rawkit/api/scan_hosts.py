"""What a scan knows of each host so far."""

from __future__ import annotations

import numpy as np

from rawkit.probe.scan.kinds import STATES
from rawkit.probe.scan.space import Space
from rawkit.values import dataclass
from rawkit.view.scan.rows import addresses
from rawkit.view.scan.tally import Tally


@dataclass(frozen=True, slots=True)
class HostSummary:
    """What is known of a host.

    Attributes:
        host: its address, a link-local one with its link (`fe80::1%eth0`).
        name: by which it was given, if it was.
        open: its open ports, sorted.
        states: how many ports have each state that there is: `open`, `closed` …
        latency_ns: nanoseconds of the shortest round trip, None where there was none.
        whole: whether all ports that it is asked are known.
    """

    host: str
    name: str | None
    open: tuple[int, ...]
    states: dict[str, int]
    latency_ns: int | None
    whole: bool


def host_summaries(tally: Tally, space: Space, names: dict[str, str]) -> list[HostSummary]:
    """The hosts of which something is known, in the order of the space."""
    found = []
    begun = tally.begun()
    for number, host in zip(begun.tolist(), addresses(space.addresses(begun, np.zeros_like(begun))), strict=True):
        states: dict[str, int] = {}
        for (state, _), count in tally.counts(number).items():
            states[STATES[state]] = states.get(STATES[state], 0) + count
        whole = int(tally.known[number]) == len(space.ports)
        opened, nearest = tally.open_ports(number), tally.latency(number)
        found.append(HostSummary(host, names.get(host), opened, states, nearest, whole))
    return found
