"""Conversations written down segment by segment, with known times: what is told of them, and how much is kept."""

from __future__ import annotations

import io
import json

import dpkt
import numpy as np
import pytest

import rawkit
from rawkit.api.latency import Timing
from rawkit.cli.sniff.output import Kept as KeptView
from rawkit.decode import Decoder
from rawkit.files import PcapWriter
from rawkit.flow.latency import latencies as engine_module
from rawkit.flow.latency.values import Latency
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.values import replace
from rawkit.view.capture import untimed
from rawkit.view.events.view import EventView
from tests.flow.conftest import CLIENT, MILLISECOND, SERVER, Frame, Talk, raw_batch

MS = MILLISECOND


@pytest.fixture
def time_talk(engine):
    """Times a conversation, in batches of so many packets; `where` is a filter."""

    def call(frames: list[Frame], size: int = 1000, where: str | None = None) -> list[Latency]:
        timing = Timing(engine, where)
        tracker, decoder = FlowTracker(engine, timing.wanted), Decoder(engine)
        found = []
        for begin in range(0, len(frames), size):
            packets = decoder.decode(raw_batch(frames[begin : begin + size]))
            found += timing.told(packets, tracker.track(packets))
        nothing = decoder.decode(FrameBatch.from_frames([]))
        found += timing.told(nothing, replace(tracker.track(nothing), events=tracker.finish()))
        return found

    return call


def talk(**ends) -> Talk:
    """Opened in 2 ms; the client thinks 50 ms, asks for 3 ms; the server thinks 80 ms, answers for 2 ms."""
    said = Talk(**ends).opened().wait(0.049).c("PA", 500).wait(0.002).c("PA", 100)
    return said.wait(0.079).s("PA", 300).wait(0.001).s("PA", 1)


