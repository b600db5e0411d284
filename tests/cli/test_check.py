"""`rawkit check` beside capinfos, which counts the same; what it says of a file that is cut, or no capture."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rawkit.files import CaptureReader
from rawkit.frames import FrameBatch


def capinfos(path: Path) -> list[str]:
    """Frames, bytes on the wire, and the times of the earliest and the latest frame, as seconds since 1970."""
    command = ["capinfos", "-T", "-m", "-Q", "-r", "-c", "-d", "-a", "-e", "-S", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    (row,) = csv.reader(done.stdout.splitlines())
    return row[1:]


def checked(rawkit: Callable[..., Any], path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rawkit("check", "--format", "json", path).out, parse_float=str)
    return found


@pytest.mark.referee
@pytest.mark.parametrize(
    "name",
    [
        "dns.pcap",
        "format-big-endian.pcapng",
        "format-cut.pcap",
        "format-snapped.pcap",
        "format-two-interfaces.pcapng",
        "format-two-sections.pcapng",
        "format-gzip.pcap.gz",
    ],
)
def test_it_counts_what_capinfos_counts(rawkit, root, name):
    if shutil.which("capinfos") is None:
        pytest.skip("capinfos is not installed")
    path = root / "captures" / name
    found = checked(rawkit, path)
    counts = [str(found["frames"]), str(found["bytes"]), found["first"], found["last"]]
    assert counts == capinfos(path)
    assert ("damage" in found) == (name == "format-cut.pcap")


def test_the_exit_code_tells_whole_from_cut_from_none(rawkit, root, tmp_path):
    none = tmp_path / "none.pcap"
    none.write_bytes(b"not a capture file at all")
    cut = rawkit("check", root / "captures" / "format-cut.pcap")
    assert (rawkit("check", root / "captures" / "dns.pcap").code, cut.code, rawkit("check", none).code) == (0, 1, 2)
    assert cut.lines[-1].startswith("damage: ")
    assert "cut short inside a packet" in cut.lines[-1]


def test_times_that_go_backwards_and_frames_that_are_cut(rawkit, tmp_path):
    """A pcap file by hand: seconds 5, 4 and 9; of the last frame two of sixty bytes."""
    records = [(5, 60, 60), (4, 60, 60), (9, 2, 60)]
    words = [b"".join(n.to_bytes(4, "little") for n in (s, 0, c, w)) + bytes(c) for s, c, w in records]
    path = tmp_path / "backwards.pcap"
    path.write_bytes(bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 00000400 01000000") + b"".join(words))
    found = checked(rawkit, path)
    assert [found[name] for name in ("frames", "bytes", "backwards", "cut_frames")] == [3, 180, 1, 1]


def test_ctrl_c_tells_the_part_and_gives_no_verdict_on_it(rawkit, root, monkeypatch):
    whole = CaptureReader.read

    def read(reader: CaptureReader) -> FrameBatch | None:
        batch = whole(reader)
        if batch is None:
            raise KeyboardInterrupt
        return batch

    monkeypatch.setattr(CaptureReader, "read", read)
    done = rawkit("check", root / "captures" / "dns.pcap")
    assert done.code == 130
    assert "frames: 20" in done.lines
    assert done.lines[-1] == "interrupted: only the part up to here was read"
