"""Recordings in several files: where one ends and the next begins, and what they are called."""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import pytest

from rawkit.errors import CaptureError
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.files import Interface, open_capture
from rawkit.frames import FrameBatch
from rawkit.run.capture.plan import RecordingPlan, Rotation
from rawkit.run.capture.rotation import LATENESS, PIECE, RotatedRecording, open_recording

SECOND = 1_000_000_000
BEGIN = 1_700_000_000 * SECOND


def batch(*seconds: float, size: int = 984) -> FrameBatch:
    """Frames that take 1000 bytes each in a pcap file, at so many seconds."""
    return FrameBatch.from_frames([bytes(size)] * len(seconds), [BEGIN + int(s * SECOND) for s in seconds])


def times(path: Path) -> list[float]:
    with open_capture(str(path)) as capture:
        return [(time - BEGIN) / SECOND for part in capture for time in part.timestamp.tolist()]


def write(folder: Path, rotation: Rotation, *batches: FrameBatch, name: str = "out.pcap") -> dict[str, list[float]]:
    with RotatedRecording(str(folder / name), [Interface(1)], rotation) as recording:
        for one in batches:
            recording.write(one)
    return {path.name: times(path) for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("split", [1, 3, 6])
def test_a_file_that_is_larger_than_its_size_is_the_last_to_get_a_frame(tmp_path: Path, split: int) -> None:
    """2024 bytes are more than 2000, but not more than 2024: two frames, or three. Batches do not matter."""
    parts = [batch(*range(first, min(first + split, 6))) for first in range(0, 6, split)]
    small, large = tmp_path / "small", tmp_path / "large"
    small.mkdir()
    large.mkdir()
    assert list(write(small, Rotation(size=2000), *parts).values()) == [[0, 1], [2, 3], [4, 5]]
    assert list(write(large, Rotation(size=2024), *parts).values()) == [[0, 1, 2], [3, 4, 5]]


def test_a_tag_that_goes_back_into_the_frame_counts(tmp_path: Path) -> None:
    tagged = batch(0, 1, 2, 3, size=980)
    tagged.status[:] = VLAN_STRIPPED | 5 << 16 | 0x8100 << 32
    assert list(write(tmp_path, Rotation(size=1999), tagged).values()) == [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (None, ["out.pcap", "out.pcap1", "out.pcap2"]),
        (1, ["out.pcap"]),
        (2, ["out.pcap0", "out.pcap1"]),
        (10, ["out.pcap0", "out.pcap1", "out.pcap2"]),
        (11, ["out.pcap00", "out.pcap01", "out.pcap02"]),
    ],
)
def test_names_by_size(tmp_path: Path, files: int | None, names: list[str]) -> None:
    assert list(write(tmp_path, Rotation(size=1000, files=files), batch(0), batch(1), batch(2))) == names


def test_the_oldest_is_overwritten(tmp_path: Path) -> None:
    found = write(tmp_path, Rotation(size=1000, files=2), batch(0, 1, 2))
    assert found == {"out.pcap0": [2], "out.pcap1": [1]}


def test_periods_begin_with_a_frame(tmp_path: Path) -> None:
    found = write(tmp_path, Rotation(seconds=10), batch(0, 9.999, 10), batch(40, 49), name="%s.pcap")
    assert found == {f"{BEGIN // SECOND + at}.pcap": part for at, part in ((0, [0, 9.999]), (10, [10]), (40, [40, 49]))}


def test_both_number_the_files_of_each_period(tmp_path: Path) -> None:
    found = write(tmp_path, Rotation(1000, 10, 2), batch(0, 1, 2, 10, 11), name="%s.")
    first, second = BEGIN // SECOND, BEGIN // SECOND + 10
    assert found == {f"{first}.0": [2], f"{first}.1": [1], f"{second}.0": [10], f"{second}.1": [11]}


def test_with_seconds_alone_the_last_file_ends_it(tmp_path: Path) -> None:
    recording = RotatedRecording(str(tmp_path / "%s"), [Interface(1)], Rotation(seconds=10, files=2))
    with recording:
        recording.write(batch(0, 10))
        assert not recording.is_over(BEGIN + 20 * SECOND)  # what came before may still be on its way
        assert recording.is_over(BEGIN + 21 * SECOND)
        recording.write(batch(19, 20, 21))
        assert recording.is_over(BEGIN)
    assert [times(path) for path in sorted(tmp_path.iterdir())] == [[0], [10, 19]]


def test_a_live_recording_has_its_file_at_once(tmp_path: Path) -> None:
    with RotatedRecording(str(tmp_path / "out.pcapng"), [Interface(1)], Rotation(seconds=5)) as recording:
        recording.begin()
        assert times(tmp_path / "out.pcapng") == []
        now = time.time_ns()
        recording.write(FrameBatch.from_frames([b"\0" * 60], [now]))
    assert len(times(tmp_path / "out.pcapng")) == 1


def test_interfaces_that_do_not_fit_into_pcap_are_told_at_once(tmp_path: Path) -> None:
    links = [Interface(1), Interface(276)]
    with (
        pytest.raises(CaptureError, match="one link type: give it a name"),
        RotatedRecording(str(tmp_path / "out.pcap"), links, Rotation(size=1000)) as recording,
    ):
        recording.begin()


