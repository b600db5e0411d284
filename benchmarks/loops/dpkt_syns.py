"""The loop that everybody writes first: packets and SYNs of a capture, counted with dpkt."""

import sys

import dpkt

packets = syns = 0
with open(sys.argv[1], "rb") as capture:
    for _, data in dpkt.pcap.Reader(capture):
        packets += 1
        ip = dpkt.ethernet.Ethernet(data).data
        if isinstance(ip, dpkt.ip.IP) and isinstance(ip.data, dpkt.tcp.TCP) and ip.data.flags & 0x12 == 0x02:
            syns += 1
print(f"{packets=} {syns=}")  # noqa: T201
