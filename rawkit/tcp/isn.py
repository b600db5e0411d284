"""Initial sequence numbers and timestamp offsets that nobody outside can guess (RFC 6528; RFC 7323, section 5.4)."""

from __future__ import annotations

from hashlib import blake2s
from typing import Final

from rawkit.tcp.flow import Flow
from rawkit.tcp.sequence import wrap

_TICK: Final = 4_000
"""Nanoseconds of the clock M, which goes on by one every 4 microseconds (RFC 9293, section 3.4.1; MUST-8)."""


def initial_sequence(flow: Flow, secret: bytes, now: int) -> int:
    """ISN = M + F(local address, local port, remote address, remote port, secret key); RFC 6528, section 3.

    >>> from ipaddress import IPv4Address
    >>> flow = Flow(IPv4Address("192.0.2.1"), 40000, IPv4Address("192.0.2.2"), 80)
    >>> wrap(initial_sequence(flow, b"key", 40_000) - initial_sequence(flow, b"key", 0))
    10
    """
    return wrap(now // _TICK + _keyed(flow, secret, b"isn"))


def timestamp_offset(flow: Flow, secret: bytes) -> int:
    """What is added to the clock of timestamps, so that they do not tell how long the host has been up.

    >>> from ipaddress import IPv4Address
    >>> flow = Flow(IPv4Address("192.0.2.1"), 40000, IPv4Address("192.0.2.2"), 80)
    >>> timestamp_offset(flow, b"key") == timestamp_offset(flow, b"another")
    False
    """
    return _keyed(flow, secret, b"stamps")


def _keyed(flow: Flow, secret: bytes, purpose: bytes) -> int:
    ports = flow.local_port.to_bytes(2, "big") + flow.remote_port.to_bytes(2, "big")
    ends = flow.local.packed + flow.remote.packed + ports
    return int.from_bytes(blake2s(ends, key=secret[:32], person=purpose, digest_size=4).digest(), "big")
