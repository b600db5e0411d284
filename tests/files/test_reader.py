"""Reading: every form of both formats, held against tshark; streams, cuts and damage."""

import gzip
import io
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import tracemalloc
from fractions import Fraction
from functools import cache

import pytest
import zstandard

from rawkit.errors import CaptureError
from rawkit.facts.status import OUTGOING, TRUNCATED
from rawkit.files import open_capture
from rawkit.kernels import Engine
from tests.files.blocks import block, enhanced, interface, option, section

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
FRAMES = [bytes(range(size)) for size in (60, 0, 1, 200)]
NOT_A_CAPTURE = "not a capture file: rawkit reads pcap and pcapng, also compressed with gzip, zstd or xz"


def pcap(order="<", magic=0xA1B2C3D4, version=(2, 4), link=1, record="IIII", tail=b"", frames=FRAMES, extra=0):
    """A pcap file, put together field by field."""
    parts = [struct.pack(f"{order}IHHiIII", magic, *version, 0, 0, 262144, link)]
    for number, frame in enumerate(frames):
        sizes = (len(frame), len(frame) + extra)
        parts += struct.pack(order + record, 1_700_000_000 + number, 999_999 - number, *sizes), tail, frame
    return b"".join(parts)


def old_packet(order, which, ticks, frame):
    high, low = ticks >> 32, ticks & 0xFFFFFFFF
    head = struct.pack(f"{order}HHIIII", which, 0xFFFF, high, low, len(frame), len(frame))
    return block(order, 2, head + frame)


def rich_pcapng(order):
    """One section with all that a file can hold."""
    end = bytes(4)
    second = 1_700_000_000
    comment = option(order, 1, "größer".encode())
    parts = [
        section(order, option(order, 1, b"the section"), option(order, 4, b"writer"), end),
        interface(order, 1, option(order, 2, b"eth0"), option(order, 3, b"uplink"), option(order, 1, b"port"), end),
        interface(order, 101, option(order, 9, b"\x09"), option(order, 14, struct.pack(f"{order}q", 3600)), end),
        interface(order, 113, option(order, 9, b"\x94"), end),
        interface(order, 1, option(order, 9, b"\x0c"), snaplen=32),
        interface(order, 1, option(order, 9, b"\x00"), end),
        enhanced(order, 0, second * 10**6 + 7, bytes(60), comment, option(order, 2, struct.pack(f"{order}I", 2)), end),
        block(order, 0x40000001, b"what is this"),
        enhanced(order, 1, second * 10**9 + 123_456_789, bytes(21), option(order, 77, b"?"), extra=1000),
        enhanced(order, 2, (second << 20) + 0x55555, bytes(range(18))),
        old_packet(order, 3, 1_700_000 * 10**12 + 12_345_678_901, bytes(30)),
        block(order, 4, option(order, 1, bytes([192, 0, 2, 1]) + b"a\0") + end),
        enhanced(order, 4, second, b"", option(order, 1, b"one"), option(order, 1, b"two"), end),
        block(order, 5, struct.pack(f"{order}III", 0, 0, 0)),
    ]
    return b"".join(parts)


def rows(raw, **options):
    """What tshark's fields say, from our reader."""
    with open_capture(io.BytesIO(raw), **options) as capture:
        found = [
            (length, captured, time, which)
            for batch in capture
            for length, captured, time, which in zip(
                batch.length.tolist(),
                batch.captured.tolist(),
                batch.timestamp.tolist(),
                batch.interface.tolist(),
                strict=True,
            )
        ]
        assert capture.truncated is None
    return found


def tshark(raw, *fields):
    wanted = [word for field in fields for word in ("-e", field)]
    with tempfile.NamedTemporaryFile() as file:  # Not a pipe: tshark looks ahead to know the modified form.
        file.write(raw)
        file.flush()
        command = ["tshark", "-n", "-r", file.name, "-T", "fields", *wanted]
        printed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [tuple(line.split("\t")) for line in printed.splitlines()]


