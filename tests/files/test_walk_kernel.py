"""The walk interpreted and compiled: the same arrays from any bytes, and never outside of them."""

import struct

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rawkit.files.columns import WALK_KERNEL, Columns
from rawkit.files.layout import NOTES, STATE
from rawkit.kernels import Engine

INTERPRETED, COMPILED = Engine("interpreted"), Engine("compiled")

NUMBERS = st.one_of(st.integers(0, 64), st.sampled_from([2**28, 2**28 + 1, 2**31 - 1, 2**31, 2**32 - 1]))
KINDS = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 0x0A0D0D0A])


@st.composite
def pcap_records(draw):
    order = draw(st.sampled_from("<>"))
    records = b""
    for _ in range(draw(st.integers(0, 6))):
        size = draw(st.integers(0, 40))
        sizes = draw(st.sampled_from([(size, size), (size, size + 9), (size + 9, size)]))
        records += struct.pack(f"{order}IIII", draw(NUMBERS), draw(NUMBERS), *sizes) + bytes(size)
    return records + draw(st.binary(max_size=30))


@st.composite
def pcapng_blocks(draw):
    """Blocks that are nearly right: each number is sound or chosen from the edges."""
    order = draw(st.sampled_from("<>"))
    blocks = b""
    for _ in range(draw(st.integers(0, 6))):
        numbers = [draw(NUMBERS) for _ in range(draw(st.integers(0, 5)))]
        body = struct.pack(f"{order}{len(numbers)}I", *numbers) + draw(st.binary(max_size=24))
        body += bytes(-len(body) % 4)
        total = struct.pack(f"{order}I", draw(st.sampled_from([len(body) + 12] * 9 + [0, 8, 13, 2**28 + 4])))
        blocks += struct.pack(f"{order}I", draw(KINDS)) + total + body + total
    return blocks


def columns_of(raw):
    window = np.frombuffer(raw, dtype=np.uint8).copy()
    return window, Columns(window), np.zeros(STATE, dtype=np.int64), np.zeros(2 * NOTES, dtype=np.int64)


def run_pcap(engine, raw, flip, header, swapped, tick):
    window, c, state, _ = columns_of(raw)
    outputs = (c.offset, c.captured, c.length, c.timestamp, c.status)
    rows = engine.call(WALK_KERNEL, "walk_pcap", 0, window, state, flip, header, swapped, tick, *outputs)
    return rows, state.tolist(), [one[:rows].tolist() for one in outputs]


def run_pcapng(engine, raw, flip, interfaces):
    window, c, state, notes = columns_of(raw)
    links, snaplens = np.full(interfaces, 1), np.arange(interfaces)
    outputs = (c.offset, c.captured, c.length, c.timestamp, c.link_type, c.interface, c.status)
    rows = engine.call(WALK_KERNEL, "walk_pcapng", 0, window, state, flip, links, snaplens, 7, *outputs, notes)
    return rows, state.tolist(), [one[:rows].tolist() for one in outputs], notes.tolist()


def inside(raw, found):
    """Every frame lies in the window, after the one before it, and before the place where the walk stopped."""
    rows, (position, *_), (offset, captured, length, *_) = found[0], found[1], found[2]
    ends = [0]
    for i in range(rows):
        assert ends[-1] <= offset[i]
        assert 0 <= captured[i] <= length[i]
        ends.append(offset[i] + captured[i])
    return ends[-1] <= position <= len(raw)


@given(
    pcap_records(), st.sampled_from([0, 3]), st.sampled_from([16, 24]), st.integers(0, 2), st.sampled_from([1, 1000])
)
@example(b"\xff" * 16, 0, 16, 0, 1000)
def test_pcap(raw, flip, header, swapped, tick):
    found = run_pcap(INTERPRETED, raw, flip, header, swapped, tick)
    assert found == run_pcap(COMPILED, raw, flip, header, swapped, tick)
    assert inside(raw, found)


@settings(deadline=None)  # The first call compiles.
@given(pcapng_blocks(), st.sampled_from([0, 3]), st.integers(0, 3))
def test_pcapng(raw, flip, interfaces):
    found = run_pcapng(INTERPRETED, raw, flip, interfaces)
    assert found == run_pcapng(COMPILED, raw, flip, interfaces)
    assert inside(raw, found)


def test_a_time_is_a_whole_number_in_both():
    raw = struct.pack("<IIII", 2**32 - 1, 2**32 - 1, 0, 0)
    for engine in (INTERPRETED, COMPILED):
        assert run_pcap(engine, raw, 0, 16, 0, 1000)[2][3] == [(2**32 - 1) * 10**9 + (2**32 - 1) * 1000]
