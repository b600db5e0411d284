"""Where the values of a filter come from that is over events: the fields of their views."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rawkit.decode.rows import Mask
from rawkit.flow import layout
from rawkit.flow.conn_log.table import flow_table
from rawkit.flow.endpoints import Row
from rawkit.flow.event_names import Name
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.query.literals import MAPPED
from rawkit.query.names import OF_ROWS, PREFIXES, Known
from rawkit.query.values import Coded, Part
from rawkit.tables import TableColumn


class EventValues:
    """The values of events of one kind.

    Args:
        engine: runs the kernels.
        name: the kind's view.
        events: the events, as the tracker gives them.
        make: makes the value of an event's row, where the row alone does not tell it.

    Attributes:
        leaves: what is known of the packets of each: the answers to the filter's tests over packets.
    """

    def __init__(self, engine: Engine, name: Name, events: Int64s, make: Callable[[Row], Any] | None = None) -> None:
        self._make = make
        self._engine, self._name, self._events = engine, name, events
        self._values: list[Any] | None = None
        self.leaves: Sequence[Mask] = ()

    def __len__(self) -> int:
        return len(self._events)

    def parts(self, known: Known) -> Sequence[Part]:
        """The values of a field."""
        field = known.name.removeprefix(PREFIXES[self._name])
        if (own := OF_ROWS.get(self._name, {}).get(field)) is not None:
            values = self._events[:, layout.EVENT_ROW + own.column]
            return [Part(values, values != layout.NOT_YET)]
        if self._name == "flows":
            return _of_column(flow_table(self._engine, self._events, (field,)).columns[field], known)
        return self._of_values(field, known)

    def _of_values(self, name: str, known: Known) -> Sequence[Part]:
        from rawkit.view.events.shown import SHOWN

        field = next(field for field in SHOWN[self._name].fields if field.name == name)
        found = [None if event is None else field.value(event) for event in self._made]
        if field.shape in ("texts", "numbers"):
            most = max((len(value) for value in found if value), default=0)
            return [_part([_at(value, place) for value in found], known) for place in range(most)]
        return [_part(found, known)]

    @property
    def _made(self) -> list[Any]:
        """The events as values; None for rows that are none of this kind."""
        if self._values is None and self._make is not None:
            self._values = [self._make(row[layout.EVENT_ROW :]) for row in self._events.tolist()]
        if self._values is None:
            from rawkit.flow.events import UdpExchange
            from rawkit.flow.kinds import BY_NAME
            from rawkit.view.events.udp import Conversation

            made = [BY_NAME[self._name].event(row[layout.EVENT_ROW :]) for row in self._events.tolist()]
            self._values = [Conversation(one, ()) if isinstance(one, UdpExchange) else one for one in made]
        return self._values


def _at(value: Any, place: int) -> Any:
    return value[place] if value and len(value) > place else None


def _part(values: Sequence[Any], known: Known) -> Part:
    """Python's values, None where there is none."""
    mask = np.array([value is not None for value in values], dtype=np.bool_)
    if known.kind == "text":
        index: dict[str, int] = {}
        codes = [-1 if value is None else index.setdefault(str(value), len(index)) for value in values]
        return Part(Coded(np.array(codes, dtype=np.int64), list(index) or [""]), mask)
    if known.kind == "address":
        raw = b"".join(bytes(16) if value is None else packed(value) for value in values)
        return Part(np.frombuffer(raw, dtype=np.uint8).reshape(-1, 16), mask)
    numbers = [0 if value is None else _number(value) for value in values]
    return Part(np.array(numbers, dtype=np.int64), mask)


def _number(value: Any) -> int:
    """A number, True, or seconds in digits, of which it gives nanoseconds."""
    if not isinstance(value, str):
        return int(value)
    return int(value.replace(".", ""))


def packed(text: str) -> bytes:
    """An address as 16 bytes, IPv4 in its mapped form.

    >>> packed("192.0.2.1").hex()
    '00000000000000000000ffffc0000201'
    """
    if ":" in text:
        return socket.inet_pton(socket.AF_INET6, text)
    return MAPPED + socket.inet_aton(text)


def _of_column(column: TableColumn, known: Known) -> Sequence[Part]:
    """The parts of a table's column."""
    if column.read is None:
        return [Part(column.values.astype(np.int64), column.mask)]
    if column.values.ndim == 1:  # a word by its number: the kinds have few
        read: Any = column.read
        words = [read(code) for code in range(_most(column) + 1)]
        return [Part(Coded(column.values.astype(np.int64), words), column.mask)]
    different, codes = np.unique(column.values, axis=0, return_inverse=True)
    found = [column.read(row.tobytes()) for row in different]
    if known.kind == "address":
        raw = b"".join(packed(str(text)) for text in found)
        return [Part(np.frombuffer(raw, dtype=np.uint8).reshape(-1, 16)[codes.reshape(-1)], column.mask)]
    if column.kind == "words":
        most = max((len(words) for words in found), default=0)
        return [_one_word(found, codes.reshape(-1), place, column.mask) for place in range(most)]
    return [Part(Coded(codes.reshape(-1), [str(text) for text in found]), column.mask)]


def _most(column: TableColumn) -> int:
    return int(column.values.max(initial=0))


def _one_word(found: Sequence[Any], codes: Any, place: int, mask: Mask) -> Part:
    has = np.array([len(words) > place for words in found] or [False])
    words = [words[place] if len(words) > place else "" for words in found] or [""]
    return Part(Coded(codes, [str(word) for word in words]), mask & has[codes])
