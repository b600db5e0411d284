"""Packets and SYNs of a capture, counted with pypacker."""

import sys

from pypacker import ppcap
from pypacker.layer4 import tcp
from pypacker.layer12 import ethernet

packets = syns = 0
for _, data in ppcap.Reader(filename=sys.argv[1]):
    packets += 1
    segment = ethernet.Ethernet(data)[tcp.TCP]
    if segment is not None and segment.flags & 0x12 == 0x02:
        syns += 1
print(f"{packets=} {syns=}")  # noqa: T201
