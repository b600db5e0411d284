"""Filters, held against tcpdump, libpcap's own interpreter, and the kernel's."""

import io
import shutil
import socket
import struct
import subprocess

import numpy as np
import pcapy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawkit.errors import FilterError
from rawkit.files import PcapWriter, open_capture
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.sockets.filter import bpf_kernel as bpf
from rawkit.sockets.filter.bpf import BpfProgram, FrameFilter, Instruction, compile_filter, parse_bytecode

SO_ATTACH_FILTER = 26

FILTERS = [
    "",
    "tcp",
    "udp or icmp",
    "tcp port 80",
    "not port 53",
    "arp",
    "ip6",
    "icmp6",
    "host 192.0.2.1",
    "src net 198.51.100.0/24",
    "net 2001:db8::/32 and tcp",
    "vlan",
    "vlan 5 and udp",
    "vlan and ip host 192.0.2.2",
    "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn",
    "ip[8] < 10",
    "ip[6:2] & 0x1fff != 0",
    "len > 100",
    "greater 60 and less 90",
    "ether src 02:00:00:00:00:01",
    "ether multicast",
    "ether[0] & 1 = 0 and ip[16] >= 224",
    "portrange 50-80",
    "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420",
    "ip proto 47",
    "mpls",
    "udp[4:2] * 2 - 16 > 10",
    "ip[2:2] % 7 = 3",
    "ip[2:2] / ip[8] = 4",
    "ip[4:2] ^ 0xff = 1",
    "-ip[8] < 0",
]


@pytest.fixture(scope="module")
def frames():
    from scapy.layers.inet import GRE, ICMP, IP, TCP, UDP, Ether
    from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
    from scapy.layers.l2 import ARP, Dot1Q

    def ether(**fields):
        return Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", **fields)

    made = [ether() / ARP(psrc="192.0.2.1", pdst="192.0.2.2"), ether() / Dot1Q(vlan=5) / ARP()]
    for number, pair in enumerate(
        [("192.0.2.1", "192.0.2.2"), ("198.51.100.9", "203.0.113.7"), ("192.0.2.2", "224.0.0.5")]
    ):
        ip = IP(src=pair[0], dst=pair[1], ttl=number * 8 + 1, id=254 + number)
        made += [
            ether() / ip / TCP(sport=1025, dport=port, flags=flags)
            for port, flags in [(80, "S"), (53, "SA"), (22, "R")]
        ]
        made += [ether() / ip / UDP(sport=53, dport=1025) / bytes(size) for size in (0, 3, 18, 100)]
        made += [ether() / ip / ICMP(), ether() / ip / GRE() / IP(src=pair[1], dst=pair[0]) / TCP()]
        made += [ether() / ip / TCP(dport=80) / b"GET / HTTP/1.1\r\n", ether() / ip.copy() / ICMP()]
        made += [ether() / Dot1Q(vlan=number + 4) / ip / UDP() / b"x", ether() / IP(frag=9, src=pair[0]) / b"abcdefgh"]
    six = IPv6(src="2001:db8::1", dst="2001:db8::2")
    made += [ether() / six / TCP(dport=80), ether() / six / UDP(), ether() / six / ICMPv6EchoRequest()]
    raw = [bytes(one) for one in made]
    return FrameBatch.from_frames([*raw, *(one[:37] for one in raw), b"", b"\x01"], timestamps=range(2 * len(raw) + 2))


def as_pcap(batch):
    file = io.BytesIO()
    PcapWriter(file, 1).write(batch)
    return file.getvalue()


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump")
@pytest.mark.parametrize("expression", FILTERS)
def test_tcpdump_keeps_the_same_frames(frames, expression):
    command = ["tcpdump", "--nano", "-n", "-r", "-", "-w", "-", "--", expression]
    theirs = subprocess.run(command, input=as_pcap(frames), capture_output=True, check=True).stdout
    wanted = [one for batch in open_capture(io.BytesIO(theirs)) for one in batch.timestamp.tolist()]
    kept = frames.select(FrameFilter(expression).mask(frames, Engine("interpreted")))
    assert kept.timestamp.tolist() == wanted


def test_the_filters_are_not_all_alike(frames):
    """A filter that keeps nothing, or everything, referees nothing."""
    counts = [int(FrameFilter(one).mask(frames, Engine("interpreted")).sum()) for one in FILTERS[1:]]
    assert sum(0 < count < len(frames) for count in counts) >= len(counts) - 2


