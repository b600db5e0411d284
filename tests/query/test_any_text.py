"""Any text is a filter or a FilterError, and any filter gives a mask; nothing takes for ever."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit.decode import Decoder
from rawkit.errors import FilterError
from rawkit.flow.table.tracker import FlowTracker
from rawkit.kernels import Engine
from rawkit.query.filter import compile_filter
from rawkit.query.names import of_events, of_packets
from rawkit.run.capture.rehearsal import frames

WORDS = (
    *of_packets(), *of_events("flows"), *of_events("handshakes"), "==", "!=", "===", "!==", "~=", ">", "<=", "contains",
    "matches", "~", "in", "not", "!", "and", "||", "any", "all", "(", ")", "{", "}", ",", "..", "+", "-", "*", "/",
    "%", "&", "#1", "#[1-2]", "[0:2]", "[-1:]", "[1,3-4]", "[", "]", "0", "80", "0x1f", "1.5", "-1", "192.0.2.1",
    "192.0.2.0/24", "2001:db8::/32", "02:00:00:00:00:01", "ff", '"a"', r'"\x41"', 'r"^a.*$"', "'a'", '"(a+)+$"',
    "len(", "count(", "upper(", "string(", "max(", "abs(", "2026-01-01", "True", "99999999999999999999999",
)  # fmt: skip
ENGINE = Engine("interpreted")
PACKETS = Decoder(ENGINE).decode(frames())
TRACKED = FlowTracker(ENGINE).track(PACKETS)


def check(text: str) -> None:
    for event in (None, "flows", "handshakes"):
        try:
            where = compile_filter(text, event)
        except FilterError:
            continue
        if event is None:
            assert where.mask(PACKETS, TRACKED).dtype == np.bool_
        else:
            assert len(where.event_mask(ENGINE, FlowTracker(ENGINE).finish(), np.empty(0, dtype=np.int64))) == 0


@given(st.text())
def test_any_text(text):
    check(text)


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_words(text):
    check(text)


@given(st.sampled_from(sorted(of_packets())), st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(WORDS))
def test_any_comparison(name, operator, value, more):
    check(f"{name} {operator} {value}")
    check(f"{name}{more} {operator} {value}")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000, "not " * 5000 + "tcp", "!" * 60000 + "tcp", "tcp" + " and tcp" * 7000, "-" * 5000 + "1 == tcp.port",
        "tcp.port == " + "1 + " * 5000 + "1", "eth.src" + "[0:1]" * 5000, "tcp.port in {" + "1 " * 20000 + "}",
        "{" * 5000, "len(" * 5000, '"' + "\\" * 60000, "a." * 30000, "1." * 30000, ":" * 60000, "[" * 60000,
        "tcp" * 40000, "\0", "tcp\x1b[31m", '"\\ud800"', "max(" + "tcp.port, " * 5000 + "1) > 1",
    ],
    ids=lambda text: text[:8] + str(len(text)),
)  # fmt: skip
def test_long_ones(text):
    begun = time.process_time()
    check(text)
    assert time.process_time() - begun < 20


def test_no_expression_takes_for_ever():
    """What Python's `re` would take 2 to the 40 steps for."""
    where = compile_filter('frame matches "(a+)+$"')
    from rawkit.frames import FrameBatch

    packets = Decoder(ENGINE).decode(FrameBatch.from_frames([b"a" * 40 + b"b"] * 100))
    begun = time.process_time()
    assert not where.mask(packets).any()
    assert time.process_time() - begun < 5
