"""What people ask of a ping's packets, and the socket options that bring it about (ip(7), ipv6(7))."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final, Literal

from rawkit.errors import PrivilegeError, TargetError
from rawkit.sockets.ip import ancillary
from rawkit.values import dataclass

MethodName = Literal["icmp", "tcp", "udp", "arp"]
Version = Literal[4, 6]

IP_MTU_DISCOVER: Final = 10
IPV6_MTU_DISCOVER: Final = 23
PMTU: Final = {"dont": 0, "want": 1, "do": 2, "probe": 3}
"""What -M takes: IP_PMTUDISC_* of ip(7)."""
STAMPS: Final = ("tsonly", "tsandaddr", "tsprespec")
"""What -T takes."""
STAMPS_OF_MAX: Final = 4
"""Hosts that -T tsprespec may name: a header has room for so many."""
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
        mark: the mark of packets, by which rules may send them another way (-m).
        ident: the identifier of echo requests (-e); None for one of our own.
        no_loop: keeps what is sent to a group from this host (-L).
        ip_options: of the probes' IPv4 header (-R, -T), with a length that is a multiple of 4.
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
    mark: int | None = None
    ident: int | None = None
    no_loop: bool = False
    ip_options: bytes = b""


def set_options(sock: socket.socket, options: ProbeOptions, version: Version, port: int = 0) -> None:
    """Sets what people asked for, and that the socket tells of errors and hop limits.

    With the address of -I it is bound to `port`, which of a ping socket is the identifier; 0 is any.
    """
    for level, option, value in _numbers(options, version):
        sock.setsockopt(level, option, value)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    set_device(sock, options)
    if options.mark is not None:
        _set_mark(sock, options.mark)
    if options.ip_options:
        _set_ip_options(sock, options.ip_options, version)
    if options.source is not None:
        _bind(sock, options.source, version, port)


def _numbers(options: ProbeOptions, version: Version) -> Iterator[tuple[int, int, int]]:
    level, hops, group_hops, group_loop, tos, pmtu, errors, tell_hops = _NAMES[version]
    yield level, errors, 1
    yield level, tell_hops, 1
    if options.broadcast:
        yield socket.SOL_SOCKET, socket.SO_BROADCAST, 1
    if options.ttl is not None:
        yield level, hops, options.ttl
        yield level, group_hops, options.ttl
    if options.no_loop:
        yield level, group_loop, 0
    if options.tos is not None:
        yield level, tos, options.tos
    if options.pmtu is not None:
        yield level, pmtu, PMTU[options.pmtu]


_NAMES: Final = {
    4: (
        socket.IPPROTO_IP,
        socket.IP_TTL,
        socket.IP_MULTICAST_TTL,
        socket.IP_MULTICAST_LOOP,
        socket.IP_TOS,
        IP_MTU_DISCOVER,
        ancillary.IP_RECVERR,
        ancillary.IP_RECVTTL,
    ),
    6: (
        socket.IPPROTO_IPV6,
        socket.IPV6_UNICAST_HOPS,
        socket.IPV6_MULTICAST_HOPS,
        socket.IPV6_MULTICAST_LOOP,
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
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, os.fsencode(options.interface))
    except OSError:
        raise TargetError(f"no interface {options.interface!r}: name one that `ip link` lists") from None


def _set_mark(sock: socket.socket, mark: int) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, struct.pack("=I", mark))
    except PermissionError:
        raise PrivilegeError("-m marks packets, which takes CAP_NET_ADMIN or CAP_NET_RAW: use sudo") from None


def _set_ip_options(sock: socket.socket, ip_options: bytes, version: Version) -> None:
    if version == 6:
        raise TargetError("-R and -T are options of IPv4: leave out IPv6 targets, or give -4")
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, ip_options)
    sock.setsockopt(socket.IPPROTO_IP, ancillary.IP_RECVOPTS, 1)


def _bind(sock: socket.socket, source: str, version: Version, port: int) -> None:
    if ip_address(source).version != version:
        raise TargetError(f"-I {source} is no IPv{version} address: give one, or targets of the other version")
    try:
        sock.bind((source, port))
    except OSError as error:
        raise TargetError(f"{source}: {error.strerror}: give -I an address of this host") from None