@pytest.mark.referee
@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump")
def test_bytecode_of_tcpdump(frames):
    command = ["tcpdump", "-ddd", "-y", "EN10MB", "tcp port 80"]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    engine = Engine("interpreted")
    theirs = parse_bytecode(printed).matches(frames, engine)
    assert theirs.tolist() == compile_filter("tcp port 80", 1).matches(frames, engine).tolist()


def test_compiled_is_as_interpreted(frames):
    slow, fast = Engine("interpreted"), Engine("compiled")
    for expression in FILTERS:
        one = FrameFilter(expression)
        assert one.mask(frames, slow).tolist() == one.mask(frames, fast).tolist(), expression


HEADS = st.sampled_from(
    [bytes(12) + one for one in (b"\x08\x00\x45", b"\x08\x00\x47", b"\x86\xdd\x60", b"\x81\x00\x00\x05", b"\x08\x06")]
)
PACKETS = st.one_of(st.binary(max_size=80), st.builds(lambda head, rest: head + rest, HEADS, st.binary(max_size=80)))


@given(st.lists(PACKETS, min_size=1, max_size=8), st.sampled_from(FILTERS))
def test_libpcap_says_the_same_of_any_bytes(packets, expression):
    theirs = pcapy.compile(1, 65535, expression, 1, 0xFFFFFFFF)
    ours = compile_filter(expression, 1).matches(FrameBatch.from_frames(packets), Engine("interpreted"))
    assert ours.tolist() == [bool(theirs.filter(one)) for one in packets]


WORDS = st.one_of(st.integers(0, 40), st.sampled_from([0xFF, 0xFFFF, 1 << 31, 0xFFFFFFFF]), st.integers(0, bpf.WORD))
ALU = [bpf.ADD, bpf.SUB, bpf.MUL, bpf.DIV, bpf.OR, bpf.AND, bpf.MOD, bpf.XOR]
JUMPS = [bpf.JEQ, bpf.JGT, bpf.JGE, bpf.JSET]


@st.composite
def instructions(draw, left):
    """An instruction that the kernel takes, and that `left` others follow."""
    kind = draw(st.sampled_from(["load", "memory", "alu", "shift", "jump", "move", "imm"]))
    if kind == "load":
        code = draw(st.sampled_from([0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xB1, 0x80, 0x81]))
        return (code, 0, 0, draw(st.integers(0, 24)) if code not in (0x80, 0x81) else 0)
    if kind == "memory":
        return (draw(st.sampled_from([0x60, 0x61, bpf.ST, bpf.STX])), 0, 0, draw(st.integers(0, 15)))
    if kind == "alu":
        return (bpf.ALU | draw(st.sampled_from(ALU)) | draw(st.sampled_from([0, 8])), 0, 0, draw(WORDS) or 1)
    if kind == "shift":
        return (bpf.ALU | draw(st.sampled_from([bpf.LSH, bpf.RSH])), 0, 0, draw(st.integers(0, 31)))
    if kind == "jump" and left > 1:
        far = st.integers(0, min(left - 1, 255))
        return (
            bpf.JMP | draw(st.sampled_from(JUMPS)) | draw(st.sampled_from([0, 8])),
            draw(far),
            draw(far),
            draw(WORDS),
        )
    if kind == "move":
        return (draw(st.sampled_from([0x07, 0x87, bpf.ALU | bpf.NEG])), 0, 0, 0)
    return (draw(st.sampled_from([0x00, 0x01])), 0, 0, draw(WORDS))


@st.composite
def programs(draw):
    size = draw(st.integers(1, 12))
    # The kernel refuses programs that read a memory word before it is written, so all are written first.
    begin = [(bpf.ST, 0, 0, word) for word in range(16)]
    body = [draw(instructions(size - at)) for at in range(size)]
    # At the end the whole of A decides: it is compared with a number, and so must be right in all its bits.
    end = [(bpf.JMP | bpf.JGT, 0, 1, draw(WORDS)), (bpf.RET, 0, 0, 0xFFFF), (bpf.RET, 0, 0, 0)]
    return BpfProgram(tuple(Instruction(*one) for one in (*begin, *body, *end)))


def kernel_keeps(program, packet):
    """Whether Linux lets the packet through the filter of a socket."""
    receiver, sender = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with receiver, sender:
        raw = np.frombuffer(program.pack(), dtype=np.uint8).copy()
        attached = struct.pack("HL", len(program.instructions), raw.ctypes.data)
        receiver.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, attached)
        receiver.setblocking(False)
        sender.send(packet)
        try:
            return receiver.recv(4096) == packet
        except BlockingIOError:
            return False


