"""Whatever the bytes are: decoding marks, never raises, and never reads outside the frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawkit import linktypes
from rawkit.decode import Decoder, layout
from rawkit.decode.fields import FIELDS
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine

ENGINE = Engine("interpreted")
LINK_TYPES = st.sampled_from([*linktypes.NAMES, 147])
STATUS = st.sampled_from([0, 4 | 100 << 16 | 0x8100 << 32])
PLACES = (layout.LINK, layout.NET, layout.FRAGMENT_ID, layout.TRANSPORT, layout.QUOTE)


def between(surroundings: int, frame: bytes, link_type: int, length: int, status: int) -> FrameBatch:
    """The frame in a buffer with 64 other bytes before and behind it."""
    fence = bytes([surroundings]) * 64
    one = (np.array([number], dtype=kind) for number, kind in (
        (64, np.int64), (len(frame), np.int32), (length, np.int32), (10**18, np.int64), (link_type, np.int32),
        (0, np.int32), (status, np.int64),
    ))  # fmt: skip
    return FrameBatch(np.frombuffer(fence + frame + fence, dtype=np.uint8), *one)


def check(frame: bytes, link_type: int, beyond: int = 0, status: int = 0) -> None:
    length = len(frame) + beyond
    first, second = (Decoder(ENGINE).decode(between(fence, frame, link_type, length, status)) for fence in (0x00, 0xFF))
    assert (first.rows == second.rows).all()
    row = first.rows[0]
    assert 0 <= row[layout.END] <= len(frame)
    assert row[layout.END] <= row[layout.WIRE_END] <= length
    assert all(-1 <= row[place] <= len(frame) for place in PLACES)
    assert -1 <= row[layout.PAYLOAD] <= length
    assert 0 <= row[layout.DEPTH] <= layout.MAX_TUNNELS
    assert row[layout.STOP] == 0 or row[layout.STOP] & 0xFF in layout.REASONS
    for field in FIELDS:
        ours, other = first[field], second[field]
        assert (ours.mask == other.mask).all()
        assert (ours.values[ours.mask] == other.values[other.mask]).all()
    track(first, second)


def track(first: object, second: object) -> None:
    """The tracker sees the same in both, whatever lies around the frame."""
    one, other = (FlowTracker(ENGINE, seed=1) for _ in range(2))
    for mine, theirs in ((one.track(first), other.track(second)), (one.track(first), other.track(second))):
        assert (mine.stream == theirs.stream).all()
        assert (mine.analysis == theirs.analysis).all()
    assert (one.finish() == other.finish()).all()


@given(st.binary(max_size=200), LINK_TYPES, st.integers(0, 100), STATUS)
def test_random_bytes(frame, link_type, beyond, status):
    check(frame, link_type, beyond, status)


NUMBERS = st.integers(0, 2**16 - 1)
"""Which of some things, of whose number nothing is known yet: what is drawn must not hang on what was drawn before."""


@given(NUMBERS, st.lists(st.tuples(NUMBERS, st.integers(0, 255)), max_size=6), NUMBERS, st.integers(0, 50))
def test_recorded_frames_with_some_bytes_changed(recorded, chosen, changes, size, beyond):
    link_type, frame = recorded[chosen % len(recorded)]
    changed = bytearray(frame[:300])
    for place, value in changes:
        changed[place % len(changed)] = value
    check(bytes(changed[: size % (len(changed) + 1)]), link_type, beyond)


PIECES = (
    "450000280000400040060000c0000201c6336414", "4500001400002000ff11", "4600001c", "6000000000082c40", "600000000018",
    "81000064", "88a80064", "86dd", "0800", "8847", "00010140", "0806", "8864", "1100000100100021", "0000080000",
    "c0a8010000000800", "00000800", "12b5", "c35012b500280000", "0800000000002a00", "2f00", "0303", "1100", "3a00",
    "2c00", "ffff", "00", "45", "60", "aaaa03000000", "11223344556602000000010008",
    "88e50000000000010800", "88e700000007", "89030421", "8926400100020800", "892f102b00010800", "01000c000000",
    "0000080000000000", "000009000200000030", "8802000002000000000102000000000202000000000310008001",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES)), LINK_TYPES)
def test_pieces_of_headers(pieces, link_type):
    """Bytes that lead deeper into the walk than chance does."""
    check(bytes.fromhex("".join(pieces)), link_type)


@pytest.mark.parametrize("link_type", [*linktypes.NAMES, 147, 2**31 - 1])
@pytest.mark.parametrize("frame", [b"", b"\0", b"\xff" * 2, b"\0" * 64, b"\xff" * 64, b"\x45" * 128, b"\x60" * 128])
def test_uniform_bytes(frame, link_type):
    check(frame, link_type)
