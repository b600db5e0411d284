"""JSON and CSV of the packets view against the columns of `rawkit.decode.fields`, and against tshark."""

import csv
import io
import json
import shutil
import socket
import subprocess
from decimal import Decimal
from pathlib import Path

import dpkt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.contrib.ospf import OSPF_Hdr, OSPF_Hello
from scapy.layers.inet import GRE, ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_NS, IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.layers.sctp import SCTP, SCTPChunkData
from scapy.layers.vxlan import VXLAN

from rawkit.decode import Decoder
from rawkit.decode.fields import DEFAULT_FIELDS, FIELDS, TRACKED_FIELDS
from rawkit.decode.fields.columns import TEXTS
from rawkit.decode.layout import PROTOCOL
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.files import open_capture
from rawkit.flow.layout import ANALYSIS
from rawkit.flow.table.tracker import FlowTracker, Tracked
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.view.packets.layout import LINE_ROOM
from rawkit.view.packets.view import FIELDS as NAMES
from rawkit.view.packets.view import PacketsView

CORPUS = sorted((Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus").rglob("*.pcap*"))
FLOW_FIELDS = TRACKED_FIELDS

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4 = ETHER / IP(src="192.0.2.10", dst="198.51.100.20", id=77, ttl=9)
V6 = ETHER / IPv6(src="2001:db8::a", dst="::ffff:192.0.2.1", hlim=3)
SEGMENT = TCP(sport=43210, dport=80, seq=0xFFFFFFF0, ack=12, flags="PA", window=512) / b"hello"

PLAIN = [
    bytes(packet)
    for packet in (
        V4 / SEGMENT,
        V6 / SEGMENT,
        V4 / TCP(sport=1, dport=2, flags="SEC", options=[("MSS", 1460), ("WScale", 7)]),
        V4 / UDP(sport=5000, dport=5001) / b"12345",
        V6 / UDP(sport=5000, dport=5001) / b"12345",
        V4 / ICMP(type=8, id=3, seq=4),
        V6 / ICMPv6EchoRequest(id=3, seq=4),
        V6 / ICMPv6ND_NS(tgt="2001:db8::1"),
        V6 / IPv6ExtHdrHopByHop() / UDP(sport=1, dport=2),
        V4 / SCTP(sport=7, dport=8) / SCTPChunkData(data=b"abcd"),
        ETHER / IP(src="192.0.2.1", dst="233.252.0.1", proto=2) / bytes([0x16, 0, 0, 0, 233, 252, 0, 1]),
        V4.__class__(src="02:00:00:00:00:01")
        / IP(src="192.0.2.1", dst="224.0.0.5", proto=89)
        / OSPF_Hdr()
        / OSPF_Hello(),
        ETHER / ARP(op=2, psrc="192.0.2.1", pdst="192.0.2.2"),
        ETHER / Dot1Q(vlan=10) / Dot1Q(vlan=20) / IP(src="192.0.2.10", dst="192.0.2.11") / UDP(sport=1, dport=2),
        ETHER / IP(src="192.0.2.10", dst="198.51.100.20", proto=253) / b"abc",
        Ether(src="02:00:00:00:00:01", dst="01:80:c2:00:00:0e", type=0x1234) / b"abcdefgh",
        Ether(src="02:00:00:00:00:01", dst="01:80:c2:00:00:0e", type=1536) / b"abcdefgh",
        V4 / TCP(sport=3, dport=4, flags="SA", reserved=5),
    )
]
OTHERS = [
    bytes(packet)
    for packet in (
        # UDP-Lite, for which tshark makes up a udp.length and counts streams apart.
        ETHER / IP(src="192.0.2.10", dst="198.51.100.20", proto=136) / bytes.fromhex("138813890000ffff6162"),
        Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=1501) / b"abcdefgh",
        Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=1500) / b"abcdefgh",
        V4 / GRE() / IP(src="203.0.113.1", dst="203.0.113.2") / UDP(sport=1, dport=2),
        V4 / UDP(dport=4789) / VXLAN(flags=8, vni=5) / ETHER / ARP(psrc="192.0.2.1", pdst="192.0.2.2"),
        V4 / ICMP(type=3, code=3) / IP(src="198.51.100.20", dst="192.0.2.10") / UDP(sport=1, dport=2),
        ETHER / IP(src="192.0.2.1", dst="192.0.2.2", flags="MF") / UDP(sport=1, dport=2, len=99) / bytes(40),
        ETHER / IP(src="192.0.2.1", dst="192.0.2.2", frag=6, proto=6) / bytes(40),
        ETHER / IPv6(src="::1", dst="::") / IPv6ExtHdrFragment(m=1, id=99, nh=17) / UDP(sport=1, dport=2),
    )
]
CRAFTED = PLAIN + OTHERS


