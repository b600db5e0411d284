"""Columns of the fields that need the packets before: what the tracker says of each packet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from rawkit.decode.fields import ALL_FIELDS, TRACKED_FIELDS, Field, Header
from rawkit.decode.rows import Column, Mask, Rows
from rawkit.flow.layout import ANALYSIS
from rawkit.flow.table.tracker import Tracked
from rawkit.tables import TableColumn


def tracked_column(rows: Rows, tracked: Tracked, field: Field) -> Column:
    """The column of a field that `rawkit.decode.fields` declares as the tracker's."""
    return READERS[field.own](tracked, _is_of(rows, field))


def tracked_columns(rows: Rows, tracked: Tracked) -> dict[str, TableColumn]:
    """All of them, as columns of a table."""
    return {name: tracked_column_of_table(rows, tracked, ALL_FIELDS[name]) for name in TRACKED_FIELDS}


def tracked_column_of_table(rows: Rows, tracked: Tracked, field: Field) -> TableColumn:
    """One of them, as a column of a table."""
    column = tracked_column(rows, tracked, field)
    if field.kind == "words":
        return TableColumn("words", column.values, column.mask, analysis_words)
    return TableColumn("number", column.values, column.mask)


def analysis_words(flags: int) -> tuple[str, ...]:
    """The words of `tcp.analysis` flags.

    >>> analysis_words(3) == ANALYSIS[:2]
    True
    """
    return tuple(word for bit, word in enumerate(ANALYSIS) if flags >> bit & 1)


def _is_of(rows: Rows, field: Field) -> Mask:
    assert isinstance(field.found, Header)
    return np.isin(rows.rows[:, field.found.kind], field.found.kinds)


def _stream(tracked: Tracked, is_of: Mask) -> Column:
    return Column(tracked.stream.astype(np.int64), is_of & (tracked.stream >= 0))


def _analysis(tracked: Tracked, is_of: Mask) -> Column:
    return Column(tracked.analysis.astype(np.int64), is_of & (tracked.analysis != 0))


READERS: Final[dict[str, Callable[[Tracked, Mask], Column]]] = {"stream": _stream, "analysis": _analysis}
"""By what `rawkit.decode.fields` names as `own`."""
