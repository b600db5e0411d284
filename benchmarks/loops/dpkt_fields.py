"""Packets one by one with dpkt: three fields read of each."""

import socket
import sys

import dpkt

packets = syns = 0
senders = set()
with open(sys.argv[1], "rb") as capture:
    for _, data in dpkt.pcap.Reader(capture):
        packets += 1
        ip = dpkt.ethernet.Ethernet(data).data
        senders.add(socket.inet_ntoa(ip.src))
        if ip.data.dport and ip.data.flags & 0x12 == 0x02:
            syns += 1
print(f"{packets=} {syns=}")  # noqa: T201
