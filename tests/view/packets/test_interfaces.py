"""Interface and direction in text, against tcpdump's lines."""

from __future__ import annotations

import io
import shutil
import socket
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from rawkit import linktypes
from rawkit.decode import Decoder
from rawkit.facts import status
from rawkit.files import Interface, PcapngWriter, PcapWriter, open_capture
from rawkit.flow.table.tracker import FlowTracker
from rawkit.frames import FrameBatch
from rawkit.kernels import Engine
from rawkit.values import replace
from rawkit.view.packets.links import own_links
from rawkit.view.packets.view import PacketsView

needs_tcpdump = [
    pytest.mark.referee,
    pytest.mark.skipif(shutil.which("tcpdump") is None, reason="needs tcpdump"),
]

PACKET = bytes(IP(src="192.0.2.10", dst="198.51.100.20") / UDP(sport=43210, dport=8099) / b"abc")
TYPES = range(7)  # linux/if_packet.h has names for those that are shown, and two more
NOBODYS = 999_999_999


@pytest.fixture(params=["interpreted", "compiled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


def shown(engine: Engine, batch: FrameBatch, **options: Any) -> list[str]:
    packets = Decoder(engine).decode(batch)
    view = PacketsView(engine, "text", times=1, **options)
    return view.render(packets, FlowTracker(engine, 0).track(packets)).decode().splitlines()


def tcpdump(path: Path, batch: FrameBatch, link_type: int, *options: str) -> list[str]:
    with path.open("wb") as file, PcapWriter(file, link_type) as writer:
        writer.write(batch)
    command = ["tcpdump", "-nnt", *options, "-r", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def sll2(kind: int, interface: int) -> bytes:
    return struct.pack(">HHIHBB8s", 0x0800, 0, interface, 1, kind, 6, bytes.fromhex("0200000000010000")) + PACKET


def sll(kind: int) -> bytes:
    return struct.pack(">HHH8sH", kind, 1, 6, bytes.fromhex("0200000000010000"), 0x0800) + PACKET


class TestAgainstTcpdump:
    pytestmark = needs_tcpdump

    def test_cooked_version_2(self, engine, tmp_path):
        """tcpdump names interfaces as this host does, whoever captured; of others it has a question mark."""
        own = [number for number, name in socket.if_nameindex() if name == "lo"]
        frames = [sll2(kind, number) for kind in TYPES for number in (*own, NOBODYS)]
        batch = FrameBatch.from_frames(frames, link_type=linktypes.LINUX_SLL2)
        theirs = tcpdump(tmp_path / "a.pcap", batch, linktypes.LINUX_SLL2)
        ours = shown(engine, batch, links=own_links())
        assert own
        assert [line.replace(f"if{NOBODYS}", "?    ") for line in ours] == theirs
        numbers = shown(engine, batch)
        assert [line.split()[0] for line in numbers[:2]] == [f"if{own[0]}", f"if{NOBODYS}"]

    def test_cooked(self, engine, tmp_path):
        """tcpdump has the direction with -e alone, before the address."""
        batch = FrameBatch.from_frames([sll(kind) for kind in TYPES], link_type=linktypes.LINUX_SLL)
        theirs = tcpdump(tmp_path / "a.pcap", batch, linktypes.LINUX_SLL, "-e")
        assert [line.split()[0] for line in shown(engine, batch)] == [line.split()[0] for line in theirs]
        assert {line[4:] for line in shown(engine, batch)} == set(tcpdump(tmp_path / "a.pcap", batch, 113))


def frames_to(*receivers: str) -> FrameBatch:
    made = [bytes(Ether(src="02:00:00:00:00:01", dst=receiver) / IP(PACKET)) for receiver in receivers]
    return FrameBatch.from_frames(made)


RECEIVERS = ("02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "33:33:00:00:00:01", "ff:ff:ff:ff:ff:fe")


def test_frames_that_came_and_went(engine):
    """B and M by the receiver's address where nothing but the direction is known."""
    batch = frames_to(*RECEIVERS)
    came = replace(batch, status=np.full(len(batch), status.INCOMING))
    went = replace(batch, status=np.full(len(batch), status.OUTGOING))
    assert [line[:10] for line in shown(engine, came, interfaces=True)] == [
        f"if0   {word:<4}" for word in ("In", "B", "M", "M", "M")
    ]
    assert {line[:10] for line in shown(engine, went, interfaces=True)} == {"if0   Out "}
    assert {line[:9] for line in shown(engine, batch, interfaces=True)} == {"if0   IP "}
    assert {line[:3] for line in shown(engine, came)} == {"IP "}


def test_what_the_kernel_says_goes_before_the_address(engine):
    batch = frames_to(*["02:00:00:00:00:02"] * 3)
    said = status.INCOMING | np.array([2, 3, 4], dtype=np.int64) << status.PACKET_TYPE_SHIFT
    batch = replace(batch, status=said, interface_names=("wlp2s0",))
    assert [line[:11] for line in shown(engine, batch, interfaces=True)] == [f"wlp2s0 {word:<4}" for word in "BMP"]


@pytest.mark.parametrize(("names", "wanted"), [(("eth0", "eth1"), True), (("eth0", "eth0"), False), (("eth0",), False)])
def test_files_of_several_interfaces(engine, names, wanted):
    out = io.BytesIO()
    batch = frames_to("02:00:00:00:00:02", "02:00:00:00:00:02")
    numbers = np.array([0, len(names) - 1], dtype=np.int32)
    with PcapngWriter(out, [Interface(name=name) for name in names]) as writer:
        writer.write(replace(batch, interface=numbers, status=np.array([0, status.OUTGOING], dtype=np.int64)))
    out.seek(0)
    with open_capture(out, engine) as capture:
        found = shown(engine, capture.read())
    assert [line.partition("IP ")[0] for line in found] == (["eth0  ", "eth1  Out "] if wanted else ["", ""])


def test_names_are_harmless(engine):
    """A file can call an interface anything."""
    batch = replace(frames_to(*RECEIVERS[:2]), interface_names=("\x1b[31m", "\u202eb" * 300))
    batch = replace(batch, interface=np.array([0, 1], dtype=np.int32))
    first, second = shown(engine, batch)
    assert first.startswith("?[31m IP ")
    assert second.startswith("?b?b?")
    assert second.isascii()
