"""Flows as a table: the columns of Zeek's conn.log, as `rawkit.flow.conn_log.record` has them for one flow."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from rawkit.flow import layout
from rawkit.flow.conn_log import table_kernel as kernel
from rawkit.flow.conn_log.community import community_ids
from rawkit.flow.conn_log.record import PROTOCOLS
from rawkit.flow.endpoints import BASE_62, UID_LETTERS, address_text
from rawkit.flow.tcp.states import history_text
from rawkit.frames import Bytes, Int64s
from rawkit.kernels import Engine
from rawkit.tables import Table, TableColumn
from rawkit.tables.column import Kind

ORDER: Final = (
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "duration", "orig_bytes", "resp_bytes",
    "conn_state", "missed_bytes", "history", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "ip_proto",
    "vlan", "inner_vlan", "community_id", "tcp.completeness", "tcp.stream", "udp.stream",
)  # fmt: skip
"""The columns in the order in which conn.log has them."""

NUMBERS: Final = {
    "id.orig_p": kernel.ORIG_PORT,
    "id.resp_p": kernel.RESP_PORT,
    "orig_bytes": kernel.ORIG_BYTES,
    "resp_bytes": kernel.RESP_BYTES,
    "missed_bytes": kernel.MISSED_BYTES,
    "orig_pkts": kernel.ORIG_PKTS,
    "orig_ip_bytes": kernel.ORIG_IP_BYTES,
    "resp_pkts": kernel.RESP_PKTS,
    "resp_ip_bytes": kernel.RESP_IP_BYTES,
    "ip_proto": kernel.IP_PROTO,
    "vlan": kernel.VLAN,
    "inner_vlan": kernel.INNER_VLAN,
    "tcp.completeness": kernel.TCP_COMPLETENESS,
}
"""Columns that the kernel has as they are; there where they are not negative."""


def flow_table(engine: Engine, events: Int64s) -> Table:
    """A row for each FLOW_END event among the events (`rawkit.flow.table.tracker.Tracked`), in their order.

    >>> flow_table(Engine("interpreted"), np.empty((0, layout.EVENT_WIDTH), dtype=np.int64)).columns["ts"].kind
    'time'
    """
    is_end = events[:, layout.EVENT_KIND] == layout.FLOW_END
    ends = np.ascontiguousarray(events if is_end.all() else events[is_end])
    numbers = np.empty((len(ends), kernel.COLUMNS), dtype=np.int64)
    engine.call(
        "rawkit.flow.conn_log.table_kernel", "record_numbers", len(ends),
        ends.reshape(-1), len(ends), numbers.reshape(-1),
    )  # fmt: skip
    columns = {name: _number(numbers, column) for name, column in NUMBERS.items()} | _others(numbers) | _texts(numbers)
    columns["community_id"] = _text(community_ids(engine, ends), _community_id)
    return Table({name: columns[name] for name in ORDER})


def _number(numbers: Int64s, column: int, kind: Kind = "number") -> TableColumn:
    values = numbers[:, column].copy()
    return TableColumn(kind, values, values >= 0)


def _others(numbers: Int64s) -> dict[str, TableColumn]:
    """Times, which may be negative, and the stream, whose name depends on the protocol."""
    is_tcp, stream = numbers[:, kernel.IP_PROTO] == kernel.TCP, _number(numbers, kernel.STREAM_NUMBER)
    always = np.ones(len(numbers), dtype=np.bool_)
    return {
        "ts": TableColumn("time", numbers[:, kernel.TS].copy(), always),
        "duration": TableColumn("duration", numbers[:, kernel.DURATION].copy(), always),
        "tcp.stream": TableColumn("number", stream.values, stream.mask & is_tcp),
        "udp.stream": TableColumn("number", stream.values, stream.mask & ~is_tcp),
    }


def _texts(numbers: Int64s) -> dict[str, TableColumn]:
    history = _text(_bytes(numbers, kernel.LETTERS, 4), _history)
    return {
        "uid": _text(_uids(numbers[:, kernel.NAME : kernel.NAME + 2]), bytes.decode),
        "id.orig_h": _text(_host(numbers, kernel.ORIG_HOST), _address),
        "id.resp_h": _text(_host(numbers, kernel.RESP_HOST), _address),
        "proto": _text(numbers[:, kernel.IP_PROTO].copy(), _protocol),
        "conn_state": _text(numbers[:, kernel.CONN_STATE].copy(), layout.CONN_STATES.__getitem__),
        "history": TableColumn("text", history.values, numbers[:, kernel.LETTER_COUNT] > 0, history.read),
    }


def _text(values: Int64s | Bytes, read: Callable[[Any], str]) -> TableColumn:
    """Text that every flow has."""
    return TableColumn("text", values, np.ones(len(values), dtype=np.bool_), read)


def _bytes(numbers: Int64s, first: int, count: int) -> Bytes:
    return np.ascontiguousarray(numbers[:, first : first + count]).view(np.uint8)


def _host(numbers: Int64s, first: int) -> Bytes:
    """An address and its version, in bytes: `::` and 0.0.0.0 are not the same."""
    return np.hstack([_bytes(numbers, first, 2), _bytes(numbers, kernel.IP_VERSION, 1)])


def _address(raw: bytes) -> str:
    high, low, version = struct.unpack("=3q", raw)
    return address_text(high, low, version)


def _history(raw: bytes) -> str:
    *letters, length = struct.unpack("=4q", raw)
    return history_text(tuple(letters), length)


def _protocol(number: int) -> str:
    return PROTOCOLS.get(number, "unknown_transport")


def _community_id(letters: bytes) -> str:
    return "1:" + letters.decode()


def _uids(names: Int64s) -> Bytes:
    """`rawkit.flow.endpoints.uid` for many flows: `C` and 16 letters of ASCII each."""
    half = UID_LETTERS // 2
    letters = names[:, :, np.newaxis] // 62 ** np.arange(half, dtype=np.int64) % 62
    alphabet = np.frombuffer(BASE_62.encode(), dtype=np.uint8)
    first = np.full((len(names), 1), ord("C"), dtype=np.uint8)
    return np.hstack([first, alphabet[letters.reshape(len(names), UID_LETTERS)]])
