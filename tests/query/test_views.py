"""`sniff -Y`: what the views show, what is written, what is refused; events by the packets of their connections."""

from __future__ import annotations

import json

import pytest

from rawkit.api.captures import follow
from rawkit.flow.conn_log.record import FlowRecord
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.query.chosen import PAGE, ChosenEvents, Remembered
from rawkit.query.filter import compile_filter
from rawkit.view.events.view import EventView
from tests.conftest import ROOT
from tests.query.conftest import our_frames

CAPTURES = ROOT / "captures"
STREAMS = (
    "tcp.len > 0", "tcp.flags.reset == 1", "tcp.analysis.flags", "tcp.flags.syn == 1 and not tcp.flags.ack == 1",
    "not tcp.flags.ack == 1", "tcp.srcport == 40001", "ip.src == 192.0.2.10 && tcp.flags.fin == 1",
)  # fmt: skip
FILES = ("tcp-three-at-once.pcap", "tcp-tail-loss-probe.pcap", "tcp-reset-unread-data.pcap", "syn-scan.pcap")


def records(lines: list[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", STREAMS)
def test_flows_are_those_of_the_frames_that_pass(name, text, sniff):
    """What `tshark -Y FILTER -e tcp.stream` names: the frames are compared with tshark's in test_tshark.py."""
    packets = records(sniff(CAPTURES / name, "--format", "json", "-Y", text).lines)
    flows = records(sniff(CAPTURES / name, "--format", "json", "--view", "flows", "-Y", text).lines)
    streams = {packet["tcp.stream"] for packet in packets if "tcp.stream" in packet}
    assert {flow["tcp.stream"] for flow in flows if "tcp.stream" in flow} == streams


def test_fields_of_the_event_and_of_one_packet_hold_together(sniff):
    path = CAPTURES / "syn-scan.pcap"
    flows = records(sniff(path, "--format", "json", "--view", "flows").lines)
    states = {str(flow["conn_state"]) for flow in flows if flow["proto"] == "tcp"}
    assert len(states) > 1
    for state in states:
        text = f'flow.conn_state == "{state}" and tcp.flags.syn == 1'
        found = records(sniff(path, "--format", "json", "--view", "flows", "-Y", text).lines)
        assert found
        assert {flow["conn_state"] for flow in found} == {state}
    both = 'not (flow.conn_state == "REJ" or tcp.flags.reset == 1) and (tcp.len == 0 or flow.duration > 100)'
    assert {
        flow["conn_state"] for flow in records(sniff(path, "--format", "json", "--view", "flows", "-Y", both).lines)
    }


@pytest.mark.parametrize(
    ("view", "text", "other"),
    [
        ("handshakes", 'handshake.outcome == "refused"', 'handshake.outcome != "refused"'),
        ("handshakes", "handshake.id.resp_p == 9000 and handshake.ts > 0", "handshake.syn_repeats > 0"),
        ("handshakes", "handshake.frames == 2 && handshake.id.orig_h == 192.0.2.0/24", "handshake.icmp.type"),
        (
            "teardowns",
            'teardown.by == "RST" and teardown.id.orig_h in {192.0.2.1..192.0.2.99}',
            "teardown.simultaneous",
        ),
        ("flows", 'flow.conn_state == "REJ"', "flow.duration > 1"),
        ("flows", 'flow.history contains "S" and flow.ip_proto == 6', "flow.id.orig_h == 2001:db8::/32"),
        ("flows", 'flow.uid matches "^C" and flow.community_id matches "^1:"', "flow.tunnel_parents"),
    ],
)
def test_events_by_their_fields(view, text, other, sniff):
    path = CAPTURES / "tcp-connect-refused.pcap"
    everything = sniff(path, "--view", view).lines
    assert sniff(path, "--view", view, "-Y", text).lines == everything
    assert len(everything) == 1
    assert sniff(path, "--view", view, "-Y", other).lines == []


def test_exchanges_by_the_names_that_were_asked_for(sniff):
    path = CAPTURES / "dns.pcap"
    everything = sniff(path, "--view", "udp").lines
    assert len(everything) == 1
    assert "nosuch" in everything[0]
    asked = 'dns.qry.name contains "nosuch" and exchange.answers == 4'
    assert sniff(path, "--view", "udp", "-Y", asked).lines == everything
    assert sniff(path, "--view", "udp", "-Y", asked.replace("nosuch", "absent")).lines == []


def test_the_frames_that_pass_are_written(tmp_path, sniff):
    text, out = "tcp.flags.syn == 1", tmp_path / "out.pcap"
    path = CAPTURES / "tcp-three-at-once.pcap"
    shown = sniff(path, "--format", "json", "-Y", text, "-w", str(out), "--view", "packets").lines
    assert len(sniff(out, "--format", "json").lines) == len(shown) == len(our_frames(path, [text])[0]) > 0
    assert sniff(path, "-Y", text, "-w", str(out)).lines == []
    assert len(sniff(out, "--format", "json").lines) == len(shown)


def test_count_is_of_the_frames_that_are_read(sniff):
    path = CAPTURES / "tcp-three-at-once.pcap"
    assert [record["frame.number"] for record in records(
        sniff(path, "--format", "json", "-c", "3", "-Y", "frame.number > 1").lines
    )] == [2, 3]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-Y", "tcp.prot == 80"), "column 1: there is no field or protocol 'tcp.prot': did you mean tcp.port?"),
        (("-Y", 'http.host == "a"'), "rawkit does not read http, nor Wireshark's field http.host"),
        (("-Y", "tcp.seq == 1"), "use tcp.seq_raw"),
        (("-Y", "ip.addr = 192.0.2.1"), "column 9: = was not expected: == compares"),
        (("-Y", 'handshake.outcome == "refused"'), "use --view handshakes"),
        (("-Y", "flow.orig_bytes > tcp.len", "--view", "flows"), "an event has many packets"),
        (("-Y", "tcp", "-w", "x.pcap", "--view", "flows"), "leave one out"),
    ],
)
def test_what_is_wrong_is_said(options, said, sniff):
    finished = sniff(CAPTURES / "arp.pcap", *options)
    assert finished.code == 2
    assert said in finished.err
    assert finished.err.count("\n") == 1


