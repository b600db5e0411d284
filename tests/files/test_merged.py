"""Several files as one: the order is mergecap's; comments go with their frames; pipes are waited for."""

from __future__ import annotations

import os
import random
import subprocess

import numpy as np
import pytest

from rawkit.errors import CaptureError
from rawkit.files import Interface, MergedReader, PcapngWriter, PcapWriter, open_capture
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine

SECOND = 1_000_000_000


def written(path, times, size=4, link_type=1):
    """A pcap file whose frames say which file they are of, and their place in it."""
    name = path.stem.encode()
    frames = [(name + b" %d " % place).ljust(size, b".") for place in range(len(times))]
    with PcapWriter(path, link_type) as writer:
        writer.write(FrameBatch.from_frames(frames, [int(time) for time in times], link_type))
    return path


def read_all(reader):
    with reader:
        return [frame for batch in iter(reader.read, None) for frame in batch.frames()]


def times_of(draw, kind, count):
    """In order, with many of the same time, or going back now and then."""
    steps = [draw.choice([0, 0, 1, 2]) if kind != "back" else draw.choice([-3, 0, 1, 2, 3]) for _ in range(count)]
    begin = draw.randrange(50) if kind != "apart" else draw.randrange(3) * 10_000
    return [10 * SECOND + 1000 * int(at) for at in np.cumsum([begin + 1000, *steps[1:]])]


@pytest.mark.referee
@pytest.mark.parametrize("kind", ["overlapping", "back", "apart"])
@pytest.mark.parametrize(("files", "frames", "size"), [(2, 40, 20), (5, 30, 20), (3, 2500, 1400)])
def test_the_order_is_mergecaps(tmp_path, kind, files, frames, size):
    draw = random.Random(f"{kind} {files}")
    paths = [written(tmp_path / f"{n}.pcap", times_of(draw, kind, frames), size) for n in range(files)]
    # Of frames of the same time mergecap takes that of the last file first: it is given the files the other way round.
    subprocess.run(["mergecap", "-w", tmp_path / "all.pcapng", *reversed(paths)], check=True)
    expected = read_all(open_capture(tmp_path / "all.pcapng"))
    assert len(expected) == files * frames
    assert read_all(MergedReader(paths, Engine("interpreted" if frames < 100 else "auto"))) == expected


def test_interfaces_that_are_alike_are_one(tmp_path):
    eth, tun = Interface(1, name="eth0"), Interface(101, name="tun0")
    for name, interfaces in (("a", [eth, tun]), ("b", [tun, eth])):
        with PcapngWriter(tmp_path / f"{name}.pcapng", interfaces) as writer:
            for place, one in enumerate(interfaces):
                batch = FrameBatch.from_frames([one.name.encode()], [SECOND + place], one.link_type)
                batch.interface[:] = place
                writer.write(batch)
    with MergedReader([tmp_path / "a.pcapng", tmp_path / "b.pcapng"]) as both:
        batches = list(iter(both.read, None))
        assert [one.name for one in both.interfaces] == ["eth0", "tun0"]
    named = [batch.interface_names[place].encode() for batch in batches for place in batch.interface]
    assert named == [frame for batch in batches for frame in batch.frames()] == [b"eth0", b"tun0", b"tun0", b"eth0"]


def test_comments_go_with_their_frames(tmp_path):
    for name, times in (("a", [1, 4, 9]), ("b", [2, 3, 10])):
        with PcapngWriter(tmp_path / f"{name}.pcapng", [Interface()], comment=f"file {name}") as writer:
            batch = FrameBatch.from_frames([b"x"] * 3, [SECOND * time for time in times])
            writer.write(batch, {row: f"{name} at {time}" for row, time in enumerate(times)})
    with MergedReader([tmp_path / "a.pcapng", tmp_path / "b.pcapng"]) as both:
        read = [time // SECOND for batch in iter(both.read, None) for time in batch.timestamp.tolist()]
        comments = both.comments
    assert sorted(text for number, text in comments if number is None) == ["file a", "file b"]
    on_frames = [(number, text) for number, text in comments if number is not None]
    owner = {time: "a" if time in (1, 4, 9) else "b" for time in read}
    assert on_frames == [(place + 1, f"{owner[time]} at {time}") for place, time in enumerate(read)]


def test_hundreds_of_files_need_few_descriptors(tmp_path, monkeypatch):
    paths = [written(tmp_path / f"{n:03}.pcap", [SECOND * n + 1, SECOND * n + 2]) for n in range(300)]
    before, most = len(os.listdir("/proc/self/fd")), 0
    with MergedReader(paths[::-1]) as reader:
        frames = []
        while (batch := reader.read()) is not None:
            frames += batch.frames()
            most = max(most, len(os.listdir("/proc/self/fd")))
    assert [frame.split()[0].decode() for frame in frames] == [f"{n:03}" for n in range(300) for _ in range(2)]
    assert most - before <= 3


def test_a_pipe_is_merged_too(tmp_path):
    file = written(tmp_path / "file.pcap", [SECOND * n for n in (1, 3, 5)])
    other = written(tmp_path / "other.pcap", [SECOND * n for n in (2, 4, 6)])
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["cp", other, fifo]):
        frames = read_all(MergedReader([fifo, file]))
    assert [frame.split()[0] for frame in frames] == [b"file", b"other"] * 3


def test_where_one_was_cut_is_said_and_the_rest_is_read(tmp_path):
    whole, cut = (written(tmp_path / f"{n}.pcap", [SECOND, SECOND + 5]) for n in ("whole", "cut"))
    cut.write_bytes(cut.read_bytes()[:-1])
    reader = MergedReader([cut, whole])
    assert len(read_all(reader)) == 3
    assert reader.truncated.startswith(f"{cut}: cut short inside a packet")
    assert "whole" not in reader.truncated


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "none.pcap").write_bytes(b"")
    for opened in (lambda path: MergedReader([path, path]), open_capture):
        with pytest.raises(CaptureError, match=r"none\.pcap: empty: "):
            opened(tmp_path / "none.pcap")


def test_files_without_packets_are_none_in_the_way(tmp_path):
    none, some = written(tmp_path / "none.pcap", [], link_type=101), written(tmp_path / "some.pcap", [SECOND])
    assert len(read_all(MergedReader([none, some, none]))) == 1
    assert read_all(MergedReader([none, none])) == []
