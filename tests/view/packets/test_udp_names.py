"""What is named of a datagram without taking it apart, against tcpdump and tshark; and what only looks like it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt
from scapy.layers.ipsec import ESP
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from rawkit.decode import Decoder
from rawkit.files import open_capture
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.values import replace
from tests.view.packets.test_text import TIME, all_alike, lines, needs_tcpdump, tcpdump, untracked

A, B = "192.0.2.10", "198.51.100.20"
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
V4, V6 = ETHER / IP(src=A, dst=B), ETHER / IPv6(src="2001:db8::a", dst="2001:db8:0:1::b")
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
needs_tshark = [pytest.mark.referee, pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")]


@pytest.fixture(params=["interpreted", "compiled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def datagram(source: int, destination: int, payload: bytes, ip: Packet = V4) -> bytes:
    return bytes(ip / UDP(sport=source, dport=destination) / payload)


def said(engine: Engine, *frames: bytes) -> list[str]:
    """The lines behind addresses and ports."""
    return [line.split(": ", 1)[1] for line in lines(engine, list(frames))]


def tshark(path: Path, *fields: str) -> list[list[str]]:
    command = ["tshark", "-n", "-r", path, "-T", "fields", *(f"-e{field}" for field in fields)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


# ESP ---------------------------------------------------------------------------------------------------------

SECRET = ESP(spi=0x12345678, seq=10, data=bytes(24))
ESP_FRAMES = [
    bytes(V4 / SECRET),
    bytes(V6 / SECRET),
    bytes(V6 / IPv6ExtHdrDestOpt(nh=50) / SECRET),
    bytes(V4 / ESP(spi=1, seq=0xFFFFFFFF, data=bytes(4))),
    datagram(4500, 4500, bytes(SECRET)),
    datagram(4500, 40000, bytes(ESP(spi=256, seq=0, data=bytes(4)))),
    datagram(40000, 4500, bytes(SECRET), V6),
    datagram(40000, 4500, b"\xff"),
]


class TestEspAgainstTcpdump:
    pytestmark = needs_tcpdump

    def test_lines(self, engine, tmp_path):
        theirs = tcpdump(tmp_path / "a.pcap", ESP_FRAMES, "-t")
        assert lines(engine, ESP_FRAMES) == [line.replace("DSTOPT ", "") for line in theirs]

    @pytest.mark.corpus
    @pytest.mark.skipif(not CORPUS.exists(), reason="needs the captures in ../shared/corpus")
    @pytest.mark.parametrize(
        "name", ["02-sunrise-sunset-esp", "08-sunrise-sunset-aes", "08-sunrise-sunset-esp2", "espudp1", "isakmp4500"]
    )
    def test_captures_of_others(self, interpreted, name):
        path = CORPUS / "tcpdump" / f"{name}.pcap"
        done = subprocess.run(["tcpdump", "-nnt", "-r", path], capture_output=True, text=True, check=True)
        theirs = [line for line in done.stdout.splitlines() if "ESP(" in line or "keep-alive" in line]
        assert [line for line in of_capture(path, interpreted) if "ESP(" in line or "keep-alive" in line] == theirs
        assert theirs


def of_capture(path: Path, engine: Engine) -> list[str]:
    with open_capture(path, engine) as capture:
        return [line for batch in capture for line in lines_of(engine, batch)]


@pytest.mark.parametrize(
    "payload",
    [
        bytes(4) + bytes(28),  # RFC 3948, 2.2: the marker of IKE
        bytes.fromhex("000000ff 00000001") + bytes(8),  # RFC 4303, 2.1: reserved
        bytes(SECRET)[:-1],  # 2.4: it ends at a multiple of 4 bytes
        bytes(SECRET)[:8],
        b"\xff\xff",
        b"\xfe",
        b"",
    ],
)
def test_what_is_no_esp(engine, payload):
    assert said(engine, datagram(4500, 4500, payload)) == [f"UDP, length {len(payload)}"]


@pytest.mark.parametrize(("source", "destination"), [(4500, 53), (123, 4500)])
def test_a_port_that_a_client_was_given(engine, source, destination):
    """RFC 3948, 3.1.2: a NAT changes one of the ports, but to none of another service's; tcpdump names these too."""
    assert said(engine, datagram(source, destination, bytes(SECRET))) == ["UDP, length 32"]


