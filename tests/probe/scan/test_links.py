"""Answers to the same link-local address on two links, in cooked headers as scapy builds them: the link counts."""

from ipaddress import IPv6Address

import numpy as np
import pytest
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6
from scapy.layers.l2 import CookedLinuxV2

from rawkit.frames import FrameBatch
from rawkit.linktypes import LINUX_SLL2
from rawkit.probe.scan.answers import Heads, read_answers
from rawkit.probe.scan.cookie import Cookies
from rawkit.probe.scan.engine import ScanEngine, cookies_of
from rawkit.probe.scan.frames import ProbeFrames
from rawkit.probe.scan.homes import Home, at_home
from rawkit.probe.scan.kinds import KINDS
from rawkit.probe.scan.packets import packets
from rawkit.probe.scan.space import Space
from rawkit.probe.scan.values import ScanPlan
from rawkit.probe.targets import AddressRange
from rawkit.view.scan.rows import addresses

PORT, LINKS = 61001, {2: "eth0", 70000: "eth1"}
THERE, OWN = IPv6Address("fe80::1"), IPv6Address("fe80::aa")


class Scan:
    """Of one port of an address on two links, whose probes were sent."""

    def __init__(self, kind, address=THERE):
        self.kind, cookies = KINDS[kind], Cookies.of(1, PORT)
        self.space = Space([AddressRange(address, address, link) for link in LINKS.values()], [80], LINKS)
        self.engine = ScanEngine(self.space, cookies, ScanPlan(seed=1, scan=self.kind), now=0)
        probes = self.engine.due(0)
        self.engine.sent(probes, np.zeros(len(probes), dtype=np.int64))
        ends = self.space.endpoints(probes.numbers)
        batch = ProbeFrames(OWN, PORT, None, self.kind).make(ends, cookies_of(cookies.at(OWN), ends), None)
        self.sent = dict(zip(ends.zone.tolist(), map(IPv6, batch.frames()), strict=True))

    def hears(self, *answers, homes=()):
        """What is believed of answers, each with the index of the link that it comes by: host and answering host."""
        frames = [bytes(CookedLinuxV2(ifindex=link, proto=0x86DD) / answer) for link, answer in answers]
        heads = Heads.of(packets(FrameBatch.from_frames(frames, link_type=LINUX_SLL2)))
        found = at_home(read_answers(heads, PORT, self.kind), self.space, homes)
        verdicts = self.engine.receive(found, now=1)
        return list(zip(addresses(verdicts.ends), addresses(verdicts.sender), strict=True))


def syn_ack(probe):
    return IPv6(src=probe.dst, dst=probe.src) / TCP(sport=80, dport=PORT, flags="SA", ack=probe[TCP].seq + 1)


def refused(probe):
    return IPv6(src=probe.dst, dst=probe.src) / ICMPv6DestUnreach(code=4) / probe


ANSWERS = pytest.mark.parametrize(("kind", "answer"), [("syn", syn_ack), ("syn", refused), ("udp", refused)])


@ANSWERS
def test_an_answer_is_of_the_link_that_it_comes_by(kind, answer):
    scan = Scan(kind)
    for link, name in reversed(LINKS.items()):
        host = f"fe80::1%{name}"
        assert scan.hears((link, answer(scan.sent[link]))) == [(host, host)]


@ANSWERS
@pytest.mark.parametrize("link", [0, 1, 2, 3])
def test_an_answer_on_another_link_is_not_believed(kind, answer, link):
    """Though it knows the probe, which a host on both links may have seen."""
    scan = Scan(kind)
    assert scan.hears((link, answer(scan.sent[70000]))) == []
    assert scan.hears((70000, answer(scan.sent[70000]))) == [("fe80::1%eth1", "fe80::1%eth1")]


def test_a_datagram_is_of_the_link_that_it_comes_by():
    scan = Scan("udp")
    answer = IPv6(src=str(THERE), dst=str(OWN)) / UDP(sport=80, dport=PORT)
    assert scan.hears((1, answer), (3, answer)) == []
    assert scan.hears((2, answer)) == [("fe80::1%eth0", "fe80::1%eth0")]


def test_answers_of_this_host_come_by_lo():
    """Of which link each is says its cookie."""
    scan = Scan("syn", OWN)
    homes = (Home(0, loopback=1), Home(1, loopback=1))
    assert scan.hears((1, syn_ack(scan.sent[70000])), homes=homes) == [("fe80::aa%eth1", "fe80::aa%eth1")]
    assert scan.hears((1, syn_ack(scan.sent[70000])), (1, syn_ack(scan.sent[2])), homes=homes) == [
        ("fe80::aa%eth0", "fe80::aa%eth0")
    ]


def test_one_of_two_is_this_host():
    scan = Scan("syn")
    assert scan.hears((2, syn_ack(scan.sent[70000])), (1, syn_ack(scan.sent[70000])), homes=[Home(0, 1)]) == []
    both = scan.hears((1, syn_ack(scan.sent[2])), (70000, syn_ack(scan.sent[70000])), homes=[Home(0, 1)])
    assert both == [("fe80::1%eth0", "fe80::1%eth0"), ("fe80::1%eth1", "fe80::1%eth1")] or both[::-1] == both
