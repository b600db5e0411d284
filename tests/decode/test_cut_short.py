"""Stacks of headers, built by scapy, cut at every length: decoding stops at the first that is not whole."""

from __future__ import annotations

import numpy as np
import pytest
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, GRE, LLC, SNAP, CookedLinux, CookedLinuxV2, Dot1AD, Dot1Q, Dot3, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.sctp import SCTP
from scapy.packet import Packet, Raw

from rawkit.decode.fields import FIELDS

NAMES = {
    Ether: "eth", Dot3: "eth", Dot1AD: "vlan", Dot1Q: "vlan", ARP: "arp", IP: "ip", IPv6: "ipv6",
    IPv6ExtHdrHopByHop: "ipv6.nxt", IPv6ExtHdrDestOpt: "ipv6.nxt", TCP: "tcp", UDP: "udp", ICMP: "icmp",
    ICMPv6EchoRequest: "icmpv6", SCTP: "sctp",
    GRE: "gre", MPLS: "mpls", PPPoE: "pppoe", PPP: "ppp", LLC: "llc", SNAP: "llc", CookedLinux: "sll",
    CookedLinuxV2: "sll2",
}  # fmt: skip
OF_THE_WHOLE = {"tcp.checksum.status"}
"""What a cut packet cannot say as the whole one does."""
MAC = {"src": "02:00:00:00:01:00", "dst": "02:00:00:00:02:00"}  # without them scapy would ask the network for one
V4 = IP(src="192.0.2.10", dst="198.51.100.20")
V6 = IPv6(src="2001:db8:1::10", dst="2001:db8:2::20")
SEGMENT = TCP(sport=40000, dport=9000, options=[("MSS", 1460), ("Timestamp", (1, 2))]) / b"payload"
DATAGRAM = UDP(sport=40000, dport=9000) / b"payload"

STACKS = {
    "tcp": Ether(**MAC, type=0x0800) / V4 / SEGMENT,
    "ip options": Ether(**MAC, type=0x0800)
    / IP(src="192.0.2.10", dst="192.0.2.20", options=b"\x94\x04\0\0")
    / DATAGRAM,
    "icmp": Ether(**MAC, type=0x0800) / V4 / ICMP() / b"payload",
    "sctp": Ether(**MAC, type=0x0800) / V4 / SCTP(sport=1, dport=2) / b"payload",
    "arp": Ether(**MAC, type=0x0806) / ARP(hwsrc=MAC["src"], psrc="192.0.2.10", pdst="192.0.2.1"),
    "vlan": Ether(**MAC, type=0x8100) / Dot1Q(vlan=100, type=0x0800) / V4 / DATAGRAM,
    "qinq": Ether(**MAC, type=0x88A8) / Dot1AD(vlan=200) / Dot1Q(vlan=100, type=0x86DD) / V6 / SEGMENT,
    "ipv6": Ether(**MAC, type=0x86DD) / V6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / DATAGRAM,
    "icmpv6": Ether(**MAC, type=0x86DD) / V6 / ICMPv6EchoRequest() / b"payload",
    "snap": Dot3(**MAC) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(code=0x0800) / V4 / DATAGRAM,
    "pppoe": Ether(**MAC, type=0x8864) / PPPoE(sessionid=1) / PPP(proto=0x21) / V4 / DATAGRAM,
    "gre": Ether(**MAC, type=0x0800) / V4 / GRE(key_present=1, key=7, proto=0x86DD) / V6 / SEGMENT,
    "ipip": Ether(**MAC, type=0x0800) / V4 / V4 / DATAGRAM,
    "mpls": Ether(**MAC, type=0x8847) / MPLS(label=16, s=0) / MPLS(label=17, s=1) / V4 / DATAGRAM,
}
LINKS = {
    113: CookedLinux(proto=0x0800) / V4 / SEGMENT,
    276: CookedLinuxV2(proto=0x86DD) / V6 / SEGMENT,
    101: V4 / SEGMENT,
}
CASES = [(1, stack) for stack in STACKS.values()] + list(LINKS.items())


def headers(stack: Packet) -> list[tuple[str, int]]:
    """Each header's name and the byte after it; what MPLS carries is told by the first byte behind it (RFC 4928)."""
    found, end = [], 0
    layer = stack.__class__(bytes(stack))
    while layer and not isinstance(layer, Raw):
        end += 8 if isinstance(layer, ICMPv6EchoRequest) else len(layer) - len(layer.payload)
        found.append((NAMES[type(layer)], end + (type(layer) is MPLS and layer.s == 1)))
        layer = layer.payload
    return found


def first_cut(ends: list[tuple[str, int]], size: int) -> str | None:
    """The header that is the first not to be whole in `size` bytes."""
    return next((name for name, end in ends if end > size), None)


@pytest.mark.parametrize(("link_type", "stack"), CASES, ids=[*STACKS, *map(str, LINKS)])
def test_a_capture_that_ends_too_early(decode, stop_of, link_type, stack):
    """The capture is at fault, not the packet: truncated."""
    frame, ends = bytes(stack), headers(stack)
    for size in range(len(frame)):
        layer = first_cut(ends, size)
        packets = decode([frame[:size]], link_type, length=len(frame))
        assert stop_of(packets) == (layer and (layer, "truncated")), size


@pytest.mark.parametrize(("link_type", "stack"), CASES, ids=[*STACKS, *map(str, LINKS)])
def test_a_packet_that_ends_too_early(decode, stop_of, link_type, stack):
    """All of it was captured, and it is too short: malformed."""
    frame, ends = bytes(stack), headers(stack)
    for size in range(len(frame)):
        layer = first_cut(ends, size)
        assert stop_of(decode([frame[:size]], link_type)) == (layer and (layer, "malformed")), size


def repeated_layers(stack: Packet) -> set[str]:
    """Layers that stand in each other: of a cut frame the outer one is read, where the inner is missing."""
    names = ["ip" if name == "ipv6" else name for name, _ in headers(stack)]
    repeated = {name for name in names if names.count(name) > 1}
    return repeated | ({"ipv6"} if "ip" in repeated else set())


@pytest.mark.parametrize(("link_type", "stack"), CASES, ids=[*STACKS, *map(str, LINKS)])
def test_what_is_there_is_read_all_the_same(decode, link_type, stack):
    """No field of a cut frame has another value than in the whole one: it is there, or it is not."""
    frame = bytes(stack)
    whole = decode([frame], link_type)
    cut = decode([frame[:size] for size in range(len(frame))], link_type, length=len(frame))
    repeated = repeated_layers(stack)
    for name in FIELDS:
        if name.split(".")[0] in {"frame", "stop", "tunnel"} | repeated or name in OF_THE_WHOLE:
            continue
        column, full = cut[name], whole[name]
        assert (column.values[column.mask] == full.values[0]).all(), name
        assert np.diff(column.mask.astype(int)).min(initial=0) >= 0, name
