"""What stands below the last MPLS label, where its first four bits are those of an IP version and it is none.

RFC 4928, section 3, and RFC 8469: Ethernet addresses that begin with 4 or 6 look like IP, and only the rest can tell.
tshark 4.0 reads all of them as IP.
"""

from __future__ import annotations

import pytest
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from rawkit.decode import layout
from tests.decode.headers import MAC

BELOW = 14 + 4
V4 = IP(src="192.0.2.10", dst="198.51.100.20") / UDP(sport=40000, dport=9000) / b"payload"
V6 = IPv6(src="2001:db8:1::10", dst="2001:db8:2::20") / UDP(sport=40000, dport=9000) / b"payload"


def below_label(packet: object, label: int = 18) -> bytes:
    return bytes(Ether(**MAC, type=0x8847) / MPLS(label=label, s=1, ttl=9) / bytes(packet))


@pytest.mark.parametrize("first", ["44:38:39:12:34:56", "48:00:00:00:00:00", "64:00:f1:12:aa:bb", "60:00:00:00:ff:ff"])
@pytest.mark.parametrize(("kind", "packet"), [(0x0800, V4), (0x86DD, V6)])
def test_addresses_that_begin_like_ip(decode, first, kind, packet):
    row = decode([below_label(Ether(dst=first, src="44:38:39:00:00:01", type=kind) / packet)]).rows[0]
    assert (row[layout.STOP], row[layout.LINK], row[layout.NET]) == (0, BELOW, BELOW + 14)


@pytest.mark.parametrize("source", ["8.0.69.1", "129.0.2.10", "134.221.96.1"])
@pytest.mark.parametrize("padding", [0, 11])
def test_sources_that_look_like_a_type(decode, source, padding):
    """An IPv4 packet of a length that fits is one, though Ethernet's type would stand in its source address."""
    packet = IP(src=source, dst="198.51.100.20") / UDP(sport=40000, dport=9000) / b"payload"
    row = decode([below_label(packet) + bytes(padding)]).rows[0]
    assert (row[layout.STOP], row[layout.LINK], row[layout.NET]) == (0, 0, BELOW)


def test_reserved_labels_have_no_pseudowire(decode):
    """RFC 3032, section 2.1: below an IPv4 explicit null (0) stands IPv4."""
    row = decode(
        [below_label(Ether(dst="44:38:39:12:34:56", src="44:38:39:00:00:01", type=0x0800) / V4, label=0)]
    ).rows[0]
    assert (row[layout.STOP] >> 8, row[layout.LINK]) == (layout.IPV4, 0)
