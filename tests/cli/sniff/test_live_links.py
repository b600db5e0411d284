"""`rawkit sniff -i` on links that are not plain Ethernet: VLAN tags, which the kernel takes off, and a tun device."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dpkt
import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

from rawkit.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.netns]

RAWKIT = (sys.executable, "-m", "rawkit", "sniff", "-n")
PATIENCE = 60
TUN = "/dev/net/tun"
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000

FRAMES = [
    bytes(Ether(src="02:00:00:00:01:99", dst="02:00:00:00:02:00") / tags / IP(src="192.0.2.10", dst="192.0.2.20") / up)
    for tags in (Dot1Q(vlan=5, prio=3), Dot1AD(vlan=7) / Dot1Q(vlan=5), Dot1Q(vlan=6), Raw(b""))
    for up in (UDP(sport=9, dport=9) / Raw(bytes(30)), TCP(sport=80, dport=9) / Raw(bytes(31)))
]
TAGGED = FRAMES[:6]
PACKETS = [bytes(IP(src="198.51.100.2", dst="198.51.100.1") / UDP(sport=5, dport=9) / bytes(n)) for n in (0, 1, 900)]

Sniff = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def sniff(listening: Sniff) -> Sniff:
    """Starts `rawkit sniff` on the server."""
    return lambda *arguments: listening([*RAWKIT, *arguments], stdout=subprocess.PIPE)


@pytest.fixture
def tun(lab: Lab) -> Iterator[int]:
    """A descriptor of tun0 of the server, which is up and has 198.51.100.1."""
    if not os.access(TUN, os.R_OK | os.W_OK):
        pytest.skip(f"needs {TUN}")
    with lab["server"].entered():  # the device belongs to the namespace in which this is opened
        descriptor = os.open(TUN, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
        lab["server"].run(["ip", "addr", "add", "198.51.100.1/24", "dev", "tun0"], check=True)
        lab["server"].run(["ip", "link", "set", "tun0", "up"], check=True)
        yield descriptor
    finally:
        os.close(descriptor)


def send(lab: Lab, frames: list[bytes]) -> None:
    with lab["client"].entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("eth0", 0))
        for frame in frames:
            sender.send(frame)


def end(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return out


def read(path: Path) -> tuple[int, list[bytes]]:
    """Link type and frames of a pcap or pcapng file, as dpkt reads it."""
    kind = dpkt.pcapng if path.suffix == ".pcapng" else dpkt.pcap
    with path.open("rb") as file:
        reader = kind.Reader(file)
        return reader.datalink(), [bytes(frame) for _, frame in reader]


WAYS = [("out.pcap",), ("out.pcapng",), ("out.pcap", "--kernels", "interpreted"), ("out.pcap", "--view", "packets")]
"""Each a way of its own from the ring to the file."""


@pytest.mark.referee
@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_tags_that_the_kernel_took_off_are_in_the_file(
    lab: Lab, sniff: Sniff, tmp_path: Path, way: tuple[str, ...]
) -> None:
    path = tmp_path / way[0]
    process = sniff("-i", "eth0", "-w", path, *way[1:], "ether src 02:00:00:00:01:99")
    send(lab, FRAMES)
    end(process)
    assert read(path) == (1, FRAMES)
    command = ["tshark", "-r", path, "-T", "fields", "-e", "vlan.id", "-e", "ieee8021ad.id", "-Y", "vlan or ieee8021ad"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["5\t"] * 2 + ["5\t7"] * 2 + ["6\t"] * 2


def test_a_filter_for_a_vlan_and_the_snaplen(lab: Lab, sniff: Sniff, tmp_path: Path) -> None:
    process = sniff("-i", "eth0", "-w", tmp_path / "six.pcap", "-s", "40", "-c", "2", "vlan 6")
    send(lab, FRAMES)
    process.communicate(timeout=PATIENCE)
    _, frames = read(tmp_path / "six.pcap")
    assert [TAGGED[number][: len(frame)] for number, frame in enumerate(frames, 4)] == frames
    assert {len(frame) for frame in frames} == {44}  # the kernel keeps 40, and the tag was not among them


@pytest.mark.referee
def test_views_show_the_tags(lab: Lab, sniff: Sniff, tmp_path: Path) -> None:
    """The lines that tcpdump prints of the file with these frames, with the tags before them."""
    text = sniff("-i", "eth0", "vlan")
    records = sniff("-i", "eth0", "--format", "json", "vlan")
    send(lab, FRAMES)
    shown = [line.split(" ", 1)[1] for line in end(text).splitlines()]
    tags = [line.partition(", ")[0] for line in shown]
    assert tags == ["vlan 5"] * 2 + ["vlan 7.5"] * 2 + ["vlan 6"] * 2
    path = tmp_path / "sent.pcap"
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for frame in TAGGED:
            writer.writepkt(frame, ts=0)
    printed = subprocess.run(["tcpdump", "-ntr", path], capture_output=True, text=True, check=True).stdout
    assert [line.partition(", ")[2] for line in shown] == [line.removesuffix(": HTTP") for line in printed.splitlines()]
    assert [json.loads(line)["vlan.id"] for line in end(records).splitlines()] == [5, 5, 5, 5, 6, 6]


@pytest.mark.referee
@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_tun_device_has_bare_packets(sniff: Sniff, tun: int, tmp_path: Path, way: tuple[str, ...]) -> None:
    path = tmp_path / way[0]
    process = sniff("-i", "tun0", "-w", path, *way[1:], "udp dst port 9")
    for packet in PACKETS:
        os.write(tun, packet)
    end(process)
    link_type, packets = read(path)
    assert packets == PACKETS
    assert link_type == 101
    printed = subprocess.run(["tcpdump", "-ntr", path], capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1] == "IP 198.51.100.2.5 > 198.51.100.1.9: UDP, length 900"


def test_views_of_a_tun_device(sniff: Sniff, tun: int) -> None:
    packets = sniff("-i", "tun0", "udp dst port 9")
    flows = sniff("-i", "tun0", "--view", "flows", "--format", "json", "udp dst port 9")
    for packet in PACKETS:
        os.write(tun, packet)
    lines = end(packets).splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        f"IP 198.51.100.2.5 > 198.51.100.1.9: UDP, length {n}" for n in (0, 1, 900)
    ]
    (flow,) = map(json.loads, end(flows).splitlines())
    assert (flow["id.orig_h"], flow["id.resp_p"], flow["orig_pkts"]) == ("198.51.100.2", 9, 3)
