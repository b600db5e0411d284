"""`DisplayFilter`: a filter in Wireshark's language, bound to what rawkit knows of packets and events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rawkit.decode import Packets
from rawkit.decode.rows import Mask
from rawkit.flow.endpoints import Row
from rawkit.flow.event_names import Name
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.query.bind import bind
from rawkit.query.checks import Check, names_of, split
from rawkit.query.packets import Clock, PacketValues
from rawkit.query.parser import parse
from rawkit.query.syntax import Expression
from rawkit.query.tokens import wrong
from rawkit.values import dataclass

Make = Callable[[Row], Any]
"""Makes the value of an event's row, None where there is none."""
MOST_LEAVES = 6
"""Tests over packets beside tests over events: what is known of a connection are the answers together, 2 to the 6."""


@dataclass(frozen=True, slots=True, eq=False)
class DisplayFilter:
    """A filter in Wireshark's display filter language (docs/filters.md).

    Attributes:
        text: as it was written.
        event: of events, their view: fields of that view are there beside those of packets; None: of packets.
        check: the whole test; of events with leaves in the place of what is over packets.
        leaves: the tests over packets of a filter of events.
    """

    text: str
    event: Name | None
    check: Check
    leaves: tuple[Check, ...]

    @property
    def needs_tracked(self) -> bool:
        """Whether it asks what the flow tracker says."""
        return any(name.tracked for check in (self.check, *self.leaves) for name in names_of(check))

    @property
    def needs_order(self) -> bool:
        """Whether it asks what came before, so that batches have to come in their order."""
        return any(name.ordered for check in (self.check, *self.leaves) for name in names_of(check))

    def mask(self, packets: Packets, tracked: Tracked | None = None, clock: Clock | None = None) -> Mask:
        """Which packets of a batch it lets through: a truth value each.

        Args:
            packets: the packets.
            tracked: what the tracker says of them, for `tcp.stream`, `udp.stream` and `tcp.analysis`.
            clock: the same one for each batch of a capture, for `frame.time_relative` and `frame.time_delta`; without
                it they count from the first of these packets.

        FilterError where it needs `tracked`, or is one of events.

        >>> from rawkit.decode import Decoder
        >>> from rawkit.frames import FrameBatch
        >>> packets = Decoder(Engine("interpreted")).decode(FrameBatch.from_frames([bytes(60), bytes(61)]))
        >>> compile_filter("frame.len > 60").mask(packets).tolist()
        [False, True]
        """
        if self.event is not None:
            wrong(0, f"it is a filter of {self.event}: it has no packets to choose from")
        return _masks((self.check,), packets, tracked, clock)[0]

    def packet_masks(self, packets: Packets, tracked: Tracked | None, clock: Clock) -> Sequence[Mask]:
        """Of a filter of events: which packets pass each of its tests over packets."""
        return _masks(self.leaves, packets, tracked, clock)

    def event_mask(self, engine: Engine, events: Int64s, known: Int64s, make: Make | None = None) -> Mask:
        """Which events it lets through.

        Args:
            engine: runs the kernels.
            events: as the tracker gives them.
            known: a number an event, bit n of which says that one of its packets gave the answers n, of which bit k
                is that to the test k over packets. 1 where there is no such test.
            make: makes the value of an event's row, where the row alone does not tell it.
        """
        from rawkit.query.events import EventValues

        assert self.event is not None
        values = EventValues(engine, self.event, events, make)
        found = np.zeros(len(events), dtype=np.bool_)
        for answers in range(1 << len(self.leaves)):
            has = known >> answers & 1 != 0
            if has.any():
                values.leaves = [np.full(len(events), bool(answers >> leaf & 1)) for leaf in range(len(self.leaves))]
                found |= has & self.check.mask(values)
        return found


def _masks(checks: Sequence[Check], packets: Packets, tracked: Tracked | None, clock: Clock | None) -> Sequence[Mask]:
    values = PacketValues(packets, tracked, clock or Clock())
    with np.errstate(all="ignore"):
        return [check.mask(values) for check in checks]


def compile_filter(text: str, event: Name | None = None) -> DisplayFilter:
    """The filter that a text says, of packets, or of events of a kind.

    Args:
        text: in Wireshark's display filter language.
        event: `handshakes`, `teardowns`, `udp`, `flows` or `latency`: their fields are there too
            (`flow.conn_state == "S0"`).

    FilterError, which tells the column, for what is wrong with it.

    >>> compile_filter("tcp.prot == 80")
    Traceback (most recent call last):
    rawkit.errors.FilterError: display filter, column 1: there is no field or protocol 'tcp.prot': did you mean \
tcp.port?
    """
    return bound_filter(text, parse(text), event)


def bound_filter(text: str, expression: Expression, event: Name | None) -> DisplayFilter:
    """The filter that a tree says; FilterError where it cannot be asked."""
    check = bind(expression, event)
    if event is None:
        return DisplayFilter(text, None, check, ())
    over_events, leaves = split(check)
    if len(leaves) > MOST_LEAVES:
        wrong(0, f"at most {MOST_LEAVES} tests over packets stand beside tests over events: group them with brackets")
    return DisplayFilter(text, event, over_events, leaves)
