"""Packets one by one with scapy's PcapReader: three fields read of each."""

import sys

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether  # noqa: F401  (what PcapReader reads Ethernet with)
from scapy.utils import PcapReader

packets = syns = 0
senders = set()
with PcapReader(sys.argv[1]) as capture:
    for packet in capture:
        packets += 1
        segment = packet[TCP]
        senders.add(packet[IP].src)
        if segment.dport and int(segment.flags) & 0x12 == 0x02:
            syns += 1
print(f"{packets=} {syns=}")  # noqa: T201
