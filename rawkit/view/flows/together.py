"""The lines of text of many flows at a time, from the numbers that tables are made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import repeat
from typing import Any, Final

import numpy as np

from rawkit.flow import layout
from rawkit.flow.conn_log.columns import COLUMNS, SLOTS, WORDS
from rawkit.flow.conn_log.table import record_numbers
from rawkit.flow.endpoints import Endpoint, address_text, parents
from rawkit.flow.tcp.states import history_text
from rawkit.frames import Int64s
from rawkit.kernels import Engine
from rawkit.view.flows.text import about, composed, name_of
from rawkit.view.moments import When

FEW: Final = 4
"""Flows in an array of events from which on this is worth it."""
_WIDTHS: Final = {column.name: column.form.slots for column in COLUMNS}


class FlowLines:
    """Writes lines of flows, without line ends.

    Args:
        engine: runs the kernel that finds the numbers.
        when: writes the time.
    """

    def __init__(self, engine: Engine, when: When) -> None:
        self._engine, self._when = engine, when
        none = np.empty((0, layout.EVENT_WIDTH), dtype=np.int64)
        record_numbers(engine, none)  # a compiled kernel is loaded here: later root may have been given up

    def lines(self, events: Int64s) -> list[str | None]:
        """A line for each of the FLOW_END events; None for all where there are few."""
        if len(events) < FEW:
            return [None] * len(events)
        found = _Found(record_numbers(self._engine, events), events)
        return list(
            map(
                composed,
                map(self._when, found.column("ts")),
                found.words(lambda proto, ip_proto: name_of(WORDS["proto"][proto], ip_proto), "proto", "ip_proto"),
                found.endpoints("orig"),
                found.endpoints("resp"),
                found.words(WORDS["conn_state"].__getitem__, "conn_state"),
                found.words(lambda *slots: history_text(slots[:-1], slots[-1]), "history"),
                *map(found.column, ("duration", "orig_pkts", "resp_pkts", "orig_bytes", "resp_bytes")),
                found.rests(),
            )
        )


class _Found:
    """What was found of flows, a column at a time."""

    def __init__(self, numbers: Int64s, events: Int64s) -> None:
        self._numbers, self._events = numbers, events

    def column(self, name: str) -> list[int]:
        """A column of one number each."""
        found: list[int] = self._numbers[:, SLOTS[name]].tolist()
        return found

    def words(self, word: Callable[..., str], *names: str) -> Any:
        """A word for what stands in columns; most flows have one of a few."""
        return map(cache(word), *(slot for name in names for slot in self._slots(name)))

    def endpoints(self, who: str) -> Any:
        """Address and port of `orig` or `resp`."""
        hosts = map(cache(address_text), *self._slots(f"id.{who}_h"))
        return map(str, map(Endpoint, hosts, self.column(f"id.{who}_p")))

    def rests(self) -> Any:
        """What only some flows have."""
        some = (self._numbers[:, SLOTS["vlan"]] >= 0) | (self._numbers[:, SLOTS["tunnel_parents"]] != 0)
        if not some.any():
            return repeat("")
        rows = self._events[:, layout.EVENT_ROW :]
        columns = (some.tolist(), self.column("vlan"), self.column("inner_vlan"), rows)
        return (
            about(_present(vlan), _present(inner), parents(row.tolist())) if has else ""
            for has, vlan, inner, row in zip(*columns, strict=True)
        )

    def _slots(self, name: str) -> list[list[int]]:
        """The numbers that stand for a column."""
        first = SLOTS[name]
        slots: list[list[int]] = self._numbers[:, first : first + _WIDTHS[name]].T.tolist()
        return slots


def _present(tag: int) -> int | None:
    return None if tag < 0 else tag
