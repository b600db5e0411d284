"""The kinds of events, as they are asked for: by the classes of their values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, TypeVar

from rawkit.flow.conn_log.record import FlowRecord
from rawkit.flow.events import Handshake, Teardown, UdpExchange
from rawkit.flow.kinds import KINDS, Event

EVENTS: Final[tuple[type[Event], ...]] = tuple(KINDS)
"""All kinds of events."""

Kind = TypeVar("Kind", Handshake, Teardown, UdpExchange, FlowRecord)


def known_kinds(kinds: Any) -> tuple[type[Event], ...]:
    """The classes of events that were asked for, all where it is None; TypeError for what is none.

    >>> known_kinds("handshakes")
    Traceback (most recent call last):
    TypeError: kinds 'handshakes': give classes of events, of Handshake, Teardown, UdpExchange, FlowRecord
    """
    if kinds is None:
        return EVENTS
    wanted = kinds if isinstance(kinds, Collection) and not isinstance(kinds, str) else (kinds,)
    if not all(kind in KINDS for kind in wanted):
        raise TypeError(f"kinds {kinds!r}: give classes of events, of {kind_names(EVENTS)}")
    return tuple(wanted)


def kind_names(kinds: Collection[type[Event]]) -> str:
    """Their names.

    >>> kind_names([Handshake, Teardown])
    'Handshake, Teardown'
    """
    return ", ".join(kind.__name__ for kind in kinds)
