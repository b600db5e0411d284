"""The packets of a batch as columns of a table: addresses, and numbers that stand for words, are read as text."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from rawkit.decode.fields import FIELDS, TEXTS, Field
from rawkit.decode.packets import Packets
from rawkit.tables import FieldError, TableColumn
from rawkit.wire.address import mac_text

ADDRESSES: Final[dict[str, Callable[[Any], str]]] = {
    "mac": mac_text,
    "ipv4": partial(socket.inet_ntop, socket.AF_INET),
    "ipv6": partial(socket.inet_ntop, socket.AF_INET6),
}


def packet_columns(packets: Packets, names: Iterable[str]) -> dict[str, TableColumn]:
    """The columns with these Wireshark names; FieldError for one that is not in `rawkit.decode.fields.FIELDS`."""
    return {name: _column(packets, _field(name)) for name in names}


def _field(name: str) -> Field:
    if name not in FIELDS:
        raise FieldError.of(name, FIELDS)
    return FIELDS[name]


def _column(packets: Packets, field: Field) -> TableColumn:
    found = field.read(packets)
    if field.kind in ("number", "time"):
        return TableColumn("time" if field.kind == "time" else "number", found.values, found.mask)
    read = ADDRESSES.get(field.kind) or TEXTS[field.name].__getitem__
    return TableColumn("text", found.values, found.mask, read)
