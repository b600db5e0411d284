"""IP packets on links that are not Ethernet, as the reader of a tun device that says to be of such a kind gets them.

What real PPP, GRE, SIT and IPIP devices do was looked at once with Linux 6.1, whose tcpdump at the other end saw what
was sent: PPP drops a packet whose address says no protocol, and GRE gives it the type 0.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import select
import socket
from collections.abc import Callable

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6

from rawkit import linktypes
from rawkit.errors import SendError
from rawkit.frames import FrameBatch
from rawkit.lab import Lab
from rawkit.sockets import layout
from rawkit.sockets.send.bare import NAME_LEN, Names
from rawkit.sockets.send.sender import FrameSender

pytestmark = [pytest.mark.root, pytest.mark.netns]

TUNSETLINK = 0x400454CD
PATIENCE = 20.0
ARPHRD_NETLINK = 824
PACKETS = [
    bytes(IP(src="198.51.100.1", dst="198.51.100.2") / UDP(sport=1, dport=9) / b"four"),
    bytes(IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(sport=1, dport=9) / b"six"),
    bytes(IP(src="198.51.100.1", dst="198.51.100.2") / UDP(sport=2, dport=9) / b"again"),
]


@pytest.fixture
def tun_of(pair: Lab, tun: int) -> Callable[[int], int]:
    """Sets tun0 of the client up, as an interface of that ARPHRD number; gives the descriptor that reads from it."""

    def made(kind: int) -> int:
        fcntl.ioctl(tun, TUNSETLINK, kind)
        pair["client"].run(["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/tun0/disable_ipv6"], check=True)
        pair["client"].run(["ip", "link", "set", "tun0", "mtu", "1400", "up"], check=True)
        return tun

    return made


def read(descriptor: int, count: int) -> list[bytes]:
    found: list[bytes] = []
    while len(found) < count and select.select([descriptor], [], [], PATIENCE)[0]:
        found.append(os.read(descriptor, 65536))
    return found


KINDS = {
    "none": layout.ARPHRD_NONE,
    "ppp": layout.ARPHRD_PPP,
    "gre": layout.ARPHRD_IPGRE,
    "ip6gre": layout.ARPHRD_IP6GRE,
    "sit": layout.ARPHRD_SIT,
}


@pytest.mark.parametrize("bypass", [False, True])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_both_versions_arrive_as_they_are(pair, tun_of, kind, bypass):
    descriptor = tun_of(kind)
    with pair["client"].entered(), FrameSender("tun0", qdisc_bypass=bypass) as sender:
        assert sender.takes == linktypes.RAW
        assert sender.send(FrameBatch.from_frames(PACKETS, link_type=linktypes.RAW)) == 3
        assert sender.send(FrameBatch.from_frames(PACKETS[:1], link_type=linktypes.IPV4)) == 1
        sender.send_frame(PACKETS[1])
    assert read(descriptor, 5) == [*PACKETS, PACKETS[0], PACKETS[1]]


def test_the_address_says_the_protocol():
    """A struct sockaddr_ll as packet(7) has it: family, protocol in network order, index."""
    names = Names(7)
    places = names.of(FrameBatch.from_frames(PACKETS, link_type=linktypes.RAW)).tolist()
    found = [ctypes.string_at(place, NAME_LEN)[:8] for place in places]
    head, index = socket.AF_PACKET.to_bytes(2, "little"), (7).to_bytes(4, "little")
    assert found == [head + kind + index for kind in (b"\x08\x00", b"\x86\xdd", b"\x08\x00")]


def test_what_is_not_for_the_link_is_refused_and_nothing_goes_out(pair, tun_of):
    descriptor = tun_of(layout.ARPHRD_PPP)
    frames = FrameBatch.from_frames(PACKETS[:1], link_type=linktypes.RAW)
    cooked = FrameBatch.from_frames([bytes(20) + PACKETS[0]], link_type=linktypes.LINUX_SLL2)
    with pair["client"].entered(), FrameSender("tun0") as sender:
        for bad in (FrameBatch.from_frames([bytes(60)]), cooked):
            with pytest.raises(SendError, match=r"tun0 takes RAW frames, and one of these is (ETHERNET|LINUX_SLL2)"):
                sender.send(bad)
        with pytest.raises(SendError, match="frame 1 of the batch is no IP packet"):
            sender.send(FrameBatch.from_frames([PACKETS[0], b"\x00\x01"], link_type=linktypes.RAW))
        assert sender.sent == 0
        with pytest.raises(SendError, match=r"tun0: frame 1: Message too long: send at most the MTU$"):
            sender.send(FrameBatch.from_frames([PACKETS[0], PACKETS[0].ljust(1401, b"x")], link_type=linktypes.RAW))
        sender.send(frames)
    assert read(descriptor, 2) == PACKETS[:1] * 2


def test_bare_packets_are_refused_on_ethernet(pair):
    mixed = FrameBatch.from_frames([bytes(60), PACKETS[0]])
    mixed.link_type[1] = linktypes.RAW
    with pair["client"].entered(), FrameSender("eth0") as sender:
        for bad in (FrameBatch.from_frames(PACKETS, link_type=linktypes.RAW), mixed):
            with pytest.raises(SendError, match="eth0 takes ETHERNET frames, and one of these is RAW: give such"):
                sender.send(bad)
        assert sender.sent == 0


def test_a_kind_of_link_that_nothing_is_known_of(pair, tun_of):
    tun_of(ARPHRD_NETLINK)
    before = len(os.listdir("/proc/self/fd"))
    with pair["client"].entered(), pytest.raises(SendError, match="tun0: frames of this kind of link cannot be made"):
        FrameSender("tun0")
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_refusal_of_the_kernel_is_said_with_what_helps(pair, tun_of, monkeypatch):
    """As a GRE device without a remote end refuses (ipgre_header in net/ipv4/ip_gre.c)."""
    tun_of(layout.ARPHRD_IPGRE)
    with pair["client"].entered(), FrameSender("tun0") as sender:
        load = sender.load(FrameBatch.from_frames(PACKETS, link_type=linktypes.RAW))

        def refuse(begin: int, end: int) -> int:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

        monkeypatch.setattr(load, "send", refuse)
        with pytest.raises(
            SendError, match=r"tun0: frame 0: Invalid argument: give a tunnel one other end \(`remote`\)"
        ):
            sender.send_part(load, 0, 3)
