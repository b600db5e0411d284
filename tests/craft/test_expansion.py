"""Every frame of a template is, byte for byte and in order, what scapy's own expansion builds."""

from __future__ import annotations

import struct
from functools import reduce
from itertools import islice
from operator import truediv
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_LSRR, IPOption_RR
from scapy.layers.inet6 import (
    HAO,
    ICMPv6EchoRequest,
    ICMPv6ND_NS,
    ICMPv6PacketTooBig,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    PadN,
    RouterAlert,
)
from scapy.layers.l2 import ARP, GRE, Dot1AD, Dot1Q, Ether
from scapy.layers.sctp import SCTP, SCTPChunkData, SCTPChunkInit
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from rawkit.craft import Template, template
from rawkit.craft.packets import build
from rawkit.errors import SendError

MOST = 120
"""Frames compared of each template; scapy builds some thousands a second."""


def scapys(packet, most=MOST):
    return [bytes(one) for one in islice(packet, most)]


def ours(packet, size, most=MOST):
    return [frame for batch in Template(packet, link_type=1).batches(size, most) for frame in batch.frames()]


def numbers(low, high):
    """A value of an unsigned field, or several, as scapy writes them."""
    one = st.integers(low, high)
    span = st.tuples(one, st.integers(0, 70)).map(lambda pair: (pair[0], min(pair[0] + pair[1], high)))
    return st.one_of(one, one, span, st.lists(st.one_of(one, span), min_size=1, max_size=4))


def bits(width):
    return numbers(0, (1 << width) - 1)


def several(one):
    return st.one_of(one, st.lists(one, min_size=1, max_size=3))


ipv4_addresses = several(
    st.sampled_from(["192.0.2.1", "198.51.100.7", "203.0.113.0/30", "198.18.0.0/26", "192.0.2.255"])
)
ipv6_addresses = several(st.sampled_from(["2001:db8::1", "2001:db8:ffff::/123", "2001:db8::ffff:ffff:ffff:fff0/122"]))
macs = several(st.sampled_from(["02:00:00:00:00:01", "02:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff"]))
payloads = several(st.binary(max_size=9))


def layer(kind, always=(), **fields):
    """A layer that sets some of the fields, and always those that scapy would look up on this machine."""
    optional = {name: value for name, value in fields.items() if name not in always}
    return st.fixed_dictionaries({name: fields[name] for name in always}, optional=optional).map(lambda f: kind(**f))


ether = layer(Ether, always=("src", "dst"), src=macs, dst=macs, type=bits(16))
dot1q = layer(Dot1Q, vlan=bits(12), prio=bits(3), dei=bits(1))
dot1ad = layer(Dot1AD, vlan=bits(12), prio=bits(3))
ip_fields = {
    "src": ipv4_addresses, "dst": ipv4_addresses, "ttl": bits(8), "id": bits(16), "tos": bits(8), "frag": bits(13),
    "len": numbers(0, 120), "chksum": bits(16), "proto": bits(8), "version": bits(4),
    "flags": st.sampled_from(["DF", "MF", 0, 7]),
    "options": st.sampled_from([[], [IPOption_RR()], [IPOption_LSRR(routers=["192.0.2.9", "192.0.2.10"])]]),
}  # fmt: skip
ip = layer(IP, always=("src", "dst"), **ip_fields)
ipv6 = layer(
    IPv6, always=("src", "dst"), src=ipv6_addresses, dst=ipv6_addresses, hlim=bits(8), fl=bits(20), tc=bits(8),
    plen=bits(16),
)  # fmt: skip
tcp = layer(
    TCP, sport=bits(16), dport=bits(16), seq=bits(32), ack=bits(32), flags=st.sampled_from(["S", "SA", "FPU", 0x1FF]),
    window=bits(16), urgptr=bits(16), chksum=bits(16), dataofs=bits(4), reserved=bits(3),
    options=st.sampled_from([[], [("MSS", 1460)], [("NOP", None), ("WScale", 7), ("Timestamp", (1, 0))]]),
)  # fmt: skip
udp = layer(UDP, sport=bits(16), dport=bits(16), len=bits(16), chksum=bits(16))
icmp = layer(ICMP, type=bits(8), code=bits(8), id=bits(16), seq=bits(16), chksum=bits(16), gw=ipv4_addresses)
echo6 = layer(ICMPv6EchoRequest, id=bits(16), seq=bits(16), code=bits(8), data=payloads, cksum=bits(16))
solicit = layer(ICMPv6ND_NS, tgt=ipv6_addresses, res=bits(32))
too_big = layer(ICMPv6PacketTooBig, mtu=bits(32))
chunks = st.one_of(
    layer(SCTPChunkData, tsn=bits(32), stream_id=bits(16), data=payloads), layer(SCTPChunkInit, a_rwnd=bits(32))
)
sctp = st.builds(truediv, layer(SCTP, sport=bits(16), dport=bits(16), tag=bits(32), chksum=bits(32)), chunks)
gre = layer(
    GRE, chksum_present=bits(1), key_present=bits(1), seqnum_present=bits(1), key=bits(32), sequence_number=bits(32)
)
vxlan = layer(VXLAN, vni=bits(24), flags=st.sampled_from([8, 12, 0x88]), reserved2=bits(8))
arp = layer(
    ARP, always=("hwsrc", "psrc"), hwsrc=st.just("02:00:00:00:00:01"), psrc=ipv4_addresses, pdst=ipv4_addresses,
    op=bits(16), hwtype=numbers(1, 3),
)  # fmt: skip
raw = layer(Raw, load=payloads)
headers = st.lists(
    st.one_of(
        layer(IPv6ExtHdrFragment, offset=bits(13), m=bits(1), id=bits(32)),
        layer(IPv6ExtHdrHopByHop, options=st.sampled_from([[], [RouterAlert()], [PadN(optdata=b"abc")]])),
        layer(IPv6ExtHdrDestOpt, options=st.sampled_from([[], [HAO(hoa="2001:db8::77")]])),
        layer(IPv6ExtHdrRouting, addresses=st.sampled_from([[], ["2001:db8::5"]]), segleft=numbers(0, 2)),
    ),
    max_size=2,
)

