"""Segments in IP packets, for links without a header of their own."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from rawkit.facts import ip_protocols, ipv4, ipv6
from rawkit.tcp.flow import Flow, is_host
from rawkit.tcp.packing import pack, unpack
from rawkit.tcp.segment import Segment
from rawkit.wire.fields import Buffer
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6

_REMEMBERED: Final = 4096


def to_packet(segment: Segment, flow: Flow, *, whole_sum: bool = True) -> bytes:
    """The IP packet of a segment that this end of the flow sends; it is not to be fragmented (RFC 1191).

    `whole_sum` as of `rawkit.tcp.packing.pack`.

    >>> from rawkit.tcp.pair import FLOW
    >>> len(to_packet(Segment(payload=b"data"), FLOW))
    44
    """
    data = pack(segment, flow, whole_sum=whole_sum)
    if isinstance(flow.local, IPv4Address) and isinstance(flow.remote, IPv4Address):
        return Ipv4(flow.local, flow.remote, ip_protocols.TCP, flags=ipv4.DONT_FRAGMENT).pack(data)
    assert isinstance(flow.local, IPv6Address)
    assert isinstance(flow.remote, IPv6Address)
    return Ipv6(flow.local, flow.remote, ip_protocols.TCP).pack(data)


def from_packet(packet: Buffer, *, is_right: bool = False) -> tuple[Flow, Segment] | None:
    """The flow, seen from the receiver, and the segment of an IP packet.

    None where there is none: another protocol, a fragment, something damaged, a source that is no host (MUST-57,
    MUST-63), an IPv6 packet with extension headers. `is_right` as of `rawkit.tcp.packing.unpack`.

    >>> from rawkit.tcp.pair import FLOW
    >>> flow, segment = from_packet(to_packet(Segment(payload=b"data"), FLOW))
    >>> flow == FLOW.reversed, segment.payload
    (True, b'data')
    """
    place = _place(packet)
    if place is None:
        return None
    start, end, addresses = place
    if end - start < 4:
        return None
    flow = _flow(bytes(packet[addresses:start][: 8 if packet[0] >> 4 == 4 else 32]), bytes(packet[start : start + 4]))
    if flow is None:
        return None
    segment = unpack(packet[start:end], flow, is_right=is_right)
    return None if segment is None else (flow, segment)


def _place(packet: Buffer) -> tuple[int, int, int] | None:
    """Where the segment begins and ends in a packet, and where its addresses are."""
    if len(packet) >= ipv6.HEADER_LEN and packet[0] >> 4 == 6:
        end = ipv6.HEADER_LEN + int.from_bytes(packet[ipv6.PAYLOAD_LENGTH : ipv6.PAYLOAD_LENGTH + 2], "big")
        if packet[ipv6.NEXT_HEADER] != ip_protocols.TCP or end > len(packet):
            return None
        return ipv6.HEADER_LEN, end, ipv6.SRC
    if len(packet) < ipv4.HEADER_LEN or packet[0] >> 4 != 4:
        return None
    start = (packet[0] & ipv4.IHL_MASK) * ipv4.IHL_UNIT
    end = int.from_bytes(packet[ipv4.TOTAL_LENGTH : ipv4.TOTAL_LENGTH + 2], "big")
    parts = int.from_bytes(packet[ipv4.FLAGS_FRAGMENT : ipv4.FLAGS_FRAGMENT + 2], "big")
    is_part = parts & (ipv4.FRAGMENT_MASK | ipv4.MORE_FRAGMENTS << ipv4.FLAGS_SHIFT)
    if packet[ipv4.PROTOCOL] != ip_protocols.TCP or is_part or not ipv4.HEADER_LEN <= start <= end <= len(packet):
        return None
    return start, end, ipv4.SRC


@lru_cache(_REMEMBERED)
def _flow(addresses: bytes, ports: bytes) -> Flow | None:
    """The receiver's flow of a packet with these bytes; None where an end of it is no host's."""
    kind = IPv4Address if len(addresses) == 8 else IPv6Address
    half = len(addresses) // 2
    source, target = kind(addresses[:half]), kind(addresses[half:])
    if not (is_host(source) and is_host(target)):
        return None
    return Flow(target, int.from_bytes(ports[2:], "big"), source, int.from_bytes(ports[:2], "big"))