@pytest.fixture(params=["interpreted", "compiled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def text_of(kind: str, name: str, value: object) -> object:
    """What JSON has for a value of a column."""
    if kind == "time":
        return f"{Decimal(int(value)).scaleb(-9):.9f}"
    if kind == "mac":
        return value.tobytes().hex(":")
    if kind in ("ipv4", "ipv6"):
        return socket.inet_ntop(socket.AF_INET if kind == "ipv4" else socket.AF_INET6, value.tobytes())
    return TEXTS[name][int(value)] if kind == "text" else int(value)


def of_flow(name: str, row: int, packets, tracked: Tracked, protocol: int) -> object | None:
    """What the tracker's columns say of one packet, None where the packet has no such field."""
    if name == "tcp.analysis":
        bits = int(tracked.analysis[row])
        return [word for bit, word in enumerate(ANALYSIS) if bits >> bit & 1] or None if protocol == 6 else None
    wanted = (6,) if name == "tcp.stream" else (17, 136)
    stream = int(tracked.stream[row])
    return stream if protocol in wanted and stream >= 0 else None


def expected(packets, tracked: Tracked) -> list[list[tuple[str, object]]]:
    """The fields of each packet, in order, from the columns."""
    columns = {name: packets[name] for name in NAMES if name not in FLOW_FIELDS}
    found = []
    for row in range(len(packets)):
        fields = []
        for name in NAMES:
            if name in FLOW_FIELDS:
                value = of_flow(name, row, packets, tracked, int(packets.rows[row, PROTOCOL]))
            elif columns[name].mask[row]:
                value = text_of(FIELDS[name].kind, name, columns[name].values[row])
            else:
                value = None
            if value is not None:
                fields.append((name, value))
        found.append(fields)
    return found


def csv_cell(value: object) -> str:
    return ";".join(value) if isinstance(value, list) else str(value)


def check(engine: Engine, packets, tracked: Tracked) -> None:
    """Holds both formats to the columns."""
    wanted = expected(packets, tracked)
    as_json = PacketsView(engine, "json").render(packets, tracked)
    assert as_json.endswith(b"\n") or not wanted
    lines = as_json.decode("ascii").splitlines()
    assert [json.loads(line, object_pairs_hook=list) for line in lines] == wanted
    assert max(map(len, lines), default=0) < LINE_ROOM
    view = PacketsView(engine, "csv")
    rows = list(csv.reader(io.StringIO((view.header() + view.render(packets, tracked)).decode("ascii"))))
    cells = [[csv_cell(dict(fields)[name]) if name in dict(fields) else "" for name in NAMES] for fields in wanted]
    assert rows == [list(NAMES), *cells]


def decoded(engine: Engine, batch: FrameBatch):
    packets = Decoder(engine).decode(batch)
    return packets, FlowTracker(engine).track(packets)


def untracked(stream: np.ndarray, analysis: np.ndarray) -> Tracked:
    """What a tracker would say, made up."""
    return Tracked(
        stream.astype(np.int32),
        analysis.astype(np.int32),
        np.empty((0, 0), dtype=np.int64),
        np.zeros(len(stream), np.uint8),
    )


def test_names_are_those_of_the_columns_and_the_tracker():
    assert NAMES == DEFAULT_FIELDS
    assert set(NAMES) <= {*FIELDS, *FLOW_FIELDS}
    assert [name for name in NAMES if name in FLOW_FIELDS] == list(FLOW_FIELDS)


def test_crafted_frames(engine):
    check(engine, *decoded(engine, FrameBatch.from_frames(CRAFTED)))


def test_every_cut(engine):
    cuts = [frame[:size] for frame in CRAFTED for size in range(0, len(frame), 3)]
    batch = FrameBatch.from_frames(cuts)
    whole = np.repeat([len(frame) for frame in CRAFTED], [len(range(0, len(f), 3)) for f in CRAFTED]).astype(np.int32)
    snapped = FrameBatch(
        batch.data, batch.offset, batch.captured, whole, batch.timestamp, batch.link_type, batch.interface, batch.status
    )
    check(engine, *decoded(engine, batch))
    check(engine, *decoded(engine, snapped))


def test_tag_that_the_kernel_took_off(engine):
    batch = FrameBatch.from_frames(CRAFTED)
    batch.status[:] = VLAN_STRIPPED | 0x2064 << 16 | 0x88A8 << 32
    check(engine, *decoded(engine, batch))


@pytest.mark.parametrize("nanoseconds", [0, 1, -1, 999_999_999, -1_500_000_000, 2**63 - 1, -(2**63), -(10**9)])
def test_times(engine, nanoseconds):
    packets = Decoder(engine).decode(FrameBatch.from_frames([b""], [nanoseconds]))
    check(engine, packets, untracked(np.array([-1]), np.array([0])))


def test_all_analysis_words(engine):
    packets = Decoder(engine).decode(FrameBatch.from_frames([PLAIN[0]] * 16))
    bits = np.array([*(1 << bit for bit in range(15)), (1 << 15) - 1])
    tracked = untracked(np.arange(16), bits)
    assert dict(expected(packets, tracked)[-1])["tcp.analysis"] == list(ANALYSIS)
    check(engine, packets, tracked)


def test_more_than_one_buffer_full(engine):
    batch = FrameBatch.from_frames(CRAFTED * 300)
    check(engine, *decoded(engine, batch))


def test_captures(engine, capture_path):
    with open_capture(capture_path, engine) as capture:
        decoder, tracker = Decoder(engine), FlowTracker(engine)
        for batch in capture:
            packets = decoder.decode(batch)
            check(engine, packets, tracker.track(packets))


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.skipif(not CORPUS, reason="needs the captures in ../shared/corpus")
def test_corpus(engine):
    for path in CORPUS:
        with open_capture(path, engine) as capture:
            for batch in capture:
                check(engine, *decoded(engine, batch.select(slice(0, 60))))


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A good frame, some of its bytes replaced."""
    frame = bytearray(draw(st.sampled_from(CRAFTED)))
    for place, value in draw(st.lists(st.tuples(st.integers(0, len(frame) - 1), st.integers(0, 255)), max_size=4)):
        frame[place] = value
    return bytes(frame[: draw(st.integers(0, len(frame)))]) if draw(st.booleans()) else bytes(frame)


@settings(max_examples=settings.default.max_examples * 3 // 2)
@given(
    frames=st.lists(spoiled() | st.binary(max_size=80), min_size=1, max_size=8),
    link_type=st.sampled_from([1, 1, 1, 0, 9, 101, 104, 107, 113, 276, 147]),
)
def test_any_bytes(interpreted, compiled, frames, link_type):
    batch = FrameBatch.from_frames(frames, link_type=link_type)
    for engine in (interpreted, compiled):
        check(engine, *decoded(engine, batch))


# tshark as referee -------------------------------------------------------------------------------------------

ASKED = [name for name in NAMES if not name.startswith(("stop.", "tunnel.")) and name != "tcp.analysis"]


def tshark(path: Path) -> list[dict[str, str]]:
    """The last value that tshark has of each field, for each packet: the innermost header's."""
    wanted = [word for name in ASKED for word in ("-e", name)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=l", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        {name: cell for name, cell in zip(ASKED, line.split("\t"), strict=True) if cell}
        for line in done.stdout.splitlines()
    ]


def number_or_text(cell: str) -> str:
    """Some numbers are hexadecimal in tshark's output."""
    return str(int(cell, 16)) if cell.startswith("0x") else cell


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_tshark_has_the_same_fields(interpreted, tmp_path):
    path = tmp_path / "plain.pcap"
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number, frame in enumerate(PLAIN):
            writer.writepkt(frame, ts=1_700_000_000 + number)
    with open_capture(path, interpreted) as capture:
        packets, tracked = decoded(interpreted, capture.read())
    lines = PacketsView(interpreted, "json").render(packets, tracked).splitlines()
    ours = [{name: str(value) for name, value in json.loads(line).items() if name in ASKED} for line in lines]
    theirs = [{name: number_or_text(cell) for name, cell in row.items()} for row in tshark(path)]
    assert ours == theirs
