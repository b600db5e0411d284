"""Frames as scapy builds them, and the packets in them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import CookedLinuxV2, Dot1Q, Ether

from rawkit.frames import FrameBatch
from rawkit.linktypes import ETHERNET, LINUX_SLL2, RAW
from rawkit.probe.scan.packets import packets

MACS = {"src": "00:00:5e:00:53:02", "dst": "00:00:5e:00:53:01"}
INSIDE = [
    IP(src="192.0.2.20", dst="192.0.2.10") / TCP(sport=80, dport=61001, flags="SA"),
    IPv6(src="2001:db8::20", dst="2001:db8::10") / TCP(sport=80, dport=61001, flags="RA"),
]


@pytest.mark.parametrize("packet", INSIDE, ids=["IPv4", "IPv6"])
@pytest.mark.parametrize(
    ("header", "link_type"),
    [(Ether(**MACS), ETHERNET), (CookedLinuxV2(), LINUX_SLL2), (CookedLinuxV2() / Dot1Q(vlan=7), LINUX_SLL2)],
    ids=["Ethernet", "cooked", "cooked with a tag"],
)
def test_the_link_header_is_left_out(header, link_type, packet):
    found = packets(FrameBatch.from_frames([bytes(header / packet)] * 2, [5, 6], link_type))
    assert list(found.frames()) == [bytes(packet)] * 2
    assert found.length.tolist() == [len(packet)] * 2
    assert (found.link_type.tolist(), found.timestamp.tolist()) == ([RAW, RAW], [5, 6])


def test_packets_without_a_link_header_are_what_they_were():
    frames = [bytes(packet) for packet in INSIDE]
    assert list(packets(FrameBatch.from_frames(frames, link_type=RAW)).frames()) == frames


def test_links_of_all_kinds_in_one_batch():
    tagged, plain = bytes(CookedLinuxV2() / Dot1Q(vlan=7) / INSIDE[0]), bytes(CookedLinuxV2() / INSIDE[1])
    batch = FrameBatch.from_frames([tagged, plain, bytes(Ether(**MACS) / INSIDE[0]), bytes(INSIDE[1])])
    batch.link_type[:] = [LINUX_SLL2, LINUX_SLL2, ETHERNET, RAW]
    assert list(packets(batch).frames()) == [bytes(packet) for packet in INSIDE * 2]


@given(st.lists(st.binary(max_size=40), max_size=8), st.sampled_from([ETHERNET, RAW, LINUX_SLL2]))
def test_no_bytes_make_it_raise(frames, link_type):
    """Also where the data ends within the last header."""
    found = packets(FrameBatch.from_frames(frames, link_type=link_type))
    assert np.all(found.captured >= 0)
    assert all(frame.endswith(packet) for frame, packet in zip(frames, found.frames(), strict=True))
