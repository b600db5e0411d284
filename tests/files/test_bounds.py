"""Little input that would take much time or memory: what is kept of it has a bound, and what is over it is said."""

import gzip
import io
import lzma
import time
import tracemalloc

import pytest
import zstandard

from rawkit.files import open_capture
from rawkit.files.clock import MAX_SECONDS
from rawkit.files.described import EACH, MOST_BYTES
from rawkit.files.pcapng import EACH_COMMENT, MOST_COMMENTS
from rawkit.kernels import Engine
from tests.files.blocks import block, enhanced, interface, option, section

NANOSECONDS = option("<", 9, b"\x09")


def read(raw):
    reader = open_capture(io.BytesIO(raw), Engine("interpreted"))
    return reader, list(reader)


def spent(raw):
    begun = time.process_time()
    _, batches = read(raw)
    return time.process_time() - begun, sum(map(len, batches))


@pytest.mark.parametrize("between", [b"", enhanced("<", 0, 0, b"")], ids=["together", "between packets"])
def test_many_interfaces_cost_no_more_each_than_a_few(between):
    """They did: 65,536 took over 100 s, of which each made the tables of all anew."""
    few, frames = spent(section("<") + (interface("<", 1) + between) * 2_000 + enhanced("<", 1999, 0, b"a"))
    many, more = spent(section("<") + (interface("<", 1) + between) * 20_000 + enhanced("<", 19_999, 0, b"a"))
    assert (frames, more) == ((2001, 20_001) if between else (1, 1))
    assert many < 30 * few + 0.5  # 100 times as much where it is quadratic


def test_interfaces_between_packets_do_not_end_a_batch():
    raw = section("<") + b"".join(interface("<", 1) + enhanced("<", which, 7, b"ab") for which in range(100))
    _, batches = read(raw)
    assert [batch.interface.tolist() for batch in batches] == [list(range(100))]


def test_each_packet_has_the_clock_of_its_interface_and_section():
    """In one batch: 7 ticks of a microsecond, of a nanosecond, and of a big-endian section's second."""
    raw = section("<") + interface("<", 1) + interface("<", 101, NANOSECONDS)
    raw += enhanced("<", 0, 7, b"a") + enhanced("<", 1, 7, b"b")
    raw += section(">") + interface(">", 113, option(">", 9, b"\0")) + enhanced(">", 0, 7, b"c")
    _, (batch,) = read(raw)
    assert batch.timestamp.tolist() == [7_000, 7, 7_000_000_000]
    assert batch.link_type.tolist() == [1, 101, 113]


def test_more_interfaces_than_there_is_room_for_end_the_file():
    room = MOST_BYTES // EACH
    raw = section("<") + enhanced("<", 0, 0, b"a").join([interface("<", 1)] * 2) + interface("<", 1) * (room + 5)
    reader, batches = read(raw)
    assert (sum(map(len, batches)), len(reader.interfaces)) == (1, room)
    assert "damaged (more interfaces than 64 MiB hold)" in reader.truncated


def test_long_names_take_of_the_room():
    raw = section("<") + interface("<", 1, option("<", 2, b"x" * 60_000), option("<", 3, b"y" * 60_000)) * 1_000
    reader, _ = read(raw)
    assert len(reader.interfaces) == MOST_BYTES // (EACH + 120_000)


def test_comments_past_their_room_are_counted():
    text = b"x" * 65_000
    kept = MOST_COMMENTS // (EACH_COMMENT + len(text))
    raw = section("<") + interface("<", 1) + enhanced("<", 0, 0, b"a", *[option("<", 1, text)] * 4) * 500
    packed = io.BytesIO(zstandard.compress(raw))
    tracemalloc.start()
    with open_capture(packed, Engine("interpreted")) as reader:
        frames = sum(map(len, reader))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (frames, len(reader.comments)) == (500, kept)
    assert reader.remarks == [f"capture: comments left out, since those before take 16 MiB: {2_000 - kept}"]
    assert most < 100 << 20  # of 130 MB of comments


@pytest.mark.parametrize(
    ("ticks", "offset", "seconds"),
    [
        ((1 << 64) - 1, 0, MAX_SECONDS),
        (1 << 62, 0, MAX_SECONDS),
        (0, -(1 << 63), -MAX_SECONDS),
        (5 * 10**9, (1 << 63) - 1, MAX_SECONDS),
    ],
)
def test_times_that_nobody_has_are_held_and_said(ticks, offset, seconds):
    value = offset.to_bytes(8, "little", signed=True)
    raw = section("<") + interface("<", 1, NANOSECONDS, option("<", 14, value)) + enhanced("<", 0, ticks, b"a")
    reader, (batch,) = read(raw)
    assert batch.timestamp[0] // 10**9 == seconds
    assert reader.remarks == [
        "capture: frames with a time past the year 2112, or as far before 1970, which are told at that time: 1"
    ]


def test_a_block_of_another_kind_between_descriptions():
    raw = section("<") + block("<", 0xBAD, b"12345678") + interface("<", 1) + block("<", 5, bytes(12))
    reader, (batch,) = read(raw + enhanced("<", 0, 3, b"ab"))
    assert list(batch.frames()) == [b"ab"]
    assert reader.remarks == []


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress, lzma.compress], ids=["gzip", "zstd", "xz"])
def test_many_empty_members_cost_no_more_each_than_a_few(compress):
    """Half a million took 32 to 93 s: at each, all that stood behind it was copied."""
    whole = compress(section("<") + interface("<", 1) + enhanced("<", 0, 0, b"a"))
    few, frames = spent(whole + compress(b"") * 500 + compress(b""))
    many, more = spent(whole + compress(b"") * 20_000 + compress(b""))
    assert frames == more == 1
    assert many < 120 * few + 0.5
