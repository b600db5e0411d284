"""Frames in text as the tools themselves print them: tcpdump, tshark, xxd, hexdump, od."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from rawkit.errors import SendError
from rawkit.files import PcapWriter
from rawkit.frames import FrameBatch
from rawkit.run.send.hex_text import typed_frames

pytestmark = pytest.mark.referee

LINK = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
FROM_TO = {"src": "192.0.2.1", "dst": "192.0.2.2"}
PACKETS = [
    IP(**FROM_TO) / UDP(sport=9, dport=9) / Raw(b"ab cd # |x> 41 42  43 44"),
    IP(**FROM_TO) / TCP(),
    IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP() / Raw(b"xyz"),
    IP(**FROM_TO) / UDP() / Raw(bytes(100)),
    IP(**FROM_TO) / ICMP() / Raw(b"xxxxxx"),
]
FRAMES = [bytes(LINK / packet) for packet in [*PACKETS, ARP(psrc="192.0.2.1", pdst="192.0.2.9")]]


def printed(*command: str | Path) -> str:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=True).stdout


def capture(path: Path, frames: list[bytes]) -> Path:
    with PcapWriter(path / "x.pcap", 1) as writer:
        writer.write(FrameBatch.from_frames(frames))
    return path / "x.pcap"


@pytest.mark.parametrize("options", ["-xx", "-XX", "-xx -v", "-XX -vvv -tttt", "-xx -tt -e", "-XX -q -t", "-xx -n -#"])
def test_what_tcpdump_prints_is_read(tmp_path, options):
    text = printed("tcpdump", "-r", capture(tmp_path, FRAMES), *options.split())
    assert list(typed_frames(text).frames()) == FRAMES


@pytest.mark.parametrize("options", ["-x", "-X", "-x -v"])
def test_packets_without_their_link_header_are_known_and_lose_their_padding(tmp_path, options):
    """As received frames have it: 60 bytes at least."""
    padded = [frame + bytes(max(0, 60 - len(frame))) for frame in FRAMES[:-1]]
    text = printed("tcpdump", "-nr", capture(tmp_path, padded), *options.split())
    found = typed_frames(text)
    assert list(found.frames()) == [bytes(packet) for packet in PACKETS]
    assert set(found.link_type.tolist()) == {101}


def test_an_arp_packet_without_its_link_header_is_refused(tmp_path):
    text = printed("tcpdump", "-nr", capture(tmp_path, FRAMES[-1:]), "-x")
    with pytest.raises(SendError, match="an ARP packet without its Ethernet header: print it with that"):
        typed_frames(text)


@pytest.mark.parametrize("options", ["-x", "-P -x", "-V -x"])
def test_what_tshark_prints_is_read(tmp_path, options):
    text = printed("tshark", "-r", capture(tmp_path, FRAMES), *options.split())
    assert list(typed_frames(text).frames()) == FRAMES


def test_what_tshark_put_together_is_no_frame(tmp_path):
    parts = fragment(IP(**FROM_TO) / UDP(sport=9, dport=9) / Raw(b"A" * 100), fragsize=64)
    frames = [bytes(LINK / part) for part in parts]
    text = printed("tshark", "-r", capture(tmp_path, frames), "-x")
    assert "Reassembled IPv4" in text
    assert list(typed_frames(text).frames()) == frames


@pytest.mark.parametrize(
    "command",
    [
        "xxd",
        "xxd -g1",
        "xxd -c 8",
        "xxd -u",
        "hexdump -C",
        "hexdump -vC",
        "od -Ax -tx1",
        "od -Ax -tx1z",
        "od -Ax -tx1 -v",
    ],
)
@pytest.mark.parametrize("frame", FRAMES, ids=range(len(FRAMES)))
def test_what_other_tools_print_is_read(tmp_path, command, frame):
    (tmp_path / "one").write_bytes(frame)
    text = printed(*command.split(), tmp_path / "one")
    assert list(typed_frames(text).frames()) == [frame]
    assert list(typed_frames(text * 2).frames()) == [frame, frame]


@pytest.mark.parametrize("command", ["od", "hexdump", "xxd -b"])
def test_what_is_not_in_bytes_is_refused(tmp_path, command):
    (tmp_path / "one").write_bytes(FRAMES[0])
    with pytest.raises(SendError):
        typed_frames(printed(*command.split(), tmp_path / "one"))
