"""What one batch of a capture brought: packets, what the tracker says of them, events."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rawkit.decode import Packets
from rawkit.decode.fields import DEFAULT_FIELDS, FIELDS, known
from rawkit.flow import layout
from rawkit.flow.conn_log.table import flow_table
from rawkit.flow.endpoints import Row
from rawkit.flow.kinds import KINDS, Event
from rawkit.flow.table.tracker import Tracked
from rawkit.flow.tracked_columns import tracked_columns
from rawkit.kernels import Engine
from rawkit.tables import Table
from rawkit.tables.rows import field_names
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one batch of a capture brought.

    Attributes:
        packets: the packets of the batch; at the last step none.
        tracked: what the tracker says of them, and the events that they led to.
        kinds: the kinds of events that were asked for.
        engine: runs the kernels.

    >>> import rawkit
    >>> with rawkit.open("captures/tcp-connect-refused.pcap") as capture:
    ...     [(len(step.packets), len(step.flow_table())) for step in capture.steps()]
    [(2, 0), (0, 1)]
    """

    packets: Packets
    tracked: Tracked
    kinds: Collection[type[Event]]
    engine: Engine

    def packet_table(self, fields: Sequence[str] | None = None) -> Table:
        """A row a packet: the columns of JSON, or those that `fields` names (docs/views.md has all).

        FieldError for one that there is not.
        """
        names = known_fields(fields)
        columns = dict(self.packets.to_table([name for name in names if name in FIELDS]).columns)
        columns |= tracked_columns(self.packets, self.tracked)
        return Table({name: columns[name] for name in names})

    def flow_table(self) -> Table:
        """A row for each flow that ended, named as in Zeek's conn.log; none where FlowRecord was not asked for."""
        return flow_table(self.engine, self.tracked.events)

    def events(self) -> Iterator[Event]:
        """The events as values, in the order in which they happened."""
        for event in self.tracked.events:
            row: Row = event.tolist()
            yield from self._values(row[layout.EVENT_KIND], row[layout.EVENT_ROW :])

    def _values(self, code: int, row: Row) -> Iterator[Event]:
        for kind in self.kinds:
            if KINDS[kind].code == code and (event := KINDS[kind].event(row)):
                yield event


def known_fields(fields: Sequence[str] | None) -> Sequence[str]:
    """The names of the columns of packets: all default ones where none are given.

    Raises TypeError for what is no list of names, FieldError for a field that there is not.

    >>> known_fields("ip.src")
    Traceback (most recent call last):
    TypeError: fields 'ip.src': give a list of names, such as ['ip.src']
    """
    names = field_names(fields)
    for name in names or ():
        known(name)
    return DEFAULT_FIELDS if names is None else names
