"""Sequence numbers in text, relative and absolute, against tcpdump's."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether
from scapy.utils import wrpcap

import rawkit
from rawkit.decode import Decoder
from rawkit.files import open_capture
from rawkit.flow.rules import FlowRules
from rawkit.flow.table.tracker import FlowTracker
from rawkit.kernels import Engine
from rawkit.view.packets.view import PacketsView

pytestmark = [
    pytest.mark.referee,
    pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump"),
]

CORPUS = sorted((Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus").rglob("*.pcap*"))
OTHER_LENGTHS = {
    "kday4.pcap": "tcpdump takes bytes behind the IP packet for its payload",
    "kday7.pcap": "the same",
    "rpki-rtr-oobr.pcap": "the same",
}
NUMBERS = re.compile(r"(?:seq|ack) \d+(?::\d+)?(?=, )|\{\d+:\d+\}")
LINE = re.compile(r" *(\d+)  .*Flags \[([^]]*)\](.*?), length")

A, B = "192.0.2.10", "198.51.100.20"
A6, B6 = "2001:db8::a", "2001:db8:0:1::b"
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
CLIENT, SERVER = 4294967000, 7000  # the client's numbers pass 2 ** 32


def conversation(there, back, sport: int = 43210, dport: int = 80, client: int = CLIENT, server: int = SERVER):
    """A whole connection in which the server's data is acknowledged out of order, and both sides send."""

    def sent(flags: str, seq: int, ack: int = 0, payload: bytes = b"", **more: object):
        numbers = {"seq": (client + seq) % 2**32, "ack": (server + ack) % 2**32 if "A" in flags else 0}
        return there / TCP(sport=sport, dport=dport, flags=flags, **numbers, **more) / payload

    def got(flags: str, seq: int, ack: int, payload: bytes = b""):
        numbers = {"seq": (server + seq) % 2**32, "ack": (client + ack) % 2**32}
        return back / TCP(sport=dport, dport=sport, flags=flags, **numbers) / payload

    sack = [("SAck", ((server + 101) % 2**32, (server + 201) % 2**32))]
    return [
        sent("S", 0),
        sent("S", 0),
        got("SA", 0, 1),
        sent("A", 1, 1),
        sent("PA", 1, 1, bytes(400)),
        got("A", 1, 401),
        got("PA", 101, 401, bytes(100)),
        sent("A", 401, 1, options=sack),
        got("PA", 1, 401, bytes(100)),
        sent("A", 401, 201),
        sent("R", 401),
        sent("FA", 401, 201),
        got("FA", 201, 402),
        sent("A", 402, 202),
    ]


V4 = (ETHER / IP(src=A, dst=B), ETHER / IP(src=B, dst=A))
V6 = (ETHER / IPv6(src=A6, dst=B6), ETHER / IPv6(src=B6, dst=A6))
TAGGED = tuple(ETHER / Dot1Q(vlan=7) / one[IP] for one in V4)
FROM_LOW_PORT = conversation(*V4, sport=20, dport=43211)
ONE_HOST = (ETHER / IP(src=A, dst=A), ETHER / IP(src=A, dst=A))
CASES = {
    "whole": conversation(*V4),
    "of the higher address": conversation(*V4[::-1]),
    "from a low port": FROM_LOW_PORT,
    "the same ports": conversation(*V4, sport=80, dport=80),
    "IPv6": conversation(*V6),
    "IPv6, of the higher address": conversation(*V6[::-1], sport=80, dport=80),
    "in a VLAN": conversation(*TAGGED),
    "within a host": conversation(*ONE_HOST),
    "with itself": conversation(*ONE_HOST, sport=80, dport=80),
    "begun before": conversation(*V4)[4:],
    "begun before, the server first": conversation(*V4)[5:],
    "begun before, with SACK first": conversation(*V4)[7:],
    "a RST without ACK first": conversation(*V4)[10:],
    "ports used again": [*conversation(*V4), *conversation(*V4, client=5, server=2**32 - 3)],
    "ports used again by the other side": [*conversation(*V4), *conversation(*V4[::-1], 80, 43210, 9, 4)],
    "a SYN that is not answered": [
        *conversation(*V4)[:6],
        *conversation(*V4, client=77, server=99)[:2],
        *conversation(*V4)[6:],
    ],
    "another SYN-ACK": [*conversation(*V4)[:4], *conversation(*V4, client=77, server=99)[2:]],
    "without a SYN": [*conversation(*V4), *conversation(*V4, client=5, server=99)[4:]],
    "several at once": [
        packet
        for together in zip(conversation(*V4), conversation(*V6), FROM_LOW_PORT, strict=True)
        for packet in together
    ],
}


