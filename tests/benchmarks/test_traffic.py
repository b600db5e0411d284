"""The captures of the benchmarks are what they say, by tshark."""

from __future__ import annotations

import subprocess
from itertools import chain

import pytest

from benchmarks import captures, traffic

CHECKSUMS = ("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE")
FIELDS = (
    "tcp.stream",
    "tcp.len",
    "tcp.completeness",
    "ip.checksum.status",
    "tcp.checksum.status",
    "tcp.analysis.flags",
)
GOOD = "1"
COMPLETE = "31"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RAWKIT_BENCH_CACHE", str(tmp_path))


@pytest.fixture(params=["many", "few"])
def capture(request, cache):
    return captures.many(60 * 12) if request.param == "many" else captures.few(300, 10)


def rows_by_tshark(path):
    wanted = chain.from_iterable(("-e", field) for field in FIELDS)
    command = ["tshark", "-n", "-r", str(path), *CHECKSUMS, "-T", "fields", *wanted]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in text.splitlines()]


@pytest.mark.referee
def test_counts_are_those_that_tshark_finds(capture):
    rows = rows_by_tshark(capture.path)
    assert len(rows) == capture.packets
    assert len({row[0] for row in rows}) == capture.flows
    assert sum(int(row[1]) for row in rows) == capture.payload


@pytest.mark.referee
def test_connections_are_whole_with_right_checksums_and_nothing_to_remark(capture):
    rows = rows_by_tshark(capture.path)
    assert {(row[3], row[4], row[5]) for row in rows} == {(GOOD, GOOD, "")}
    at_last = {row[0]: row[2] for row in rows}
    assert set(at_last.values()) == {COMPLETE}


def test_a_thousand_connections_at_once_have_their_own_ends():
    group = traffic.Connections(0, 1000)
    frames = group.packet(True, traffic.SYN, 0, 0)[:, 16:]
    assert len({bytes(frame[26:38]) for frame in frames}) == 1000


def test_a_cut_short_writing_leaves_no_capture(tmp_path):
    def parts():
        yield b"some"
        raise KeyboardInterrupt

    path = tmp_path / "capture.pcap"
    with pytest.raises(KeyboardInterrupt):
        traffic.write(path, parts())
    assert not path.exists()
