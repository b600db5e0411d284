"""Finds the TCP or UDP ports of an Ethernet frame, fast."""

from __future__ import annotations

from typing import Final, NamedTuple

from rawkit.errors import DecodeError
from rawkit.facts import ethernet, ethertypes, ip_protocols, ipv4, ipv6
from rawkit.facts.vlan import HEADER_LEN as TAG_LEN
from rawkit.wire.quote import Quote

_IPV4: Final = ethertypes.IPV4.to_bytes(2)
_IPV6: Final = ethertypes.IPV6.to_bytes(2)
_TAGS: Final = frozenset({ethertypes.VLAN.to_bytes(2), ethertypes.SERVICE_VLAN.to_bytes(2)})
_TRANSPORTS: Final = frozenset({ip_protocols.TCP, ip_protocols.UDP})


class Transport(NamedTuple):
    """Where the IP header of a frame begins, its transport protocol, and the destination port."""

    ip_offset: int
    protocol: int
    port: int


def transport(frame: bytes) -> Transport | None:
    """The transport of a frame; None where it carries neither TCP nor UDP, or a later fragment.

    >>> transport(bytes(64)) is None
    True
    """
    start = ethernet.HEADER_LEN
    while frame[start - 2 : start] in _TAGS:
        start += TAG_LEN
    kind = frame[start - 2 : start]
    if kind == _IPV4 and len(frame) > start + ipv4.HEADER_LEN:
        return _over_ipv4(frame, start)
    if kind == _IPV6 and len(frame) > start + ipv6.HEADER_LEN:
        return _over_ipv6(frame, start)
    return None


def _over_ipv4(frame: bytes, start: int) -> Transport | None:
    protocol = frame[start + ipv4.PROTOCOL]
    fragment = int.from_bytes(frame[start + ipv4.FLAGS_FRAGMENT : start + ipv4.FLAGS_FRAGMENT + 2])
    if protocol not in _TRANSPORTS or fragment & ipv4.FRAGMENT_MASK:
        return None
    return _with_port(frame, start, protocol, start + (frame[start] & 15) * 4)


def _over_ipv6(frame: bytes, start: int) -> Transport | None:
    protocol = frame[start + ipv6.NEXT_HEADER]
    if protocol in _TRANSPORTS:
        return _with_port(frame, start, protocol, start + ipv6.HEADER_LEN)
    try:
        inner = Quote.unpack(frame[start:])
    except DecodeError:
        return None
    if inner.protocol not in _TRANSPORTS or inner.ports is None:
        return None
    return Transport(start, inner.protocol, inner.ports[1])


def _with_port(frame: bytes, start: int, protocol: int, ports: int) -> Transport | None:
    port = frame[ports + 2 : ports + 4]
    return Transport(start, protocol, int.from_bytes(port)) if len(port) == 2 else None