over_ip = st.one_of(tcp, udp, icmp, sctp)
over_ipv6 = st.one_of(tcp, udp, echo6, solicit, too_big, sctp)


def joined(*parts):
    """Packets of layers drawn from each part in turn, lists of layers among them."""
    return st.tuples(*parts).map(
        lambda drawn: reduce(truediv, [x for d in drawn for x in (d if isinstance(d, list) else [d])])
    )


inside = st.one_of(joined(ip, over_ip, raw), joined(ipv6, headers, over_ipv6), joined(ip, over_ip))
tunnels = st.one_of(
    joined(ip, gre, inside), joined(ip, inside), joined(ip, udp, vxlan, ether, inside), joined(ipv6, inside)
)
links = st.one_of(ether, joined(ether, dot1q), joined(ether, dot1ad, dot1q))
packets = st.one_of(inside, joined(links, inside), joined(links, tunnels), joined(ether, arp))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(packet=packets, size=st.sampled_from([1, 7, 100, 65536]), few=st.sampled_from([2, template.FEW]))
def test_frames_are_those_of_scapys_expansion(packet, size, few):
    with mock.patch.object(template, "FEW", few):  # 2: even the smallest shapes are patched
        assert_same(packet, size)


def assert_same(packet, size):
    try:
        expected = scapys(packet)
    except (ValueError, OSError, TypeError, struct.error):
        with pytest.raises(SendError):
            ours(packet, size)
    else:
        assert ours(packet, size) == expected


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(packet=packets)
def test_the_number_of_frames_is_that_of_scapys_expansion(packet):
    expected = sum(1 for _ in islice(packet, 1000))
    assert min(Template(packet, link_type=1).total, 1000) == expected


@pytest.mark.parametrize(
    "packet",
    [
        IP(src="192.0.2.1", dst="192.0.2.2") / TCP(sport=(1, 60), dport=[80, 443], seq=(1, 3)),
        IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=(0, 65535, 257), dport=53) / b"\0",
        IP(src="192.0.2.1", dst="198.18.0.0/24") / ICMP(id=(0, 1), seq=(0, 1)),
        IPv6(src="2001:db8::1", dst="2001:db8::fff0/120") / ICMPv6EchoRequest(seq=(0, 1)),
        IP(src="192.0.2.1", dst="192.0.2.2") / SCTP(sport=(1, 200), tag=[1, 1 << 31]) / SCTPChunkInit(),
        IP(src="192.0.2.1", dst="192.0.2.2") / GRE() / IP(src="198.18.0.0/25", dst="192.0.2.4") / UDP(sport=(1, 3)),
        IP(src="192.0.2.1", dst="192.0.2.2") / UDP() / VXLAN(vni=(1, 90))
        / Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
        / IP(src="192.0.2.3", dst="198.18.0.0/30") / TCP(flags="S"),
    ],
    ids=lambda packet: "/".join(type(layer).__name__ for layer in packet.iterpayloads()),
)  # fmt: skip
def test_what_is_patched_is_what_scapy_builds(packet, monkeypatch):
    built = []
    monkeypatch.setattr(template, "build", lambda one: built.append(one) or build(one))
    frames = ours(packet, 65536, 4000)
    assert len(built) <= 30, "the frames were built one by one"
    assert frames == scapys(packet, 4000)
