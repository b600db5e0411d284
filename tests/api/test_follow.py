"""A capture step by step: from files, streams and other sources; events as they happen; nothing left open."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from itertools import islice

import pytest

import rawkit
from rawkit.errors import CaptureError, FilterError
from rawkit.facts import ethertypes, ip_protocols, tcp
from rawkit.files import open_capture
from rawkit.flow.endpoints import Endpoint
from rawkit.frames import FrameBatch
from rawkit.sockets.packet_socket import open_packet_socket
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.tables import Table
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.tcp import Tcp

PATIENCE = 60


@dataclass
class OneByOne:
    """A source that gives the frames of a capture one at a time, and an empty batch now and then."""

    frames: FrameBatch
    given: int = 0
    ends: list[int] = field(default_factory=list)

    def read(self) -> FrameBatch | None:
        self.given += 1
        if self.given % 3 == 0:
            return self.frames.select(slice(0, 0))
        place = self.given - self.given // 3 - 1
        if place >= len(self.frames):
            self.ends.append(self.given)
            return None
        return self.frames.select(slice(place, place + 1))


@pytest.fixture
def one_by_one(capture):
    def source(name: str) -> OneByOne:
        with rawkit.open(capture(name)) as frames:
            return OneByOne(frames.read())

    return source


@pytest.mark.parametrize("name", ["dns", "tcp-half-close", "tcp-fast-retransmission", "ping"])
def test_steps_add_up_to_the_whole(capture, one_by_one, name):
    """Also where a batch is one packet: flows go on from step to step, the last step has those that were open."""
    steps = list(rawkit.follow(one_by_one(name)))
    packets, flows = Table.concat(s.packet_table() for s in steps), Table.concat(s.flow_table() for s in steps)
    for pieces, whole in ((packets, rawkit.read_packets(capture(name))), (flows, rawkit.read_flows(capture(name)))):
        assert sorted(map(str, pieces.to_polars().rows())) == sorted(map(str, whole.to_polars().rows()))
    assert len(steps[-1].packets) == 0
    assert max(len(step.packets) for step in steps) == 1


def test_events_come_as_they_happen(one_by_one):
    source = one_by_one("tcp-close-by-client")
    first = next(rawkit.read_events(source))
    assert (first.outcome, first.frames) == ("established", (1, 2, 3))
    assert source.ends == []


class Quiet:
    """Gives a SYN and then nothing; each read takes a second."""

    def __init__(self, syn: FrameBatch) -> None:
        self.syn, self.seconds = syn, 0

    def read(self) -> FrameBatch | None:
        self.seconds += 1
        return self.syn if self.seconds == 1 else self.syn.select(slice(0, 0))


def test_connections_end_while_a_source_is_quiet(capture, monkeypatch):
    """Whenever its frames were recorded: after 5 s (Zeek's tcp_attempt_delay), and 0.1 s for what is on its way."""
    with rawkit.open(capture("tcp-connect-refused")) as frames:
        source = Quiet(frames.read().select(slice(0, 1)))
    monkeypatch.setattr("rawkit.run.capture.loop.time.monotonic_ns", lambda: source.seconds * 1_000_000_000)
    steps = islice(rawkit.follow(source, kinds=[rawkit.Handshake]), 10)
    ends = [(source.seconds, len(step.packets), event.outcome) for step in steps for event in step.events()]
    assert ends == [(7, 0, "timed out")]


@pytest.mark.root
@pytest.mark.netns
def test_connections_end_on_a_quiet_link(lab_up):
    """A SYN for somebody else, and nothing more: the ring alone would wait for as long as it takes."""
    mac, client, nobody = b"\x02\0\0\0\0\x99", IPv4Address("192.0.2.10"), IPv4Address("192.0.2.99")
    segment = Tcp(40000, 80, flags=tcp.SYN).pack(b"", src=client, dst=nobody)
    syn = Ethernet(dst=mac, src=mac, type=ethertypes.IPV4).pack(Ipv4(client, nobody, ip_protocols.TCP).pack(segment))
    with lab_up("pair") as lab:
        with lab["server"].entered():
            ring = ReceiveRing("eth0", filter="tcp", memory=1)
        with lab["client"].entered():
            sender = open_packet_socket()
        with ring, sender:
            sender.bind(("eth0", 0))
            sender.send(syn)
            late = threading.Timer(PATIENCE, sender.send, [syn])  # where no time passes, this ends the wait
            late.start()
            end = next(rawkit.read_events(ring, kinds=[rawkit.Handshake]))
            in_time = late.is_alive()
            late.cancel()
            late.join()
    assert in_time
    assert (end.outcome, end.server.address) == ("timed out", "192.0.2.99")


def test_a_source_that_was_open_stays_open(capture):
    with io.BytesIO(capture("dns").read_bytes()) as file:
        table = rawkit.read_packets(file)
        assert not file.closed
    with rawkit.open(capture("dns")) as frames:
        assert rawkit.read_packets(frames).to_polars().equals(table.to_polars())
        assert frames.read() is None


def test_a_loop_that_is_left_early_leaves_no_thread(capture):
    before = threading.active_count()
    steps = rawkit.follow(capture("dns"))
    next(steps)
    steps.close()
    assert threading.active_count() == before


def test_a_cut_capture_warns_and_gives_its_whole_packets(root):
    path = root / "captures" / "format-cut.pcap"
    with pytest.warns(rawkit.CaptureWarning, match=r"cut short inside a packet at byte \d+: the \d+ frames before it"):
        table = rawkit.read_packets(path)
    with open_capture(path) as frames:
        assert len(table) == sum(map(len, frames)) > 0


def test_what_cannot_be_read_or_filtered(capture, tmp_path):
    with pytest.raises(CaptureError, match="cannot read: no such file or directory"):
        rawkit.read_packets(tmp_path / "none.pcap")
    with pytest.raises(FilterError):
        rawkit.read_flows(capture("dns"), "tcp or or")


@pytest.mark.filterwarnings("ignore::rawkit.api.capture.CaptureWarning")
def test_events_are_those_of_the_views(capture_path, json_rows):
    """The four kinds at once; each view tells one of them."""
    events = list(rawkit.read_events(capture_path))
    handshakes = [e for e in events if isinstance(e, rawkit.Handshake)]
    assert [(e.uid, e.outcome, list(e.frames)) for e in handshakes] == [
        (row["uid"], row["outcome"], row["frames"]) for row in json_rows(capture_path, "handshakes")
    ]
    ends = [(e.uid, e.by, e.first, list(e.frames)) for e in events if isinstance(e, rawkit.Teardown)]
    assert ends == [
        (row["uid"], row["by"], row["first"], row["frames"]) for row in json_rows(capture_path, "teardowns")
    ]
    exchanges = [(e.uid, e.requests, e.answers) for e in events if isinstance(e, rawkit.UdpExchange)]
    assert exchanges == [(row["uid"], row["requests"], row["answers"]) for row in json_rows(capture_path, "udp")]
    flows = [(e.uid, e.community_id, e.history or None) for e in events if isinstance(e, rawkit.FlowRecord)]
    assert flows == [(row["uid"], row["community_id"], row.get("history")) for row in json_rows(capture_path, "flows")]


def test_only_the_kinds_that_are_wanted(capture):
    """The client that closed: FIN by both."""
    (end,) = rawkit.read_events(capture("tcp-close-by-client"), kinds=[rawkit.Teardown])
    assert (end.by, end.first, end.client) == ("FIN", "client", Endpoint("192.0.2.10", end.client.port))
    assert list(rawkit.read_events(capture("tcp-close-by-client"), kinds=[])) == []
    kinds = {type(event) for event in rawkit.read_events(capture("dns"), "udp", [rawkit.UdpExchange])}
    assert kinds == {rawkit.UdpExchange}
