"""The bytes of packets in tcpdump's six forms: its own blocks, byte for byte, over captures/."""

from __future__ import annotations

import re
import subprocess

import dpkt
import pytest
from scapy.layers.l2 import LLC, SNAP, Dot1Q, Dot3, Ether
from scapy.packet import Raw

from rawkit import linktypes
from rawkit.files import open_capture
from rawkit.view.packets.dump import dump

FORMS = ("x", "xx", "X", "XX", "A", "AA")
PLAIN = (".pcap", ".pcapng")
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
FRAMES = [
    bytes(packet)
    for packet in (
        ETHER / Dot1Q(vlan=5) / Dot1Q(vlan=6, type=0x88B5) / Raw(b"tagged"),
        ETHER / Dot1Q(vlan=5, type=12) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x88B5) / Raw(b"snap"),
        Dot3(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / LLC(dsap=0xF0, ssap=0xF0, ctrl=1) / Raw(b"\0numbered"),
        *(Ether(src="02:00:00:00:00:01", type=0x88B5) / Raw(tail) for tail in (
            b"", b"a\r\nb\tc\r", b"a\r\rb", b"a\rb", b"a\rbc", b"a\r\r\n", b"\r", b"\x1b[31m\x80\xff\n",
            bytes(range(256)),
        )),
    )
]  # fmt: skip


def tcpdump(path, form):
    command = ["tcpdump", "-nttS", "-" + form, "-r", str(path)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def without_lines(printed):
    """What stands below the lines of packets, which begin with a time; and how many there are."""
    parts = re.split(rb"^\d+\.\d{6} .*\n", printed, flags=re.MULTILINE)
    return [b"".join(re.findall(rb"^\t0x.*\n", part, flags=re.MULTILINE)) for part in parts[1:]]


@pytest.mark.referee
@pytest.mark.parametrize("form", FORMS[:4])
def test_numbers_are_tcpdumps(capture_paths, form):
    for path in capture_paths:
        if path.suffix in PLAIN and "cut" not in path.name:
            with open_capture(str(path)) as reader:
                frames = [one for batch in reader for one in zip(batch.frames(), batch.link_type.tolist(), strict=True)]
            assert [dump(frame, link_type, form) for frame, link_type in frames] == without_lines(tcpdump(path, form))


@pytest.mark.referee
@pytest.mark.parametrize("form", FORMS)
def test_frames_whose_link_headers_differ(tmp_path, form):
    path = tmp_path / "a.pcap"
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for frame in FRAMES:
            writer.writepkt(frame, ts=1_000_000_000)
    printed = tcpdump(path, form)
    ours = [dump(frame, linktypes.ETHERNET, form) for frame in FRAMES]
    if form[0] != "A":
        assert without_lines(printed) == ours
        return
    parts = re.split(rb"^1000000000\.000000 .*\n", printed, flags=re.MULTILINE)[1:]
    assert [part for part, mine in zip(parts, ours, strict=True) if not part.endswith(mine)] == []


@pytest.mark.parametrize("form", FORMS)
def test_nothing_for_a_terminal_to_act_on(form):
    assert set(dump(bytes(range(256)), linktypes.RAW, form)) <= {*range(32, 127), 9, 10}


def test_long_frames_have_longer_offsets():
    assert dump(bytes(0x10010), linktypes.RAW, "x").splitlines()[-1].startswith(b"\t0x10000:  ")
