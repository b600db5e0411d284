"""What makes the values that a view of events shows: of rows, and of what packets said before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rawkit.flow import layout
from rawkit.flow.endpoints import Row
from rawkit.flow.event_names import Name

if TYPE_CHECKING:
    from rawkit.decode import Packets
    from rawkit.flow.kinds import Event
    from rawkit.flow.latency.latencies import Latencies
    from rawkit.flow.latency.values import Latency
    from rawkit.flow.table.tracker import Tracked
    from rawkit.flow.udp.messages import MessageCollector
    from rawkit.frames import Int64s
    from rawkit.kernels import Engine
    from rawkit.view.events.udp import Conversation


class EventMaker:
    """Makes the values of one view, and imports what that view needs and no more.

    Args:
        name: which view.
        engine: runs the kernels.
    """

    def __init__(self, name: Name, engine: Engine) -> None:
        self._name = name
        self._messages: MessageCollector | None = None
        self._latencies: Latencies | None = None
        if name == "udp":
            from rawkit.flow.udp.messages import MessageCollector

            self._messages = MessageCollector()
        elif name == "latency":
            from rawkit.flow.latency.latencies import Latencies

            self._latencies = Latencies(engine)

    @property
    def collects(self) -> bool:
        """Whether an event needs the packets of the batch in which it happens."""
        return self._messages is not None or self._latencies is not None

    @property
    def forgotten(self) -> int:
        """UDP conversations of which messages had to make room for those of others."""
        return self._messages.forgotten if self._messages is not None else 0

    @property
    def untimed(self) -> int:
        """TCP connections that there was no room to time."""
        return self._latencies.untimed if self._latencies is not None else 0

    def take(self, packets: Packets, tracked: Tracked) -> None:
        """Looks at the packets of a batch."""
        if self._messages is not None:
            self._messages.take(packets, tracked.stream)
        if self._latencies is not None:
            self._latencies.take(packets, tracked)

    def value(self, row: Row) -> Event | Conversation | Latency | None:
        """The value of an event's row; what was kept for it is then forgotten. None where the flow has none."""
        if self._latencies is not None:
            return self._latencies.end(row)
        from rawkit.flow.events import UdpExchange
        from rawkit.flow.kinds import BY_NAME

        event = BY_NAME[self._name].event(row)
        if self._messages is None or not isinstance(event, UdpExchange):
            return event
        from rawkit.view.events.udp import Conversation

        return Conversation(event, self._messages.pop(event.stream))

    @property
    def peek(self) -> Callable[[Row], Any] | None:
        """What makes the same value for a filter to look at, and forgets nothing; None where a row tells all."""
        return self._latencies.peek if self._latencies is not None else None

    def drop(self, events: Int64s) -> None:
        """Forgets what was kept for events that are not shown."""
        if self._latencies is not None:
            for row in events[:, layout.EVENT_ROW :].tolist():
                self._latencies.forget(row)