def test_batches_do_not_matter():
    """An event is told by the packets up to it, however they come together."""
    text, engine = "tcp.flags.fin == 1", Engine("interpreted")
    step = next(iter(follow(str(CAPTURES / "tcp-three-at-once.pcap"), kinds=[FlowRecord])))
    assert step.packets.batch is not None
    told = [_handshakes(step.packets.batch, size, text, engine) for size in (1, 3, len(step.packets))]
    assert told == [b"", b"", b""]
    assert _handshakes(step.packets.batch, 5, "tcp.flags.syn == 1", engine).count(b"\n") == 3


def _handshakes(batch: FrameBatch, size: int, text: str, engine: Engine) -> bytes:
    from rawkit.decode import Decoder
    from rawkit.flow.table.tracker import FlowTracker

    shown = ChosenEvents(EventView("handshakes", "text", engine), compile_filter(text, "handshakes"), engine)
    tracker, decoder, out = FlowTracker(engine, shown.wanted, tell=shown.tell), Decoder(engine), b""
    for first in range(0, len(batch), size):
        packets = decoder.decode(batch.select(slice(first, first + size)))
        out += shown.render(packets, tracker.track(packets))
    return out


def test_memory_follows_the_connections_that_are_open():
    import numpy as np

    remembered = Remembered(2)
    serials = np.arange(1, 10 * PAGE, dtype=np.int64)
    remembered.note(serials, np.ones_like(serials), serials)
    assert len(remembered._pages) == 10
    assert remembered.known(serials[:2], serials[:2] - np.array([0, 1])).tolist() == [2, 0]
    remembered.end(serials)
    assert len(remembered._pages) == 0
