"""Packets and SYNs of a capture, counted with scapy's PcapReader."""

import sys

from scapy.layers.inet import TCP
from scapy.layers.l2 import Ether  # noqa: F401  (what PcapReader reads Ethernet with)
from scapy.utils import PcapReader

packets = syns = 0
with PcapReader(sys.argv[1]) as capture:
    for packet in capture:
        packets += 1
        if TCP in packet and int(packet[TCP].flags) & 0x12 == 0x02:
            syns += 1
print(f"{packets=} {syns=}")  # noqa: T201
