"""What the columns are in each library: their types, and what stands where a packet has no such field."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas
import polars
import pyarrow
import pytest

import rawkit
from rawkit.errors import RawkitError

KINDS = {"frame.time_epoch": "time", "ip.src": "text", "tcp.dstport": "number", "tcp.analysis": "words"}


@pytest.fixture
def packets(capture):
    """Packets of a connection with one retransmission."""
    return rawkit.read_packets(capture("tcp-fast-retransmission"), fields=list(KINDS))


def test_numpy(packets):
    columns = packets.to_numpy()
    assert {name: column.dtype for name, column in columns.items()} == {
        "frame.time_epoch": np.int64, "ip.src": object, "tcp.dstport": np.int64, "tcp.analysis": object,
    }  # fmt: skip
    assert all(isinstance(column, np.ma.MaskedArray) for column in columns.values())
    flags = columns["tcp.analysis"]
    assert ("retransmission", "fast_retransmission") in flags.compressed().tolist()
    assert flags.mask.sum() == flags.tolist().count(None) > 0


def test_pandas(packets):
    frame = packets.to_pandas()
    assert frame.dtypes.astype(str).to_dict() == {
        "frame.time_epoch": "datetime64[ns]", "ip.src": "string", "tcp.dstport": "Int64", "tcp.analysis": "object",
    }  # fmt: skip
    assert frame["tcp.analysis"].isna().sum() == packets["tcp.analysis"].mask.sum() > 0
    assert frame["frame.time_epoch"].astype("int64").tolist() == packets["frame.time_epoch"].tolist()


def test_polars(packets):
    frame = packets.to_polars()
    assert frame.schema == {
        "frame.time_epoch": polars.Datetime("ns"), "ip.src": polars.String, "tcp.dstport": polars.Int64,
        "tcp.analysis": polars.List(polars.String),
    }  # fmt: skip
    assert frame["tcp.analysis"].null_count() == packets["tcp.analysis"].mask.sum() > 0
    assert frame.filter(polars.col("tcp.analysis").list.contains("retransmission")).height == 1


def test_arrow(packets):
    table = packets.to_arrow()
    assert dict(zip(table.column_names, table.schema.types, strict=True)) == {
        "frame.time_epoch": pyarrow.timestamp("ns"), "ip.src": pyarrow.string(), "tcp.dstport": pyarrow.int64(),
        "tcp.analysis": pyarrow.list_(pyarrow.string()),
    }  # fmt: skip
    assert table["tcp.analysis"].null_count == packets["tcp.analysis"].mask.sum() > 0


def test_durations(capture):
    table = rawkit.read_flows(capture("dns"))
    assert table["duration"].dtype == np.int64
    assert table.to_pandas()["duration"].dtype == "timedelta64[ns]"
    assert table.to_polars()["duration"].dtype == polars.Duration("ns")
    assert table.to_arrow()["duration"].type == pyarrow.duration("ns")


def test_what_is_missing_is_null_also_in_pandas_numbers_and_text(capture):
    """The capture has UDP and TCP over IPv4."""
    frame = rawkit.read_packets(capture("dns")).to_pandas()
    is_udp = frame["ip.proto"] == 17
    assert frame["tcp.srcport"][is_udp.fillna(False)].isna().all()
    assert frame["ipv6.src"].isna().all()
    assert frame["ipv6.src"].iloc[0] is pandas.NA


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_a_library_that_is_not_installed(packets, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    method = {"pyarrow": "to_arrow"}.get(name, f"to_{name}")
    with pytest.raises(RawkitError) as caught:
        getattr(packets, method)()
    assert str(caught.value) == f"{name} is not installed: pip install {name}"
    assert isinstance(caught.value, ImportError)


SCRIPT = """
import sys, rawkit
assert "numpy" not in sys.modules
packets = rawkit.read_packets(sys.argv[1])
packets.to_numpy()
before = {"pandas", "polars", "pyarrow", "numba", "scapy"} & set(sys.modules)
packets.to_polars()
print(sorted(before), "polars" in sys.modules, "pandas" in sys.modules)
"""


def test_a_library_is_loaded_when_its_table_is_asked_for(capture):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(capture("dns"))], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[] True False\n"
