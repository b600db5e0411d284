"""Tables row by row, printed and as HTML; Polars says what the rows are."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

import rawkit
from rawkit.tables import TableColumn


@pytest.fixture
def packets(capture):
    return rawkit.read_packets(capture("dns"), fields=["frame.number", "ip.src", "tcp.len", "tcp.analysis", "eth.src"])


def polars_rows(table):
    """Polars' rows, with tuples where it has lists."""
    rows = table.to_polars().rows(named=True)
    return [{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()} for row in rows]


@pytest.mark.parametrize("name", ["dns", "tcp-fast-retransmission", "ping6"])
def test_rows_are_those_of_polars(capture, name):
    """Numbers and text; times are nanoseconds."""
    table = rawkit.read_packets(capture(name))
    expected = polars_rows(table.to_table([each for each in table.columns if each != "frame.time_epoch"]))
    times = table["frame.time_epoch"].tolist()
    for rows in (list(table), list(table.rows()), [table[number] for number in range(len(table))]):
        assert [row.pop("frame.time_epoch") for row in rows] == times
        assert rows == expected


def test_some_rows(packets):
    rows = list(packets)
    assert (packets[-1], packets[np.int64(2)]) == (rows[-1], rows[2])
    for which in (slice(3), slice(3, 9), slice(None, None, -1), slice(100, 200)):
        assert list(packets[which]) == rows[which]
    assert list(packets.head()) == rows[:5]
    assert (list(packets.head(2)), len(packets.head(0)), len(packets.head(100))) == (rows[:2], 0, 20)


@pytest.mark.parametrize(
    ("ask", "kind", "words"),
    [
        (
            lambda table: table[1.5],
            TypeError,
            "1.5: a table is asked for a column by its name, for a row by its number",
        ),
        (lambda table: table[["ip.src"]], TypeError, "['ip.src']: a table is asked for a column by its name"),
        (lambda table: table[20], IndexError, "row 20: the table has 20 rows, counted from 0"),
        (lambda table: table[-21], IndexError, "row -21: the table has 20 rows"),
        (lambda table: table["ip.scr"], rawkit.FieldError, "there is no field 'ip.scr': did you mean ip.src?"),
        (
            lambda table: table.to_table("ip.src"),
            TypeError,
            "fields 'ip.src': give a list of names, such as ['ip.src']",
        ),
        (lambda table: table.to_pandas("ip.src"), TypeError, "give a list of names"),
        (lambda table: table.to_polars([1]), TypeError, "field 1: a name is text, such as 'ip.src'"),
        (lambda table: table.to_numpy(5), TypeError, "fields 5: give a list of names"),
    ],
)
def test_wrong_keys_say_what_was_meant(packets, ask, kind, words):
    with pytest.raises(kind) as caught:
        ask(packets)
    assert words in str(caught.value)


@pytest.mark.parametrize("width", [80, 160])
def test_printed(capture, monkeypatch, width):
    """As wide as the terminal at most, a line a row, and what is not shown is said."""
    monkeypatch.setenv("COLUMNS", str(width))
    table = rawkit.read_packets(capture("dns"))
    lines = str(table).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0].split()[:2] == ["frame.number", "frame.time_epoch"]
    assert [line.split()[0] for line in lines[1:11]] == [str(number) for number in range(1, 11)]
    assert lines[11] == "(20 rows, of which the first 10 are shown)"
    assert lines[12].startswith("(also: ")
    assert lines[13].startswith("(without values: ")
    assert lines[1].split()[1:3] == str(np.datetime64(int(table["frame.time_epoch"][0]), "ns")).split("T")


def test_what_a_terminal_would_act_on_is_not_printed():
    named = TableColumn("text", np.array([0, 1]), np.array([True, True]), ("\x1b[2Jeth0", "<b>&").__getitem__)
    table = rawkit.Table({"frame.interface_name": named})
    assert str(table).splitlines()[1:3] == ["\\x1b[2Jeth0", "<b>&"]
    assert "<b>" not in table._repr_html_()


def test_tables_of_nothing():
    assert str(rawkit.Table({})) == "(0 rows)"
    empty = rawkit.Table({"tcp.len": TableColumn("number", np.array([], int), np.array([], bool))})
    assert str(empty).splitlines() == ["tcp.len", "(0 rows)"]
    assert (list(empty), list(empty.head())) == ([], [])


class Cells(HTMLParser):
    """The cells of a table, by the parser of Python."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag, attributes) -> None:
        if tag == "tr":
            self.rows.append([])
        self.inside = tag in ("td", "th")
        if self.inside:
            self.rows[-1].append("")

    def handle_endtag(self, tag) -> None:
        self.inside = False

    def handle_data(self, data) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def test_as_html(packets):
    parser = Cells()
    parser.feed(packets._repr_html_())
    assert parser.rows[0] == ["frame.number", "ip.src", "tcp.len", "eth.src"]
    shown = [["" if row[name] is None else str(row[name]) for name in parser.rows[0]] for row in packets.head(10)]
    assert parser.rows[1:] == shown


def test_a_slice_keeps_its_columns(packets):
    assert packets[2:4].to_pandas()["ip.src"].tolist() == packets.to_pandas()["ip.src"].tolist()[2:4]
    assert repr(packets[:1]).startswith("Table(1 rows: frame.number")
