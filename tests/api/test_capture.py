"""`Capture` and `Packet`: what they say is what the views and tshark say; ways through a capture; recording beside."""

from __future__ import annotations

import io
import os
import pickle
import threading
from decimal import Decimal

import dpkt
import pytest

import rawkit
from rawkit.errors import CaptureError, FilterError, RawkitError
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.files import PcapWriter, open_capture
from rawkit.frames import FrameBatch

pytestmark = pytest.mark.filterwarnings("ignore::rawkit.api.capture.CaptureWarning")
SYNS = "tcp[tcpflags] & tcp-syn != 0"


def listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


SOME = (
    "dns.pcap", "tcp-fast-retransmission.pcap", "arp.pcap", "ping6.pcap", "sctp.pcap", "tcp6-no-route.pcap",
    "vxlan.pcap", "qinq.pcap", "format-cut.pcap", "format-two-interfaces.pcapng", "udp-fragments.pcap",
)  # fmt: skip


@pytest.mark.parametrize("name", SOME)
def test_packets_are_those_of_the_views(root, name, sniff, json_rows):
    """Every default field, and the line of text, of every packet; comments are the capture's."""
    capture_path = root / "captures" / name
    with rawkit.open(capture_path, engine="interpreted") as capture:
        packets = list(capture)
    rows = [{name: listed(packet[name]) for name in packet} for packet in packets]
    assert rows == json_rows(capture_path, "packets")
    assert [str(packet) for packet in packets] == [
        line.partition("; comment: ")[0] for line in sniff(capture_path).lines
    ]
    assert [packet.number for packet in packets] == [row["frame.number"] for row in rows]


@pytest.fixture
def fields_of(tshark_answer):
    """Some fields of each frame of a file, in tshark's words."""
    return lambda path, names: [[row[name] for name in names] for row in tshark_answer(path).rows]


