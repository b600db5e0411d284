"""Packets one by one from Python: three fields read of each."""

import sys

import rawkit

packets = syns = 0
senders = set()
with rawkit.open(sys.argv[1]) as capture:
    for packet in capture.packets(follow="--plain" not in sys.argv):
        packets += 1
        senders.add(packet["ip.src"])
        if packet["tcp.dstport"] and packet["tcp.flags"] & 0x12 == 0x02:
            syns += 1
print(f"{packets=} {syns=}")  # noqa: T201
