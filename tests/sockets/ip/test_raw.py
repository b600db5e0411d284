"""Raw sockets against what a capture on the other host shows."""

from __future__ import annotations

import os

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from rawkit.errors import SendError
from rawkit.sockets.ip.raw import RawSocket
from rawkit.sockets.receive.ring import ReceiveRing

pytestmark = [pytest.mark.netns, pytest.mark.usefixtures("namespaces")]

EXPERIMENT = 253
"""An IP protocol number for experiments (RFC 3692)."""
ENDS = {4: ("192.0.2.10", "192.0.2.20"), 6: ("2001:db8:1::10", "2001:db8:1::20")}


@pytest.fixture
def on_the_wire(pair):
    """A ring on the server's end."""
    with (
        pair["server"].entered(),
        ReceiveRing("eth0", filter=f"ip proto {EXPERIMENT} or ip6 proto {EXPERIMENT}") as ring,
    ):
        yield ring


def packet_on(ring: ReceiveRing) -> Ether:
    batch = ring.read(30)
    assert batch is not None
    (frame,) = batch.frames()
    return Ether(frame)


@pytest.mark.parametrize("version", [4, 6])
def test_the_kernel_makes_the_header(pair, on_the_wire, version):
    source, target = ENDS[version]
    with pair["client"].entered():
        sender = RawSocket(version, EXPERIMENT)
    with pair["server"].entered():
        receiver = RawSocket(version, EXPERIMENT)
    with sender, receiver:
        sender.send(b"payload", target)
        got = receiver.receive(5)
    seen = packet_on(on_the_wire)[1]
    assert (seen.src, seen.dst, bytes(seen.payload)[:7]) == (source, target, b"payload")
    assert str(got.source) == source
    assert got.data == (bytes(seen)[:27] if version == 4 else b"payload")


@pytest.mark.parametrize("interface", [None, "eth0"])
@pytest.mark.parametrize("version", [4, 6])
def test_a_header_that_is_given_is_sent_as_it_is(pair, on_the_wire, version, interface):
    _, target = ENDS[version]
    packet = (
        IP(src="198.51.100.1", dst=target, ttl=7, tos=4, id=77, proto=EXPERIMENT)
        if version == 4
        else IPv6(src="2001:db8::1", dst=target, hlim=7, fl=99, nh=EXPERIMENT)
    )
    whole = bytes(packet / Raw(b"forged"))
    with pair["client"].entered(), RawSocket(version, 255, header_included=True, interface=interface) as sender:
        sender.send(whole, target)
    seen = bytes(packet_on(on_the_wire))[14:]
    assert seen[: len(whole)] == whole


def test_nothing_within_the_time_is_none(pair):
    with pair["client"].entered(), RawSocket(4, EXPERIMENT) as raw:
        assert raw.receive(0.01) is None
        assert raw.receive(0) is None


def test_ping_by_hand_to_a_link_local_address(pair):
    with pair["client"].entered(), RawSocket(6, 58) as raw:
        raw.send(
            bytes.fromhex("8000 0000 1234 0001") + b"data", "fe80::ff:fe00:200%eth0"
        )  # the kernel fills in the checksum
        while (got := raw.receive(5)) is not None and got.data[0] != 129:
            pass
    assert got is not None
    assert got.data[4:] == bytes.fromhex("1234 0001") + b"data"
    assert str(got.source).partition("%")[0] == "fe80::ff:fe00:200"


def test_ping_by_hand(pair):
    request = bytes(ICMP(id=5, seq=6) / b"data")
    with pair["client"].entered(), RawSocket(4, 1) as raw:
        raw.send(request, "192.0.2.20")
        reply = IP(raw.receive(5).data)
    assert (reply[ICMP].type, reply[ICMP].id, reply[ICMP].seq) == (0, 5, 6)


def test_what_the_kernel_does_not_send(pair):
    with pair["client"].entered(), RawSocket(4, EXPERIMENT) as raw:
        with pytest.raises(SendError, match=r"192\.0\.2\.20: 70000 bytes: Message too long: see the route with"):
            raw.send(bytes(70000), "192.0.2.20")
        with pytest.raises(SendError, match=r"198\.51\.100\.1: 1 bytes: Network is unreachable"):
            raw.send(b"x", "198.51.100.1")


def test_no_such_interface_leaves_no_descriptor(pair):
    before = len(os.listdir("/proc/self/fd"))
    with pair["client"].entered(), pytest.raises(OSError, match="No such device"):
        RawSocket(4, EXPERIMENT, interface="eth9")
    assert len(os.listdir("/proc/self/fd")) == before