def test_esp_that_is_cut(interpreted):
    """The header has to be there; tcpdump says `[|esp]`."""
    frame = bytes(V4 / SECRET)
    (line,) = lines_of(interpreted, cut(frame, [14 + 20 + 7]))
    assert line == f"IP {A} > {B}: Encap Security Payload, length 32"


def cut(frame: bytes, sizes: Iterable[int]) -> FrameBatch:
    batch = FrameBatch.from_frames([frame[:size] for size in sizes])
    return replace(batch, length=np.full(len(batch), len(frame), dtype=np.int32))


# WireGuard ---------------------------------------------------------------------------------------------------

MESSAGES = {
    "Handshake Initiation": (1, 148),
    "Handshake Response": (2, 92),
    "Cookie Reply": (3, 64),
    "Transport Data": (4, 128),
    "Keepalive": (4, 32),
}


def message(kind: int, size: int) -> bytes:
    return bytes([kind, 0, 0, 0]) + bytes(range(1, 100))[: size - 4] + bytes(max(0, size - 103))


@pytest.mark.parametrize(("source", "destination"), [(51820, 51820), (51820, 40000), (40000, 51820)])
def test_wireguard(engine, source, destination):
    frames = [datagram(source, destination, message(*one)) for one in MESSAGES.values()]
    assert said(engine, *frames) == [f"UDP, length {size}, WireGuard {name}" for name, (_, size) in MESSAGES.items()]


class TestWireGuardAgainstTshark:
    pytestmark = needs_tshark

    def test_names(self, tmp_path):
        tcpdump_file(tmp_path / "a.pcap", [datagram(51820, 51820, message(*one)) for one in MESSAGES.values()])
        found = tshark(tmp_path / "a.pcap", "_ws.col.Info")
        assert [info.split(", ")[0] for (info,) in found] == list(MESSAGES)


@pytest.mark.parametrize(
    ("port", "payload"),
    [
        (51820, message(1, 147)),
        (51820, message(1, 149)),
        (51820, message(2, 93)),
        (51820, message(3, 65)),
        (51820, message(4, 31)),
        (51820, message(5, 148)),
        (51820, b"\x01\x01" + message(1, 148)[2:]),
        (51821, message(1, 148)),
    ],
)
def test_what_is_no_wireguard(engine, port, payload):
    assert said(engine, datagram(port, port, payload)) == [f"UDP, length {len(payload)}"]


# QUIC --------------------------------------------------------------------------------------------------------


def long_header(first: int, version: int, rest: bytes = bytes(60), ids: str = "04 01020304 00") -> bytes:
    return bytes([first]) + version.to_bytes(4, "big") + bytes.fromhex(ids) + rest


OFFER = bytes.fromhex("1a2a3a4a 00000001")
PACKETS = [
    ("Initial", long_header(0xC3, 1, bytes.fromhex("00 4028") + bytes(40)), 40000, 443),
    ("0-RTT", long_header(0xD3, 1, bytes.fromhex("4028") + bytes(40)), 40000, 443),
    ("Handshake", long_header(0xE3, 1, bytes.fromhex("4028") + bytes(40)), 443, 40000),
    ("Retry", long_header(0xF0, 1, bytes(40)), 443, 40000),
    ("Initial", long_header(0xD3, 0x6B3343CF, bytes.fromhex("00 4028") + bytes(40)), 40000, 443),
    ("0-RTT", long_header(0xE3, 0x6B3343CF, bytes.fromhex("4028") + bytes(40)), 40000, 443),
    ("Handshake", long_header(0xF3, 0x6B3343CF, bytes.fromhex("4028") + bytes(40)), 443, 40000),
    ("Retry", long_header(0xC0, 0x6B3343CF, bytes(40)), 443, 40000),
    ("Initial", long_header(0xC3, 0xFF00001D, bytes.fromhex("00 4028") + bytes(40)), 40000, 8443),
    ("Initial", long_header(0xC3, 1, bytes.fromhex("00 4028") + bytes(40), f"14 {20 * '01'} 14 {20 * '02'}"), 40000, 9),
    ("Version Negotiation", long_header(0x80, 0, OFFER), 443, 40000),
]

VERSIONS = {
    0: "",
    1: " v1",
    0x6B3343CF: " v2",
    0xFF00001B: " draft-27",
    0xFF00001D: " draft-29",
    0xFF000022: " draft-34",
}


def test_quic(engine):
    frames = [datagram(source, destination, payload) for _, payload, source, destination in PACKETS]
    wanted = [
        f"UDP, length {len(payload)}, QUIC {name}{VERSIONS[int.from_bytes(payload[1:5], 'big')]}"
        for name, payload, *_ in PACKETS
    ]
    assert said(engine, *frames) == wanted


