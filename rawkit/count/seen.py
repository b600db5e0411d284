"""Which connections have been seen: a bit each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s


class Seen:
    """The connections of the packets that were counted. They are numbered as they begin, from 1.

    >>> seen = Seen()
    >>> seen.add(np.array([3, 3, 4])).tolist(), seen.add(np.array([4, 9])).tolist()
    ([0, 2], [1])
    >>> seen.has(np.array([2, 3, 9, 1000])).tolist()
    [False, True, True, False]
    """

    def __init__(self) -> None:
        self._bits = np.zeros(1024, dtype=np.uint8)

    def note(self, tracked: Tracked) -> Int64s:
        """Notes the connections of a batch; the places of the packets with which one is new.

        Where packets carry others, these count: the connections around them are seen, and no flows of their own here.
        """
        inner = innermost(tracked)
        if inner is not None:
            return self.add(inner)
        assert tracked.sources is not None
        last = np.flatnonzero(np.append(tracked.sources[1:] != tracked.sources[:-1], True))
        new = self.add(tracked.connections[last])
        self.add(tracked.connections)
        places: Int64s = tracked.sources[last[new]]
        return places

    def add(self, connections: Int64s) -> Int64s:
        """Notes connections, 0 for none; the places at which one stands that was not seen before, the first of each."""
        places = np.flatnonzero(~self.has(connections) & (connections > 0))
        if not len(places):
            return places
        new, first = np.unique(connections[places], return_index=True)
        self._reach(int(new[-1]))
        np.bitwise_or.at(self._bits, new >> 3, np.uint8(1) << (new & 7).astype(np.uint8))
        return np.sort(places[first])

    def has(self, connections: Int64s) -> NDArray[np.bool_]:
        """Which of them were seen."""
        at = connections >> 3
        bits = self._bits[np.minimum(at, len(self._bits) - 1)]
        found: NDArray[np.bool_] = (bits >> (connections & 7).astype(np.uint8) & 1 != 0) & (at < len(self._bits))
        return found

    def _reach(self, last: int) -> None:
        if last >> 3 >= len(self._bits):
            longer = np.zeros(2 * (last >> 3), dtype=np.uint8)
            longer[: len(self._bits)] = self._bits
            self._bits = longer


def innermost(tracked: Tracked) -> Int64s | None:
    """The connection of each packet; None where some carry others."""
    return tracked.connections if tracked.sources is None else None
