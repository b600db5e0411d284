"""Columns of any width on a terminal of any width: what stays, what goes, what is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rawkit.view.columns import Column, Sheet, fit, shown_width

COLUMNS = (
    Column("STATE", lambda value: value[0], 5),
    Column("NAME", lambda value: value[1], 4, rank=2),
    Column("SIZE", lambda value: value[2], right=True, rank=1),
    Column("HOST", lambda value: value[3], 8, middle=True),
    Column("REST", lambda value: value[4], 6, fills=True, rank=3),
)
TEXTS = st.text(st.sampled_from("abc \x1b\u202e例é"), max_size=30)
VALUES = st.lists(st.tuples(*[TEXTS] * len(COLUMNS)), max_size=40)


def plain(columns=COLUMNS, **options):
    return Sheet(columns, color=False, **options)


@given(VALUES, st.integers(1, 200), st.integers(1, 60) | st.none())
def test_no_line_is_wider_than_the_terminal(values, width, height):
    lines = plain().lines(values, width, height)
    assert all(shown_width(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)
    assert len(lines) >= len(values)


@given(VALUES, st.integers(1, 200), st.integers(1, 60))
def test_in_pieces_each_value_has_its_line(values, width, height):
    sheet = plain()
    lines = [line for value in values for line in sheet.lines([value], width, height)]
    assert sum(not line.startswith("STATE"[:width]) for line in lines) == len(values) or width < len("STATE ")


@given(VALUES, st.integers(20, 200))
def test_colours_change_nothing_else(values, width):
    def taken(lines):
        import re

        return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]

    red = (Column("STATE", lambda value: value[0], 5, style=lambda _: "31"), *COLUMNS[1:])
    colored = Sheet(red, color=True).lines(values, width, 20)
    assert taken(colored) == plain(red).lines(values, width, 20)


def test_the_highest_rank_goes_first():
    wide = (5, 10, 6, 10, 12)
    chosen = [[place for place, _ in fit(COLUMNS, wide, width).columns] for width in (60, 40, 30, 20)]
    assert chosen == [[0, 1, 2, 3, 4], [0, 1, 2, 3], [0, 2, 3, 4], [0, 3]]


def test_what_never_goes_is_cut_in_its_middle():
    lines = plain().lines([("up", "", "", "[2001:db8::20]:9000", "")], 20)
    assert lines == ["STATE HOST", "up    [2001:d…]:9000"]


def test_an_outlier_is_forgotten_after_the_next_screen():
    values = [("up", "x", "", "h" * 30, "")] + [("up", "x", "", "h", "")] * 30
    lines = plain().lines(values, 80, 11)
    heads = [line for line in lines if line.startswith("STATE")]
    assert [line.index("HOST") for line in heads] == [13] * len(heads)
    places = [line.rindex("h") for line in lines if not line.startswith("STATE")]
    assert places[0] == 42
    wide = Column("SIZE", lambda value: value[2], 8, right=True)
    columns = (COLUMNS[0], COLUMNS[3], wide)
    lines = plain(columns).lines(values, 80, 11)
    assert [line.index("SIZE") for line in lines if line.startswith("STATE")] == [43, 43, 21, 21]


def test_headings_come_once_a_screen_and_when_columns_change():
    value = ("up", "one", "", "host", "")
    sheet = plain()
    assert sheet.lines([value], 80, 5)[0].startswith("STATE")
    assert [line[:5] for line in sheet.lines([value] * 3, 80, 5)] == ["up   ", "up   ", "STATE", "up   "]
    assert [line[:5] for line in sheet.lines([value], 20, 5)] == ["STATE", "up   "]
    assert sheet.lines([], 80, 5) == []


def test_details_count_for_the_screen():
    sheet = plain(detail=lambda value: "word " * 10)
    value = ("up", "one", "", "host", "")
    lines = sheet.lines([value] * 2, 30, 6)
    assert [line.strip() for line in lines] == [
        "STATE  NAME  HOST",
        "up     one   host",
        "word word word word word",
        "word word word word word",
        "STATE  NAME  HOST",
        "up     one   host",
        "word word word word word",
        "word word word word word",
    ]
    assert lines[2].startswith("    ")


def test_a_column_is_as_wide_as_it_may_be_at_most():
    columns = (Column("PROTO", lambda value: value, most=8), Column("NAME", lambda value: value[:3]))
    assert plain(columns).lines(["layer 2 tunneling"], 80) == ["PROTO     NAME", "layer 2…  lay"]
