"""Columns as plain Python values, for whoever goes through rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from rawkit.tables.column import TableColumn

MOST: Final = 1 << 16
"""Values that are remembered with their text."""


class Texts(dict[Any, Any]):
    """The text of a value, made once and then looked up; forgotten when there are too many.

    >>> texts = Texts(bytes.hex)
    >>> texts[b"a"], texts[b"a"], len(texts)
    ('61', '61', 1)
    """

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, value: Any) -> Any:
        if len(self) >= MOST:
            self.clear()
        text = self[value] = self._read(value)
        return text


def plain(column: TableColumn, texts: dict[Callable[[Any], Any], Texts] | None = None) -> list[Any]:
    """The values of a column as int, str or tuple, and None where a row has none.

    Args:
        column: the column.
        texts: what is remembered of the columns before, by what reads it.

    >>> plain(TableColumn("number", np.array([7, 0]), np.array([True, False])))
    [7, None]
    """
    if column.read is None:
        found: list[Any] = column.values.tolist()
    elif column.values.ndim == 1:
        found = _read(column.values.tolist(), column.mask.tolist(), Texts(column.read))
    else:
        known = {} if texts is None else texts
        if column.read not in known:
            known[column.read] = Texts(column.read)
        found = list(map(known[column.read].__getitem__, _keys(column)))
    if not column.mask.all():
        for place in np.flatnonzero(~column.mask).tolist():
            found[place] = None
    return found


def _read(values: Iterable[Any], mask: Iterable[bool], texts: Texts) -> list[Any]:
    return [texts[value] if is_there else None for value, is_there in zip(values, mask, strict=True)]


def _keys(column: TableColumn) -> list[bytes]:
    """The bytes of each row."""
    if not column.mask.any():
        return [bytes(column.values.shape[1])] * len(column.mask)
    rows = np.ascontiguousarray(column.values)
    keys: list[bytes] = rows.view(f"V{rows.shape[1]}").reshape(-1).tolist()
    return keys


def field_names(fields: Any) -> Sequence[str] | None:
    """What was given as names of fields; None for all.

    Raises TypeError for what is no list of names.

    >>> field_names(["ip.src"])
    ['ip.src']
    >>> field_names("ip.src")
    Traceback (most recent call last):
    TypeError: fields 'ip.src': give a list of names, such as ['ip.src']
    """
    if fields is None:
        return None
    if isinstance(fields, str):
        raise TypeError(f"fields {fields!r}: give a list of names, such as [{fields!r}]")
    try:
        names = list(fields)
    except TypeError:
        raise TypeError(f"fields {fields!r}: give a list of names, such as ['ip.src']") from None
    wrong = next((name for name in names if not isinstance(name, str)), None)
    if wrong is not None:
        raise TypeError(f"field {wrong!r}: a name is text, such as 'ip.src'")
    return names