@given(programs(), st.binary(min_size=1, max_size=32))
def test_the_kernel_runs_programs_the_same(program, packet):
    ours = program.matches(FrameBatch.from_frames([packet]), Engine("interpreted"))
    assert bool(ours[0]) == kernel_keeps(program, packet)


@settings(deadline=None)  # The first call compiles.
@given(programs(), st.lists(st.binary(max_size=32), min_size=1, max_size=4))
def test_any_program_compiled_is_as_interpreted(program, packets):
    batch = FrameBatch.from_frames(packets)
    ours = program.matches(batch, Engine("interpreted"))
    assert ours.tolist() == program.matches(batch, COMPILED).tolist()


COMPILED = Engine("compiled")


@pytest.mark.parametrize(
    ("expression", "near"),
    [
        ("tcp prt 80", "prt"),
        ("host 192.0.2.1 prt 80", "prt"),
        ("tcp and and udp", "and"),
        ("tcp )", ")"),
        ("len >= 60 )", ")"),
        ("tcp port 80,443", "80,443"),
        ("tcp and port = 80", "="),
        ("tcp & udp", "&"),
        ("(((tcp prt", "prt"),
        ("ip src 192.0.2.1 dst 192.0.2.2", "dst"),
        ("tcp[13:1 & 2 = 2", "&"),
        ("net 192.0.2.0/24 mask", "mask"),
        ("rpr", "rpr"),
    ],
)
def test_a_syntax_error_says_where(expression, near):
    with pytest.raises(FilterError) as caught:
        compile_filter(expression, 1)
    assert str(caught.value) == f'filter "{expression}": syntax error near "{near}": see pcap-filter(7)'


@pytest.mark.parametrize("expression", ["host", "tcp and", "(tcp or udp", "tcp[13", "tcp[13] & 2", "src", "not"])
def test_an_unfinished_filter_is_said_to_be_one(expression):
    with pytest.raises(FilterError, match="it ends too soon"):
        compile_filter(expression, 1)


@pytest.mark.parametrize(
    ("expression", "link_type", "reason"),
    [
        ("port 99999", 1, "illegal port number 99999 > 65535"),
        ("net 192.0.2.1/24", 1, "non-network bits set"),
        ("tcp", 147, "libpcap cannot filter LINKTYPE 147 frames: leave the filter out"),
        ("tcp\n\x1b[31m", 1, "syntax error"),
        ("tcp \x00", 1, "null character"),
    ],
)
def test_other_errors_say_what_libpcap_says(expression, link_type, reason):
    with pytest.raises(FilterError, match=reason) as caught:
        compile_filter(expression, link_type)
    assert str(caught.value).isprintable()


def test_each_link_type_has_its_own_program():
    ip = bytes.fromhex("45000014000000004006000000000000") + bytes(4)
    ether, raw = FrameBatch.from_frames([bytes(12) + b"\x08\x00" + ip]), FrameBatch.from_frames([ip], link_type=101)
    both = FrameBatch(
        np.concatenate([ether.data, raw.data, ether.data]),
        np.array([0, 34, 54], dtype=np.int64),
        *(
            np.concatenate([getattr(one, name) for one in (ether, raw, ether)])
            for name in ("captured", "length", "timestamp")
        ),
        np.array([1, 101, 101], dtype=np.int32),
        np.zeros(3, dtype=np.int32),
        np.zeros(3, dtype=np.int64),
    )
    assert FrameFilter("tcp").mask(both, Engine("interpreted")).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a count"),
        ("1\n6 0 0", "not a count"),
        ("2\n6 0 0 1", "1 instructions where 2 are announced"),
        ("1\n40 0 0 12", "does not end with a return"),
        ("2\n21 1 0 5\n6 0 0 0", "jumps out of the program"),
        ("2\n96 0 0 16\n6 0 0 0", "memory word over 15"),
        ("2\n52 0 0 0\n6 0 0 0", "divides by zero"),
        ("2\n255 0 0 0\n6 0 0 0", "unknown code 255"),
        ("1\n6 0 0 4294967296", "does not fit"),
    ],
)
def test_bytecode_that_linux_would_not_take(text, reason):
    with pytest.raises(FilterError, match=reason):
        parse_bytecode(text)


def test_what_only_the_kernel_knows_is_refused():
    program = parse_bytecode(f"3\n48 0 0 {2**32 - 4096 + 48}\n21 0 0 1\n6 0 0 1")
    with pytest.raises(FilterError, match="only the kernel knows"):
        program.matches(FrameBatch.from_frames([b"a"]), Engine("interpreted"))
