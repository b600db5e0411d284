"""What tests of the public API share: rows of JSON, and tables as such rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rawkit

Rows = list[dict[str, Any]]
TIMES = ("frame.time_epoch", "ts", "duration")


@pytest.fixture
def json_rows(sniff) -> Callable[..., Rows]:
    """The lines of `rawkit sniff --format json` as rows; times are nanoseconds, as tables have them.

    Without comments: those are no field of packets, `capture.comments` has them.
    """

    def read(path: Path, view: str, *options: str) -> Rows:
        lines = sniff(path, "--view", view, "--format", "json", *options).lines
        rows = [in_nanoseconds(json.loads(line, parse_float=str)) for line in lines]
        return [{name: value for name, value in row.items() if name != "frame.comment"} for row in rows]

    return read


def in_nanoseconds(row: dict[str, Any]) -> dict[str, Any]:
    return {name: nanoseconds(value) if name in TIMES else value for name, value in row.items()}


def nanoseconds(decimals: str) -> int:
    """Of a number of seconds with nine decimals; never by way of a float."""
    return int(decimals.replace(".", ""))


def rows_of(columns: dict[str, list[Any]]) -> Rows:
    """Columns as rows without what is null; words are lists."""
    rows = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    return [{name: plain(value) for name, value in row.items() if value is not None} for row in rows]


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def from_numpy(table: rawkit.Table) -> Rows:
    return rows_of({name: column.tolist() for name, column in table.to_numpy().items()})


def from_pandas(table: rawkit.Table) -> Rows:
    frame = table.to_pandas()
    for name in set(TIMES) & set(frame.columns):
        frame[name] = frame[name].astype("int64")
    return rows_of({name: frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame})


def from_polars(table: rawkit.Table) -> Rows:
    import polars

    frame = table.to_polars()
    times = [name for name in TIMES if name in frame.columns]
    return rows_of(frame.with_columns(polars.col(times).cast(polars.Int64)).to_dict(as_series=False))


def from_arrow(table: rawkit.Table) -> Rows:
    import pyarrow

    found = table.to_arrow()
    numbers = {name: found[name].cast(pyarrow.int64()) for name in TIMES if name in found.column_names}
    return rows_of({name: numbers.get(name, found[name]).to_pylist() for name in found.column_names})


LIBRARIES = {"numpy": from_numpy, "pandas": from_pandas, "polars": from_polars, "arrow": from_arrow}


@pytest.fixture(params=LIBRARIES.values(), ids=LIBRARIES)
def rows_from(request) -> Callable[[rawkit.Table], Rows]:
    """A table as rows, by way of each library in turn."""
    return request.param


@pytest.fixture(scope="session")
def rows_from_all() -> Callable[[rawkit.Table], dict[str, Rows]]:
    """A table as rows, by way of each library."""
    return lambda table: {name: read(table) for name, read in LIBRARIES.items()}


@pytest.fixture
def capture(root) -> Callable[[str], Path]:
    """The path of a recorded capture: `capture("dns")`."""
    return lambda name: root / "captures" / f"{name}.pcap"


@pytest.fixture
def empty_capture(tmp_path, capture) -> Path:
    """A pcap file with a header and nothing behind it."""
    path = tmp_path / "empty.pcap"
    path.write_bytes(capture("dns").read_bytes()[:24])
    return path
