"""The error with which a rejected packet is answered, as if its target had sent it."""

from __future__ import annotations

from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import ethernet, ip_protocols
from rawkit.facts.tcp import ACK, FIN, RST, SYN
from rawkit.lab.services.kinds import ANSWERS, RESET
from rawkit.wire import icmp, icmpv6
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.quote import Quote
from rawkit.wire.tcp import Tcp

QUOTED: Final = 548
"""Bytes of the packet that an error quotes: with both headers 576, which every host takes (RFC 1812, 4.3.2.3)."""


def rejection(frame: bytes, ip_offset: int, answer: str) -> bytes | None:
    """The frame that answers; None where none may: the packet is cut short, or is itself a RST."""
    packet = frame[ip_offset:]
    try:
        quote = Quote.unpack(packet)
        if answer == RESET and quote.protocol == ip_protocols.TCP:
            payload = _reset(quote)
        else:
            payload = _unreachable(quote, packet, ANSWERS["port-unreachable" if answer == RESET else answer])
    except DecodeError:
        return None
    link = frame[6:12] + frame[:6] + frame[ethernet.TYPE : ip_offset]
    return link + payload if payload else None


def _reset(quote: Quote) -> bytes | None:
    """A RST as RFC 9293 section 3.10.7.1 has it for a connection that does not exist."""
    tcp, data = Tcp.unpack(_segment(quote))
    if tcp.flags & RST:
        return None
    if tcp.flags & ACK:
        reset = Tcp(tcp.dst_port, tcp.src_port, tcp.ack, 0, RST, 0)
    else:
        length = len(data) + bool(tcp.flags & SYN) + bool(tcp.flags & FIN)
        reset = Tcp(tcp.dst_port, tcp.src_port, 0, (tcp.seq + length) & 0xFFFFFFFF, RST | ACK, 0)
    ip = quote.ip
    segment = reset.pack(src=ip.dst, dst=ip.src)
    return _backwards(ip, ip_protocols.TCP, segment)


def _segment(quote: Quote) -> bytes:
    """The transport header and data, without the padding of short Ethernet frames."""
    if isinstance(quote.ip, Ipv4):
        return quote.payload[: (quote.ip.total_length or 0) - (quote.ip.ihl or 0) * 4]
    extensions = sum(len(header.pack()) for header in quote.extensions)
    return quote.payload[: (quote.ip.payload_length or 0) - extensions]


def _unreachable(quote: Quote, packet: bytes, codes: tuple[int, int]) -> bytes:
    ip = quote.ip
    if isinstance(ip, Ipv4):
        message = icmp.DestinationUnreachable(codes[0]).pack(packet[:QUOTED])
        return _backwards(ip, ip_protocols.ICMP, message)
    message = icmpv6.DestinationUnreachable(codes[1]).pack(packet[:QUOTED], src=ip.dst, dst=ip.src)
    return _backwards(ip, ip_protocols.ICMPV6, message)


def _backwards(ip: Ipv4 | Ipv6, protocol: int, payload: bytes) -> bytes:
    if isinstance(ip, Ipv4):
        return Ipv4(ip.dst, ip.src, protocol).pack(payload)
    return Ipv6(ip.dst, ip.src, protocol).pack(payload)
