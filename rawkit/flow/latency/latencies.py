"""`Latencies`: takes the packets of open TCP connections batch by batch, and tells where their time went at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from rawkit.decode import Packets
from rawkit.decode import layout as packet_layout
from rawkit.facts import ip_protocols, tcp
from rawkit.flow import layout as flow_layout
from rawkit.flow.endpoints import Row
from rawkit.flow.latency import layout
from rawkit.flow.latency.kept import Kept
from rawkit.flow.latency.lookups import Lookups, addresses
from rawkit.flow.latency.telling import told
from rawkit.flow.latency.values import Latency, Lookup
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s
from rawkit.kernels import Engine

MOST_OPEN: Final = 1 << 17
"""Connections that are timed at once: their rows take 114 MiB; others that begin meanwhile are counted, not timed."""
FIRST_ROWS: Final = 256
RECORDS_AT_ONCE: Final = 4096


class Latencies:
    """Times TCP connections. Memory follows those that are open, up to `MOST_OPEN`.

    Args:
        engine: runs the kernel.

    Attributes:
        untimed: connections that there was no room for.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open: dict[int, Kept] = {}
        self._slots: dict[int, Kept] = {}
        self._free: list[int] = []
        self._state = np.full(FIRST_ROWS * layout.WIDTH, flow_layout.NOT_YET, dtype=np.int64)
        self._records = np.zeros(RECORDS_AT_ONCE * layout.RECORD_WIDTH, dtype=np.int64)
        self._key = np.zeros(flow_layout.KEY_ROOM, dtype=np.int64)
        self._lookups = Lookups()
        self.untimed = 0

    def take(self, packets: Packets, tracked: Tracked) -> None:
        """Takes the packets of a batch, in order."""
        count = len(packets)
        if not count:
            return
        self._lookups.take(packets)
        slots, done = self._rows_of(packets, innermost(tracked, count)), 0
        counts = np.zeros(1, dtype=np.int64)
        while done < count:
            done = self._engine.call(
                "rawkit.flow.latency.latency_kernel", "measure", count - done,
                packets.batch.data, packets.batch.offset, packets.batch.timestamp, packets.rows.reshape(-1),
                packets.numbers, slots, tracked.analysis, done, count, self._key, self._state, self._records, counts,
            )  # fmt: skip
            size = int(counts[0]) * layout.RECORD_WIDTH
            for record in self._records[:size].reshape(-1, layout.RECORD_WIDTH).tolist():
                self._slots[record[layout.SLOT]].add(record)
            counts[0] = 0

    def end(self, row: Row) -> Latency | None:
        """Where the time of a connection went that has ended, by the row of its event; None where it was not timed.

        It is then forgotten. One packet takes no time: of that there is None too.
        """
        found = self.peek(row)
        self.forget(row)
        return found

    def forget(self, row: Row) -> None:
        """Forgets a connection that has ended."""
        kept = self._open.pop(row[flow_layout.CONNECTION], None)
        if kept is not None:
            del self._slots[kept.slot]
            self._state[kept.slot * layout.WIDTH + layout.BEGIN_TIME] = flow_layout.NOT_YET
            self._free.append(kept.slot)

    def peek(self, row: Row) -> Latency | None:
        """The same, and nothing is forgotten."""
        kept = self._open.get(row[flow_layout.CONNECTION])
        if kept is None:
            return None
        at = kept.slot * layout.WIDTH
        return told(row, self._state[at : at + layout.WIDTH].tolist(), kept)

    def _rows_of(self, packets: Packets, connections: Int64s) -> Int64s:
        """The row of each packet's connection, -1 of packets that are not TCP."""
        is_tcp = (packets.rows[:, packet_layout.PROTOCOL] == ip_protocols.TCP) & (connections > 0)
        places = np.flatnonzero(is_tcp)
        slots = np.full(len(packets), -1, dtype=np.int64)
        found, first, each = np.unique(connections[places], return_index=True, return_inverse=True)
        rows = [self._row(packets, int(places[at]), number) for number, at in _in_order(found, first)]
        by_number = np.empty(len(found), dtype=np.int64)
        by_number[np.argsort(first, kind="stable")] = rows
        slots[places] = by_number[each.reshape(-1)]
        return slots

    def _row(self, packets: Packets, place: int, connection: int) -> int:
        """The row of a connection, a new one where it has none."""
        kept = self._open.get(connection)
        if kept is not None:
            return kept.slot
        if len(self._open) >= MOST_OPEN:
            self.untimed += 1
            return -1
        kept = self._open[connection] = Kept(self._free.pop() if self._free else len(self._open))
        self._slots[kept.slot] = kept
        if (kept.slot + 1) * layout.WIDTH > len(self._state):
            longer = np.full(2 * len(self._state), flow_layout.NOT_YET, dtype=np.int64)
            longer[: len(self._state)] = self._state
            self._state = longer
        if not self._lookups.is_empty:
            kept.lookup = self._lookup(packets, place)
        return kept.slot

    def _lookup(self, packets: Packets, place: int) -> Lookup | None:
        """The DNS exchange before a SYN."""
        flags = packets["tcp.flags"]
        ends = addresses(packets, place)
        if ends is None or int(flags.values[place]) & (tcp.SYN | tcp.ACK) != tcp.SYN:
            return None
        return self._lookups.led_to(*ends, int(packets.batch.timestamp[place]))


def _in_order(connections: Int64s, first: Int64s) -> Iterator[tuple[int, int]]:
    """Connections and the place of their first packet, in the order of these."""
    order = np.argsort(first, kind="stable")
    pairs: Iterable[tuple[int, int]] = zip(connections[order].tolist(), first[order].tolist(), strict=True)
    yield from pairs


def innermost(tracked: Tracked, count: int) -> Int64s:
    """The connection of each packet; of one in a tunnel its own, not that of the tunnel; 0 for none."""
    if tracked.sources is None:
        return tracked.connections
    found = np.zeros(count, dtype=np.int64)
    found[tracked.sources] = tracked.connections  # those that carry a packet come before it, and the last one stays
    found[tracked.stream < 0] = 0
    return found
