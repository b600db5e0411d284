"""Where the time went in the captures, beside what was put in there (captures/README.md), and what tshark times."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import rawkit
from rawkit.flow.latency.values import Latency
from rawkit.flow.layout import ANALYSIS

WITHIN = 0.05
SECOND = 10**9
Rows = list[dict[str, str]]


@pytest.fixture
def timed(root) -> Callable[[str], list[Latency]]:
    def call(name: str) -> list[Latency]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rawkit.CaptureWarning)  # some are cut, or edited
            with rawkit.open(root / "captures" / name, engine="interpreted") as capture:
                return list(capture.latency())

    return call


@pytest.fixture
def tshark_rows(root, tshark_answer) -> Callable[[str], Rows]:
    return lambda name: tshark_answer(root / "captures" / name).rows


def seconds(row: dict[str, str], field: str) -> float:
    return float(row[field])


def round_trip(rows: Rows) -> float:
    """From the SYN to the SYN-ACK, as tshark times it."""
    return next(seconds(row, "tcp.analysis.ack_rtt") for row in rows if row.get("tcp.analysis.ack_rtt"))


def test_who_thought_and_the_lookup(timed, tshark_rows):
    (found,) = timed("latency-exchanges.pcap")
    path = round_trip(tshark_rows("latency-exchanges.pcap"))
    known = [
        ("lookup", 0.3 + path), ("handshake", path), ("client think", 0.2 + path / 2), ("server think", 0.4 + path),
        ("client think", 0.25), ("server think", 0.15 + path),
    ]  # fmt: skip
    slow = [span for span in found.spans if span.ns > 0.01 * SECOND]
    assert [span.phase for span in slow] == [phase for phase, _ in known]
    assert [span.ns / SECOND for span in slow] == pytest.approx([expected for _, expected in known], rel=WITHIN)
    assert [span.frames for span in slow] == [(1, 2), (3, 5), (5, 6), (6, 8), (8, 10), (10, 12)]
    assert found.lookup is not None
    assert found.lookup.name == "www.example.com"
    assert found.parts[0].phase == "server think"
    assert found.exchanges == 2


def test_slow_reader(timed, tshark_rows):
    (found,) = timed("latency-slow-reader.pcap")
    longest = found.parts[0]
    assert (longest.phase, longest.cause, longest.by) == ("request", "zero window", "client")
    assert longest.ns / SECOND == pytest.approx(
        0.5 + 1.5 * round_trip(tshark_rows("latency-slow-reader.pcap")), rel=WITHIN
    )


def test_small_window(timed, tshark_rows):
    """Of each segment that tshark says to fill the window: the pause until the next."""
    (found,) = timed("latency-small-window.pcap")
    sent = [row for row in tshark_rows("latency-small-window.pcap") if row.get("tcp.len", "0") != "0"]
    pauses = [
        seconds(after, "frame.time_epoch") - seconds(before, "frame.time_epoch")
        for before, after in pairwise(sent)
        if before.get("tcp.analysis.window_full")
    ]
    longest = found.parts[0]
    assert (longest.phase, longest.cause, longest.times) == ("request", "small window", len(pauses))
    assert longest.ns / SECOND == pytest.approx(sum(pauses), rel=1e-5)


def test_nagle(timed, tshark_rows):
    (found,) = timed("latency-nagle.pcap")
    longest = found.parts[0]
    rows = tshark_rows("latency-nagle.pcap")
    late = next(seconds(row, "tcp.analysis.ack_rtt") for row in rows if row.get("tcp.analysis.acks_frame") == "4")
    assert (longest.phase, longest.cause, longest.frames) == ("request", "nagle", (4, 6))
    assert longest.ns / SECOND == pytest.approx(late, rel=WITHIN)
    assert late == pytest.approx(0.04 + round_trip(rows), rel=WITHIN)


@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("tcp-retransmission-timeout.pcap", "request"),
        ("tcp-tail-loss-probe.pcap", "request"),
        ("tcp-loss-seen-by-receiver.pcap", "response"),
        ("tcp-connect-timeout.pcap", "handshake"),
    ],
)
def test_time_outs_are_those_of_tshark(timed, tshark_rows, name, phase):
    (found,) = timed(name)
    known = max(seconds(row, "tcp.analysis.rto") for row in tshark_rows(name) if row.get("tcp.analysis.rto"))
    longest = found.parts[0]
    assert (longest.phase, longest.cause) == (phase, "timeout")
    assert longest.ns / SECOND == pytest.approx(known, abs=1e-5)


def test_fast_retransmission(timed, tshark_rows):
    """From the first duplicate ACK (15) to the ACK that covers what was missing (22): a round trip."""
    (found,) = timed("tcp-fast-retransmission.pcap")
    longest = next(part for part in found.parts if part.cause is not None)
    assert (longest.phase, longest.cause, longest.frames) == ("request", "fast retransmission", (15, 22))
    assert longest.ns / SECOND == pytest.approx(round_trip(tshark_rows("tcp-fast-retransmission.pcap")), rel=WITHIN)


def test_reordering(timed):
    """The path kept the segment back for 2 ms; the capture sees the gap at 18, and the segment at 20."""
    (found,) = timed("tcp-reordering.pcap")
    (part,) = [part for part in found.parts if part.cause == "reordering"]
    assert part.frames == (18, 20)
    assert part.ns == pytest.approx(2_000_000, rel=0.1)


def test_all_time_is_told_once(capture_path, timed):
    """Spans follow each other without a gap, and parts add up to the whole."""
    for found in timed(capture_path.name):
        assert sum(part.ns for part in found.parts) == found.ns
        assert [part.ns for part in found.parts] == sorted((part.ns for part in found.parts), reverse=True)
        moment = found.time
        for span in found.spans:
            assert span.time == moment
            moment += span.ns
        assert moment == found.time + found.ns


def test_round_trips_are_those_of_tshark(capture_path, timed, tshark_answer):
    """Those of the handshake, where no SYN was repeated."""
    rows = {row["frame.number"]: row for row in tshark_answer(capture_path).rows}
    for found in timed(capture_path.name):
        for mine, frame in pure_handshake(found, rows):
            assert mine == round(seconds(rows[frame], "tcp.analysis.ack_rtt") * SECOND)


def pure_handshake(found: Latency, rows: dict[str, dict[str, str]]) -> Iterator[tuple[int, str]]:
    """The round trips, and the frames that end them: those of SYN-ACK and ACK, where tshark times just these."""
    mine = [row for row in rows.values() if row.get("tcp.stream") == str(found.stream)]
    flags = [int(row["tcp.flags"], 16) & 0x17 for row in mine[:3]]
    if flags == [0x02, 0x12, 0x10] and not any(
        row.get(f"tcp.analysis.{word}") for row in mine[:3] for word in ANALYSIS
    ):
        for trip, row in ((found.resp_rtt, mine[1]), (found.orig_rtt, mine[2])):
            if trip is not None and row.get("tcp.analysis.ack_rtt"):
                yield trip, row["frame.number"]


def test_round_trips_are_compared(root, timed, tshark_answer):
    path = Path("captures") / "tcp-close-by-client.pcap"
    rows = {row["frame.number"]: row for row in tshark_answer(root / path).rows}
    (found,) = timed(path.name)
    assert [frame for _, frame in pure_handshake(found, rows)] == ["2", "3"]
