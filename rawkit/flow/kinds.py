"""The kinds of events, each declared once: which value it is, and what makes that value.

Their lines and columns are in `rawkit.view.events.shown`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from rawkit.decode.rows import Mask
from rawkit.facts import ip_protocols
from rawkit.flow.conn_log.record import FlowRecord, flow_record
from rawkit.flow.endpoints import Row, protocol
from rawkit.flow.event_names import CODES, Name
from rawkit.flow.events import Handshake, Teardown, UdpExchange, handshake, teardown, udp_exchange
from rawkit.flow.layout import CARRIES, EVENT_KIND, EVENT_ROW, MARKS, REST
from rawkit.flow.sessions.words import IP_PROTOCOLS
from rawkit.frames import Int64s
from rawkit.values import dataclass

Event: TypeAlias = Handshake | Teardown | UdpExchange | FlowRecord


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event.

    Attributes:
        name: of its view.
        value: the class of its values.
        make: makes a value of a flow's row.
        protocols: IP protocols of the flows that have it; all where it is empty.
        of_tunnels: whether flows that carry others have it.
    """

    name: Name
    value: type[Event]
    make: Callable[[Row], Event]
    protocols: tuple[int, ...] = ()
    of_tunnels: bool = True

    @property
    def code(self) -> int:
        """The tracker's bit for it (`rawkit.flow.layout`), with which it is asked for."""
        return CODES[self.name]

    def event(self, row: Row) -> Event | None:
        """The value of a row that came with this code, None where the flow has no event of this kind.

        >>> from rawkit.flow import layout
        >>> KINDS[UdpExchange].event([0] * layout.WIDTH) is None
        True
        """
        if row[MARKS] & CARRIES and not self.of_tunnels:
            return None
        return self.make(row) if not self.protocols or protocol(row) in self.protocols else None

    def among(self, events: Int64s) -> Mask:
        """Which of many events are of this kind: of those `event` makes a value.

        >>> import numpy as np
        >>> from rawkit.flow import layout
        >>> events = np.zeros((1, layout.EVENT_WIDTH), dtype=np.int64)
        >>> events[0, layout.EVENT_KIND] = layout.FLOW_END
        >>> KINDS[UdpExchange].among(events), KINDS[FlowRecord].among(events)
        (array([False]), array([ True]))
        """
        rows = events[:, EVENT_ROW:]
        found: Mask = events[:, EVENT_KIND] == self.code
        if self.protocols:
            found &= np.isin(rows[:, REST] & 0xFF, self.protocols)
        return found if self.of_tunnels else found & (rows[:, MARKS] & CARRIES == 0)


_ALL: Final = (
    EventKind("handshakes", Handshake, handshake, IP_PROTOCOLS),
    EventKind("teardowns", Teardown, teardown, IP_PROTOCOLS),
    EventKind("udp", UdpExchange, udp_exchange, (ip_protocols.UDP, ip_protocols.UDPLITE), of_tunnels=False),
    EventKind("flows", FlowRecord, flow_record),
)

KINDS: Final[dict[type[Event], EventKind]] = {kind.value: kind for kind in _ALL}
"""All kinds of events, by the class of their values."""
BY_NAME: Final[dict[Name, EventKind]] = {kind.name: kind for kind in _ALL}
"""The same by the name of their view."""
