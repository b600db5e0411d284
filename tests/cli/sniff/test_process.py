"""What only a process shows: Ctrl-C, a reader that goes away, a source that never ends."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

SNIFF = [sys.executable, "-m", "rawkit", "sniff", "-n", "-r", "-"]


@pytest.fixture
def records(root) -> tuple[bytes, list[bytes]]:
    """The file header of a pcap file of a recorded connection, and its records."""
    data = (root / "captures" / "tcp-close-by-client.pcap").read_bytes()
    found, at = [], 24
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at + 8)
        found.append(data[at : at + 16 + size])
        at += 16 + size
    return data[:24], found


@pytest.fixture
def start() -> Iterator[object]:
    """Starts `rawkit sniff -r -`; nothing of it is left afterwards."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(*options: str, **kinds: object) -> subprocess.Popen[bytes]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        running.append(subprocess.Popen([*SNIFF, *options], **{**pipes, **kinds}))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def test_ctrl_c_ends_with_what_was_found(start, records):
    """Frames come out while the source is open; the flow that is still open comes out at Ctrl-C."""
    header, frames = records
    process = start("--view", "handshakes")
    process.stdin.write(header + b"".join(frames[:3]) + frames[3])
    process.stdin.flush()
    first = process.stdout.readline()
    assert b"established" in first
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (rest, errors) == (b"", b"")


def later(record: bytes, seconds: int) -> bytes:
    """The pcap record with another time."""
    return struct.pack("<I", struct.unpack_from("<I", record)[0] + seconds) + record[4:]


def test_ctrl_c_ends_open_flows(start, records):
    """The first connection comes out when the second begins, ten seconds later; the second at Ctrl-C."""
    header, frames = records
    process = start("--view", "flows", "--format", "json")
    process.stdin.write(header + b"".join(frames) + b"".join(later(frame, 10) for frame in frames[:4]))
    process.stdin.flush()
    assert b'"history":"ShADadFf"' in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b'"history":"ShAD"' in rest
    assert errors == b""


def test_packets_come_out_as_they_come_in(start, records):
    header, frames = records
    process = start()
    process.stdin.write(header)
    for frame in frames[:3]:
        process.stdin.write(frame)
        process.stdin.flush()
        assert b"192.0.2.10" in process.stdout.readline()


@pytest.mark.parametrize("view", ["packets", "flows"])
def test_a_reader_that_goes_away_is_no_error(start, records, view):
    """As in `rawkit … | head -1`: silence, and not a word of a broken pipe, also where much is still to come."""
    header, frames = records
    process = start("--view", view)
    process.stdout.close()
    with suppress(BrokenPipeError):
        process.stdin.write(header + b"".join(frames) * 2000)
    with suppress(BrokenPipeError):
        process.stdin.close()
    process.stdin = None
    assert (process.stderr.read(), process.wait(timeout=60)) == (b"", 0)


@pytest.mark.slow
def test_ctrl_c_cuts_no_line_of_a_large_file(records, tmp_path):
    """Of a file that threads work on all lines are whole, and none is left out before the last."""
    header, frames = records
    path = tmp_path / "large.pcap"
    path.write_bytes(header + b"".join(frames) * ((96 << 20) // sum(map(len, frames))))
    command = [sys.executable, "-m", "rawkit", "sniff", "-r", str(path), "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = process.stdout.readline()  # it goes on writing, until the pipe is full
        process.send_signal(signal.SIGINT)
        rest, errors = process.stdout.read(), process.stderr.read()
    numbers = [json.loads(line)["frame.number"] for line in (first + rest).splitlines()]
    assert process.returncode == 130
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) * 80 < path.stat().st_size // 2
    assert errors == b""
