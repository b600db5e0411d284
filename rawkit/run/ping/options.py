"""What people ask of a ping's packets, and the socket options that bring it about (ip(7), ipv6(7))."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal

from rawkit.errors import TargetError
from rawkit.sockets.ip import ancillary

MethodName = Literal["icmp", "tcp", "udp", "arp"]
Version = Literal[4, 6]

IP_MTU_DISCOVER: Final = 10
IPV6_MTU_DISCOVER: Final = 23
PMTU: Final = {"dont": 0, "want": 1, "do": 2, "probe": 3}
"""What -M takes: IP_PMTUDISC_* of ip(7)."""
RECEIVE_BUFFER: Final = 8 << 20
"""Bytes asked for: answers of thousands of targets may come at once."""

_SO_RCVBUFFORCE: Final = 33


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """What the packets and sockets of a ping are like.

    Attributes:
        method: `icmp`, `tcp`, `udp` or `arp`, which is neighbour solicitation over IPv6.
        port: the targets', for TCP and UDP.
        size: bytes of data in a probe (-s).
        pattern: what they are, over and over (-p).
        ttl: TTL or hop limit (-t); None for the system's.
        tos: TOS byte or traffic class (-Q).
        pmtu: `do`, `want`, `dont` or `probe` (-M).
        interface: send through this interface (-I).
        source: send from this address (-I).
        broadcast: allows broadcast addresses (-b).
    """

    method: MethodName = "icmp"
    port: int = 0
    size: int = 56
    pattern: bytes = b""
    ttl: int | None = None
    tos: int | None = None
    pmtu: str | None = None
    interface: str | None = None
    source: str | None = None
    broadcast: bool = False


def set_options(sock: socket.socket, options: ProbeOptions, version: Version) -> None:
    """Sets what people asked for, and that the socket tells of errors and hop limits."""
    for level, option, value in _numbers(options, version):
        sock.setsockopt(level, option, value)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    set_device(sock, options)
    if options.source is not None:
        _bind(sock, options.source, version)


def _numbers(options: ProbeOptions, version: Version) -> Iterator[tuple[int, int, int]]:
    level, hops, group_hops, tos, pmtu, errors, tell_hops = _NAMES[version]
    yield level, errors, 1
    yield level, tell_hops, 1
    if options.broadcast:
        yield socket.SOL_SOCKET, socket.SO_BROADCAST, 1
    if options.ttl is not None:
        yield level, hops, options.ttl
        yield level, group_hops, options.ttl
    if options.tos is not None:
        yield level, tos, options.tos
    if options.pmtu is not None:
        yield level, pmtu, PMTU[options.pmtu]


_NAMES: Final = {
    4: (
        socket.IPPROTO_IP,
        socket.IP_TTL,
        socket.IP_MULTICAST_TTL,
        socket.IP_TOS,
        IP_MTU_DISCOVER,
        ancillary.IP_RECVERR,
        ancillary.IP_RECVTTL,
    ),
    6: (
        socket.IPPROTO_IPV6,
        socket.IPV6_UNICAST_HOPS,
        socket.IPV6_MULTICAST_HOPS,
        socket.IPV6_TCLASS,
        IPV6_MTU_DISCOVER,
        ancillary.IPV6_RECVERR,
        socket.IPV6_RECVHOPLIMIT,
    ),
}


def set_device(sock: socket.socket, options: ProbeOptions) -> None:
    """Keeps the socket to the interface of `-I` (SO_BINDTODEVICE, socket(7)); TargetError where there is none."""
    if options.interface is None:
        return
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, options.interface.encode())
    except OSError:
        raise TargetError(f"no interface {options.interface!r}: name one that `ip link` lists") from None


def _bind(sock: socket.socket, source: str, version: Version) -> None:
    if ip_address(source).version != version:
        raise TargetError(f"-I {source} is no IPv{version} address: give one, or targets of the other version")
    try:
        sock.bind((source, 0))
    except OSError as error:
        raise TargetError(f"{source}: {error.strerror}: give -I an address of this host") from None
