"""`Table`: columns with names, out of which NumPy, pandas, polars and Arrow each make their own kind of table.

Each library is loaded when a table is asked for in its form, and only then.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rawkit.tables.column import FieldError, TableColumn
from rawkit.tables.text import alike
from rawkit.values import dataclass

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Tabular(ABC):
    """What can be had as a table: a table itself, and the packets of a batch.

    In each form the columns have the names that they have in JSON. `fields` names those that are wanted, in order;
    without it all come. FieldError for one that there is not. A value that a row does not have is null. Numbers are
    int64. Times count from 1970-01-01 UTC and have no time zone.
    """

    __slots__ = ()

    @abstractmethod
    def to_table(self, fields: Sequence[str] | None = None) -> Table:
        """The same as a `Table`."""

    def to_numpy(self, fields: Sequence[str] | None = None) -> dict[str, np.ma.MaskedArray[Any, np.dtype[Any]]]:
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
    """Columns of one length by name.

    Attributes:
        columns: in order, by the names that they have in JSON.

    >>> table = Table({"tcp.dstport": TableColumn("number", np.array([22, 0]), np.array([True, False]))})
    >>> table
    Table(2 rows: tcp.dstport)
    >>> table["tcp.dstport"].tolist()
    [22, None]
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
        return self if fields is None else Table({name: self._column(name) for name in fields})

    def _column(self, name: str) -> TableColumn:
        if name not in self.columns:
            raise FieldError.of(name, self.columns)
        return self.columns[name]

    def __len__(self) -> int:
        return next((len(column.mask) for column in self.columns.values()), 0)

    def __getitem__(self, name: str) -> np.ma.MaskedArray[Any, np.dtype[Any]]:
        """One column, as `to_numpy` has it."""
        return self.to_numpy([name])[name]

    def __repr__(self) -> str:
        return f"Table({len(self)} rows: {', '.join(self.columns)})"
