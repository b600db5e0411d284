"""Ping: ICMP echo through a raw socket, timed by the kernel's timestamps of the frames (RFC 792)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from rawkit.frames import FrameBatch
from rawkit.lab.demo.ipv4 import packets
from rawkit.lab.host import Host
from rawkit.lab.tap import Tap
from rawkit.wire import icmp, ip_protocols

_ID: Final = 0x2B1D
_DATA: Final = bytes(range(56))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its sequence number, who sent it, the hops it had left, and the round-trip time in nanoseconds."""

    seq: int
    source: IPv4Address
    ttl: int
    rtt: int


def ping(client: Host, tap: Tap, target: IPv4Address, count: int) -> Iterator[Reply | None]:
    """Sends so many requests, one after the other; yields each reply, or None where none came."""
    with client.entered():
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with raw:
        for seq in range(1, count + 1):
            raw.sendto(icmp.Echo(icmp.ECHO_REQUEST, _ID, seq).pack(_DATA), (str(target), 0))
            yield _reply(tap.take(), target, seq)


def _reply(batch: FrameBatch, target: IPv4Address, seq: int) -> Reply | None:
    sent = None
    for time, ip, payload in packets(batch):
        if ip.protocol != ip_protocols.ICMP:
            continue
        message, _data = icmp.unpack(payload)
        if not isinstance(message, icmp.Echo) or (message.id, message.seq) != (_ID, seq):
            continue
        if message.type == icmp.ECHO_REQUEST:
            sent = time
        elif sent is not None and ip.src == target:
            return Reply(seq, ip.src, ip.ttl, time - sent)
    return None
