"""`rawkit replay` from one kind of link onto another: what tcpdump, or the reader of a tun device, gets of it."""

from __future__ import annotations

import fcntl
import os
import select
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, CookedLinuxV2, Dot1Q, Ether

from rawkit import linktypes
from rawkit.files import PcapWriter
from rawkit.frames import FrameBatch
from rawkit.lab import Lab
from rawkit.sockets import layout

pytestmark = [pytest.mark.root, pytest.mark.netns, pytest.mark.referee]

TUN, TUNSETIFF, TUNSETLINK = "/dev/net/tun", 0x400454CA, 0x400454CD
IFF_TUN, IFF_NO_PI = 0x1, 0x1000
CLIENT, SERVER = "02:00:00:00:01:00", "02:00:00:00:02:00"
PATIENCE = 30


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[..., Path]:
    """Writes packets to a pcap file of a link type."""

    def write(packets: list[object], link_type: int) -> Path:
        with PcapWriter(tmp_path / "given.pcap", link_type) as writer:
            writer.write(FrameBatch.from_frames([bytes(one) for one in packets], link_type=link_type))
        return tmp_path / "given.pcap"

    return write


@pytest.fixture
def ppp(lab: Lab) -> Iterator[int]:
    """A device ppp0 of the client that is said to be a PPP link; gives the descriptor that reads from it."""
    if not os.access(TUN, os.R_OK | os.W_OK):
        pytest.skip(f"needs {TUN}")
    with lab["client"].entered():
        descriptor = os.open(TUN, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", b"ppp0", IFF_TUN | IFF_NO_PI))
        fcntl.ioctl(descriptor, TUNSETLINK, layout.ARPHRD_PPP)
        lab["client"].run(["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/ppp0/disable_ipv6"], check=True)
        lab["client"].run(["ip", "link", "set", "ppp0", "up"], check=True)
        yield descriptor
    finally:
        os.close(descriptor)


def read(descriptor: int, count: int) -> list[bytes]:
    found: list[bytes] = []
    while len(found) < count and select.select([descriptor], [], [], PATIENCE)[0]:
        found.append(os.read(descriptor, 65536))
    return found


def to(address: str) -> IP | IPv6:
    kind = IPv6 if ":" in address else IP
    source = "2001:db8:7::7" if ":" in address else "198.51.100.7"
    return kind(bytes(kind(src=source, dst=address) / UDP(sport=7, dport=9) / b"again"))


def framed(packet: object, mac: str) -> bytes:
    return bytes(Ether(src=CLIENT, dst=mac) / packet)


def test_packets_get_a_header_to_their_next_hops(replay, recorded, seen):
    """On the link, to all of it, to a group, behind a router that no route names, to nobody, and to this host."""
    targets = ["192.0.2.20", "192.0.2.255", "224.0.0.251", "2001:db8:1::20", "ff02::fb", "192.0.2.99", "192.0.2.10"]
    macs = [SERVER, "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", SERVER, "33:33:00:00:00:fb"]
    packets = [to(address) for address in targets]
    with seen(5, "udp port 9") as other:
        done = replay(recorded([CookedLinuxV2() / one for one in packets], linktypes.LINUX_SLL2), "--to-link", "--top")
    assert other.frames == [framed(one, mac) for one, mac in zip(packets[:5], macs, strict=True)]
    assert done.stderr.splitlines()[1:] == [
        "rawkit: 2 frames whose next hop on eth0 is not known not sent (see --dst-mac)"
    ]


def test_a_next_hop_that_is_given(replay, recorded, seen):
    """It is that of all but groups; nobody is asked, so what no host has is sent too."""
    packets = [to(address) for address in ("192.0.2.99", "203.0.113.7", "255.255.255.255", "ff02::1")]
    path = recorded(packets, linktypes.RAW)
    with seen(4, "udp port 9") as other:
        done = replay(path, "--to-link", "--top", "--dst-mac", "02:00:00:00:00:99")
    macs = ["02:00:00:00:00:99"] * 2 + ["ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01"]
    assert other.frames == [framed(one, mac) for one, mac in zip(packets, macs, strict=True)]
    assert done.stderr.count("\n") == 1


def test_the_next_hop_is_that_of_the_address_that_is_mapped(replay, recorded, seen):
    path = recorded([to("203.0.113.5")], linktypes.RAW)
    with seen(1, "udp port 9") as other:
        replay(path, "--to-link", "--top", "--map-ip", "203.0.113.5=192.0.2.20")
    assert other.frames == [framed(to("192.0.2.20"), SERVER)]


def test_ethernet_headers_are_taken_off(lab, replay, recorded, ppp):
    packets = [to("192.0.2.20"), to("2001:db8:1::20")]
    frames = [Ether() / packets[0], Ether() / ARP(), Ether() / Dot1Q(vlan=5) / packets[1]]
    path = recorded(frames, linktypes.ETHERNET)
    done = replay(path, "--to-link", "-i", "ppp0")
    assert read(ppp, 2) == [bytes(one) for one in packets]
    assert done.stderr.splitlines()[1:] == ["rawkit: 1 frame with nothing that ppp0 carries not sent"]


def test_bare_packets_go_out_on_ppp_as_they_are(replay, recorded, ppp):
    """Also where one is none."""
    done = replay(recorded([to("192.0.2.20"), b"\x01\x02"], linktypes.RAW), "-i", "ppp0")
    assert read(ppp, 1) == [bytes(to("192.0.2.20"))]
    assert done.stderr.splitlines()[1:] == ["rawkit: 1 frame without a whole IP header not sent"]


@pytest.mark.parametrize(
    ("link_type", "arguments", "message"),
    [
        (linktypes.RAW, (), "its frames are RAW, and eth0 takes ETHERNET: --to-link gives them its header"),
        (
            linktypes.LINUX_SLL2,
            (),
            "its frames are LINUX_SLL2, and eth0 takes ETHERNET: --to-link gives them its header",
        ),
        (
            linktypes.ETHERNET,
            ("-i", "ppp0"),
            "its frames are ETHERNET, and ppp0 takes RAW: --to-link takes their link header off",
        ),
        (linktypes.ETHERNET, ("-i", "ppp0", "--to-link"), "no frame carries what ppp0 takes: choose another interface"),
    ],
)
def test_what_helps_is_said(replay, recorded, ppp, link_type, arguments, message):
    path = recorded([bytes(60)], link_type)
    done = replay(path, *arguments)
    assert (done.returncode, done.stderr) == (2, f"rawkit: {path}: {message}\n")


def test_what_helps_where_no_next_hop_is_known(replay, recorded):
    path = recorded([to("192.0.2.99")], linktypes.RAW)
    done = replay(path, "--to-link")
    assert (done.returncode, done.stderr) == (
        2,
        f"rawkit: {path}: the next hop of no frame is known on eth0: give --dst-mac\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--dst-mac", SERVER), "--dst-mac is for the headers that --to-link makes: give both, or --map-mac"),
        (("--to-link", "--dst-mac", "02"), "--dst-mac: '02' is not a MAC address: give six octets, as in"),
    ],
)
def test_bad_options_are_one_line(replay, recorded, arguments, message):
    done = replay(recorded([to("192.0.2.20")], linktypes.RAW), *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"rawkit: {message}")