@pytest.fixture(params=["interpreted", "compiled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def found(line: str) -> tuple[int, list[str]] | None:
    """The place and the numbers of a line that begins with its place, None where it is no whole segment's."""
    matched = LINE.match(line)
    return (int(matched[1]), NUMBERS.findall(matched[3])) if matched else None


def theirs(path: Path, *options: str) -> dict[int, list[str]]:
    command = ["tcpdump", "-nn", "-#", *options, "-r", str(path)]
    shown = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False).stdout
    return dict(filter(None, map(found, shown.splitlines())))


def ours(engine: Engine, path: Path, *, absolute: bool) -> dict[int, list[str]]:
    view, lines = PacketsView(engine, "text", numeric=True, absolute_seq=absolute), []
    tracker = FlowTracker(engine, view.wanted, rules=FlowRules(vlan="ignore"))
    with open_capture(path, engine) as capture:
        for batch in capture:
            packets = Decoder(engine).decode(batch)
            lines += view.render(packets, tracker.track(packets)).decode().splitlines()
    return dict(filter(None, (found(f"{number}  {line}") for number, line in enumerate(lines, 1))))


def same(engine: Engine, path: Path, *, absolute: bool) -> int:
    """How many lines both have, in which the numbers are the same."""
    mine, other = ours(engine, path, absolute=absolute), theirs(path, *(["-S"] if absolute else []))
    both = mine.keys() & other.keys()
    assert {place: mine[place] for place in both} == {place: other[place] for place in both}
    return len(both)


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_cases(engine, tmp_path, name, absolute):
    wrpcap(str(tmp_path / "a.pcap"), [Ether(bytes(packet)) for packet in CASES[name]])
    assert same(engine, tmp_path / "a.pcap", absolute=absolute) == len(CASES[name])


def test_cases_differ_from_absolute_numbers(interpreted, tmp_path):
    """The cases do have relative numbers: they would be found missing."""
    wrpcap(str(tmp_path / "a.pcap"), CASES["whole"])
    relative, absolute = (ours(interpreted, tmp_path / "a.pcap", absolute=each) for each in (False, True))
    assert relative[8] == ["ack 1", "{101:201}"]
    assert absolute[8] == [f"ack {SERVER + 1}", f"{{{SERVER + 101}:{SERVER + 201}}}"]


@pytest.mark.parametrize("absolute", [False, True])
def test_captures(interpreted, capture_path, absolute):
    same(interpreted, capture_path, absolute=absolute)


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.skipif(not CORPUS, reason="needs the captures in ../shared/corpus")
def test_corpus(interpreted):
    count = 0
    for path in CORPUS:
        if path.name not in OTHER_LENGTHS:
            count += sum(same(interpreted, path, absolute=absolute) for absolute in (False, True))
    assert count > 3000


def test_vlans_are_connections_of_their_own(sniff, tmp_path):
    """As everywhere; tcpdump knows addresses and ports alone, as --vlan ignore does."""
    segments = conversation(*V4)[3:6]
    other = [ETHER / Dot1Q(vlan=8) / packet[IP] for packet in conversation(*V4, client=5, server=99)[3:6]]
    wrpcap(str(tmp_path / "a.pcap"), [each for both in zip(segments, other, strict=True) for each in both])

    def acknowledged(*options: str) -> list[str]:
        return re.findall(r"ack (\d+)", sniff(tmp_path / "a.pcap", "-n", *options).out.decode())

    assert acknowledged() == ["7001", "100", "1", "1", "400", "400"]
    assert acknowledged("--vlan", "ignore") == [numbers[-1][4:] for numbers in theirs(tmp_path / "a.pcap").values()]


def test_options(sniff, tmp_path):
    wrpcap(str(tmp_path / "a.pcap"), CASES["whole"])
    relative = sniff(tmp_path / "a.pcap", "-n").out
    absolute = sniff(tmp_path / "a.pcap", "-n", "-S").out
    assert sniff(tmp_path / "a.pcap", "-n", "--absolute-tcp-sequence-numbers").out == absolute
    assert b", ack 1, win" in relative
    assert b", ack 1, win" not in absolute
    wrong = sniff(tmp_path / "a.pcap", "-S", "--format", "json")
    assert (wrong.code, wrong.err) == (
        2,
        "rawkit: -e, -x, -X, -A and -S are for packets' lines of text: use them with --view packets --format text\n",
    )


def test_display_filter_hides_and_forgets_nothing(sniff, tmp_path):
    wrpcap(str(tmp_path / "a.pcap"), CASES["whole"])
    every = sniff(tmp_path / "a.pcap", "-n").out.splitlines()
    assert sniff(tmp_path / "a.pcap", "-n", "-Y", "tcp.len == 100").out.splitlines() == [every[6], every[8]]


def test_line_of_a_packet(tmp_path):
    wrpcap(str(tmp_path / "a.pcap"), CASES["whole"])
    with rawkit.open(tmp_path / "a.pcap") as capture:
        followed = list(capture.packets())
    with rawkit.open(tmp_path / "a.pcap") as capture:
        alone = list(capture.packets(follow=False))
    assert "seq 1:401, ack 1," in str(followed[4])
    assert f"seq {CLIENT + 1}:{(CLIENT + 401) % 2**32}, ack {SERVER + 1}," in str(alone[4])
    assert followed[4]["tcp.seq_raw"] == CLIENT + 1
