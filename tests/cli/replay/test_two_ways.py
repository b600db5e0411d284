"""Frames of clients out of one interface, of servers out of another: what tcpdump sees behind each."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from ipaddress import ip_interface

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from rawkit.errors import PrivilegeError
from rawkit.files import PcapWriter, open_capture
from rawkit.frames import FrameBatch
from rawkit.lab import EndSpec, HostSpec, Lab, LabSpec, LinkSpec
from rawkit.linktypes import ETHERNET

pytestmark = [pytest.mark.netns, pytest.mark.referee]
MS = 1_000_000


@pytest.fixture(scope="module")
def lab():
    """A host between two others."""
    links = [
        LinkSpec(tuple(EndSpec(name, (ip_interface(f"{net}.{last}/24"),)) for name, last in (("middle", 1), (end, 2))))
        for net, end in (("192.0.2", "inside"), ("198.51.100", "outside"))
    ]
    try:
        with Lab(LabSpec((HostSpec("middle"), HostSpec("inside"), HostSpec("outside")), tuple(links))) as made:
            yield made
    except PrivilegeError as error:
        pytest.skip(str(error))


@pytest.fixture
def parted(lab, tmp_path):
    """Replays a file, and gives what came in behind each interface, and what was said."""

    def call(path, *arguments):
        captures = [listening(lab, host, tmp_path / f"{host}.pcap") for host in ("inside", "outside")]
        command = [sys.executable, "-m", "rawkit", "replay", str(path), "-i", "eth0", "--intf2", "eth1", *arguments]
        done = lab["middle"].run(command, timeout=60)
        for one in captures:
            one.send_signal(signal.SIGINT)
            one.communicate(timeout=60)
        return [frames_of(tmp_path / f"{host}.pcap") for host in ("inside", "outside")], done

    return call


def listening(lab, host, path):
    arguments = ["--immediate-mode", "-U", "-Z", "root", "-Q", "in", "-i", "eth0", "-w", path, "not ip6 or port 53"]
    nano = "--time-stamp-precision=nano"
    one = lab[host].popen(["tcpdump", nano, *arguments], stderr=subprocess.PIPE, text=True)
    assert any("listening on" in line for line in one.stderr)
    return one


def frames_of(path):
    with open_capture(path) as capture:
        return [
            (int(at), frame)
            for batch in capture
            for at, frame in zip(batch.timestamp.tolist(), batch.frames(), strict=True)
        ]


def talk(tmp_path, rounds, gap):
    """A capture of a connection in which both sides speak in turn."""
    here, there = ("192.0.2.10", 40000), ("198.51.100.20", 7)
    frames = []
    for number in range(rounds):
        for (source, sport), (destination, dport), flags in ((here, there, "S"), (there, here, "SA")):
            ends = IP(src=source, dst=destination, id=number)
            link = Ether(src="00:00:5e:00:53:01", dst="00:00:5e:00:53:02")
            frames.append(bytes(link / ends / TCP(sport=sport, dport=dport, flags=flags)))
    path = tmp_path / "talk.pcap"
    with PcapWriter(path, ETHERNET) as writer:
        writer.write(FrameBatch.from_frames(frames, [number * gap for number in range(len(frames))]))
    return path, frames


@pytest.mark.parametrize("pace", [("--top",), ("--pps", "20000"), ()], ids=["top", "pps", "as recorded"])
def test_each_side_has_its_interface_and_all_keep_their_order(parted, tmp_path, pace):
    path, frames = talk(tmp_path, 100, MS // 2)
    (inside, outside), done = parted(path, *pace)
    assert done.returncode == 0, done.stderr
    assert [frame for _, frame in inside] == frames[::2]
    assert [frame for _, frame in outside] == frames[1::2]
    assert [frame for _, frame in sorted(inside + outside)] == frames
    assert re.search(r"^rawkit: 200 frames .* on eth0 \(100\) and eth1 \(100\)$", done.stderr, re.MULTILINE)


def test_a_recorded_capture_of_both_directions(parted, root):
    with open_capture(root / "captures/dns.pcap") as capture:
        frames = [frame for batch in capture for frame in batch.frames()]
    (inside, outside), _ = parted(root / "captures/dns.pcap", "--top")
    assert (len(inside), len(outside)) == (11, 9)  # as `tcpprep --auto=first`
    assert [frame for _, frame in sorted(inside + outside)] == frames


def test_networks_of_clients_and_other_addresses(parted, tmp_path):
    path, _ = talk(tmp_path, 3, 0)
    given = ("--clients", "198.51.100.0/24", "--map-ip", "198.51.100.0/24=203.0.113.0/24")
    (inside, outside), _ = parted(path, "--top", *given)
    assert {IP(frame[14:]).src for _, frame in inside} == {"203.0.113.20"}
    assert {IP(frame[14:]).dst for _, frame in outside} == {"203.0.113.20"}


def test_the_interface_that_goes_down_is_named(lab, root):
    command = [sys.executable, "-m", "rawkit", "replay", str(root / "captures/dns.pcap"), "-i", "eth0", "-I", "eth1"]
    with listening_for(lab["outside"], "udp") as heard:
        running = lab["middle"].popen([*command, "--loop", "0", "--pps", "200"], stderr=subprocess.PIPE, text=True)
        heard.readline()
    try:
        lab["middle"].run(["ip", "link", "set", "eth1", "down"], check=True)
        _, said = running.communicate(timeout=60)
    finally:
        lab["middle"].run(["ip", "link", "set", "eth1", "up"], check=True)
    assert running.returncode == 2
    assert re.search(r"^rawkit: eth1: frame \d+: Network is down: set the interface up$", said, re.MULTILINE)


@contextmanager
def listening_for(host, what):
    """The lines of a tcpdump that has begun."""
    command = ["tcpdump", "--immediate-mode", "-l", "-n", "-Z", "root", "-Q", "in", "-i", "eth0", what]
    one = host.popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert any("listening on" in line for line in one.stderr)
    yield one.stdout
    one.terminate()
    one.communicate(timeout=60)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-I", "eth0"), "--intf2 eth0: name another interface than -i does"),
        (("-I", "eth9"), "no interface 'eth9'"),
        (("--clients", "192.0.2.0/24"), "--clients says whose frames leave by which interface: it needs --intf2"),
        (("-I", "eth1", "--to-link"), "--to-link makes the headers of one link: leave --intf2 out"),
        (("-I", "eth1", "--clients", "lan"), "--clients: 'lan' does not appear to be an IPv4 or IPv6 network"),
    ],
)
def test_what_does_not_go_together(lab, root, arguments, said):
    command = [sys.executable, "-m", "rawkit", "replay", str(root / "captures/dns.pcap"), "-i", "eth0", *arguments]
    done = lab["middle"].run(command, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith(f"rawkit: {said}")
    assert len(done.stderr.splitlines()) == 1
