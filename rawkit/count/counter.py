"""`Counter`: takes the packets and events of a capture, batch by batch, and says what they come to."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from typing import Final

import numpy as np

from rawkit.count.dns import DnsCount
from rawkit.count.events import Attempts, Reset, resets
from rawkit.count.fields import FieldKeys
from rawkit.count.groups import MOST, Groups
from rawkit.count.measures import BYTES, FLOWS, MEASURES, SENT, Measure
from rawkit.count.seen import Seen
from rawkit.count.traffic import ADDRESS, both_ways, measured, pairs, traffic
from rawkit.decode import Packets, layout
from rawkit.errors import RawkitError
from rawkit.flow import layout as flow_layout
from rawkit.flow.layout import ANALYSIS
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s

WANTED: Final = flow_layout.HANDSHAKE | flow_layout.TEARDOWN
"""Kinds of events that the tracker has to give for it."""


class Counter:
    """Counts packets, and events of the connections that packets were counted of.

    Args:
        by: fields of packets (those of `--fields`) to group them by besides.
        sort: the measure by which hosts, pairs, ports, protocols and groups of fields are sorted, and by which the
            heaviest are kept where there are too many.
        most: of each table, the rows that are kept where there are more than twice as many.

    Raises FieldError for a field that there is not, RawkitError for another measure.

    Attributes:
        frames: packets so far.
        bytes: of these, on the wire.
        flows: connections and conversations that they belong to.
        first: the earliest time, None before the first packet.
        last: the latest.
        analysis: packets by flag of `tcp.analysis`.
        stopped: packets of which decoding stopped early, by the number in the STOP column and, where the link type is
            the reason, the link type (else -1).
        resets: aborted connections by transport, who aborted, and why.
        keyless: packets that have none of the fields in `by`.
    """

    def __init__(self, by: Sequence[str] = (), *, sort: str = "bytes", most: int = MOST) -> None:
        if sort not in MEASURES:
            raise RawkitError(f"sort {sort!r}: use one of {', '.join(MEASURES)}")
        weight = MEASURES.index(sort)
        count, more = len(MEASURES), len(MEASURES) + len(SENT)
        self.sort: Measure = MEASURES[weight]
        self.frames = self.bytes = self.flows = self.keyless = 0
        self.first: int | None = None
        self.last: int | None = None
        self.analysis: Tally[str] = Tally()
        self.stopped: Tally[tuple[int, int]] = Tally()
        self.resets: Tally[Reset] = Tally()
        self.hosts = Groups(ADDRESS, more, weight, most)
        self.pairs = Groups(2 * ADDRESS - 1, more, weight, most)
        self.ports = Groups(2, count, weight, most)
        self.protocols = Groups(2, count, weight, most)
        self.attempts, self.dns = Attempts(most), DnsCount(most)
        self.fields = FieldKeys(by) if by else None
        self.chosen = Groups(self.fields.width, count, weight, most) if self.fields else None
        self._seen = Seen()

    def take(self, packets: Packets, tracked: Tracked) -> None:
        """Counts the packets of a batch, and the events that come with them."""
        if len(packets):
            self._count(packets, tracked)
        self.tell(tracked.events)

    def tell(self, events: Int64s) -> None:
        """Counts events; of connections of which no packet was counted yet, none."""
        if not len(events):
            return
        counts = self._seen.has(events[:, flow_layout.EVENT_ROW + flow_layout.CONNECTION])
        kind = np.where(counts, events[:, flow_layout.EVENT_KIND], 0)
        self.attempts.add(events[kind == flow_layout.HANDSHAKE])
        aborted = events[:, flow_layout.EVENT_ROW + flow_layout.RESET_REASON] > 0
        self.resets += resets(events[(kind == flow_layout.TEARDOWN) & aborted])

    def _count(self, packets: Packets, tracked: Tracked) -> None:
        sums = measured(packets, tracked, self._seen)
        self.frames += len(packets)
        self.bytes += int(sums[:, BYTES].sum())
        self.flows += int(sums[:, FLOWS].sum())
        first, last = int(packets.batch.timestamp.min()), int(packets.batch.timestamp.max())
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)
        found = traffic(packets, tracked, sums)
        self.hosts.add(*both_ways(found))
        self.pairs.add(*pairs(found))
        has_port = found.service[:, 1] >= 0
        self.ports.add(found.service[has_port], found.sums[has_port])
        self.protocols.add(found.protocol, found.sums)
        self._count_flags(tracked)
        self._count_stops(packets)
        self.dns.add(packets, tracked)
        if self.fields and self.chosen:
            keys = self.fields.keys(packets, tracked)
            has_key = keys[:, 0] != 0
            self.keyless += int(np.count_nonzero(~has_key))
            self.chosen.add(keys[has_key], sums[has_key])

    def _count_flags(self, tracked: Tracked) -> None:
        flags = tracked.analysis[tracked.analysis != 0]
        for value, count in zip(*np.unique(flags, return_counts=True), strict=True):
            for bit, word in enumerate(ANALYSIS):
                if int(value) >> bit & 1:
                    self.analysis[word] += int(count)

    def _count_stops(self, packets: Packets) -> None:
        rows = packets.rows[packets.rows[:, layout.STOP] != 0]
        links = np.where(rows[:, layout.STOP] >> 8, -1, rows[:, layout.LINK_TYPE])
        for stop, link in zip(rows[:, layout.STOP].tolist(), links.tolist(), strict=True):
            self.stopped[stop, link] += 1
