"""Flows as a table: the columns of conn.log, as `rawkit.flow.conn_log.record` has them for one flow."""

from __future__ import annotations

import struct
from collections.abc import Collection

import numpy as np

from rawkit.flow import layout
from rawkit.flow.conn_log.columns import COLUMNS, COMMUNITY_ID, NAMES, SLOTS, WIDTH, LogColumn
from rawkit.flow.conn_log.community import community_ids
from rawkit.flow.endpoints import BASE_62, UID_LETTERS, address_text, uid_text
from rawkit.flow.tcp.states import history_text
from rawkit.frames import Bytes, Int64s
from rawkit.kernels import Engine
from rawkit.tables import Table, TableColumn


def flow_table(engine: Engine, events: Int64s, names: Collection[str] = NAMES) -> Table:
    """A row for each FLOW_END event among the events (`rawkit.flow.table.tracker.Tracked`), in their order.

    `names` says which columns it has.

    >>> flow_table(Engine("interpreted"), np.empty((0, layout.EVENT_WIDTH), dtype=np.int64)).columns["ts"].kind
    'time'
    """
    is_end = events[:, layout.EVENT_KIND] == layout.FLOW_END
    ends = np.ascontiguousarray(events if is_end.all() else events[is_end])
    numbers = record_numbers(engine, ends)
    wanted = [column for column in COLUMNS if column.name in names]
    hashed = any(column.form == COMMUNITY_ID for column in wanted)
    ids = community_ids(engine, ends) if hashed else np.empty((len(ends), 0), dtype=np.uint8)
    return Table({column.name: _made(column, _slots(numbers, column), ids) for column in wanted})


def record_numbers(engine: Engine, ends: Int64s) -> Int64s:
    """What stands for the columns of FLOW_END events: a row each, a column's numbers from its place in SLOTS on."""
    numbers = np.empty((len(ends), WIDTH), dtype=np.int64)
    engine.call(
        "rawkit.flow.conn_log.table_kernel", "record_numbers", len(ends),
        ends.reshape(-1), len(ends), numbers.reshape(-1),
    )  # fmt: skip
    return numbers


def _slots(numbers: Int64s, column: LogColumn) -> Int64s:
    """What stands for a column, rows by its slots."""
    first = SLOTS[column.name]
    return np.ascontiguousarray(numbers[:, first : first + column.form.slots])


def _made(column: LogColumn, slots: Int64s, ids: Bytes) -> TableColumn:
    """The table's column of these slots; `ids` are the Community IDs, which have none."""
    always = np.ones(len(slots), dtype=np.bool_)
    match column.form.name:
        case "time" | "duration" | "number" as kind:
            values = slots[:, 0]
            return TableColumn(kind, values, values >= 0 if column.optional else always)
        case "word":
            return TableColumn("text", slots[:, 0], always, column.words.__getitem__)
        case "history":
            return TableColumn("text", slots.view(np.uint8), slots[:, -1] > 0, _history)
        case "uid":
            return TableColumn("text", _uids(slots), always, bytes.decode)
        case "uids":
            return TableColumn("words", slots.view(np.uint8), slots[:, 0] != 0, _parents)
        case "address":
            return TableColumn("text", slots.view(np.uint8), always, _address)
    return TableColumn("text", ids, always, _community_id)


def _address(raw: bytes) -> str:
    high, low, version = struct.unpack("=3q", raw)
    return address_text(high, low, version)


def _parents(raw: bytes) -> tuple[str, ...]:
    names = struct.unpack(f"={2 * layout.PARENT_COUNT}q", raw)
    return tuple(uid_text(*pair) for pair in zip(names[::2], names[1::2], strict=True) if pair[0])


def _history(raw: bytes) -> str:
    *letters, length = struct.unpack("=4q", raw)
    return history_text(tuple(letters), length)


def _community_id(letters: bytes) -> str:
    return "1:" + letters.decode()


def _uids(names: Int64s) -> Bytes:
    """`rawkit.flow.endpoints.uid` for many flows: `C` and 16 letters of ASCII each."""
    half = UID_LETTERS // 2
    letters = names[:, :, np.newaxis] // 62 ** np.arange(half, dtype=np.int64) % 62
    alphabet = np.frombuffer(BASE_62.encode(), dtype=np.uint8)
    first = np.full((len(names), 1), ord("C"), dtype=np.uint8)
    return np.hstack([first, alphabet[letters.reshape(len(names), UID_LETTERS)]])