def tcpdump_file(path: Path, frames: list[bytes]) -> None:
    from scapy.utils import wrpcap

    wrpcap(str(path), [Ether(frame) for frame in frames])


class TestQuicAgainstTshark:
    pytestmark = needs_tshark

    def test_names(self, tmp_path):
        """Each with a client of its own, or tshark would take them for one connection.

        Without one it knows of no negotiation; the captures of others have it.
        """
        frames = [
            datagram(*(port + number if port == 40000 else port for port in ports), payload)
            for number, (_, payload, *ports) in enumerate(PACKETS[:-1])
        ]
        tcpdump_file(tmp_path / "a.pcap", frames)
        found = tshark(tmp_path / "a.pcap", "_ws.col.Info")
        assert [info.split(", ")[0] for (info,) in found] == [name for name, *_ in PACKETS[:-1]]

    @pytest.mark.corpus
    @pytest.mark.skipif(not CORPUS.exists(), reason="needs the captures in ../shared/corpus")
    @pytest.mark.parametrize("name", ["quic_handshake", "quic_retry", "quic_vn", "quic_handshake_truncated"])
    def test_captures_of_others(self, interpreted, name):
        """But for the version that asks for a negotiation, which tells nothing of its packets (RFC 8999)."""
        path = CORPUS / "tcpdump" / f"{name}.pcap"
        named = [line.partition(", QUIC ")[2] for line in of_capture(path, interpreted)]
        wanted = [
            ""
            if info.startswith("Protected") or version == "0x1a2a3a4a"
            else info.split(", ")[0] + VERSIONS[int(version.split(",")[0], 16)]
            for info, version in tshark(path, "_ws.col.Info", "quic.version")
        ]
        assert named == wanted


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        (443, long_header(0xC3, 2)),
        (443, long_header(0x83, 1)),  # RFC 9000, 17.2: the fixed bit is set
        (443, long_header(0x43, 1)),
        (443, long_header(0xC3, 0xFF00001A)),
        (443, long_header(0xC3, 0xFF000023)),
        (443, long_header(0xC3, 1, b"", f"15 {21 * '01'} 00 00")),  # 17.2: 20 bytes at most
        (443, long_header(0xC3, 1, b"", f"00 15 {21 * '01'} 00")),
        (443, long_header(0xC3, 1, b"")),
        (443, long_header(0x80, 0, OFFER[:-1])),
        (443, long_header(0x80, 0, OFFER[:4])),
        (444, long_header(0x80, 0, OFFER)),
        (443, b"\xc3\0\0\0\x01"),
    ],
)
def test_what_is_no_quic(engine, source, payload):
    assert said(engine, datagram(source, 40000, payload)) == [f"UDP, length {len(payload)}"]


def test_names_are_of_what_was_captured(interpreted):
    """Whatever is cut off: a line, and the same name or none."""
    for name, payload, *ports in [("UDP-encap", bytes(SECRET), 4500, 4500), *PACKETS]:
        frame = datagram(*ports, payload)
        for line in lines_of(interpreted, cut(frame, range(42, len(frame)))):
            assert name in line or "UDP, length" in line


def lines_of(engine: Engine, batch: FrameBatch) -> list[str]:
    from rawkit.view.packets.view import PacketsView

    view = PacketsView(engine, "text", numeric=True)
    text = view.render(Decoder(engine).decode(batch), untracked(len(batch))).decode("ascii")
    return [line[TIME:] for line in text.splitlines()]


ALL_FRAMES = [
    *ESP_FRAMES,
    *(datagram(51820, 51820, message(*one)) for one in MESSAGES.values()),
    *(datagram(*ports, payload) for _, payload, *ports in PACKETS),
]


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """One of the frames, some of its bytes replaced, cut or not."""
    frame = bytearray(draw(st.sampled_from(ALL_FRAMES)))
    for place, value in draw(st.lists(st.tuples(st.integers(0, len(frame) - 1), st.integers(0, 255)), max_size=4)):
        frame[place] = value
    return bytes(frame[: draw(st.integers(0, len(frame)))]) if draw(st.booleans()) else bytes(frame)


@given(frames=st.lists(spoiled(), min_size=1, max_size=8))
def test_any_bytes(interpreted, compiled, frames):
    all_alike([interpreted, compiled], FrameBatch.from_frames(frames))