def test_pcapng_files_have_the_size_too(tmp_path: Path) -> None:
    found = write(tmp_path, Rotation(size=1_000_000), *[batch(*np.arange(100) / 1000)] * 30, name="out.pcapng")
    sizes = [path.stat().st_size for path in sorted(tmp_path.iterdir())]
    assert len(found) == 4
    assert all(1_000_000 < size < 1_002_000 for size in sizes[:-1])


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".xz"])
@pytest.mark.parametrize(
    ("files", "names"),
    [
        (None, ["out.pcap{}", "out.pcap1{}", "out.pcap2{}"]),
        (2, ["out.pcap0{}", "out.pcap1{}"]),
        (11, ["out.pcap00{}", "out.pcap01{}", "out.pcap02{}"]),
    ],
)
def test_compressed_files_keep_the_suffix_that_compresses(
    tmp_path: Path, suffix: str, files: int | None, names: list[str]
) -> None:
    noise = [FrameBatch.from_frames([random.randbytes(100_000)] * 1, [BEGIN + at * SECOND]) for at in range(3)]
    found = write(tmp_path, Rotation(1000, files=files), *noise, name=f"out.pcap{suffix}")
    magic = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd", ".xz": b"\xfd7zXZ"}[suffix]
    if suffix != ".xz":  # xz holds back what it has, so that more goes into a file
        assert sorted(found) == sorted(name.format(suffix) for name in names)
        assert sum(map(len, found.values())) == len(names)
    assert all((tmp_path / name).read_bytes().startswith(magic) for name in found)


def test_the_size_of_a_compressed_file_is_what_it_takes_on_the_disk(tmp_path: Path) -> None:
    """What can be compressed goes into it ten times over; what cannot fills it, and a piece may stand over."""
    draw = random.Random(1)
    plain = FrameBatch.from_frames([bytes(1000)] * 2000, [BEGIN] * 2000)
    noise = FrameBatch.from_frames([draw.randbytes(1000) for _ in range(2000)], [BEGIN] * 2000)
    (tmp_path / "plain").mkdir()
    (tmp_path / "noise").mkdir()
    assert len(write(tmp_path / "plain", Rotation(size=500_000), plain, name="out.pcap.gz")) == 1
    assert len(write(tmp_path / "noise", Rotation(size=500_000), noise, name="out.pcap.gz")) == 4
    sizes = [path.stat().st_size for path in sorted((tmp_path / "noise").iterdir())]
    assert all(500_000 < size < 500_000 + 2 * PIECE for size in sizes[:-1])


def test_a_name_that_does_not_change_gets_a_number(tmp_path: Path) -> None:
    """tcpdump would write over the file before."""
    found = write(tmp_path, Rotation(seconds=10), batch(0, 10, 40), name="out.pcap.gz")
    assert found == {"out.pcap.gz": [0], "out.pcap1.gz": [10], "out.pcap2.gz": [40]}


def test_without_seconds_a_pattern_is_the_time_of_each_file(tmp_path: Path) -> None:
    one, sizes, ring = tmp_path / "one", tmp_path / "sizes", tmp_path / "ring"
    for folder in (one, sizes, ring):
        folder.mkdir()
    first = BEGIN // SECOND
    with open_recording(RecordingPlan(str(one / "x-%s.pcap")), [Interface(1)]) as recording:
        recording.write(batch(3, 4))
    assert [path.name for path in one.iterdir()] == [f"x-{first + 3}.pcap"]
    assert list(write(sizes, Rotation(size=1000), batch(0, 0.5, 1), name="%s.")) == [
        f"{first}.", f"{first}.1", f"{first + 1}."
    ]  # fmt: skip
    assert list(write(ring, Rotation(size=1000, files=2), batch(0, 1, 2), name="%s.")) == [f"{first}.0", f"{first}.1"]


def test_time_passes_where_no_frame_comes(tmp_path: Path) -> None:
    rotation = Rotation(seconds=10, files=3)
    with RotatedRecording(str(tmp_path / "%s"), [Interface(1)], rotation) as recording:
        recording.write(batch(0))
        for late in (0, 9, 10):
            recording.pass_time(BEGIN + late * SECOND)
        assert len(list(tmp_path.iterdir())) == 1
        recording.pass_time(BEGIN + 10 * SECOND + LATENESS)
        assert len(list(tmp_path.iterdir())) == 2
        recording.write(batch(11))
        recording.pass_time(BEGIN + 35 * SECOND)  # a machine that slept: periods do not begin one by one
        assert not recording.is_over(BEGIN + 35 * SECOND)
        recording.pass_time(BEGIN + 41 * SECOND)
        assert recording.is_over(BEGIN + 41 * SECOND)
    first = BEGIN // SECOND
    assert {path.name: times(path) for path in sorted(tmp_path.iterdir())} == {
        str(first): [0], str(first + 10): [11], str(first + 30): []
    }  # fmt: skip


def test_each_finished_file_is_handed_to_the_command(tmp_path: Path) -> None:
    rotation = Rotation(size=1000, command=("gzip", "-9", "--suffix", ".a b"))
    with RotatedRecording(str(tmp_path / "-$(id) out"), [Interface(1)], rotation) as recording:
        recording.write(batch(0, 1, 2))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["-$(id) out.a b", "-$(id) out1.a b", "-$(id) out2.a b"]
    assert [times(tmp_path / name) for name in names] == [[0], [1], [2]]


def test_a_command_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(CaptureError, match="no such file or directory: give -z a command that can run"),
        RotatedRecording(str(tmp_path / "x"), [Interface(1)], Rotation(1000, command=("/none",))) as recording,
    ):
        recording.write(batch(0, 1))
