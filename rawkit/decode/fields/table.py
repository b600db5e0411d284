"""The packets of a batch as columns of a table: addresses, and numbers that stand for words, are read as text."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Literal

from rawkit.decode.fields.columns import TEXTS, column
from rawkit.decode.fields.declared import FIELDS, Field, known
from rawkit.decode.rows import Rows
from rawkit.tables import TableColumn
from rawkit.wire.address import mac_text


def numbers(value: bytes) -> tuple[int, ...]:
    """The numbers of a `numbers` column.

    >>> numbers(bytes([2, 0, 0, 0, 7, 0, 0, 1, 0, 0, 0, 0, 0]))
    (7, 256)
    """
    return tuple(int.from_bytes(value[1 + 4 * place : 5 + 4 * place]) for place in range(value[0]))


READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "mac": mac_text,
    "ipv4": partial(socket.inet_ntop, socket.AF_INET),
    "ipv6": partial(socket.inet_ntop, socket.AF_INET6),
    "numbers": numbers,
}


def packet_columns(rows: Rows, names: Iterable[str]) -> dict[str, TableColumn]:
    """The columns with these Wireshark names; FieldError for one that is not in `rawkit.decode.fields.FIELDS`."""
    return {name: _column(rows, known(name, FIELDS)) for name in names}


def _column(rows: Rows, field: Field) -> TableColumn:
    found = column(rows, field)
    if field.kind == "number" or field.kind == "time":
        return TableColumn(field.kind, found.values, found.mask)
    if field.kind in READERS:
        kind: Literal["numbers", "text"] = "numbers" if field.kind == "numbers" else "text"
        return TableColumn(kind, found.values, found.mask, READERS[field.kind])
    names: Any = TEXTS.get(field.name, rows.batch.interface_names)
    return TableColumn("text", found.values, found.mask, names.__getitem__)
