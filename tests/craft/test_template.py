"""What templates keep to: explicit values, bytes, routes, link types, memory, and scapy's own state."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from ipaddress import IPv4Address
from itertools import islice

import pytest
from scapy.config import conf
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from rawkit.craft import Template
from rawkit.errors import SendError

MACS = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}


def frames_of(template, count=None):
    return [frame for batch in template.batches(count=count) for frame in batch.frames()]


def test_checksums_and_lengths_that_were_set_stay():
    packet = (
        IP(src="192.0.2.1", dst="198.18.0.0/25", chksum=0x1234, len=99) / UDP(sport=(1, 9), chksum=7, len=8) / b"abc"
    )
    frames = frames_of(Template(packet))
    assert {(f[2:4], f[10:12], f[24:26], f[26:28]) for f in frames} == {(b"\0\x63", b"\x12\x34", b"\0\x08", b"\0\x07")}
    assert frames == [bytes(one) for one in packet]


def test_udp_checksums_that_come_out_as_0_are_sent_as_ones():
    packet = IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=(0, 65535), dport=53)
    template = Template(packet)
    sums = [(int.from_bytes(f[20:22], "big"), int.from_bytes(f[26:28], "big")) for f in frames_of(template)]
    ones = [port for port, checksum in sums if checksum == 0xFFFF]
    assert len(ones) == 1
    assert not any(checksum == 0 for _, checksum in sums)
    assert bytes(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=ones[0], dport=53))[26:28] == b"\xff\xff"


def test_a_checksum_over_nothing_but_zeros_is_scapys():
    packet = IP(src="192.0.2.1", dst="192.0.2.2") / ICMP(type=0, id=(0, 99), seq=0)
    assert frames_of(Template(packet)) == [bytes(one) for one in packet]


def test_the_final_address_of_a_routing_header_is_the_one_that_counts():
    packet = (
        IPv6(src="2001:db8::1", dst="2001:db8:1::/122")
        / IPv6ExtHdrHopByHop()
        / IPv6ExtHdrRouting(addresses=["2001:db8::9"], segleft=[0, 1])
        / ICMPv6EchoRequest(seq=(1, 40))
    )
    assert frames_of(Template(packet), 4000) == [bytes(one) for one in islice(packet, 4000)]


class Routes:
    """A routing table for scapy: the lower half of 198.18.0.0/24 leaves by one address, the rest by another."""

    def route(self, dst=None, dev=None, verbose=0):
        return (
            "lo",
            "192.0.2.1" if dst and int(IPv4Address(dst)) < int(IPv4Address("198.18.0.128")) else "192.0.2.2",
            "0.0.0.0",
        )


def test_source_addresses_are_those_of_the_routes(monkeypatch):
    monkeypatch.setattr(conf, "route", Routes())
    packet = IP(dst="198.18.0.0/24") / UDP(sport=(1, 3))
    frames = frames_of(Template(packet))
    assert {frame[12:16] for frame in frames} == {bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))}
    assert frames == [bytes(one) for one in packet]


def test_arp_requests_of_a_network():
    packet = Ether(**MACS) / ARP(hwsrc="02:00:00:00:00:01", psrc="192.0.2.1", pdst="198.18.0.0/24")
    assert frames_of(Template(packet)) == [bytes(one) for one in packet]


def test_bytes_are_one_frame():
    batch = next(Template(b"\x01\x02\x03", link_type=147).batches())
    assert (list(batch.frames()), batch.link_type.tolist()) == ([b"\x01\x02\x03"], [147])


def test_what_was_right_in_bytes_is_right_again_and_what_was_wrong_stays():
    good = Ether(**MACS) / IP(src="192.0.2.1", dst="192.0.2.2") / TCP(flags="S", options=[("MSS", 1460)])
    bad = Ether(**MACS) / IP(src="192.0.2.1", dst="192.0.2.2", chksum=5) / TCP(flags="S", options=[("MSS", 1460)])
    for packet in (good, bad):
        expected = packet.copy()
        expected[TCP].sport = (1, 100)
        template = Template(bytes(packet), vary={"TCP.sport": range(1, 101)})
        assert frames_of(template) == [bytes(one) for one in expected]


@pytest.mark.parametrize(
    ("packet", "link_type"),
    [
        (Ether(**MACS) / IP(src="192.0.2.1"), 1),
        (IP(src="192.0.2.1"), 101),
        (IPv6(src="2001:db8::1", dst="2001:db8::2"), 101),
    ],
)
def test_the_link_type_is_that_of_the_outermost_layer(packet, link_type):
    assert next(Template(packet).batches()).link_type.tolist() == [link_type]


def test_a_layer_without_a_link_type_needs_one():
    with pytest.raises(SendError, match="give link_type"):
        Template(Raw(load=b"x"))


def test_a_packet_that_scapy_cannot_build_is_said():
    with pytest.raises(SendError, match=r"cannot be built: scapy says: .*ttl"):
        frames_of(Template(IP(src="192.0.2.1", dst="192.0.2.2", ttl="many")))


def test_ten_million_frames_take_no_more_memory_than_a_batch():
    template = Template(IP(src="192.0.2.1", dst="198.18.0.0/16") / TCP(dport=(1, 160), flags="S"))
    assert len(template) > 10_000_000
    peaks = []
    tracemalloc.start()
    try:
        for batch in template.batches(20_000):
            assert batch.data.size == 20_000 * 40 or len(batch) < 20_000
            if len(peaks) % 100 == 0:
                tracemalloc.reset_peak()
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert max(peaks[100:]) < 12_000_000


def test_batches_are_made_one_at_a_time():
    template = Template(
        IP(src="192.0.2.1", dst="198.18.0.0/15") / TCP(dport=(0, 65535), sport=(0, 65535), seq=(0, 65535))
    )
    assert template.total == 1 << 65
    assert len(next(template.batches(10))) == 10


def test_a_batch_of_no_frames_is_refused():
    with pytest.raises(SendError, match="give 1 or more"):
        next(Template(IP(src="192.0.2.1")).batches(0))


def test_scapy_says_nothing(caplog, capfd):
    frames_of(Template(Raw(load=b"x") / TCP(sport=(1, 100)), link_type=1))
    assert (caplog.records, capfd.readouterr()) == ([], ("", ""))


FRESH = """
import sys
import rawkit.craft
assert not [name for name in sys.modules if name.partition('.')[0] in ('scapy', 'numba')]
from rawkit.craft import parse
template = parse('IP(src="192.0.2.1", dst="192.0.2.2")/TCP(sport=(1, 100))').template()
assert sum(map(len, template)) == 100
assert 'scapy.all' not in sys.modules
assert 'scapy.layers.dns' not in sys.modules
"""


def test_scapy_is_loaded_late_in_part_and_in_silence():
    done = subprocess.run([sys.executable, "-W", "error", "-c", FRESH], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