def test_fields_are_those_of_tshark(capture, fields_of):
    """By another way than the views: tshark's own words."""
    path = capture("tcp-fast-retransmission")
    names = ("frame.len", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.len", "tcp.stream")
    with rawkit.open(path) as packets:
        ours = [[str(packet[name]) for name in names] for packet in packets]
    assert ours == fields_of(path, names)


def test_a_packet(capture):
    with rawkit.open(capture("dns")) as packets, open_capture(capture("dns")) as batches:
        packet, batch = next(packets.packets()), batches.read()
    assert (packet.number, packet.time_ns, packet.length) == (1, int(batch.timestamp[0]), int(batch.length[0]))
    assert (packet.bytes, packet.link_type, packet.interface) == (batch.frame(0), 1, None)
    assert dpkt.ethernet.Ethernet(packet.bytes).data.data.data == packet.payload
    assert ("udp.srcport" in packet, "tcp.srcport" in packet) == (True, False)
    assert packet.get("tcp.srcport") is None
    assert packet.get("tcp.srcport", 0) == 0
    assert repr(packet) == f"<Packet 1: {str(packet).partition(' ')[2]}>"
    assert dict(packet) == {name: packet[name] for name in packet}


def test_a_packet_as_scapys(capture_paths):
    for path in capture_paths:
        with rawkit.open(path, count=5) as packets:
            for packet in packets.packets(follow=False):
                theirs = packet.to_scapy()
                assert theirs.original == packet.bytes or theirs.load == packet.bytes
                assert theirs.time == Decimal(packet.time_ns) / 10**9
                assert theirs.wirelen == packet.length


def test_a_packet_as_scapys_has_layers(capture):
    with rawkit.open(capture("dns")) as packets:
        theirs = next(iter(packets)).to_scapy()
    assert [layer.__name__ for layer in theirs.layers()][:4] == ["Ether", "IP", "UDP", "DNS"]


@pytest.mark.parametrize(
    ("ask", "kind", "words"),
    [
        (lambda packet: packet["tcp.dstport"], rawkit.FieldError, "packet 1 has no tcp.dstport: ask 'in packet'"),
        (
            lambda packet: packet["udp.scrport"],
            rawkit.FieldError,
            "there is no field 'udp.scrport': did you mean udp.s",
        ),
        (lambda packet: "udp.scrport" in packet, rawkit.FieldError, "did you mean udp.srcport"),
        (lambda packet: packet.get("udp.scrport"), rawkit.FieldError, "did you mean udp.srcport"),
        (lambda packet: packet[0], TypeError, "a packet has fields by name, such as packet['ip.src']"),
        (lambda packet: packet["ip.src", "ip.dst"], TypeError, "a packet has fields by name"),
    ],
)
def test_what_a_packet_has_not(capture, ask, kind, words):
    with rawkit.open(capture("dns")) as packets, pytest.raises(kind) as caught:
        ask(next(packets.packets()))
    assert words in str(caught.value)


def test_without_following(capture, sniff):
    path = capture("tcp-fast-retransmission")
    with rawkit.open(path) as packets:
        found = list(packets.packets(follow=False))
    lines = sniff(path, "-S").lines
    marks = [line.removeprefix(str(packet)) for packet, line in zip(found, lines, strict=True)]
    assert set(marks) > {"", " [duplicate_ack]"}
    assert all(mark == "" or mark.startswith(" [") for mark in marks)
    assert found[0]["tcp.len"] == 0
    assert "tcp.stream" not in found[0].keys()  # noqa: SIM118  (the names themselves)
    with pytest.raises(rawkit.FieldError, match=r"tcp.stream needs the packets before: leave follow=False out"):
        found[0]["tcp.stream"]


def test_a_tag_that_the_kernel_took_off_is_back_in_the_bytes():
    """As the writers of capture files put it there."""
    plain = bytes(range(12)) + b"\x08\x00" + bytes(46)
    batch = FrameBatch.from_frames([plain, plain])
    batch.status[1] = VLAN_STRIPPED | 5 << 16 | 0x8100 << 32
    file = io.BytesIO()
    with PcapWriter(file, 1) as writer:
        writer.write(batch)
    with rawkit.open(io.BytesIO(file.getvalue())) as written, rawkit.open(Once(batch)) as packets:
        assert [packet.bytes for packet in packets] == [packet.bytes for packet in written]


class Once:
    """A FrameSource of one batch."""

    def __init__(self, *batches: FrameBatch) -> None:
        self.batches = list(batches)

    def read(self) -> FrameBatch | None:
        return self.batches.pop(0) if self.batches else None


WAYS = {
    "packets": lambda capture: [packet.number for packet in capture.packets()],
    "packets without following": lambda capture: [packet.number for packet in capture.packets(follow=False)],
    "batches": lambda capture: [len(batch) for batch in capture.batches()],
    "steps": lambda capture: [len(step.packets) for step in capture.steps()],
    "events": lambda capture: [type(event) for event in capture.events()],
    "flows": lambda capture: [flow.uid for flow in capture.flows()],
    "wait": lambda capture: capture.wait().frames,
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_goes_through_once(capture, way):
    with rawkit.open(capture("dns")) as found:
        assert WAYS[way](found)
        assert not WAYS[way](found) or way == "wait"
        others = [other for other in WAYS if other != way and {other, way} != {"batches", "wait"}]
        for other in others:
            with pytest.raises(RawkitError, match=r"this capture is gone through by .*: open it again for"):
                WAYS[other](found)
    assert found.statistics.frames == 20


@pytest.mark.parametrize("way", WAYS)
def test_at_its_end_it_is_closed(capture, way):
    """A list of it leaves nothing open, and what was counted stays; a file that it was given stays open."""
    path = capture("tcp-connect-refused")
    found = rawkit.open(path)
    assert WAYS[way](found)
    assert not any(os.path.samefile(one, path) for one in open_files())
    assert found.statistics.frames == 2
    assert not WAYS[way](found) or way == "wait"
    with path.open("rb") as file:
        WAYS[way](rawkit.open(file))
        assert file.read() == b""


def open_files() -> list[str]:
    links = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return [link for link in links if os.path.exists(link)]


def test_the_same_way_goes_on_where_it_was_left(capture):
    with rawkit.open(capture("dns")) as found:
        first = [packet.number for _, packet in zip(range(3), found, strict=False)]
        second = next(found.packets()).number
        rest = [packet.number for packet in found]
    assert [*first, second, *rest] == list(range(1, 21))


def test_filter_and_count(capture):
    with rawkit.open(capture("dns"), "udp port 53", count=3) as found:
        assert [packet["ip.proto"] for packet in found] == [17, 17, 17]
    assert (found.statistics.frames, found.statistics.received) == (3, 20)
    with pytest.raises(FilterError):
        rawkit.open(capture("dns"), "tcp or or")


def test_what_a_file_says_of_itself(root):
    """As the reader of files has it, which tests/files hold to tshark."""
    path = root / "captures" / "format-two-interfaces.pcapng"
    with rawkit.open(path) as found, open_capture(path) as reader:
        assert (found.name, found.format, found.interfaces) == (reader.name, "pcapng", reader.interfaces)
        assert (found.links, found.wait().frames) == ([(one.name, one.link_type) for one in reader.interfaces], 10)
        assert found.comments == list(reader.comments)


def test_flows_and_events_are_typed_values(capture):
    with rawkit.open(capture("tcp-close-by-client")) as found:
        assert [flow.conn_state for flow in found.flows()] == ["SF"]
    with rawkit.open(capture("tcp-close-by-client")) as found:
        kinds = {type(event) for event in found.events((rawkit.Handshake, rawkit.Teardown))}
    assert kinds == {rawkit.Handshake, rawkit.Teardown}
    assert (found.statistics.flows, found.statistics.noticed.wrong_sums) == (1, 0)


def test_stop_ends_it_between_two_batches(capture):
    with rawkit.open(Endless(capture("dns"))) as found:
        numbers = []
        for packet in found.packets(follow=False):
            numbers.append(packet.number)
            if packet.number == 50:
                found.stop()
    assert numbers == list(range(1, 61))


class Endless:
    """The frames of a capture, over and over."""

    def __init__(self, path) -> None:
        with open_capture(path) as reader:
            self.batch = reader.read()

    def read(self) -> FrameBatch:
        return self.batch


def test_a_large_file_is_read_ahead_and_leaves_no_thread(capture, tmp_path, monkeypatch):
    """Of 10 batches at most 2 are ahead, so that the thread is still there."""
    monkeypatch.setattr("rawkit.run.capture.file.LARGE", 1 << 20)
    with PcapWriter(tmp_path / "large.pcap", 1) as writer:
        for _ in range(2800):
            writer.write(Endless(capture("dns")).batch)
    before = threading.active_count()
    with rawkit.open(tmp_path / "large.pcap") as found:
        assert len(next(found.batches())) > 100
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


@pytest.mark.parametrize("name", ["copy.pcap", "copy.pcapng", "copy.pcap.gz", "copy.pcapng.zst"])
def test_what_is_read_is_written_beside(capture, tmp_path, name, fields_of):
    with rawkit.open(capture("tcp-close-by-client"), SYNS) as found:
        found.write(tmp_path / name)
        numbers = [packet.number for packet in found]
    written = fields_of(tmp_path / name, ("frame.time_epoch", "tcp.flags"))
    theirs = fields_of(capture("tcp-close-by-client"), ("frame.number", "frame.time_epoch", "tcp.flags"))
    assert written == [row[1:] for row in theirs if int(row[0]) in numbers]
    assert len(written) == 2


def test_several_files_at_once_and_a_new_one_by_size(capture, tmp_path):
    with rawkit.open(capture("tcp-fast-retransmission")) as found:
        found.write(tmp_path / "whole.pcap").write(tmp_path / "part.pcap", size=4000)
        assert found.wait().frames > 20
    whole, parts = rawkit.read_packets(tmp_path / "whole.pcap"), sorted(tmp_path.glob("part.pcap*"))
    assert len(parts) > 1
    assert sum(len(rawkit.read_packets(part)) for part in parts) == len(whole)


def test_where_nothing_can_be_written(capture, tmp_path):
    with rawkit.open(capture("dns")) as found, pytest.raises(CaptureError, match="cannot write"):
        found.write(tmp_path / "nowhere" / "a.pcap").wait()


@pytest.mark.parametrize(
    ("ask", "kind", "words"),
    [
        (lambda path: rawkit.open(5), TypeError, "source 5: give a path, an open binary file"),
        (lambda path: rawkit.open(path, 80), TypeError, "filter 80: give text in tcpdump's language"),
        (lambda path: rawkit.open(path, count="3"), TypeError, "count '3': give a number of packets"),
        (lambda path: rawkit.open(path, count=0), RawkitError, "count 0: give 1 or more"),
        (lambda path: rawkit.open(path, count=True), TypeError, "count True: give a number of packets"),
        (lambda path: rawkit.open(path, rules="auto"), TypeError, "rules 'auto': give a rawkit.FlowRules"),
        (lambda path: rawkit.open(path, engine="fast"), RawkitError, "engine 'fast': give auto, interpreted or"),
        (lambda path: rawkit.sniff(5), TypeError, "interfaces 5: give a name, such as 'eth0', or several"),
        (lambda path: rawkit.sniff(["lo", 5]), TypeError, "interfaces ['lo', 5]"),
        (lambda path: rawkit.sniff("lo", direction="up"), RawkitError, "direction 'up': give one of in, out, inout"),
        (lambda path: rawkit.sniff("lo", duration=-1), RawkitError, "duration -1: give 0 or more"),
        (lambda path: rawkit.sniff("lo", duration="1"), TypeError, "duration '1': give a number of seconds"),
        (lambda path: rawkit.sniff("lo", promiscuous=1), TypeError, "promiscuous 1: give True or False"),
        (lambda path: rawkit.sniff("lo", snaplen=-1), RawkitError, "snaplen -1: give 0 or more"),
        (lambda path: rawkit.record("lo", 5), TypeError, "path 5: give the name of a file"),
        (lambda path: rawkit.read_packets(path, fields="ip.src"), TypeError, "fields 'ip.src': give a list of names"),
        (lambda path: rawkit.read_packets(path, fields=[1]), TypeError, "field 1: a name is text"),
        (lambda path: rawkit.read_packets(path, fields=7), TypeError, "fields 7: give a list of names"),
    ],
)
def test_wrong_arguments_say_what_was_meant(capture, ask, kind, words):
    with pytest.raises(kind) as caught:
        ask(capture("dns"))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("ask", "kind", "words"),
    [
        (lambda found: found.events("handshakes"), TypeError, "kinds 'handshakes': give classes of events"),
        (lambda found: found.events([rawkit.Packet]), TypeError, "give classes of events"),
        (lambda found: found.write(5), TypeError, "path 5: give the name of a file"),
        (lambda found: found.write("a.pcap", files=2), RawkitError, "files 2: it needs size or seconds"),
        (lambda found: found.write("a.pcap", size=0), RawkitError, "size 0: give 1 or more"),
    ],
)
def test_a_capture_says_what_was_meant(capture, ask, kind, words):
    with rawkit.open(capture("dns")) as found, pytest.raises(kind) as caught:
        ask(found)
    assert words in str(caught.value)


def test_events_are_plain_values_that_can_be_kept(capture):
    with rawkit.open(capture("tcp-connect-refused")) as found:
        (event,) = found.events(rawkit.Handshake)
    assert pickle.loads(pickle.dumps(event)) == event
