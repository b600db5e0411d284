"""Text of the packets view against tcpdump's lines, and what no bytes may do to it."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import dpkt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import GRE, ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6MLDMultAddrRec,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6ND_RS,
    ICMPv6PacketTooBig,
    ICMPv6ParamProblem,
    ICMPv6TimeExceeded,
    IPv6,
    IPv6ExtHdrFragment,
)
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.layers.sctp import (
    SCTP,
    SCTPChunkCookieAck,
    SCTPChunkData,
    SCTPChunkInit,
    SCTPChunkInitAck,
    SCTPChunkSACK,
    SCTPChunkShutdown,
)
from scapy.packet import Raw

from rawkit.decode import Decoder
from rawkit.files import open_capture
from rawkit.flow.layout import ANALYSIS
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.values import replace
from rawkit.view.packets.layout import LINE_ROOM
from rawkit.view.packets.tcp_kernel import TCP_FLAG_LETTERS
from rawkit.view.packets.view import BUFFER, PacketsView
from rawkit.wire import names

CORPUS = sorted((Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus").rglob("*.pcap*"))
TIME = len("12:34:56.123456 ")
needs_tcpdump = [
    pytest.mark.referee,
    pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump"),
]

A, B, C = "192.0.2.10", "198.51.100.20", "203.0.113.9"
A6, B6 = "2001:db8::a", "2001:db8:0:1::b"
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4, V6 = ETHER / IP(src=A, dst=B, id=77), ETHER / IPv6(src=A6, dst=B6)
QUOTE = IP(src=B, dst=A) / UDP(sport=5555, dport=6666) / bytes(12)
QUOTE6 = IPv6(src=B6, dst=A6) / UDP(sport=5555, dport=6666) / bytes(12)


def segment(flags: str, payload: bytes = b"", **fields: object):
    return TCP(**{"sport": 43210, "dport": 8099, "seq": 4294967290, "ack": 99, "flags": flags, **fields}) / payload


def syn(*options: object):
    return V4 / segment("S", options=list(options))


TCP_FRAMES = [
    syn(("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 4294967295)), ("NOP", None), ("WScale", 7)),
    syn(("NOP", None), ("NOP", None), ("SAck", (10, 20, 30, 4294967295))),
    syn(("EOL", None)),
    syn((200, b"")),
    V4 / segment("PA", b"hello"),
    V4 / segment("A"),
    V4 / segment("FA"),
    V4 / segment("R"),
    V4 / segment("UAECP", b"x", urgptr=3),
    V4 / segment(""),
    V4 / segment("SFRPAUEC"),
    V6 / segment("A", b"y" * 100),
]
ICMP_FRAMES = [
    V4 / ICMP(type=8, id=3, seq=4) / b"abcd",
    V4 / ICMP(type=0, id=3, seq=4) / b"abcd",
    *(V4 / ICMP(type=3, code=code, nexthopmtu=1400 if code == 4 else 0) / QUOTE for code in range(17)),
    V4 / ICMP(type=3, code=4) / QUOTE,
    V4 / ICMP(type=3, code=3) / IP(src=B, dst=A) / TCP(sport=1, dport=7777),
    V4 / ICMP(type=3, code=3) / IP(src=B, dst=A, proto=132) / bytes.fromhex("00010002" + "00" * 20),
    *(V4 / ICMP(type=11, code=code) / QUOTE for code in range(3)),
    *(V4 / ICMP(type=5, code=code, gw="192.0.2.254") / QUOTE for code in range(5)),
    V4 / ICMP(type=4) / QUOTE,
    V4 / ICMP(type=12, ptr=9) / QUOTE,
    *(V4 / ICMP(type=kind) / bytes(20) for kind in (10, 13, 15, 16, 17, 30, 42, 200)),
]
ICMPV6_FRAMES = [
    V6 / ICMPv6EchoRequest(id=3, seq=4, data=b"abcd"),
    V6 / ICMPv6EchoReply(id=3, seq=4, data=b"abcd"),
    *(V6 / ICMPv6DestUnreach(code=code) / QUOTE6 for code in (0, 2, 3, 4)),
    V6 / ICMPv6DestUnreach(code=4) / IPv6(src=B6, dst=A6) / TCP(dport=7777),
    V6 / ICMPv6PacketTooBig(mtu=1280) / QUOTE6,
    *(V6 / ICMPv6TimeExceeded(code=code) / QUOTE6 for code in range(3)),
    *(V6 / ICMPv6ParamProblem(code=code, ptr=6) / QUOTE6 for code in range(4)),
    V6 / ICMPv6ND_NS(tgt=B6),
    V6 / ICMPv6ND_NA(tgt=B6),
    V6 / ICMPv6ND_RS(),
    V6 / ICMPv6ND_RA(),
    V6 / ICMPv6ND_Redirect(tgt=A6, dst=B6),
    V6 / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(dst="ff02::1:3")]),
]


def igmp(hexadecimal: str):
    return ETHER / IP(src=A, dst="233.252.0.1", proto=2) / bytes.fromhex(hexadecimal)


OTHER_FRAMES = [
    V4 / UDP(sport=5000, dport=5001) / b"12345",
    V6 / UDP(sport=5000, dport=5001) / b"12345",
    V4 / UDP(sport=5000, dport=5001),
    ETHER / ARP(op=1, psrc=A, pdst=B),
    ETHER / ARP(op=1, hwdst="02:00:00:00:00:09", psrc=A, pdst=B),
    ETHER / ARP(op=2, hwsrc="02:00:00:00:00:01", psrc=A, pdst=B),
    ETHER / ARP(op=1, psrc=A, pdst=B) / bytes(18),
    ETHER / ARP(op=3, psrc=A, pdst=B),
    ETHER / ARP(op=4, psrc=A, pdst=B),
    igmp("1164 0000 00000000"),
    igmp("1100 0000 e9fc0001"),
    igmp("1200 0000 e9fc0001"),
    igmp("1600 0000 e9fc0001"),
    igmp("1700 0000 e9fc0001"),
    igmp("2200 0000 00000001 04000000e9fc0001"),
    igmp("9900 0000 00000000"),
    ETHER / IP(src=A, dst="224.0.0.5", proto=89) / bytes.fromhex("0201002c") / bytes(40),
    ETHER / IP(src=A, dst="224.0.0.5", proto=89) / bytes.fromhex("0204001c") / bytes(24),
]
SAME_AS_TCPDUMP = [bytes(packet) for packet in TCP_FRAMES + ICMP_FRAMES + ICMPV6_FRAMES + OTHER_FRAMES]
OWN_WORDS = [
    bytes(packet)
    for packet in (
        ETHER / IP(src=A, dst=B, id=1234, flags="MF") / UDP(sport=5000, dport=5001, len=2008) / bytes(1472),
        ETHER / IP(src=A, dst=B, id=1234, frag=185, proto=17) / bytes(528),
        ETHER / IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(m=1, id=99, nh=17) / UDP(dport=1, len=2008) / bytes(1440),
        ETHER / IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(offset=181, id=99, nh=17) / bytes(100),
        ETHER / Dot1Q(vlan=10) / Dot1Q(vlan=20) / IP(src=A, dst=B) / UDP(sport=5000, dport=5001),
        ETHER / Ether(type=0x88CC) / bytes(8),
        Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=0x1234) / b"abc",
        V4 / SCTP(sport=7, dport=8) / SCTPChunkData(data=b"abcd") / SCTPChunkSACK(),
        V4 / GRE() / IP(src=C, dst=B) / UDP(sport=1, dport=2),
        ETHER / IP(src=A, dst=B, proto=253) / bytes(20),
        ETHER / IP(src=A, dst=B, proto=33) / bytes.fromhex("1388138904000000010000010000000000000000"),
        syn((34, b"")),
        syn((34, b"abcdefgh")),
        syn((254, b"\xf9\x89")),
        syn((8, b"abc")),
    )
]


@pytest.fixture(params=["interpreted", "compiled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def untracked(count: int, analysis: int = 0) -> Tracked:
    nothing = np.full(count, -1, dtype=np.int32)
    return Tracked(
        nothing, np.full(count, analysis, dtype=np.int32), np.empty((0, 0), dtype=np.int64), np.zeros(count, np.uint8)
    )


def shown(engine: Engine, batch: FrameBatch, analysis: int = 0, **options: bool) -> list[str]:
    """The lines of a batch, ports numeric unless told otherwise."""
    packets = Decoder(engine).decode(batch)
    view = PacketsView(engine, "text", **{"numeric": True, **options})
    return view.render(packets, untracked(len(batch), analysis)).decode("ascii").splitlines()


def lines(engine: Engine, frames: list[bytes], **options: bool) -> list[str]:
    """The same without the time."""
    return [line[TIME:] for line in shown(engine, FrameBatch.from_frames(frames), **options)]


def tcpdump(path: Path, frames: list[bytes], *options: str) -> list[str]:
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number, frame in enumerate(frames):
            writer.writepkt(frame, ts=1_699_999_999 + 43_201.25 * number)
    command = ["tcpdump", "-nn", "-S", *options, "-r", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def without_dump(found: list[str]) -> list[str]:
    """tcpdump shows the bytes of what it does not know."""
    return [line for line in found if not line.startswith("\t0x")]


@pytest.fixture
def in_zone(monkeypatch):
    """Changes the local zone, for this test."""

    def change(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield change
    monkeypatch.undo()
    time.tzset()


class TestAgainstTcpdump:
    pytestmark = needs_tcpdump

    def test_lines(self, engine, tmp_path):
        theirs = without_dump(tcpdump(tmp_path / "a.pcap", SAME_AS_TCPDUMP, "-t"))
        assert lines(engine, SAME_AS_TCPDUMP) == theirs

    @pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns"])
    def test_time_of_day(self, interpreted, tmp_path, in_zone, zone):
        in_zone(zone)
        frames = SAME_AS_TCPDUMP[:9]
        theirs = tcpdump(tmp_path / "a.pcap", frames)
        with open_capture(tmp_path / "a.pcap", interpreted) as capture:
            assert shown(interpreted, capture.read()) == theirs

    @pytest.mark.parametrize("form", range(6))
    def test_forms_of_time(self, engine, tmp_path, form, in_zone):
        """Also where packets come out of order, days apart, before a leap day and after it, and in many batches."""
        in_zone("Asia/Kolkata")
        frame, path = SAME_AS_TCPDUMP[0], tmp_path / "a.pcap"
        moments = (1_700_000_000.5, 1_700_000_000.25, 1_700_200_000.0, 1_700_000_001.75, 951_762_599.0, 951_848_999.5)
        with path.open("wb") as file:
            writer = dpkt.pcap.Writer(file)
            for moment in moments:
                writer.writepkt(frame, ts=moment)
        command = ["tcpdump", "-nnS", *(["-" + form * "t"] if form else []), "-r", str(path)]
        theirs = subprocess.run(command, capture_output=True, check=True).stdout
        times = [round(moment * 100) * 10_000_000 for moment in moments]
        for size in (len(moments), 1, 4):
            parts = [times[at : at + size] for at in range(0, len(times), size)]
            batches = [FrameBatch.from_frames([frame] * len(part), timestamps=part) for part in parts]
            view = PacketsView(engine, "text", numeric=True, times=form)
            decode = Decoder(engine).decode
            ours = b"".join(view.render(decode(batch), untracked(len(batch))) for batch in batches)
            assert ours == theirs

    def test_link_headers(self, engine, tmp_path):
        frames = [bytes(packet) for packet in (*TCP_FRAMES, *ICMPV6_FRAMES)]
        theirs = tcpdump(tmp_path / "a.pcap", frames, "-t", "-e")
        ours = lines(engine, frames, link_headers=True)
        assert [re.sub(r": IP6? ", ": ", line, count=1) for line in ours] == theirs

    @pytest.mark.parametrize(("options", "link_headers"), [(["-X"], False), (["-XX", "-e"], True)])
    def test_dump(self, engine, tmp_path, options, link_headers):
        frames = [*SAME_AS_TCPDUMP, bytes(V4 / UDP(sport=5000, dport=5001) / bytes(range(256)))]
        theirs = tcpdump(tmp_path / "a.pcap", frames, "-t", *options)
        ours = shown(engine, FrameBatch.from_frames(frames), hex_dump=True, link_headers=link_headers)
        assert [line for line in ours if line[0] == "\t"] == [line for line in theirs if line[0] == "\t"]

    def test_fragments_are_those_that_tcpdump_sees(self, engine, tmp_path):
        theirs = tcpdump(tmp_path / "a.pcap", OWN_WORDS[:2], "-t", "-v")
        wanted = [
            re.search(r"id (\d+), offset (\d+), flags \[(\+|none)\].*length (\d+)\)", line).groups()
            for line in theirs
            if line.startswith("IP ")
        ]
        for line, (identifier, offset, more, length) in zip(lines(engine, OWN_WORDS[:2]), wanted, strict=True):
            mark = "+" if more == "+" else ""
            assert line.endswith(f" (frag {identifier}:{int(length) - 20}@{offset}{mark})")

    def test_fragments_of_ipv6(self, engine, tmp_path):
        theirs = tcpdump(tmp_path / "a.pcap", OWN_WORDS[2:4], "-t")
        wanted = [re.search(r"frag \((\d+)\|(\d+)\)", line).groups() for line in theirs]
        for line, (offset, size), more in zip(lines(engine, OWN_WORDS[2:4]), wanted, ("+", ""), strict=True):
            assert line.endswith(f" (frag 99:{size}@{offset}{more})")

    def test_vlans(self, engine, tmp_path):
        (theirs,) = tcpdump(tmp_path / "a.pcap", OWN_WORDS[4:5], "-t", "-e")
        ids = re.findall(r"vlan (\d+)", theirs)
        assert lines(engine, OWN_WORDS[4:5])[0].startswith(f"vlan {'.'.join(ids)}, IP {A}.5000 > {B}.5001: ")

    def test_capture_cut_in_a_header(self, engine, tmp_path):
        frame = bytes(TCP_FRAMES[0])
        cuts = [frame[:size] for size in range(34, len(frame))]
        batch = FrameBatch.from_frames(cuts)
        whole = replace(batch, length=np.full(len(cuts), len(frame), dtype=np.int32))
        theirs = []
        for cut in cuts:
            path = tmp_path / "cut.pcap"
            record = dpkt.pcap.PktHdr(caplen=len(cut), len=len(frame))
            path.write_bytes(bytes(dpkt.pcap.FileHdr(linktype=1)) + bytes(record) + cut)
            done = subprocess.run(["tcpdump", "-nnSt", "-r", str(path)], capture_output=True, text=True, check=True)
            theirs.append("[|tcp]" in done.stdout)
        assert ["[|tcp]" in line for line in shown(engine, whole)] == theirs

    def test_dccp_types(self, engine, tmp_path):
        """tcpdump goes into more detail; the kind is the same."""
        (dccp,) = tcpdump(tmp_path / "a.pcap", [OWN_WORDS[10]], "-t")
        (kind,) = re.findall(r"DCCP-\w+", dccp)
        assert lines(engine, [OWN_WORDS[10]]) == [f"IP {A}.5000 > {B}.5001: {kind}, length 20"]

    def test_sctp_chunks(self, engine, tmp_path):
        """As tcpdump has them, but for spaces, the blocks of SACKs and the names of what DATA carries."""
        first = [
            SCTPChunkInit(init_tag=2**32 - 1, a_rwnd=2**31, n_out_streams=65535, n_in_streams=1, init_tsn=7),
            SCTPChunkInitAck(init_tag=1, a_rwnd=0, n_out_streams=10, n_in_streams=2048, init_tsn=2**32 - 2),
            *(SCTPChunkData(beginning=flags & 1, ending=flags >> 1 & 1, unordered=flags >> 2, tsn=2**32 - flags - 1,
                            stream_id=flags, stream_seq=65535, proto_id=0xABCDEF00 + flags, data=b"12345678")
              for flags in range(8)),
            SCTPChunkSACK(cumul_tsn_ack=99, a_rwnd=5, gap_ack_list=["2:3", "5:5"], dup_tsn_list=[4]),
            SCTPChunkShutdown(cumul_tsn_ack=9),
        ]  # fmt: skip
        frames = [bytes(V4 / SCTP(sport=7, dport=8) / one) for one in first]
        frames.append(bytes(V4 / SCTP(sport=7, dport=8) / SCTPChunkCookieAck() / first[2] / first[10]))
        told = [re.sub(r" +", " ", line).strip() for line in tcpdump(tmp_path / "a.pcap", frames, "-t")]
        theirs = [line.replace(" ,", ",") for line in told if line.startswith("IP ")]  # blocks of SACKs have their own
        assert lines(engine, frames) == theirs

    def test_cut_sctp_chunks_end_with_their_kind(self, engine):
        """A chunk that says that it is shorter than its fields, or that the packet ends in, is not read further."""
        whole = bytes(V4 / SCTP(sport=7, dport=8) / SCTPChunkSACK(cumul_tsn_ack=99))
        short = bytearray(whole)
        short[14 + 20 + 12 + 3] = 12
        assert lines(engine, [bytes(short)])[0].endswith("sctp (1) [SACK], (2) [DATA]")
        for size in range(14 + 20 + 12 + 4, len(whole)):
            assert "[SACK]" in lines(engine, [whole[:size]])[0]
            assert "cum ack" not in lines(engine, [whole[:size]])[0]

    def test_encrypted(self, interpreted, tmp_path):
        """Where tcpdump gives MACsec's flag E, the user's data is encrypted."""
        frames = [bytes(ETHER / Raw(bytes([flags, 0, 0, 0, 0, 1]) + bytes(60))) for flags in (0x0C, 0x2C, 0x04)]
        frames = [frame[:12] + b"\x88\xe5" + frame[14:] for frame in frames]
        theirs = without_dump(tcpdump(tmp_path / "a.pcap", frames, "-t", "-e"))
        flags = [re.search(r"flags (\w+),", line)[1] for line in theirs]
        ours = lines(interpreted, frames)
        assert [line.endswith("(encrypted macsec)") for line in ours] == ["E" in found for found in flags]
        assert all("ethertype 802.1AE (MACsec) (0x88e5), length 80" in line for line in ours)

    def test_options(self, interpreted, tmp_path):
        """Values of options that tcpdump writes in other words (the Fast Open cookie with two blanks)."""
        theirs = tcpdump(tmp_path / "a.pcap", OWN_WORDS[11:13], "-t")
        assert lines(interpreted, OWN_WORDS[11:13]) == [line.replace("tfo  ", "tfo ") for line in theirs]


def test_flag_letters_are_those_of_wire():
    assert TCP_FLAG_LETTERS.decode() == names.TCP_FLAG_LETTERS


def test_services_by_the_name_that_the_system_has(engine):
    try:
        wanted = socket.getservbyport(80, "tcp"), socket.getservbyport(53, "udp")
    except OSError:
        pytest.skip("the system names no services")
    frames = [bytes(V4 / segment("S", dport=80)), bytes(V4 / UDP(sport=43210, dport=53))]
    tcp, udp = lines(engine, frames, numeric=False)
    assert tcp.startswith(f"IP {A}.43210 > {B}.{wanted[0]}: ")
    assert udp.startswith(f"IP {A}.43210 > {B}.{wanted[1]}: ")


def test_tunnel_shows_the_innermost_packet(engine):
    assert lines(engine, OWN_WORDS[8:9]) == [f"tunnel 1, IP {C}.1 > {B}.2: UDP, length 0"]


def test_unknown_numbers_are_shown(engine):
    ethertype, protocol = lines(engine, [OWN_WORDS[6], OWN_WORDS[9]])
    assert ethertype == "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype Unknown (0x1234), length 17"
    assert protocol == f"IP {A} > {B}: ip-proto-253, length 20"
    assert shown(engine, FrameBatch.from_frames([b"abc"], link_type=147))[0].endswith(" LINKTYPE 147, length 3")
    known = FrameBatch.from_frames([b"abc"], link_type=230)
    assert shown(engine, known)[0].endswith(" IEEE802_15_4_NOFCS, length 3")


def test_malformed_packet_says_so(engine):
    frame = bytearray(bytes(TCP_FRAMES[0]))
    frame[14 + 20 + 12] = 0x10  # a data offset of one word: under the five of RFC 9293
    assert lines(engine, [bytes(frame)])[0].endswith(" (malformed tcp)")


def test_analysis_stands_at_the_end(engine):
    batch = FrameBatch.from_frames([bytes(TCP_FRAMES[4])])
    for bit, word in enumerate(ANALYSIS):
        assert shown(engine, batch, 1 << bit)[0].endswith(f", length 5 [{word}]")
    assert shown(engine, batch, (1 << len(ANALYSIS)) - 1)[0].endswith(f" [{', '.join(ANALYSIS)}]")


def test_longest_line_fits(engine):
    """All that can be long at once: every analysis word, 40 bytes of options, the longest of names."""
    rooms = []
    for options in (b"\x01" * 40, b"\xc8\x02" * 20, b"\xc8\x28" + bytes(38), b"\x05\x22" + b"\xff" * 38):
        header = bytes(V6 / segment("SFRPAUEC", seq=4294967295, dataofs=15, urgptr=65535))
        batch = FrameBatch.from_frames([header + options], [2**60])
        rooms.append(len(shown(engine, batch, 0x7FFF, link_headers=True)[0]))
    longest_names = 2 * 255
    assert max(rooms) > 400
    assert max(rooms) + longest_names < LINE_ROOM


def test_more_than_one_buffer_full(engine):
    frames = SAME_AS_TCPDUMP * (BUFFER // 50 // len(SAME_AS_TCPDUMP))
    found = lines(engine, frames)
    assert sum(map(len, found)) > BUFFER
    assert found == lines(engine, SAME_AS_TCPDUMP) * (len(frames) // len(SAME_AS_TCPDUMP))


def test_frame_whose_dump_is_larger_than_the_buffer(engine):
    frame = bytes(range(256)) * 2048
    found = shown(engine, FrameBatch.from_frames([frame]), hex_dump=True, link_headers=True)
    dumped = "".join(re.match(r"\t0x[0-9a-f]+:  (.{39})", line).group(1) for line in found[1:])
    assert bytes.fromhex(dumped.replace(" ", "")) == frame


def all_alike(engines: list[Engine], batch: FrameBatch) -> None:
    """Interpreted and compiled write the same, of printable ASCII alone, a line a packet."""
    for options in ({}, {"link_headers": True, "numeric": False}, {"hex_dump": True}):
        first, *others = [shown(engine, batch, 0x41, **options) for engine in engines]
        assert all(other == first for other in others)
        assert sum(line[0] != "\t" for line in first) == len(batch)
        assert all(re.fullmatch(r"\t?[ -~]*", line) and len(line) < LINE_ROOM for line in first)


def test_captures(interpreted, compiled, capture_path):
    with open_capture(capture_path, interpreted) as capture:
        for batch in capture:
            all_alike([interpreted, compiled], batch)


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.skipif(not CORPUS, reason="needs the captures in ../shared/corpus")
def test_corpus(interpreted, compiled):
    for path in CORPUS:
        with open_capture(path, interpreted) as capture:
            for batch in capture:
                all_alike([interpreted, compiled], batch.select(slice(0, 40)))


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A good frame, some of its bytes replaced."""
    frame = bytearray(draw(st.sampled_from(SAME_AS_TCPDUMP + OWN_WORDS)))
    for place, value in draw(st.lists(st.tuples(st.integers(0, len(frame) - 1), st.integers(0, 255)), max_size=4)):
        frame[place] = value
    return bytes(frame[: draw(st.integers(0, len(frame)))]) if draw(st.booleans()) else bytes(frame)


@settings(max_examples=settings.default.max_examples * 3 // 2)
@given(
    frames=st.lists(spoiled() | st.binary(max_size=80), min_size=1, max_size=8),
    link_type=st.sampled_from([1, 1, 1, 0, 9, 10, 101, 104, 105, 105, 107, 113, 127, 192, 276, 147]),
)
def test_any_bytes(interpreted, compiled, frames, link_type):
    all_alike([interpreted, compiled], FrameBatch.from_frames(frames, link_type=link_type))
