"""Tables of packets and of flows say what JSON says, in each library; JSON itself is held against tshark elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

import rawkit
from rawkit.api.captures import PACKET_FIELDS
from rawkit.decode import Decoder
from rawkit.decode.fields import ALL_FIELDS, TRACKED_FIELDS
from rawkit.errors import RawkitError
from rawkit.flow.conn_log import columns as flows
from rawkit.view.packets import view as packets

pytestmark = pytest.mark.filterwarnings("ignore::rawkit.api.captures.CaptureWarning")


def test_packets_say_what_json_says(capture_path, json_rows, rows_from_all):
    expected = json_rows(capture_path, "packets")
    found = rows_from_all(rawkit.read_packets(capture_path))
    assert found == dict.fromkeys(found, expected)
    assert expected


def test_flows_say_what_json_says(capture_path, json_rows, rows_from_all):
    found = rows_from_all(rawkit.read_flows(capture_path))
    assert found == dict.fromkeys(found, json_rows(capture_path, "flows"))


def test_columns_have_the_names_and_the_order_of_json(capture):
    assert tuple(rawkit.read_packets(capture("dns")).columns) == packets.FIELDS
    assert tuple(rawkit.read_flows(capture("dns")).columns) == flows.NAMES


@pytest.mark.parametrize("read", [rawkit.read_packets, rawkit.read_flows])
def test_compiled_kernels_find_the_same(capture_path, compiled, interpreted, read):
    one, other = (read(capture_path, engine=engine).to_numpy() for engine in (compiled, interpreted))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name].tolist() != other[name].tolist()] == []


def test_a_filter_keeps_numbers_and_streams_are_of_what_is_left(capture, json_rows, rows_from):
    rows = rows_from(rawkit.read_packets(capture("dns"), "tcp or udp port 53 and src host 198.51.100.20"))
    assert rows == json_rows(capture("dns"), "packets", "tcp or udp port 53 and src host 198.51.100.20")
    assert 0 < len(rows) < rows[-1]["frame.number"]


def test_flows_of_a_filter(capture, json_rows, rows_from):
    assert rows_from(rawkit.read_flows(capture("dns"), "tcp")) == json_rows(capture("dns"), "flows", "tcp")


def test_fields_are_the_columns_in_the_order_asked_for(capture):
    whole = rawkit.read_packets(capture("dns"))
    for fields in (["udp.dstport", "ip.src"], ["udp.stream", "ip.src", "tcp.analysis"]):
        table = rawkit.read_packets(capture("dns"), fields=fields)
        assert list(table.columns) == fields
        assert [table[name].tolist() for name in fields] == [whole[name].tolist() for name in fields]
        assert list(whole.to_numpy(fields)) == fields


@pytest.mark.parametrize("read", [rawkit.read_packets, rawkit.read_flows])
def test_an_empty_capture_has_columns_and_no_rows(empty_capture, capture, read, rows_from):
    table, other = read(empty_capture), read(capture("dns"))
    assert (len(table), rows_from(table)) == (0, [])
    assert table.to_polars().schema == other.to_polars().schema
    assert table.to_arrow().schema == other.to_arrow().schema
    assert table.to_pandas().dtypes.tolist() == other.to_pandas().dtypes.tolist()


def test_packets_of_one_batch_are_a_table(capture, json_rows, rows_from):
    """Without what needs the packets before."""
    with rawkit.open(capture("dns")) as frames:
        batch = frames.read()
    table = Decoder(rawkit.Engine("interpreted")).decode(batch).to_table()
    own = tuple(name for name in PACKET_FIELDS if name not in TRACKED_FIELDS)
    assert tuple(table.columns) == own
    expected = [{name: row[name] for name in row if name in own} for row in json_rows(capture("dns"), "packets")]
    assert rows_from(table) == expected


@pytest.mark.parametrize(
    ("name", "meant"), [("ip.scr", "did you mean ip.src?"), ("tcp.streem", "did you mean tcp.stream?")]
)
def test_a_field_that_there_is_not(capture, name, meant):
    message = f"there is no field '{name}': {meant}"
    table = rawkit.read_packets(capture("dns"))
    for ask in (lambda: rawkit.read_packets("no such file", fields=[name]), lambda: table.to_polars([name])):
        with pytest.raises(rawkit.FieldError) as caught:
            ask()
        assert str(caught.value) == message
        assert isinstance(caught.value, RawkitError | LookupError)


def test_a_field_like_none_that_there_is(capture):
    with pytest.raises(rawkit.FieldError, match=r"^there is no field 'q': use frame.number, .*, \.\.\.$"):
        rawkit.read_packets(capture("dns"), fields=["q"])


def test_every_field_of_packets_can_be_asked_for_alone(capture):
    whole = rawkit.read_packets(capture("tcp-fast-retransmission"), fields=tuple(ALL_FIELDS))
    for name in ALL_FIELDS:
        alone = rawkit.read_packets(capture("tcp-fast-retransmission"), fields=[name])
        assert alone[name].tolist() == whole[name].tolist()


def test_a_table_shows_what_it_has(capture):
    table = rawkit.read_packets(capture("tcp-connect-refused"), fields=["ip.src", "tcp.len"])
    assert repr(table) == "Table(2 rows: ip.src, tcp.len)"
    assert np.ma.isMaskedArray(table["tcp.len"])
