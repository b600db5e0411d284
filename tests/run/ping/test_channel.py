"""Channels over the loopback interface: stamps, refusals, errors; the kernel is the referee."""

from __future__ import annotations

import errno
import select
import socket
import time
from ipaddress import ip_address

import pytest

from rawkit.errors import PrivilegeError
from rawkit.probe.ping.results import Probe, Problem
from rawkit.probe.targets import Target
from rawkit.run.ping.channel import Arrival, Departure
from rawkit.run.ping.options import ProbeOptions
from rawkit.run.ping.sockets import open_channel
from rawkit.sockets.ip.ancillary import IP_RECVERR, ORIGIN_ICMP, QueuedError, error_of, hop_limit_of, stamp_of

LOOPBACK, BROADCAST = (Target(text, ip_address(text)) for text in ("127.0.0.1", "127.255.255.255"))


@pytest.fixture(params=["icmp", "udp"])
def channel(request):
    try:
        channel = open_channel(ProbeOptions(method=request.param, port=9), 4)
    except PrivilegeError as error:
        pytest.skip(str(error))
    yield channel
    channel.close()


def events(channel, count):
    """The next events, a departure and an arrival for each probe."""
    found, end = [], time.monotonic() + 60
    while len(found) < count and time.monotonic() < end:
        select.select([channel], (), (), 1)
        found += [*channel.queued(), *channel.received()]
    return found


def test_a_probe_has_two_stamps_of_the_kernel_in_order(channel):
    before = time.time_ns()
    probe = Probe(0, LOOPBACK, 1, 1)
    assert channel.send(probe).problem is None
    departure, arrival = sorted(events(channel, 2), key=lambda event: isinstance(event, Arrival))
    assert isinstance(departure, Departure)
    assert departure.probe is probe
    assert {departure.stamp.clock, arrival.stamp.clock} == {"kernel"}
    assert before <= departure.stamp.time <= arrival.stamp.time <= time.time_ns()
    assert arrival.answer.wire_seq == 1


@pytest.mark.parametrize("channel", ["icmp"], indirect=True)
def test_a_stamp_that_came_since_the_queue_was_read_is_told_before_its_answer(channel):
    """Without it the round trip would be told by the program's own clock."""
    assert list(channel.queued()) == []
    channel.send(Probe(0, LOOPBACK, 1, 1))
    assert select.select([channel], (), (), 10)[0]
    assert [type(event) for event in channel.received()] == [Departure, Arrival]


def test_after_a_refusal_stamps_still_belong_to_their_probes(channel):
    """A call that fails may or may not take one of the kernel's numbers."""
    for seq in range(1, 10, 2):
        assert channel.send(Probe(0, BROADCAST, seq, seq)).problem == Problem(None, None, 4, errno=errno.EACCES)
        assert channel.send(Probe(0, LOOPBACK, seq + 1, seq + 1)).problem is None
    found = events(channel, 10)
    assert [event.probe.seq for event in found if isinstance(event, Departure)] == [2, 4, 6, 8, 10]
    assert [event.answer.wire_seq for event in found if isinstance(event, Arrival)] == [2, 4, 6, 8, 10]


def test_a_damaged_number_of_stamps_is_bounded(channel):
    for seq in range(1, 200):
        channel.send(Probe(0, LOOPBACK, seq, seq))
        list(channel.queued())
    assert len(channel._unstamped) < 200


def test_the_kernels_messages_are_read():
    """A datagram to a port of this host that is closed: an ICMP error comes back into the error queue."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        address = closed.getsockname()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        sock.sendto(b"hello", address)
        data, ancillary, _, asked = sock.recvmsg(100, 512, socket.MSG_ERRQUEUE)
    assert (data, asked) == (b"hello", address)
    assert error_of(ancillary) == QueuedError(errno.ECONNREFUSED, ORIGIN_ICMP, 3, 3, 0, 0, "127.0.0.1")
    assert (stamp_of(ancillary), hop_limit_of(ancillary)) == (None, None)
