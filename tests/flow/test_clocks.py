"""Events in captures with any clock: none, one before 1970, one that stands still, one that begins at 0.

tshark and capinfos say what happened, and when, in two files: Simple Packet Blocks, which have no times, and an
interface whose `if_tsoffset` (pcapng, section 4.2) is 95 years before 1970. Elsewhere the same packets are told about
at other times, which must change nothing but the times.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rawkit
from rawkit.api.captures import read_events
from rawkit.files import PcapWriter, open_capture
from rawkit.flow.conn_log.record import FlowRecord
from rawkit.flow.events import Handshake, Teardown
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.linktypes import RAW
from rawkit.values import field_names, replace

CLOCKS = Path(__file__).parent / "clocks"
FILES = ("no-times.pcapng", "before-1970.pcapng")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIN, SYN, RST, ACK = 1, 2, 4, 16
NAMES = {"uid", "tunnel_parents"}
TIMES = {"ts", "time", "syn_time", "syn_ack_time", "ack_time", "reset_time", "fin_times"}
ORDERED = ("outcome", "by", "first", "simultaneous", "reset_by", "reason", "late_bytes", "stray_resets", "frames")


def asked(command: str, path: Path, *options: str) -> list[str]:
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not installed")
    return subprocess.run([command, *options, path], capture_output=True, text=True, check=True).stdout.splitlines()


def segments(path: Path) -> dict[int, list[tuple[str, int]]]:
    """Source and flags of each segment, by stream, as tshark reads them."""
    names = ("tcp.stream", "ip.src", "tcp.flags")
    fields = [word for name in names for word in ("-e", name)]
    found = defaultdict(list)
    for line in asked("tshark", path, "-n", "-T", "fields", *fields, "-r"):
        stream, source, flags = line.split("\t")
        found[int(stream)].append((source, int(flags, 16)))
    return found


def of_type(kind: type, path: Path) -> dict[int, Any]:
    return {event.stream: event for event in read_events(path, kinds=[kind])}


@pytest.mark.referee
@pytest.mark.parametrize("name", FILES)
def test_handshakes_are_those_of_the_flags(name):
    found, streams = of_type(Handshake, CLOCKS / name), segments(CLOCKS / name)
    assert found.keys() == streams.keys()
    for stream, sent in streams.items():
        answer = sent[1][1] & (SYN | RST)
        assert found[stream].outcome == {SYN: "established", RST: "refused"}[answer]
        ends = {SYN: ("syn_ack_time", "ack_time"), RST: ("reset_time",)}[answer]
        assert None not in [getattr(found[stream], end) for end in ends]


@pytest.mark.referee
@pytest.mark.parametrize("name", FILES)
def test_teardowns_are_those_of_the_flags(name):
    found, streams = of_type(Teardown, CLOCKS / name), segments(CLOCKS / name)
    assert found.keys() == streams.keys()
    for stream, sent in streams.items():
        ends = [(source, flags) for source, flags in sent if flags & (FIN | RST)]
        assert found[stream].by == ("RST" if ends[-1][1] & RST else "FIN")
        first = getattr(found[stream], found[stream].first).address
        assert (first, len(found[stream].frames)) == (ends[0][0], len(ends))


@pytest.mark.referee
def test_times_before_1970_are_those_of_capinfos(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    path = CLOCKS / "before-1970.pcapng"
    first, last = (moment(line) for line in asked("capinfos", path, "-a", "-e") if " packet time:" in line)
    flows = list(read_events(path, kinds=[FlowRecord]))
    assert min(flow.ts for flow in flows) == first < 0
    assert max(flow.ts + flow.duration for flow in flows) == last
    assert max(end.time for end in read_events(path, kinds=[Teardown])) == last - 10**6  # an ACK comes last


def moment(line: str) -> int:
    """Nanoseconds since 1970 of a line such as `First packet time:   1874-12-07 18:40:05.009000000`."""
    seconds, fraction = line.partition(":")[2].strip().split(".")
    return int((datetime.fromisoformat(f"{seconds}+00:00") - EPOCH).total_seconds()) * 10**9 + int(fraction)


class Retold:
    """The frames of a capture at other times."""

    def __init__(self, path: Path, clock: Callable[[np.ndarray], np.ndarray]) -> None:
        self._capture, self._clock = open_capture(path), clock

    def read(self) -> FrameBatch | None:
        batch = self._capture.read()
        return batch and replace(batch, timestamp=self._clock(batch.timestamp))

    def close(self) -> None:
        self._capture.close()


def told(path: Path, clock: Callable[[np.ndarray], np.ndarray], engine: Engine) -> list[dict[str, Any]]:
    """All events, as dictionaries without names that depend on the time."""
    frames = Retold(path, clock)
    events = [as_dictionary(event) for event in read_events(frames, engine=engine)]
    frames.close()
    return [{name: value for name, value in event.items() if name not in NAMES} for event in events]


def as_dictionary(value: Any) -> Any:
    """As `dataclasses.asdict`, which asks the standard library about each value and takes milliseconds for it."""
    if type(value) is tuple:
        return tuple(map(as_dictionary, value))
    if not hasattr(value, "__value_fields__"):
        return value
    return {name: as_dictionary(getattr(value, name)) for name in field_names(value)}


def later(value: Any, name: str, by: int) -> Any:
    """A value of an event, its times later."""
    if isinstance(value, dict):
        return {inner: later(part, inner, by) for inner, part in value.items()}
    if name not in TIMES or value is None:
        return value
    return tuple(later(part, name, by) for part in value) if isinstance(value, tuple) else value + by


def test_other_times_change_nothing_else(capture_path, engine):
    """From 0 on, and before 1970. Where the clock stands still, what follows from the order of packets is as it was.

    In no capture does a time-out end a connection.
    """
    with rawkit.open(capture_path) as capture:
        first = int(capture.read().timestamp[0])
    was = told(capture_path, lambda times: times, engine)
    for begin in (0, -(3 * 10**18)):
        moved = told(capture_path, lambda times, begin=begin: times - first + begin, engine)
        assert [later(event, "", begin - first) for event in was] == moved
    still = told(capture_path, np.zeros_like, engine)
    assert sorted(map(ordered, still)) == sorted(map(ordered, was))
    assert was or capture_path.name == "spanning-tree.pcap"  # in which there is no IP


def ordered(event: dict[str, Any]) -> str:
    return repr({name: event.get(name) for name in (*ORDERED, "stream", "conn_state", "history")})


@pytest.mark.referee
@pytest.mark.parametrize("begin", [0, 10**9], ids=["SYN at 0", "SYN at 1 s"])
def test_analysis_of_a_syn_at_time_0_is_wiresharks(talk, sniff, tmp_path, begin):
    """Wireshark takes time 0 for no time: it has no round trip then, and calls another segment out of order."""
    talk.now = begin
    talk.c("S").s("SA").wait(0.008).c("A").s("PA", 100).s("PA", 100).wait(0.004).s("PA", 50, seq=51)
    path = tmp_path / "talk.pcap"
    times, frames = zip(*talk.frames, strict=True)
    with PcapWriter(path, RAW) as writer:
        writer.write(FrameBatch.from_frames(frames, times, link_type=RAW))
    flags = [word for word in ("retransmission", "out_of_order") for word in ("-e", f"tcp.analysis.{word}")]
    seen = [line.split("\t") for line in asked("tshark", path, "-n", "-T", "fields", *flags, "-r")]
    packets = [json.loads(line) for line in sniff(path, "--format", "json").lines]
    found = [packet.get("tcp.analysis", []) for packet in packets]
    assert [["1" if word in words else "" for word in ("retransmission", "out_of_order")] for words in found] == seen
    assert seen[-1] == (["1", ""] if begin == 0 else ["", "1"])


def with_stamps(talk, **changed):
    """The packets of a conversation, some with another time; `at` says which and how many seconds later."""
    frames = list(talk.frames)
    for place, seconds in changed["at"].items():
        time, packet = frames[place]
        frames[place] = (time + seconds * 10**9, packet)
    return frames


YEARS = 10 * 365 * 86400
STRAY = {
    "one in the future": {3: YEARS},
    "one an hour ahead": {3: 3600},
    "one in the past": {3: -YEARS},
    "the SYN-ACK in the future": {1: YEARS},
    "two, apart": {3: YEARS, 6: -3600},
}


@pytest.mark.parametrize("at", STRAY.values(), ids=STRAY)
def test_a_stray_stamp_splits_nothing(track, talk, at):
    """Its packet gets the time of the packet before: no clock goes so far and comes back."""
    talk.opened().c("PA", 10).s("A").s("PA", 20).c("FA").s("FA").c("A")
    seen = track(with_stamps(talk, at=at))
    (flow,) = seen.flows
    assert (flow.conn_state, flow.history, seen.noticed.stray_stamps) == ("SF", "ShADadFf", len(at))
    assert flow.duration == 8 * 1_000_000


def test_a_pause_is_no_stray_stamp(track, talk):
    seen = track(talk.opened().wait(3600).c("PA", 10).s("A").frames)
    assert ([flow.history for flow in seen.flows], seen.noticed.stray_stamps) == (["ShA", "Da"], 0)


def test_a_clock_that_is_set_back_is_noticed_once(track, talk):
    talk.opened()
    talk.now -= 3600 * 10**9
    seen = track(talk.c("PA", 10).s("A").c("FA").s("FA").c("A").frames)
    assert (seen.noticed.steps_back, seen.noticed.stray_stamps) == (1, 0)
    assert [flow.history for flow in seen.flows] == ["ShADaFf"]


def test_packets_a_little_out_of_order_are_nothing(track, talk):
    """Threads and cards that record side by side shuffle stamps by less."""
    talk.opened().c("PA", 10).s("A")
    seen = track([talk.frames[place] for place in (0, 2, 1, 4, 3)])
    assert seen.noticed.steps_back == 0
