"""Columns as plain Python values, for whoever goes through rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from rawkit.tables.column import TableColumn

MOST: Final = 1 << 16
"""Values that are remembered with their text."""
WORD: Final = 4
"""Bytes that are looked up as one number."""


class Texts(dict[Any, Any]):
    """The text of a value, made once and then looked up; forgotten when there are too many.

    Args:
        read: makes it.
        are_words: whether a number stands for the four bytes that it is on the wire.

    >>> texts = Texts(bytes.hex)
    >>> texts[b"a"], texts[b"a"], len(texts)
    ('61', '61', 1)
    """

    __slots__ = ("_are_words", "_read")

    def __init__(self, read: Callable[[Any], Any], are_words: bool = False) -> None:
        super().__init__()
        self._read, self._are_words = read, are_words

    def __missing__(self, value: Any) -> Any:
        if len(self) >= MOST:
            self.clear()
        whole = value.to_bytes(WORD) if self._are_words and isinstance(value, int) else value
        text = self[value] = self._read(whole)
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
            known[column.read] = Texts(column.read, are_words=True)
        found = list(map(known[column.read].__getitem__, _keys(column)))
    if not column.mask.all():
        for place in np.flatnonzero(~column.mask).tolist():
            found[place] = None
    return found


def _read(values: Iterable[Any], mask: Iterable[bool], texts: Texts) -> list[Any]:
    return [texts[value] if is_there else None for value, is_there in zip(values, mask, strict=True)]


def _keys(column: TableColumn) -> list[Any]:
    """The bytes of each row; of an IPv4 address as a number, which is made and looked up in a third of the time."""
    size = column.values.shape[1]
    if not column.mask.any():
        return [bytes(size)] * len(column.mask)
    keys: list[Any] = np.ascontiguousarray(column.values).view(">u4" if size == WORD else f"V{size}").ravel().tolist()
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
