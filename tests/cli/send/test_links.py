"""`rawkit send` on a link that is captured with cooked headers: a tun device that says to be PPP."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from scapy.layers.inet import ICMP, IP

from rawkit.errors import PrivilegeError
from rawkit.files import PcapWriter
from rawkit.frames import FrameBatch
from rawkit.lab import Lab
from rawkit.sockets import layout

pytestmark = [pytest.mark.root, pytest.mark.netns]

TUN, TUNSETIFF, TUNSETLINK = "/dev/net/tun", 0x400454CA, 0x400454CD
IFF_TUN, IFF_NO_PI = 0x1, 0x1000


def answer(descriptor: int) -> None:
    """Answers pings, until the device is gone."""
    try:
        while packet := os.read(descriptor, 2000):
            if packet[0] >> 4 == 4 and (asked := IP(packet)).haslayer(ICMP) and asked[ICMP].type == 8:
                reply = IP(src=asked.dst, dst=asked.src) / ICMP(type=0, id=asked[ICMP].id, seq=asked[ICMP].seq)
                os.write(descriptor, bytes(reply / bytes(asked[ICMP].payload)))
    except OSError:
        return


@pytest.fixture
def client() -> Iterator[Lab]:
    """A host with a link ppp0 whose other end answers pings."""
    if not os.access(TUN, os.R_OK | os.W_OK):
        pytest.skip(f"needs {TUN}")
    try:
        with Lab.from_spec("pair") as lab:
            host = lab["client"]
            with host.entered():
                descriptor = os.open(TUN, os.O_RDWR | os.O_CLOEXEC)
            fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", b"ppp0", IFF_TUN | IFF_NO_PI))
            fcntl.ioctl(descriptor, TUNSETLINK, layout.ARPHRD_PPP)
            host.run(["ip", "link", "set", "ppp0", "up"], check=True)
            host.run(["ip", "addr", "add", "203.0.113.1", "peer", "203.0.113.2", "dev", "ppp0"], check=True)
            other = threading.Thread(target=answer, args=(descriptor,))
            other.start()
            yield host
            host.run(["ip", "link", "delete", "ppp0"], check=True)  # wakes the thread
            other.join()
            os.close(descriptor)
    except PrivilegeError as error:
        pytest.skip(str(error))


def send(host, *arguments):
    return host.run([sys.executable, "-P", "-m", "rawkit", "send", *arguments], timeout=60)


@pytest.mark.referee
def test_answers_are_read_behind_the_cooked_header(client, tmp_path):
    done = send(client, 'IP(dst="203.0.113.2")/ICMP(seq=[1,2])/b"x"', "--reply", "--write", tmp_path / "both.pcap")
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith(" on ppp0; 2 of 2 answered\n")
    shown = subprocess.run(["tcpdump", "-nr", tmp_path / "both.pcap"], capture_output=True, text=True, check=True)
    assert "link-type RAW" in shown.stderr
    kinds = [line.split("ICMP ")[1].split(",")[0] for line in shown.stdout.splitlines()]
    assert sorted(kinds) == ["echo reply"] * 2 + ["echo request"] * 2


def test_a_template_of_another_kind_of_link_is_refused_with_what_helps(client, tmp_path):
    with PcapWriter(tmp_path / "given.pcap", 1) as writer:
        writer.write(FrameBatch.from_frames([bytes(60)]))
    done = send(client, "--template", tmp_path / "given.pcap", "-i", "ppp0")
    said = "ppp0 takes RAW frames, and these are ETHERNET: give others, or a capture to `rawkit replay --to-link`"
    assert (done.returncode, done.stderr) == (2, f"rawkit: {said}\n")
