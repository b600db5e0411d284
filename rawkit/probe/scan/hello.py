"""Is a host there? What nmap asks behind a router: an ICMP echo, a SYN to port 443, an ACK to port 80."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import icmp, ip_protocols, tcp
from rawkit.facts import icmpv6 as icmpv6_facts
from rawkit.frames import FrameBatch
from rawkit.wire import icmpv6
from rawkit.wire.address import IPAddress
from rawkit.wire.icmp import Echo
from rawkit.wire.icmp import unpack as unpack_icmp
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.tcp import Tcp
from rawkit.wire.tcp_options import Mss

SYN_PORT: Final = 443
ACK_PORT: Final = 80
WINDOW: Final = 1024


def hellos(target: IPAddress, source: IPAddress, port: int) -> Iterator[bytes]:
    """The IP packets that ask a host.

    Args:
        target: the host.
        source: this host's address of the same IP version.
        port: TCP port that answers go to; also the echo's identifier.

    >>> [len(packet) for packet in hellos(IPv4Address("192.0.2.20"), IPv4Address("192.0.2.10"), 61001)]
    [28, 44, 40]
    """
    syn = Tcp(port, SYN_PORT, port, flags=tcp.SYN, window=WINDOW, options=(Mss(1460),))
    ack = Tcp(port, ACK_PORT, ack=port, flags=tcp.ACK, window=WINDOW)
    segments = [one.pack(src=source, dst=target) for one in (syn, ack)]
    if isinstance(target, IPv4Address):
        own = IPv4Address(int(source))
        yield Ipv4(own, target, ip_protocols.ICMP).pack(Echo(icmp.ECHO_REQUEST, id=port, seq=0).pack())
        yield from (Ipv4(own, target, ip_protocols.TCP).pack(one) for one in segments)
        return
    here = IPv6Address(int(source))
    echo = icmpv6.Echo(icmpv6_facts.ECHO_REQUEST, id=port, seq=0).pack(src=here, dst=target)
    yield Ipv6(here, target, ip_protocols.ICMPV6).pack(echo)
    yield from (Ipv6(here, target, ip_protocols.TCP).pack(one) for one in segments)


def answering(batch: FrameBatch, port: int) -> Iterator[tuple[IPAddress, int]]:
    """The hosts whose answers to `hellos` are in a batch of IP packets, each with the interface that it came by.

    >>> own, host = IPv4Address("192.0.2.10"), IPv4Address("192.0.2.20")
    >>> rst = Ipv4(host, own, ip_protocols.TCP).pack(Tcp(80, 61001, 61001, flags=tcp.RST).pack(src=host, dst=own))
    >>> list(answering(FrameBatch.from_frames([rst], link_type=101), 61001))
    [(IPv4Address('192.0.2.20'), 0)]
    """
    for packet, interface in zip(batch.frames(), batch.interface.tolist(), strict=True):
        try:
            found = _sender(packet, port)
        except DecodeError:
            continue
        if found is not None:
            yield found, interface


def _sender(packet: bytes, port: int) -> IPAddress | None:
    header: Ipv4 | Ipv6
    header, message = Ipv4.unpack(packet) if packet[:1] < b"\x50" else Ipv6.unpack(packet)
    protocol = header.protocol if isinstance(header, Ipv4) else header.next_header
    if protocol == ip_protocols.TCP:
        return header.src if _is_answer(Tcp.unpack(message)[0], port) else None
    if protocol == ip_protocols.ICMP:
        echo, kind = unpack_icmp(message)[0], icmp.ECHO_REPLY
        return header.src if isinstance(echo, Echo) and (echo.type, echo.id) == (kind, port) else None
    if protocol == ip_protocols.ICMPV6:
        echo6, kind = icmpv6.unpack(message)[0], icmpv6_facts.ECHO_REPLY
        return header.src if isinstance(echo6, icmpv6.Echo) and (echo6.type, echo6.id) == (kind, port) else None
    return None


def _is_answer(header: Tcp, port: int) -> bool:
    """Whether a segment acknowledges the SYN, or resets what the ACK claimed (RFC 9293 section 3.10.7.1)."""
    if header.dst_port != port:
        return False
    if header.src_port == SYN_PORT:
        return header.ack == port + 1
    return header.src_port == ACK_PORT and bool(header.flags & tcp.RST) and header.seq == port
