"""Writing where the system takes only a part, or nothing more."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rawkit.errors import CaptureError
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.files import Interface, open_capture
from rawkit.frames import FrameBatch
from rawkit.run.capture.recording import Recording

SIZES = [1, 2, 3, 14, 59, 60, 61, 1514, 9000, 70_000, 60, 1] * 400
"""More than a pipe holds, more than 512 records, and one that is larger than what goes out at once."""
FRAMES = [(bytes(max(size - 4, 0)) + number.to_bytes(4))[-size:] for number, size in enumerate(SIZES)]


def frames(path: Path) -> list[bytes]:
    with open_capture(str(path)) as capture:
        found = [frame for batch in capture for frame in batch.frames()]
        assert capture.truncated is None or not capture.truncated
        return found


def record(path: Path, *batches: FrameBatch) -> None:
    with Recording(str(path), [Interface(1)]) as recording:
        for batch in batches:
            recording.write(batch)


@pytest.mark.parametrize("name", ["out.pcap", "out.pcapng", "out.pcap.gz"])
def test_all_frames_arrive(tmp_path: Path, name: str) -> None:
    record(tmp_path / name, FrameBatch.from_frames(FRAMES), FrameBatch.from_frames(FRAMES[::-1]))
    assert frames(tmp_path / name) == FRAMES + FRAMES[::-1]


@pytest.mark.parametrize("name", ["out.pcap", "out.pcapng"])
def test_a_pipe_that_takes_a_part_at_a_time_gets_all(tmp_path: Path, name: str) -> None:
    """The reader takes 1013 bytes at a time out of a full pipe, while signals interrupt the writer."""
    fifo, got = tmp_path / name, bytearray()
    os.mkfifo(fifo)
    before = signal.signal(signal.SIGUSR2, lambda number, frame: None)

    def read() -> None:
        with fifo.open("rb", buffering=0) as source:
            while part := source.read(1013):
                got.extend(part)
                if len(got) % 7 == 0:
                    os.kill(os.getpid(), signal.SIGUSR2)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        record(fifo, FrameBatch.from_frames(FRAMES[:1200]))
    finally:
        reader.join()
        signal.signal(signal.SIGUSR2, before)
    (tmp_path / "copy").write_bytes(got)
    assert frames(tmp_path / "copy") == FRAMES[:1200]


@pytest.fixture
def limited() -> Iterator[int]:
    """Files may not become larger than 100,000 bytes, as on a disk that is full (setrlimit(2), EFBIG)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield 100_000
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("name", ["out.pcap", "out.pcapng", "tagged.pcap"])
def test_what_does_not_fit_leaves_whole_records_as_many_as_fit(tmp_path: Path, limited: int, name: str) -> None:
    sent = [number.to_bytes(4) + bytes(700) for number in range(300)]
    batch = FrameBatch.from_frames(sent)
    if "tagged" in name:
        batch.status[:] = VLAN_STRIPPED | 5 << 16 | 0x8100 << 32
    with pytest.raises(CaptureError, match=f"{name}: cannot write: file too large"):
        record(tmp_path / name, batch)
    found = frames(tmp_path / name)
    assert [frame[:4] for frame in found] == [frame[:4] for frame in sent[: len(found)]]
    size = (tmp_path / name).stat().st_size
    assert limited - 750 < size <= limited


def test_a_recording_that_begins_has_a_file_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    with Recording(str(path), [Interface(1)]) as recording:
        recording.begin()
        assert frames(path) == []
        assert not recording.is_over(1 << 62)


def test_no_thread_of_numpy_is_started_before_root_is_given_up() -> None:
    """The kernel keeps capabilities a thread: BLAS's own would keep them."""
    script = (
        "import os, sys; from rawkit.cli.main import run; "
        "run(['sniff', '-r', '/nonexistent.pcap']); import numpy; "
        "print(len(os.listdir('/proc/self/task')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
