"""Blocks of a ring written as they are, held against the way over batches, against libpcap, and against its limits."""

from __future__ import annotations

import io
import os
import resource
import signal
import struct
from collections.abc import Iterator
from pathlib import Path

import dpkt
import pytest

from rawkit import linktypes
from rawkit.errors import CaptureError
from rawkit.files import PcapWriter
from rawkit.kernels import Engine
from rawkit.run.capture.blocks import BlockRecording, rehearse
from rawkit.sockets import layout
from rawkit.sockets.receive.block import BlockReader

BLOCK = 1 << 20
FIRST = 48
ETHERNET_AT, TUN_AT = 82, 96
"""Where the kernel puts the frame behind a tpacket3_hdr (tpacket_rcv of net/packet/af_packet.c)."""
TAG = layout.TP_STATUS_VLAN_VALID | layout.TP_STATUS_VLAN_TPID_VALID

Frame = tuple[bytes, int, int, int]


def make_block(frames: list[Frame], at: int = ETHERNET_AT) -> memoryview:
    """A block as tpacket_rcv lays it: of each frame its bytes, its length on the wire, its status and its tag."""
    block, place = bytearray(BLOCK), FIRST
    struct.pack_into("=II", block, layout.BLOCK_COUNT, len(frames), FIRST)
    for number, (frame, length, status, tag) in enumerate(frames):
        step = -(-(at + len(frame)) // 16) * 16
        head = (step, 1_700_000_000 + number, number, len(frame), length, status, at, 0, 0, tag & 0xFFFF, tag >> 16)
        struct.pack_into("=6I2H2IH", block, place, *head)
        block[place + at : place + at + len(frame)] = frame
        place += step
    return memoryview(block)


SIZES = [1514, 60, 61, 62, 63, 14, 12, 11, 1, 0, 9000, 65535, 60] + [60] * 3000
PLAIN = [(os.urandom(size), size, 0, 0) for size in SIZES]
CUT = [(frame, length + 7, status, tag) for frame, length, status, tag in PLAIN]
TAGGED = [
    (frame, length, TAG if number % 2 else layout.TP_STATUS_VLAN_VALID, 0x88A8 << 16 | 0x6005)
    for number, (frame, length, _, _) in enumerate(PLAIN)
]
MIXED = [frame for three in zip(PLAIN, CUT, TAGGED, strict=True) for frame in three][:3000]


def by_batches(frames: list[Frame], link_type: int, at: int) -> bytes:
    file = io.BytesIO()
    with PcapWriter(file, link_type) as writer:
        writer.write(BlockReader(link_type, 262144, 0, Engine("interpreted")).read(make_block(frames, at)))
    return file.getvalue()


@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
@pytest.mark.parametrize("link", [(linktypes.ETHERNET, ETHERNET_AT), (linktypes.RAW, TUN_AT)])
@pytest.mark.parametrize("frames", [PLAIN, CUT, TAGGED, MIXED], ids=["plain", "cut", "tagged", "mixed"])
def test_the_file_is_that_of_the_way_over_batches(
    tmp_path: Path, frames: list[Frame], link: tuple[int, int], mode: str
) -> None:
    with BlockRecording(str(tmp_path / "out.pcap"), link[0], Engine(mode)) as recording:  # type: ignore[arg-type]
        assert recording.write_block(make_block(frames, link[1])) == len(frames)
    assert (tmp_path / "out.pcap").read_bytes() == by_batches(frames, *link)


def test_dpkt_reads_it(tmp_path: Path) -> None:
    with BlockRecording(str(tmp_path / "out.pcap"), 1, Engine("interpreted")) as recording:
        recording.write_block(make_block(CUT))
        recording.write_block(make_block(PLAIN))
    with (tmp_path / "out.pcap").open("rb") as file:
        reader = dpkt.pcap.Reader(file)
        assert [frame for _, frame in reader] == [one[0] for one in CUT + PLAIN]
        assert reader.datalink() == 1


def test_of_a_block_at_most_so_many_frames(tmp_path: Path) -> None:
    with BlockRecording(str(tmp_path / "out.pcap"), 1, Engine("interpreted")) as recording:
        assert [recording.write_block(make_block(PLAIN[:9]), most) for most in (0, 5, 20, None)] == [0, 5, 9, 9]
    with (tmp_path / "out.pcap").open("rb") as file:
        assert len(list(dpkt.pcap.Reader(file))) == 23


@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
@pytest.mark.parametrize(
    ("place", "frame_at", "size"),
    [(0, 8, 60), (BLOCK - 32, 82, 60), (BLOCK, 82, 60), (BLOCK - 128, 82, 60), (BLOCK - 128, 0xFFFF, 1)],
)
def test_nothing_outside_the_block_is_read_or_written(
    tmp_path: Path, mode: str, place: int, frame_at: int, size: int
) -> None:
    """The block's numbers are the kernel's; if they were ever wrong, it would be an error and no leak."""
    block = make_block(PLAIN[:1])
    head = struct.pack("=6I2H", 0, 0, 0, size, size, 0, frame_at, 0)
    block[place : place + len(head)] = head[: BLOCK - place]
    struct.pack_into("=II", block, layout.BLOCK_COUNT, 1, place)
    recording = BlockRecording(str(tmp_path / "out.pcap"), 1, Engine(mode))  # type: ignore[arg-type]
    with recording, pytest.raises(IndexError):
        recording.write_block(block)
    assert (tmp_path / "out.pcap").stat().st_size == 24


@pytest.fixture
def limited() -> Iterator[int]:
    """Files may not become larger than 100,000 bytes, as on a disk that is full (setrlimit(2), EFBIG)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield 100_000
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


def test_what_does_not_fit_leaves_whole_records(tmp_path: Path, limited: int) -> None:
    frames = [(number.to_bytes(4) + bytes(700), 704, 0, 0) for number in range(300)]
    recording = BlockRecording(str(tmp_path / "out.pcap"), 1, Engine("interpreted"))
    with recording, pytest.raises(CaptureError, match="cannot write: file too large"):
        recording.write_block(make_block(frames))
    assert limited - 720 < (tmp_path / "out.pcap").stat().st_size <= limited
    with (tmp_path / "out.pcap").open("rb") as file:
        kept = [frame for _, frame in dpkt.pcap.Reader(file)]
    assert kept == [frame for frame, *_ in frames[: len(kept)]]


def test_a_rehearsal_loads_the_code_and_writes_nothing() -> None:
    for mode in ("interpreted", "compiled"):
        rehearse(Engine(mode))  # type: ignore[arg-type]