@cache
def tshark_rows(raw):
    """Of one file once for both ways that kernels run."""
    found = tshark(raw, "frame.len", "frame.cap_len", "frame.time_epoch", "frame.interface_id")
    return [
        (int(one), int(two), int(Fraction(time or "0") * 10**9), int(which or 0)) for one, two, time, which in found
    ]


PCAPS = {
    "little": pcap("<"),
    "big": pcap(">"),
    "little nanoseconds": pcap("<", 0xA1B23C4D),
    "big nanoseconds": pcap(">", 0xA1B23C4D),
    "little modified": pcap("<", 0xA1B2CD34, tail=bytes(8)),
    "big modified": pcap(">", 0xA1B2CD34, tail=bytes(8)),
    "snapped": pcap(extra=1400),
    "version 2.3": pcap(version=(2, 3)),
    "FCS bits above the link type": pcap(link=0x24000001),
}


@pytest.mark.referee
@needs_tshark
@pytest.mark.parametrize("raw", PCAPS.values(), ids=PCAPS.keys())
@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
def test_pcap_as_tshark_reads_it(raw, mode):
    assert rows(raw, engine=Engine(mode)) == tshark_rows(raw)


@pytest.mark.parametrize("raw", PCAPS.values(), ids=PCAPS.keys())
def test_pcap_frames_are_those_written(raw):
    with open_capture(io.BytesIO(raw)) as capture:
        batches = list(capture)
        assert [frame for batch in batches for frame in batch.frames()] == FRAMES
        assert {one for batch in batches for one in batch.link_type.tolist()} == {1}
        assert capture.format == "pcap"


@pytest.mark.parametrize(("version", "swaps"), [((2, 2), True), ((543, 0), True), ((2, 3), True), ((2, 4), False)])
def test_old_versions_have_their_lengths_swapped(version, swaps):
    """libpcap's sf-pcap.c: before 2.3 always, in 2.3 where the first length is the larger."""
    raw = struct.pack("<IHHiIII", 0xA1B2C3D4, *version, 0, 0, 262144, 1)
    raw += struct.pack("<IIII", 0, 0, 9, 3) + b"abc" + (b"" if swaps else b"defghi")
    assert [one[:2] for one in rows(raw)] == [(9, 3) if swaps else (9, 9)]


def test_a_modified_record_says_who_sent_it():
    raw = pcap(magic=0xA1B2CD34, tail=bytes(6) + b"\x04\x00", frames=[b"abc"])
    assert open_capture(io.BytesIO(raw)).read().status.tolist() == [OUTGOING]


def test_status_says_truncated():
    assert open_capture(io.BytesIO(pcap(extra=1, frames=[b"abc"]))).read().status.tolist() == [TRUNCATED]


MIXED = {"little": rich_pcapng("<"), "big": rich_pcapng(">"), "sections": rich_pcapng("<") + rich_pcapng(">")}


@pytest.mark.referee
@needs_tshark
@pytest.mark.parametrize("raw", [MIXED["little"], MIXED["big"], MIXED["sections"]], ids=MIXED.keys())
@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
def test_pcapng_as_tshark_reads_it(raw, mode):
    ours = rows(raw, engine=Engine(mode))
    # tshark counts interfaces in each section anew, we go on.
    assert [(*row[:3], row[3] % 5) for row in ours] == tshark_rows(raw)
    assert [row[3] for row in ours] == list(range(len(ours)))


@pytest.mark.referee
@needs_tshark
def test_pcapng_comments_as_tshark_reads_them():
    with open_capture(io.BytesIO(MIXED["little"])) as capture:
        list(capture)
    theirs = [(int(number), text) for number, text in tshark(MIXED["little"], "frame.number", "frame.comment") if text]
    ours = {}
    for number, text in capture.comments:
        ours.setdefault(number, []).append(text)
    assert ours.pop(None) == ["the section", "port"]
    assert [(number, ",".join(texts)) for number, texts in ours.items()] == theirs


