"""A SYN scan with frames made by hand: half of a handshake for each port.

The states are nmap's: a SYN-ACK means open, a RST closed, an ICMP error or silence filtered. The host's own kernel
knows nothing of these connections and resets those that are answered (RFC 9293 section 3.5.2).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from rawkit.frames import FrameBatch
from rawkit.lab.demo.ipv4 import packets
from rawkit.lab.host import Host
from rawkit.lab.tap import Tap
from rawkit.wire import ethertypes, icmp, ip_protocols, names
from rawkit.wire.address import mac
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.quote import Quote
from rawkit.wire.tcp import ACK, RST, SYN, Tcp
from rawkit.wire.tcp_options import Mss

_SOURCE_PORT: Final = 61001
_SEQUENCE: Final = 0x5CA77E12
_OPTIONS: Final = (Mss(1460),)
_QUIET: Final = 0.4
"""Seconds after which a port that has not answered is asked again, and then given up."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a port is, and why."""

    port: int
    state: str
    reason: str


def scan(client: Host, router: Host, tap: Tap, target: IPv4Address, ports: Sequence[int]) -> list[Verdict]:
    """Scans the ports of a host behind a router, those that stay silent twice."""
    found: dict[int, Verdict] = {}
    for _round in range(2):
        _send(client, router, target, [port for port in ports if port not in found])
        found |= {verdict.port: verdict for verdict in verdicts(tap.take(_QUIET), target)}
    return [found.get(port) or Verdict(port, "filtered", "no answer, twice") for port in ports]


def _send(client: Host, router: Host, target: IPv4Address, ports: Sequence[int]) -> None:
    with client.entered():
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sender.bind((client.interfaces[0].name, 0))
    link = Ethernet(mac(router.interfaces[0].mac), mac(client.interfaces[0].mac), ethertypes.IPV4)
    with sender:
        for port in ports:
            syn = Tcp(_SOURCE_PORT, port, _SEQUENCE, flags=SYN, window=1024, options=_OPTIONS)
            segment = syn.pack(src=client.ipv4, dst=target)
            sender.send(link.pack(Ipv4(client.ipv4, target, ip_protocols.TCP).pack(segment)))


def verdicts(batch: FrameBatch, target: IPv4Address) -> Iterator[Verdict]:
    """What the answers to a scan of `target` say of its ports.

    >>> syn_ack = Tcp(80, 61001, ack=0x5CA77E13, flags=SYN | ACK)
    >>> server, client = IPv4Address("192.0.2.20"), IPv4Address("192.0.2.10")
    >>> packet = Ipv4(server, client, ip_protocols.TCP).pack(syn_ack.pack(src=server, dst=client))
    >>> frame = Ethernet(bytes(6), bytes(6), ethertypes.IPV4).pack(packet)
    >>> list(verdicts(FrameBatch.from_frames([frame]), server))
    [Verdict(port=80, state='open', reason='SYN-ACK')]
    """
    for _time, ip, payload in packets(batch):
        if ip.protocol == ip_protocols.ICMP:
            found = _refused(ip, payload, target)
        else:
            found = _answered(payload) if (ip.protocol, ip.src) == (ip_protocols.TCP, target) else None
        if found:
            yield found


def _answered(segment: bytes) -> Verdict | None:
    tcp, _data = Tcp.unpack(segment)
    if (tcp.dst_port, tcp.ack) != (_SOURCE_PORT, _SEQUENCE + 1):
        return None
    if tcp.flags & RST:
        return Verdict(tcp.src_port, "closed", "RST")
    return Verdict(tcp.src_port, "open", "SYN-ACK") if tcp.flags & (SYN | ACK) == SYN | ACK else None


def _refused(ip: Ipv4, payload: bytes, target: IPv4Address) -> Verdict | None:
    error, quoted = icmp.unpack(payload)
    if not isinstance(error, icmp.DestinationUnreachable):
        return None
    quote = Quote.unpack(quoted)
    if quote.ports is None or quote.ports[0] != _SOURCE_PORT or quote.ip.dst != target:
        return None
    words = names.ICMP_CODES.get((icmp.DESTINATION_UNREACHABLE, error.code), f"code {error.code}")
    return Verdict(quote.ports[1], "filtered", f"ICMP from {ip.src}: {words}")