def test_phases(time_talk):
    (found,) = time_talk(talk().c("FA").s("FA").c("A").frames)
    assert [(span.phase, span.ns // MS, span.frames, span.bytes) for span in found.spans] == [
        ("handshake", 2, (1, 3), 0), ("client think", 50, (3, 4), 0), ("request", 3, (4, 5), 600),
        ("server think", 80, (5, 6), 0), ("response", 2, (6, 7), 301),
    ]  # fmt: skip
    assert (found.ns, found.first_byte, found.close, found.closed_by) == (137 * MS, 135 * MS, MS, "client")
    assert (found.orig_rtt, found.resp_rtt, found.opened) == (MS, MS, True)
    assert found.parts[0].phase == "server think"


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_change_nothing(time_talk, size):
    frames = talk().c("PA", 5).s("PA", 7).c("FA").frames
    assert [(one.ns, one.spans, one.stalls) for one in time_talk(frames, size)] == [
        (one.ns, one.spans, one.stalls) for one in time_talk(frames)
    ]


def test_the_middle_of_a_connection(time_talk):
    """Time begins with the first packet; who listens on a server's port is the server, whoever speaks first."""
    (found,) = time_talk(Talk(server=(SERVER[0], 80)).s("PA", 10).wait(0.5).c("PA", 10).frames)
    assert found.opened is None
    assert [(span.phase, span.ns // MS) for span in found.spans if span.ns] == [("client think", 501)]


def test_a_server_that_speaks_first(time_talk):
    (found,) = time_talk(Talk().opened().wait(0.2).s("PA", 10).c("PA", 10).frames)
    assert [(span.phase, span.exchange) for span in found.spans][:2] == [("handshake", 0), ("server think", 0)]
    assert found.parts[0].phase == "server think"


def test_a_fin_that_is_answered_ends_the_request(time_talk):
    said = Talk().opened().c("PA", 10).wait(0.3).c("FA").wait(0.05).s("PA", 10)
    (found,) = time_talk(said.s("FA").c("A").frames)
    assert [(part.phase, part.cause, part.ns // MS) for part in found.parts[:2]] == [
        ("request", "pause", 301), ("server think", None, 51),
    ]  # fmt: skip


def test_one_packet_takes_no_time(time_talk):
    assert time_talk(Talk().c("S").frames) == []


def test_more_than_is_kept(time_talk):
    """Of 200 exchanges all are in the sums, the longest in the spans."""
    said = Talk().opened()
    for number in range(200):
        said.c("PA", 10).wait(0.5 if number == 150 else 0.01).s("PA", 10)
    (found,) = time_talk(said.frames)
    assert found.exchanges == 200
    assert found.left_out > 0
    assert found.spent("server think") == 199 * 11 * MS + 501 * MS
    assert sum(part.ns for part in found.parts) == found.ns
    (part,) = [part for part in found.parts if part.phase == "server think"]
    assert (part.times, part.frames) == (200, (304, 305))
    assert 501 * MS in [span.ns for span in found.spans]


def test_connections_that_there_is_no_room_for(engine, monkeypatch):
    monkeypatch.setattr(engine_module, "MOST_OPEN", 1)
    frames = talk().frames + talk(client=(CLIENT[0], 40001)).frames
    view = EventView("latency", "csv", engine)
    kept = KeptView(lambda engine, find_owner: view)
    kept(engine, None)
    tracker = FlowTracker(engine, view.wanted, tell=view.tell)
    packets = Decoder(engine).decode(raw_batch(frames))
    view.render(packets, tracker.track(packets))
    tracker.finish()
    assert len(view.rest().splitlines()) == 1
    assert kept.lines() == [untimed(1)]


def test_where(time_talk):
    frames = talk().frames + talk(client=(CLIENT[0], 40001)).c("PA", 1).frames
    assert len(time_talk(frames)) == 2
    assert [one.client.port for one in time_talk(frames, where="latency.exchanges == 2")] == [40001]
    assert [one.client.port for one in time_talk(frames, where="tcp.port == 40000")] == [40000]
    assert time_talk(frames, where='latency.longest == "request"') == []


def test_a_filter_leaves_nothing_behind(rawkit, tmp_path):
    """What -Y does not let through is forgotten, and the rest is told as without it."""
    path = tmp_path / "talks.pcap"
    path.write_bytes(pcap(talk().c("FA").frames + talk(client=(CLIENT[0], 40001)).frames))
    all_of_them = json_of(rawkit("sniff", "-r", path, "--view", "latency", "--format", "json"))
    some = rawkit("sniff", "-r", path, "--view", "latency", "--format", "json", "-Y", "latency.close_ns == 1000000")
    assert json_of(some) == [one for one in all_of_them if one.get("close_ns") == MS]
    assert len(json_of(some)) == 1


def json_of(finished) -> list[dict]:
    found = [json.loads(line) for line in finished.out.splitlines()]
    return [{key: value for key, value in one.items() if key != "uid"} for one in found]


def pcap(frames: list[Frame]) -> bytes:
    file = io.BytesIO()
    with PcapWriter(file, 101) as writer:
        writer.write(raw_batch(frames))
        return file.getvalue()


def test_thinking_of_http_is_tsharks_http_time(time_talk, tshark_answer, tmp_path):
    """Three exchanges of one segment each on one connection."""
    said = Talk(server=(SERVER[0], 80)).opened()
    for pause in (0.25, 0.013, 1.5):
        say(said, 0, b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        said.wait(pause)
        say(said, 1, b"HTTP/1.1 204 No Content\r\n\r\n")
    path = tmp_path / "http.pcap"
    path.write_bytes(pcap(said.frames))
    times = [float(row["http.time"]) for row in tshark_answer(path).rows if row.get("http.time")]
    (found,) = time_talk(said.frames)
    thought = [span.ns for span in found.spans if span.phase == "server think"]
    assert thought == [round(time * 10**9) for time in times]
    assert [time // MS for time in thought] == [251, 14, 1501]


def say(said: Talk, side: int, payload: bytes) -> None:
    """A segment with that payload."""
    (said.s if side else said.c)("PA", len(payload))
    time, packet = said.frames[-1]
    ip = dpkt.ip.IP(packet)
    ip.data.data, ip.data.sum, ip.sum = payload, 0, 0
    said.frames[-1] = (time, bytes(ip))


def test_python_gives_the_views_values(tmp_path):
    path = tmp_path / "talk.pcap"
    path.write_bytes(pcap(talk().frames))
    with rawkit.open(path, engine="interpreted") as capture:
        (found,) = capture.latency()
    assert isinstance(found, rawkit.Latency)
    assert np.sum([part.ns for part in found.parts]) == found.ns
