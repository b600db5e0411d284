"""Distinct values: each once, compared whole, whatever their number of bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.tables import TableColumn
from rawkit.tables.text import coded, distinct


@st.composite
def rows(draw) -> np.ndarray:
    """Rows of which many are the same, and many differ in one byte."""
    size = draw(st.sampled_from([1, 4, 6, 8, 16, 17, 24]))
    choices = draw(st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=6))
    close = [bytes([*choice[:-1], choice[-1] ^ 1]) for choice in choices]
    picked = draw(st.lists(st.sampled_from(choices + close), max_size=60))
    return np.frombuffer(b"".join(picked), dtype=np.uint8).reshape(-1, size)


@given(rows())
def test_rows_of_bytes(values):
    first, found = distinct(values)
    assert (values[first][found] == values).all()
    assert len(first) == len({row.tobytes() for row in values})


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_numbers(numbers):
    values = np.array(numbers, dtype=np.int64)
    first, found = distinct(values)
    assert values[first][found].tolist() == numbers
    assert len(first) == len(set(numbers))


@pytest.mark.parametrize("size", [4, 16, 24])
def test_many_distinct_rows(size):
    """A product of the numbers of distinct words must not wrap around."""
    values = np.random.default_rng(size).integers(0, 256, (100_000, size), dtype=np.uint8)
    first, found = distinct(values)
    assert (values[first][found] == values).all()
    assert len(first) == len({row.tobytes() for row in values})


@given(rows(), st.randoms())
def test_text_is_that_of_each_row(values, random):
    mask = np.array([random.random() < 0.5 for _ in values], dtype=np.bool_)
    codes, words = coded(TableColumn("text", values, mask, bytes.hex))
    expected = [row.tobytes().hex() if there else None for row, there in zip(values, mask, strict=True)]
    assert [words[code] for code in codes] == expected


def test_text_is_made_once_a_value():
    values = np.array([[1], [2], [1], [1]], dtype=np.uint8)
    made: list[bytes] = []

    def read(raw: bytes) -> str:
        made.append(raw)
        return raw.hex()

    coded(TableColumn("text", values, np.array([True, False, True, True]), read))
    assert made == [b"\1"]
