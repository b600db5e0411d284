"""What is sent to this host's own addresses arrives as any program's packets do, and is answered by its kernel."""

from __future__ import annotations

import socket
import struct
import sys

import pytest

from rawkit.errors import PrivilegeError
from rawkit.files import PcapWriter
from rawkit.frames import FrameBatch
from rawkit.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.netns]

OWN, OTHER, OWN6, OTHER6 = "192.0.2.10", "192.0.2.20", "2001:db8:1::10", "2001:db8:1::20"


@pytest.fixture(scope="module")
def client():
    try:
        with Lab.from_spec("pair") as lab:
            yield lab["client"]
    except PrivilegeError as error:
        pytest.skip(str(error))


def send(host, *arguments):
    return host.run([sys.executable, "-m", "rawkit", "send", *arguments], timeout=60)


@pytest.mark.parametrize(
    ("expression", "options"),
    [
        (f'IP(dst="{OWN}")/ICMP()', ()),
        (f'IP(dst="{OWN}")/ICMP()', ("-i", "eth0")),
        (f'IP(dst="{OWN}")/ICMP()', ("-i", "lo")),
        (f'IP(dst="{OWN}")/ICMP(seq=3)', ("--rate", "100")),
        (f'IP(src="{OWN}", dst="{OWN}")/ICMP()', ()),
        (f'IP(dst="{OWN}")/UDP(dport=9)', ()),
        ('IP(dst="127.0.0.1")/ICMP()', ()),
        ('IP(dst="127.0.0.1")/ICMP()', ("-i", "lo")),
        ('IPv6(dst="::1")/ICMPv6EchoRequest()', ()),
        (f'IPv6(dst="{OWN6}")/ICMPv6EchoRequest()', ()),
        (f'IPv6(dst="{OWN6}")/ICMPv6EchoRequest()', ("-i", "eth0")),
    ],
)
def test_the_kernel_answers(client, expression, options):
    done = send(client, expression, "--reply", *options)
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith(" on lo; 1 of 1 answered\n")


@pytest.mark.parametrize("source", [OWN, "203.0.113.9"])
def test_a_program_hears_it(client, source):
    """Also from a source address that is not this host's, as it is from anywhere."""
    with client.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((OWN, 0))
        listener.settimeout(10)
        port = listener.getsockname()[1]
        assert send(client, f'IP(src="{source}", dst="{OWN}")/UDP(sport=7000, dport={port})/"hello"').returncode == 0
        assert listener.recvfrom(100) == (b"hello", (source, 7000))


@pytest.mark.parametrize(
    "expression",
    [
        f'IP(dst=["{OWN}", "{OTHER}"])/ICMP()',
        f'IP(dst=["{OTHER}", "{OWN}"])/ICMP()',
        f'IPv6(dst=["{OWN6}", "{OTHER6}"])/ICMPv6EchoRequest()',
    ],
)
def test_own_and_other_addresses(client, expression):
    done = send(client, expression, "--reply")
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith(" on eth0; 2 of 2 answered\n")
    times = [line.rsplit(" after ", 1)[1] for line in done.stdout.splitlines()]
    assert all(time.endswith(" us") for time in times)  # by the kernel's stamps, not by when it was made


def test_a_network_that_holds_an_own_address(client):
    done = send(client, 'IP(dst="192.0.2.8/29")/ICMP()', "--reply", "--timeout", "0.5")
    assert " on lo; 1 of 1 answered; nothing was sent to 192.0.2." in done.stderr


def test_packets_of_a_file(client, tmp_path):
    path = tmp_path / "own.pcap"
    with PcapWriter(path, link_type=101) as writer:
        writer.write(FrameBatch.from_frames([echo(OWN, 1), echo(OTHER, 2)], link_type=101))
    done = send(client, "--template", str(path), "--reply")
    assert done.stderr.endswith(" on eth0; 2 of 2 answered\n")


def echo(target, number):
    """An ICMP echo request from OWN with right checksums."""
    body = struct.pack("!BBHHH", 8, 0, checksum(struct.pack("!BBHHH", 8, 0, 0, 7, number)), 7, number)
    ends = socket.inet_aton(OWN) + socket.inet_aton(target)
    head = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(body), 1, 0, 64, 1)
    return head + struct.pack("!H", checksum(head + bytes(2) + ends)) + ends + body


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def test_a_frame_with_a_link_header_of_its_own_stays_on_the_link(client):
    """Who writes the Ethernet header means the link: the kernel drops what comes from there in its own name."""
    expression = f'Ether(src="00:00:00:00:00:00", dst="00:00:00:00:00:00")/IP(src="{OWN}", dst="{OWN}")/ICMP()'
    done = send(client, expression, "-i", "lo", "--reply", "--timeout", "0.3")
    assert (done.returncode, done.stderr) == (1, "rawkit: 1 frame (42 bytes) on lo; 0 of 1 answered\n")
