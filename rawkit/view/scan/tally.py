"""What is known of each host of a scan so far: how many ports of each kind, and the few that are listed one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Int64s
from rawkit.probe.scan.kinds import OPEN, STATES
from rawkit.probe.scan.space import Space
from rawkit.probe.scan.values import Verdicts
from rawkit.view.scan.rows import PortVerdict, rows

Counts = NDArray[np.uint32]
Key = TypeVar("Key", int, tuple[int, int])

_UNKNOWN: Final = np.float32(np.inf)
_ONE: Final = np.uint32(1)


class Tally:
    """Counts verdicts host by host, in a few bytes a host; hosts are numbered as in a `Space`.

    Args:
        space: what is scanned.
        names: by which addresses were given.
        limits: ports of each state, other than open, that are kept one by one; of more the number alone.
        protocol: of the ports.
    """

    def __init__(self, space: Space, names: Mapping[str, str], limits: Mapping[int, int], protocol: str) -> None:
        self._space, self._names, self._limits, self._protocol = space, names, limits, protocol
        self.known = self._counters()
        self._kinds: dict[tuple[int, int], Counts] = {}
        self._states: dict[int, Counts] = {}
        self._nearest = np.full(space.hosts, _UNKNOWN, dtype=np.float32)
        self._rows: dict[int, list[PortVerdict]] = {}

    def take(self, verdicts: Verdicts) -> Int64s:
        """Takes verdicts; returns the hosts whose ports are all known now, sorted."""
        hosts = self._space.host(self._space.numbers(verdicts.ends))
        for (state, kind), of_kind in _by_kind(verdicts, hosts):
            np.add.at(self._of(self._kinds, (state, kind)), of_kind, _ONE)
            if self._limits.get(state):
                np.add.at(self._of(self._states, state), of_kind, _ONE)
        timed = verdicts.rtt >= 0
        np.minimum.at(self._nearest, hosts[timed], verdicts.rtt[timed].astype(np.float32))
        self._keep(verdicts, hosts)
        np.add.at(self.known, hosts, _ONE)
        whole = np.sort(hosts[self.known[hosts] == len(self._space.ports)])
        once: Int64s = whole[np.diff(whole, prepend=-1) > 0]  # np.unique would do, and loads numpy.ma, 15 ms
        return once

    def begun(self) -> Int64s:
        """The hosts of which something is known, sorted."""
        return np.flatnonzero(self.known)

    def counts(self, host: int) -> dict[tuple[int, int], int]:
        """Ports of a host by state and kind of answer, those there are."""
        return {pair: int(numbers[host]) for pair, numbers in self._kinds.items() if numbers[host]}

    def latency(self, host: int) -> int | None:
        """Nanoseconds of the shortest round trip to a host; None where there was none."""
        nearest = self._nearest[host]
        return None if nearest == _UNKNOWN else int(nearest)

    def open_ports(self, host: int) -> tuple[int, ...]:
        """The open ports of a host so far, sorted."""
        return tuple(sorted(row.port for row in self._rows.get(host, ()) if row.state == STATES[OPEN]))

    def rows(self, host: int) -> list[PortVerdict]:
        """The ports of a host to list, in order; they are forgotten."""
        return sorted(self._rows.pop(host, []), key=lambda row: row.port)

    def _keep(self, verdicts: Verdicts, hosts: Int64s) -> None:
        few = verdicts.state == OPEN
        for state, numbers in self._states.items():
            few |= (verdicts.state == state) & (numbers[hosts] <= self._limits[state])
        kept = zip(hosts[few].tolist(), rows(verdicts.select(few), self._names, self._protocol), strict=True)
        for host, row in kept:
            self._rows.setdefault(host, []).append(row)

    def _of(self, counters: dict[Key, Counts], key: Key) -> Counts:
        """The counters of a key, which are made when something is counted first."""
        if key not in counters:
            counters[key] = self._counters()
        return counters[key]

    def _counters(self) -> Counts:
        return np.zeros(self._space.hosts, dtype=np.uint32)


def _by_kind(verdicts: Verdicts, hosts: Int64s) -> Iterator[tuple[tuple[int, int], Int64s]]:
    """The hosts of each state and kind of answer; most often there is one for all."""
    if (verdicts.state == verdicts.state[0]).all() and (verdicts.kind == verdicts.kind[0]).all():
        yield (int(verdicts.state[0]), int(verdicts.kind[0])), hosts
        return
    for state, kind in set(zip(verdicts.state.tolist(), verdicts.kind.tolist(), strict=True)):
        yield (state, kind), hosts[(verdicts.state == state) & (verdicts.kind == kind)]
