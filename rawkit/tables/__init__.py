"""Tables: columns with names, that become NumPy, pandas, polars or Arrow."""

from rawkit.tables.column import FieldError, TableColumn
from rawkit.tables.table import Table, Tabular

__all__ = ["FieldError", "Table", "TableColumn", "Tabular"]
