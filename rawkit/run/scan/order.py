"""What a scan would send, in the order in which it would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from rawkit.probe.scan.permutation import Permutation
from rawkit.probe.scan.space import Endpoints, Space
from rawkit.probe.scan.values import ScanPlan
from rawkit.run.scan.request import ScanRequest, shard_of
from rawkit.run.scan.scope import find_scope

BATCH: Final = 4096


class ScanOrder:
    """The addresses and ports of a scan, or of a shard of it; iterate for a few thousand at a time.

    Args:
        request: what is asked; nothing is sent.

    Raises what `find_scope` does.

    Attributes:
        hosts: addresses of all shards.
        ports: that each of them is asked.
        note: what is to be said of the ports; empty where they are what was asked for.

    >>> order = ScanOrder(ScanRequest(("192.0.2.1-2",), "80,443", seed=1, shard="2/3"))
    >>> order.hosts, order.ports, len(order)
    (2, 2, 1)
    >>> [(str(ends.address(0)), int(ends.port[0])) for ends in order]
    [('192.0.2.2', 80)]
    """

    def __init__(self, request: ScanRequest) -> None:
        scope = find_scope(request)
        self._space, self._plan = Space(scope.ranges, scope.ports), ScanPlan(0, shard_of(request.shard))
        self._seed = request.seed_or_any()
        self.hosts, self.ports, self.note = self._space.hosts, len(scope.ports), scope.note

    def __len__(self) -> int:
        """How many probes there are, each counted once."""
        return self._plan.turns(len(self._space))

    def __iter__(self) -> Iterator[Endpoints]:
        order, (part, parts) = Permutation(len(self._space), self._seed), self._plan.shard
        for begin in range(0, len(self), BATCH):
            turns = np.arange(begin, min(begin + BATCH, len(self)))
            yield self._space.endpoints(order.forward(turns * parts + part - 1))