def test_comments_are_numbered_over_all_sections():
    with open_capture(io.BytesIO(MIXED["sections"])) as capture:
        count = sum(len(batch) for batch in capture)
        assert [number for number, _ in capture.comments if number] == [1, 5, 5, 6, 10, 10]
        assert (count, len(capture.interfaces)) == (10, 10)


def test_interfaces_are_described_at_once():
    with open_capture(io.BytesIO(MIXED["big"])) as capture:
        first, second, *_ = capture.interfaces
        assert (first.name, first.description, first.link_type) == ("eth0", "uplink", 1)
        assert (second.resolution, second.time_offset, second.link_type) == (9, 3600, 101)
        assert capture.format == "pcapng"


def test_flags_say_who_sent_a_frame():
    with open_capture(io.BytesIO(MIXED["big"])) as capture:
        status = [one for batch in capture for one in batch.status.tolist()]
    assert status == [OUTGOING, TRUNCATED, 0, 0, 0]


@pytest.mark.referee
@needs_tshark
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("snaplen", [0, 4, 100])
def test_simple_packet_blocks(order, snaplen):
    frames = [bytes(one) for one in (3, 4, 7, 12)]
    raw = section(order) + interface(order, 1, snaplen=snaplen)
    for frame in frames:
        raw += block(order, 3, struct.pack(f"{order}I", len(frame)) + frame[: snaplen or None])
    assert [one[:2] for one in rows(raw)] == [one[:2] for one in tshark_rows(raw)]


def test_many_comments_do_not_fit_into_one_walk():
    frames = [enhanced("<", 0, n, b"abcd", option("<", 1, b"%d" % n), bytes(4)) for n in range(700)]
    with open_capture(io.BytesIO(section("<") + interface("<", 1) + b"".join(frames))) as capture:
        assert sum(len(batch) for batch in capture) == 700
        assert capture.comments == [(n + 1, str(n)) for n in range(700)]


COMPRESS = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor(write_checksum=True).compress, "xz": lzma.compress}
BIG = pcap(frames=[bytes([n & 255]) * (n % 300) for n in range(12_000)])


@pytest.mark.parametrize("compress", COMPRESS.values(), ids=COMPRESS.keys())
def test_compressed_is_as_plain(compress, tmp_path):
    path = tmp_path / "the-name-does-not-matter.txt"
    path.write_bytes(compress(BIG))
    with open_capture(path) as packed:
        assert [frame for batch in packed for frame in batch.frames()] == [
            frame for batch in open_capture(io.BytesIO(BIG)) for frame in batch.frames()
        ]
        assert packed.truncated is None


@pytest.mark.parametrize("compress", COMPRESS.values(), ids=COMPRESS.keys())
def test_several_compressed_frames_are_one_file(compress):
    assert rows(compress(BIG[:1000]) + compress(BIG[1000:])) == rows(BIG)


