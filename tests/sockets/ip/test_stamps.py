"""Kernel stamps against the clock and against what a receive ring says of the same packets."""

from __future__ import annotations

import socket
import time

import pytest

from rawkit.errors import PrivilegeError
from rawkit.facts.status import OUTGOING
from rawkit.lab import Host
from rawkit.sockets.ip import stamps
from rawkit.sockets.ip.ping_socket import open_ping_socket
from rawkit.sockets.receive.ring import ReceiveRing
from rawkit.sockets.send.sender import FrameSender

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

ADDRESSES = {4: ("192.0.2.10", "192.0.2.20"), 6: ("2001:db8:1::10", "2001:db8:1::20")}
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def bound(host: Host, version: int, address: str) -> socket.socket:
    with host.entered():
        sock = socket.socket(FAMILIES[version], socket.SOCK_DGRAM)
    sock.settimeout(30)
    sock.bind((address, 9000))
    stamps.enable_stamps(sock)
    return sock


def warmed_up(client: socket.socket, server: socket.socket, there: tuple[str, int]) -> int:
    """Exchanges datagrams until the kernel, which begins to stamp a little after it was told to, does so."""
    for number in range(1000):
        client.sendto(b"early", there)
        assert [one.number for one in stamps.wait_transmitted(client, 1, 5)] == [number]
        if stamps.receive_stamped(server).timestamp is not None:
            return number + 1
    raise AssertionError("the kernel stamps nothing")


@pytest.mark.parametrize("version", [4, 6])
def test_sent_and_received_stamps_are_in_order(pair, version):
    here, there = ADDRESSES[version]
    with bound(pair["client"], version, here) as client, bound(pair["server"], version, there) as server:
        first = warmed_up(client, server, (there, 9000))
        for number in range(first, first + 5):
            before = time.time_ns()
            client.sendto(number.to_bytes(2), (there, 9000))
            got = stamps.receive_stamped(server)
            after = time.time_ns()
            (sent,) = stamps.wait_transmitted(client, 1, 5)
            assert sent.number == number
            assert (got.data, got.address[:2]) == (number.to_bytes(2), (here, 9000))
            assert before < sent.timestamp <= got.timestamp < after


@pytest.mark.alone
def test_no_stamp_is_waited_for_longer_than_asked(pair):
    with bound(pair["client"], 4, "192.0.2.10") as client:
        begin = time.monotonic()
        assert stamps.wait_transmitted(client, 1, 0.05) == []
        assert 0.04 < time.monotonic() - begin < 5
        assert list(stamps.transmitted(client)) == []


def test_frames_of_a_burst_have_stamps_too(pair, numbered):
    with (
        pair["client"].entered(),
        FrameSender("eth0") as sender,
        ReceiveRing("eth0", filter="ether proto 0x88b5") as ring,
    ):
        stamps.enable_stamps(sender.socket)
        frames = numbered(20)
        for frame in frames:
            sender.send_frame(frame)
        sent = stamps.wait_transmitted(sender.socket, len(frames), 5)
        seen, kinds = list[int](), set[int]()
        while len(seen) < len(frames):
            batch = ring.read(30)
            assert batch is not None
            assert len(batch)
            seen += batch.timestamp.tolist()
            kinds |= set(batch.status.tolist())
    assert kinds == {OUTGOING}
    # The ring stamps a frame on its way to the device, the driver a moment later.
    late = [one.timestamp - before for one, before in zip(sent, seen, strict=True)]
    assert [one.number for one in sent] == list(range(20))
    assert all(0 <= one < 10**9 for one in late)


@pytest.mark.parametrize("version", [4, 6])
def test_ping_sockets(pair, version):
    client = pair["client"]
    client.run(["sh", "-c", "echo 0 0 > /proc/sys/net/ipv4/ping_group_range"], check=True)
    kinds = {4: (8, 0), 6: (128, 129)}[version]
    request = bytes((kinds[0], 0, 0, 0, 0, 0, 0, 3)) + b"data"
    with client.entered():
        sock = open_ping_socket(version)
    with sock:
        stamps.enable_stamps(sock)
        sock.settimeout(30)
        for number in range(1000):  # the kernel begins to stamp a little after it was told to
            sock.sendto(request, (ADDRESSES[version][1], 0))
            reply = stamps.receive_stamped(sock)
            (sent,) = stamps.wait_transmitted(sock, 1, 5)
            assert sent.number == number
            if reply.timestamp is not None:
                break
        identifier = sock.getsockname()[1]
    assert reply.data[0] == kinds[1]
    assert reply.data[4:] == identifier.to_bytes(2) + b"\0\3data"
    assert sent.timestamp < reply.timestamp


def test_ping_sockets_that_are_not_allowed(pair):  # as in any new network namespace
    client = pair["client"]
    client.run(["sh", "-c", "echo 1 0 > /proc/sys/net/ipv4/ping_group_range"], check=True)
    with (
        client.entered(),
        pytest.raises(PrivilegeError, match=r"ping sockets are not allowed to group 0: use sudo, or `sysctl"),
    ):
        open_ping_socket(4)
