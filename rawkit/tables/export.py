"""A column in the form of another library: values where there are values, that library's null elsewhere."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rawkit.errors import RawkitError
from rawkit.tables.column import TableColumn
from rawkit.tables.text import Coded, coded

STAMPS: Final = {"time": "datetime64[ns]", "duration": "timedelta64[ns]"}
"""What NumPy and pandas call the kinds that count nanoseconds."""
LISTS: Final = ("words", "numbers")
"""The kinds that have several values in one place."""


class MissingLibraryError(RawkitError, ImportError):
    """A library that rawkit can do without and this call cannot."""


def library(name: str) -> Any:
    """The module of that name; MissingLibraryError where it is not installed.

    >>> library("nothing")
    Traceback (most recent call last):
    rawkit.tables.export.MissingLibraryError: nothing is not installed: pip install nothing
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise MissingLibraryError(f"{name} is not installed: pip install {name}") from None


def numpy_column(column: TableColumn) -> np.ma.MaskedArray[Any, np.dtype[Any]]:
    """A masked array of int64, or of objects.

    >>> numpy_column(TableColumn("number", np.array([7, 0]), np.array([True, False]))).tolist()
    [7, None]
    """
    values: NDArray[Any] = column.values if column.read is None else _looked_up(coded(column))
    return np.ma.MaskedArray(values, mask=~column.mask)


def pandas_column(pd: Any, column: TableColumn) -> Any:
    """An array for a DataFrame: `Int64`, `string`, `datetime64[ns]`, `timedelta64[ns]`, or objects for lists."""
    if column.kind == "number":
        return pd.arrays.IntegerArray(column.values, ~column.mask)
    if column.kind in STAMPS:
        return np.where(column.mask, column.values, np.iinfo(np.int64).min).view(STAMPS[column.kind])
    found = coded(column)
    return _looked_up(found) if column.kind in LISTS else pd.array(found.words, dtype="string").take(found.codes)


def polars_column(pl: Any, name: str, column: TableColumn) -> Any:
    """A Series: `Int64`, `String`, `Datetime("ns")`, `Duration("ns")`, `List(String)` for words, `List(Int64)`."""
    if column.read is not None:
        found, text = coded(column), {"text": pl.String, "words": pl.List(pl.String), "numbers": pl.List(pl.Int64)}
        return pl.Series(name, found.words, dtype=text[column.kind], strict=False).gather(found.codes)
    kinds = {"number": pl.Int64, "time": pl.Datetime("ns"), "duration": pl.Duration("ns")}
    if not column.mask.any():
        return pl.Series(name, [None], dtype=kinds[column.kind]).new_from_index(0, len(column.mask))
    series = pl.Series(name, column.values).cast(kinds[column.kind])
    return series if column.mask.all() else series.set(pl.Series(~column.mask), None)


def arrow_column(pa: Any, column: TableColumn) -> Any:
    """An Array: `int64`, `string`, `timestamp("ns")`, `duration("ns")`, `list<string>`, `list<int64>`."""
    if column.read is not None:
        found, text = coded(column), {"words": pa.list_(pa.string()), "numbers": pa.list_(pa.int64())}
        return pa.array(found.words, type=text.get(column.kind, pa.string())).take(pa.array(found.codes))
    kinds = {"number": pa.int64(), "time": pa.timestamp("ns"), "duration": pa.duration("ns")}
    return pa.array(column.values, mask=~column.mask).view(kinds[column.kind])


def _looked_up(found: Coded) -> NDArray[Any]:
    words = np.empty(len(found.words), dtype=object)
    for place, word in enumerate(found.words):  # one by one: NumPy would make a second dimension of tuples
        words[place] = word
    return words[found.codes]
