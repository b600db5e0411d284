"""`Table`: columns with names, out of which NumPy, pandas, polars and Arrow each make their own kind of table.

Each library is loaded when a table is asked for in its form, and only then.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import index
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np

from rawkit.tables.column import FieldError, TableColumn
from rawkit.tables.rows import field_names, plain
from rawkit.tables.text import alike
from rawkit.values import dataclass, replace

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

Masked: TypeAlias = "np.ma.MaskedArray[Any, np.dtype[Any]]"
Row: TypeAlias = dict[str, Any]


class Tabular(ABC):
    """What can be had as a table: a table itself, and the packets of a batch.

    In each form the columns have the names that they have in JSON. `fields` names those that are wanted, in order;
    without it all come. FieldError for one that there is not, TypeError for what is no list of names. A value that a
    row does not have is null. Numbers are int64. Times count from 1970-01-01 UTC and have no time zone.
    """

    __slots__ = ()

    @abstractmethod
    def to_table(self, fields: Sequence[str] | None = None) -> Table:
        """The same as a `Table`."""

    def to_numpy(self, fields: Sequence[str] | None = None) -> dict[str, Masked]:
        """Masked arrays by name. Times and durations are int64 nanoseconds, text is `str`, words are tuples of it.

        Numbers are not copied: copy an array before you write into it.
        """
        from rawkit.tables.export import numpy_column

        return {name: numpy_column(column) for name, column in self.to_table(fields).columns.items()}

    def to_pandas(self, fields: Sequence[str] | None = None) -> pandas.DataFrame:
        """A pandas DataFrame of `Int64`, `string`, `datetime64[ns]` and `timedelta64[ns]`; words are tuples."""
        from rawkit.tables.export import library, pandas_column

        pd = library("pandas")
        columns = self.to_table(fields).columns
        return pd.DataFrame({name: pandas_column(pd, column) for name, column in columns.items()}, copy=False)

    def to_polars(self, fields: Sequence[str] | None = None) -> polars.DataFrame:
        """A polars DataFrame of `Int64`, `String`, `Datetime("ns")` and `Duration("ns")`; words are lists."""
        from rawkit.tables.export import library, polars_column

        pl = library("polars")
        return pl.DataFrame([polars_column(pl, *named) for named in self.to_table(fields).columns.items()])

    def to_arrow(self, fields: Sequence[str] | None = None) -> pyarrow.Table:
        """An Arrow table of `int64`, `string`, `timestamp("ns")` and `duration("ns")`; words are lists."""
        from rawkit.tables.export import arrow_column, library

        pa = library("pyarrow")
        return pa.table({name: arrow_column(pa, column) for name, column in self.to_table(fields).columns.items()})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Table(Tabular):
    """Columns of one length by name; printed, it shows its first rows.

    `table["ip.src"]` is a column, `table[0]` a row, `table[:10]` a table of some rows; iterating gives all rows. A row
    is a dict by column name: numbers, times and durations (nanoseconds) are int, text is str, several words or numbers
    in one place are tuples, and what a row does not have is None.

    Attributes:
        columns: in order, by the names that they have in JSON.

    >>> table = Table({"tcp.dstport": TableColumn("number", np.array([22, 0]), np.array([True, False]))})
    >>> table
    Table(2 rows: tcp.dstport)
    >>> table["tcp.dstport"].tolist()
    [22, None]
    >>> table[0], [row["tcp.dstport"] for row in table]
    ({'tcp.dstport': 22}, [22, None])
    >>> print(table[:1])
    tcp.dstport
             22
    (1 row)
    """

    columns: Mapping[str, TableColumn]

    @classmethod
    def concat(cls, tables: Iterable[Table]) -> Table:
        """Tables with the same columns, one below the other.

        >>> one = Table({"udp.length": TableColumn("number", np.array([8]), np.array([True]))})
        >>> Table.concat([one, one])["udp.length"].tolist()
        [8, 8]
        """
        pieces: dict[str, list[TableColumn]] = {}
        for table in tables:
            for name, column in table.columns.items():
                pieces.setdefault(name, []).append(column)
        # Each column's pieces are given up before the next is made, so that memory holds the whole only once.
        return cls({name: TableColumn.concat(alike(pieces.pop(name))) for name in list(pieces)})

    def to_table(self, fields: Sequence[str] | None = None) -> Table:
        """The table with these columns only."""
        names = field_names(fields)
        return self if names is None else Table({name: self._column(name) for name in names})

    def rows(self) -> Iterator[Row]:
        """The rows, one by one, as dicts.

        >>> table = Table({"udp.length": TableColumn("number", np.array([8, 9]), np.array([True, True]))})
        >>> list(table.rows())
        [{'udp.length': 8}, {'udp.length': 9}]
        """
        names = tuple(self.columns)
        for values in zip(*(plain(column) for column in self.columns.values()), strict=True):
            yield dict(zip(names, values, strict=True))

    def head(self, count: int = 5) -> Table:
        """The first rows as a table.

        >>> table = Table({"udp.length": TableColumn("number", np.arange(9), np.full(9, True))})
        >>> len(table.head()), table.head(2)["udp.length"].tolist()
        (5, [0, 1])
        """
        return self[: max(count, 0)]

    def _column(self, name: str) -> TableColumn:
        if name not in self.columns:
            raise FieldError.of(name, self.columns)
        return self.columns[name]

    def _rows(self, which: slice) -> Table:
        columns = self.columns.items()
        return Table({name: replace(one, values=one.values[which], mask=one.mask[which]) for name, one in columns})

    def __len__(self) -> int:
        return next((len(column.mask) for column in self.columns.values()), 0)

    @overload
    def __getitem__(self, key: str) -> Masked: ...
    @overload
    def __getitem__(self, key: int) -> Row: ...
    @overload
    def __getitem__(self, key: slice) -> Table: ...
    def __getitem__(self, key: str | int | slice) -> Masked | Row | Table:
        """A column by its name, as `to_numpy` has it; a row by its number, from 0; a table of some rows by a slice.

        Raises FieldError where there is no such column, IndexError where there is no such row, TypeError for another
        key.
        """
        if isinstance(key, str):
            return self.to_numpy([key])[key]
        if isinstance(key, slice):
            return self._rows(key)
        try:
            number = index(key)
        except TypeError:
            wrong = (
                f"{key!r}: a table is asked for a column by its name, for a row by its number, or for a slice of rows"
            )
            raise TypeError(wrong) from None
        if not -len(self) <= number < len(self):
            raise IndexError(f"row {number}: the table has {len(self)} rows, counted from 0")
        return next(self._rows(slice(number, number + 1 or None)).rows())

    def __iter__(self) -> Iterator[Row]:
        return self.rows()

    def __repr__(self) -> str:
        return f"Table({len(self)} rows: {', '.join(self.columns)})"

    def __str__(self) -> str:
        from shutil import get_terminal_size

        from rawkit.tables.show import text

        return text(self, get_terminal_size((120, 24)).columns)

    def _repr_html_(self) -> str:
        """The first rows as HTML, which is what notebooks show."""
        from rawkit.tables.show import html

        return html(self)