@pytest.mark.parametrize(("name", "compress"), COMPRESS.items())
def test_a_cut_compressed_file_gives_what_it_has(name, compress):
    raw = compress(pcap(frames=[os.urandom(1000) for _ in range(500)]))
    capture = open_capture(io.BytesIO(raw[: len(raw) // 2]))
    count = sum(len(batch) for batch in capture)
    assert 100 < count < 260
    assert capture.truncated is not None
    assert f"{name} stream cut short" in capture.truncated
    assert f"the {count} frames before it were read" in capture.truncated


@pytest.mark.parametrize(("name", "compress"), COMPRESS.items())
def test_a_damaged_compressed_file_gives_what_it_has(name, compress):
    raw = bytearray(compress(pcap(frames=[os.urandom(1000) for _ in range(500)])))
    raw[-12:] = bytes(range(12))
    capture = open_capture(io.BytesIO(bytes(raw)))
    assert sum(len(batch) for batch in capture) > 0
    assert capture.truncated is not None
    assert name in capture.truncated


@pytest.mark.parametrize("raw", [PCAPS["big"], MIXED["sections"]], ids=["pcap", "pcapng"])
def test_a_file_cut_anywhere_gives_its_whole_packets(raw):
    everything = rows(raw)
    counts = []
    for size in range(12, len(raw)):
        capture = open_capture(io.BytesIO(raw[:size]))
        counts.append(sum(len(batch) for batch in capture))
        assert capture.truncated is None or "cut short inside a packet at byte" in capture.truncated
    assert counts == sorted(counts)
    assert counts[-1] in (len(everything), len(everything) - 1)


def test_a_cut_file_says_where():
    capture = open_capture(io.BytesIO(pcap()[:-1]))
    assert sum(len(batch) for batch in capture) == 3
    where = len(pcap()) - 16 - 200
    assert capture.truncated == f"capture: cut short inside a packet at byte {where}: the 3 frames before it were read"


DAMAGED = {
    "huge record": (pcap() + struct.pack("<IIII", 1, 1, 1 << 29, 1 << 29) + bytes(99), 4, "256 MiB"),
    "huge block": (MIXED["little"] + struct.pack("<II", 6, 0xFFFFFFF0) + bytes(99), 5, "256 MiB"),
    "odd block": (MIXED["little"] + struct.pack("<II", 6, 33) + bytes(99), 5, "block length"),
    "short block": (MIXED["little"] + struct.pack("<II", 6, 8) + bytes(99), 5, "block length"),
    "two lengths": (MIXED["little"] + struct.pack("<II8sI", 77, 20, b"", 24) + bytes(9), 5, "block length"),
    "short interface": (MIXED["little"] + block("<", 1, b"") + bytes(9), 5, "block length"),
    "long packet": (MIXED["big"] + block(">", 6, struct.pack(">IIIII", 0, 0, 0, 9, 9) + bytes(8)), 5, "longer"),
    "no interface": (section("<") + enhanced("<", 0, 0, b"abcd"), 0, "interface that is not described"),
    "no interface, simple": (section("<") + block("<", 3, bytes(4)), 0, "interface that is not described"),
    "byte order": (MIXED["little"] + block("<", 0x0A0D0D0A, bytes(16)), 5, "without a byte order"),
    "version": (MIXED["little"] + block("<", 0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 9, 0, 0)), 5, "version 9"),
}


@pytest.mark.parametrize(("raw", "count", "reason"), DAMAGED.values(), ids=DAMAGED.keys())
@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
def test_damage_ends_reading_and_is_told(raw, count, reason, mode):
    capture = open_capture(io.BytesIO(raw), Engine(mode))
    assert sum(len(batch) for batch in capture) == count
    assert capture.truncated is not None
    assert capture.truncated.startswith("capture: damaged (")
    assert reason in capture.truncated
    assert f"the {count} frames before it were read" in capture.truncated
    assert capture.read() is None


@pytest.mark.parametrize("raw", [b"x", b"hello, this is no capture\n", b"\x1f\x8b", b"\x0a\x0d\x0d\x0a" + bytes(20)])
def test_what_is_no_capture_is_refused(raw, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(raw)
    with pytest.raises(CaptureError) as caught:
        open_capture(path)
    assert str(caught.value) == f"{path}: {NOT_A_CAPTURE}"


def test_paths_that_cannot_be_opened(tmp_path):
    for path, reason in ((tmp_path / "none", "no such file or directory"), (tmp_path, "is a directory")):
        with pytest.raises(CaptureError) as caught:
            open_capture(path)
        assert str(caught.value) == f"{path}: cannot read: {reason}: check the path and its permissions"


def test_a_version_that_nobody_writes():
    with pytest.raises(CaptureError, match=r"pcap version 7\.4: rawkit reads version 2"):
        open_capture(io.BytesIO(pcap(version=(7, 4))))


@pytest.mark.parametrize("compress", [None, gzip], ids=["plain", "gzip"])
def test_a_pipe_is_read_as_it_comes(compress):
    """Each frame arrives while the writer still waits: no batch waits for a buffer to fill."""
    reading, writing = os.pipe()
    packer = zlib_packer() if compress else None

    def send(raw):
        os.write(writing, packer(raw) if packer else raw)

    raw = pcap(frames=[])
    send(raw)
    with open(reading, "rb", buffering=0) as file:
        capture = open_capture(file)
        for number in range(5):
            record = struct.pack("<IIII", number, 0, 5, 5) + b"%05d" % number
            send(record)
            batch = capture.read()
            assert list(batch.frames()) == [b"%05d" % number]
        os.close(writing)
        assert capture.read() is None


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_pipe_that_does_not_block_gives_an_empty_batch(pack):
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    raw = pack(pcap(frames=[b"abc"]))
    with open(reading, "rb", buffering=0) as file:
        os.write(writing, raw)
        capture = open_capture(file)
        assert len(capture.read()) == 1
        assert len(capture.read()) == 0
        os.close(writing)
        assert capture.read() is None
        assert capture.truncated is None


def zlib_packer():
    import zlib

    packer = zlib.compressobj(wbits=31)
    return lambda raw: packer.compress(raw) + packer.flush(zlib.Z_SYNC_FLUSH)


def test_a_byte_at_a_time():
    class Slow(io.RawIOBase):
        def __init__(self, raw):
            self.rest = memoryview(raw)

        def readable(self):
            return True

        def readinto(self, view):
            done = len(self.rest[:1])
            view[:done], self.rest = self.rest[:done], self.rest[done:]
            return done

    for raw in (PCAPS["big"], MIXED["sections"], gzip.compress(PCAPS["little"])):
        with open_capture(Slow(raw)) as capture:
            assert [one for batch in capture for one in batch.length.tolist()] == [one[0] for one in rows(raw)]


def test_a_file_object_that_can_only_read():
    class Plain:
        def __init__(self, raw):
            self.file = io.BytesIO(raw)

        def read(self, size):
            return self.file.read(size)

    assert [len(batch) for batch in open_capture(Plain(PCAPS["little"]))] == [4]


def test_standard_input():
    script = "from rawkit.files import open_capture; print(sum(len(b) for b in open_capture('-')))"
    done = subprocess.run([sys.executable, "-c", script], input=BIG, capture_output=True, check=True)
    assert int(done.stdout) == 12_000


@pytest.mark.slow
def test_batches_stay_valid():
    raw = pcap(frames=[b"%04d" % n * 300 for n in range(9000)])
    batches = list(open_capture(io.BytesIO(raw)))
    assert len(batches) > 2
    frames = [frame for batch in batches for frame in batch.frames()]
    assert frames == [b"%04d" % n * 300 for n in range(9000)]


def test_a_frame_larger_than_the_buffer():
    frames = [b"a", os.urandom(5_000_000), b"b"]
    with open_capture(io.BytesIO(pcap(frames=frames))) as capture:
        assert [frame for batch in capture for frame in batch.frames()] == frames


@pytest.mark.parametrize("packed", [False, True])
def test_memory_stays_flat(tmp_path, packed):
    """80 MiB of file, and no more than a few buffers of 4 MiB at any time."""
    path = tmp_path / "big"
    record = pcap(frames=[bytes(8000)] * 125)[24:]
    raw = pcap(frames=[]) + record * 80
    path.write_bytes(zstandard.compress(raw) if packed else raw)
    del raw
    with open_capture(path) as capture:
        capture.read()
        tracemalloc.start()
        count = sum(len(batch) for batch in capture)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count > 9_000
    assert peak < 20 << 20


def test_reading_while_it_is_written():
    """A writer in another thread, slower than the reader."""
    reading, writing = os.pipe()
    raw = BIG

    def write():
        with open(writing, "wb", buffering=0) as file:
            for at in range(0, len(raw), 7777):
                file.write(raw[at : at + 7777])

    thread = threading.Thread(target=write)
    thread.start()
    with open(reading, "rb", buffering=0) as file:
        assert sum(len(batch) for batch in open_capture(file)) == 12_000
    thread.join()


def test_import_loads_no_compiler_and_no_codec():
    heavy = ["numba", "zstandard", "lzma", "gzip", "pcapy", "scapy"]
    script = f"import sys, rawkit.files; print([one for one in {heavy} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
