"""What the tests of headers share: cutting packets short, and asking tshark and tcpdump."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import dpkt
import pytest
from hypothesis import settings

from rawkit.errors import DecodeError

# A deadline by the clock fails where other work runs on the same machine; what is tested here is not time.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

NUMBER = re.compile(r"0x[0-9a-f]+|0|[1-9][0-9]*")
Unpack = Callable[[bytes], object]


@pytest.fixture(scope="session")
def every_cut() -> Callable[[Unpack, bytes, str, Sequence[int]], None]:
    """Checks that each cut raises `DecodeError` with what the next stage of reading needs, from offset 0."""

    def check(unpack: Unpack, data: bytes, layer: str, stages: Sequence[int]) -> None:
        for size in range(stages[-1]):
            required = next(stage for stage in stages if stage > size)
            with pytest.raises(DecodeError) as caught:
                unpack(data[:size])
            error = caught.value
            assert (error.layer, error.offset) == (layer, 0)
            assert (error.required, error.available) == (required, size)
            assert str(error) == f"{layer}: {required} bytes required at offset 0, {size} available"
        unpack(data[: stages[-1]])
        unpack(memoryview(bytearray(data)))

    return check


@pytest.fixture
def capture(tmp_path: Path) -> Callable[[Sequence[bytes], int], Path]:
    """Writes a capture file with dpkt: frames and their LINKTYPE."""

    def write(frames: Sequence[bytes], link_type: int) -> Path:
        path = tmp_path / "frames.pcap"
        with path.open("wb") as file:
            writer = dpkt.pcap.Writer(file, linktype=link_type)
            for frame in frames:
                writer.writepkt(frame, ts=0)
        return path

    return write


def run(tool: str, *arguments: str) -> list[str]:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture
def tshark(capture: Callable[..., Path]) -> Callable[..., list[list[str]]]:
    """The fields that tshark reads from each frame, checksums verified."""

    def ask(frames: Sequence[bytes], fields: Sequence[str], link_type: int = 1) -> list[list[str]]:
        options = [f"-o{name}.check_checksum:TRUE" for name in ("ip", "tcp", "udp", "dccp")]
        wanted = [word for field in fields for word in ("-e", field)]
        path = str(capture(frames, link_type))
        lines = run(
            "tshark",
            "-n",
            "-r",
            path,
            *options,
            "-o",
            "sctp.checksum:crc-32c",
            "-o",
            "dccp.relative_sequence_numbers:FALSE",
            "-Tfields",
            *wanted,
        )
        return [line.split("\t") for line in lines]

    return ask


@pytest.fixture
def tcpdump(capture: Callable[..., Path]) -> Callable[..., list[str]]:
    """A line that tcpdump prints of each frame."""

    def ask(frames: Sequence[bytes], link_type: int = 1) -> list[str]:
        return run("tcpdump", "-n", "-t", "-r", str(capture(frames, link_type)))

    return ask


@pytest.fixture(scope="session")
def tshark_values() -> dict[tuple[str, int], str]:
    """The names that tshark has for values: (field, number) to name."""
    rows = (line.split("\t") for line in run("tshark", "-G", "values") if line.startswith("V\t"))
    numbered = (row for row in rows if NUMBER.fullmatch(row[2]))
    return {(row[1], int(row[2], 0)): row[3] for row in numbered}
