"""Columns of packets from the declarations of their fields, a whole batch at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from rawkit.decode import layout
from rawkit.decode.fields import own_columns
from rawkit.decode.fields.declared import Field, Header, RowColumn, TcpOption
from rawkit.decode.fields.tcp_options import option_place
from rawkit.decode.headers.layers import LAYER_NAMES
from rawkit.decode.rows import Column, Rows
from rawkit.frames import Int64s

TEXTS: Final[Mapping[str, Mapping[int, str]]] = {
    "stop.layer": {0: "link", **LAYER_NAMES},
    "stop.reason": layout.REASONS,
    "frame.direction": {own_columns.IN: "in", own_columns.OUT: "out"},
}


def texts(rows: Rows, name: str) -> Mapping[int, str]:
    """What the numbers of a `text` column of these packets mean."""
    return TEXTS[name] if name in TEXTS else dict(enumerate(rows.batch.interface_names))


def column(rows: Rows, field: Field) -> Column:
    """The column of a field that is not the tracker's."""
    if field.own:
        return own_columns.READERS[field.own](rows, field)
    if isinstance(field.found, RowColumn):
        found = rows.rows[:, field.found.column].astype(np.int64)
        return Column(_value(found, field) - field.found.minus, found > 0)
    place = _place(rows, field)
    if field.kind != "number":
        return Column(*rows.bytes_at(place, field.offset, field.size))
    raw = rows.number_at(place, field.offset, field.size)
    return Column(_value(raw.values.astype(np.int64, copy=False), field), raw.mask) if field.bits != -1 else raw


def _value(raw: Int64s, field: Field) -> Int64s:
    return ((raw & field.bits) >> field.shift) * field.unit


def _place(rows: Rows, field: Field) -> Int64s:
    """Where the header or option begins in which the field is found, -1 where there is none."""
    if isinstance(field.found, TcpOption):
        return option_place(rows, field.found.kind, field.found.length)
    assert isinstance(field.found, Header)
    return own_columns.header_place(rows, field.found)
