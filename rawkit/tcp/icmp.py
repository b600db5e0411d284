"""ICMP errors in IP packets: which segment of ours they are about."""

from __future__ import annotations

import errno
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import icmp, icmpv6, ip_protocols
from rawkit.facts.tcp import ACKNOWLEDGMENT, SEQUENCE
from rawkit.tcp.flow import Flow
from rawkit.tcp.path import PathError
from rawkit.wire.checksum import internet_checksum, transport_checksum
from rawkit.wire.fields import Buffer
from rawkit.wire.icmp_errno import errno_name, is_unreachable
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.quote import Quote

_ERRORS: Final = {
    4: (icmp.DESTINATION_UNREACHABLE, icmp.TIME_EXCEEDED, icmp.PARAMETER_PROBLEM),
    6: (icmpv6.DESTINATION_UNREACHABLE, icmpv6.PACKET_TOO_BIG, icmpv6.TIME_EXCEEDED, icmpv6.PARAMETER_PROBLEM),
}
"""What is acted upon: source quench is not (MUST-55), nor are redirects."""


def error_in(packet: Buffer) -> tuple[Flow, PathError] | None:
    """The flow, seen from its sender, and the error that an IP packet has about it; None where it has none.

    >>> error_in(b"") is None
    True
    """
    try:
        message = _message(packet)
        if message is None:
            return None
        quote = Quote.unpack(message[icmp.HEADER_LEN :])
    except (DecodeError, IndexError):
        return None
    ports, version = quote.ports, quote.ip.src.version
    if quote.protocol != ip_protocols.TCP or ports is None or len(quote.payload) < ACKNOWLEDGMENT:
        return None
    kind, code = message[icmp.TYPE], message[icmp.CODE]
    seq = int.from_bytes(quote.payload[SEQUENCE:ACKNOWLEDGMENT], "big")
    number = getattr(errno, errno_name(version, kind, code))
    flow = Flow(quote.ip.src, ports[0], quote.ip.dst, ports[1])
    return flow, PathError(seq, number, _mtu(version, message))


def _message(packet: Buffer) -> bytes | None:
    """The ICMP error in a packet, its checksum checked; it quotes a packet of its own version."""
    version = packet[0] >> 4
    if version == 4:
        head, body = Ipv4.unpack(packet)
        is_icmp = head.protocol == ip_protocols.ICMP and not head.fragment_offset
        wrong = internet_checksum(body)
    elif version == 6:
        six, body = Ipv6.unpack(packet)
        is_icmp = six.next_header == ip_protocols.ICMPV6
        wrong = transport_checksum("icmpv6", six.src, six.dst, ip_protocols.ICMPV6, body)
    else:
        return None
    is_whole = len(body) > icmp.HEADER_LEN and body[icmp.HEADER_LEN] >> 4 == version
    return bytes(body) if is_icmp and is_whole and not wrong and body[icmp.TYPE] in _ERRORS[version] else None


def _mtu(version: int, message: bytes) -> int:
    kind, code = message[icmp.TYPE], message[icmp.CODE]
    if version == 6:
        is_large = kind == icmpv6.PACKET_TOO_BIG
        return int.from_bytes(message[icmpv6.MTU : icmpv6.HEADER_LEN], "big") if is_large else 0
    if is_unreachable(4, kind) and code == icmp.FRAGMENTATION_NEEDED:
        return max(int.from_bytes(message[icmp.NEXT_HOP_MTU : icmp.HEADER_LEN], "big"), 1)
    return 0
