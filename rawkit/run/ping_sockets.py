"""Opening the sockets of each ping method, with the options that people set."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final, Literal

from rawkit.errors import TargetError
from rawkit.probe.ping_icmp import IcmpEcho, payload
from rawkit.probe.targets import Target
from rawkit.run import ping_filter
from rawkit.run import ping_messages as messages
from rawkit.run.ping_channel import Channel, Shape
from rawkit.run.ping_warmup import await_stamps
from rawkit.wire import icmp, icmpv6_layout, ipv4
from rawkit.wire.address import IPAddress

MethodName = Literal["icmp", "tcp", "udp", "arp"]

IP_MTU_DISCOVER: Final = 10
IPV6_MTU_DISCOVER: Final = 23
PMTU: Final = {"dont": 0, "want": 1, "do": 2, "probe": 3}
"""What -M takes: IP_PMTUDISC_* of ip(7)."""
RECEIVE_BUFFER: Final = 8 << 20
"""Bytes asked for: answers of thousands of targets may come at once."""

_SO_RCVBUFFORCE: Final = 33
_ETH_P_ARP: Final = 0x0806
_DISCARD: Final = 9
_SMALLEST_BUFFER: Final = 2048


@dataclass(frozen=True, slots=True)
class Options:
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


@contextmanager
def closed_on_error(sock: socket.socket) -> Iterator[None]:
    """Closes the socket where the body does not end well."""
    try:
        yield
    except BaseException:
        sock.close()
        raise


def open_channel(options: Options, version: Literal[4, 6]) -> Channel:
    """The channel for targets of one IP version.

    Raises `PrivilegeError` where the user may not have the socket, `TargetError` where there is no such interface or
    source address.
    """
    channel = _OPENERS[options.method](options, version)
    await_stamps()
    return channel


def open_icmp(options: Options, version: Literal[4, 6]) -> Channel:
    """A channel for echo: a raw socket, which sees damaged replies too, or else a ping socket (icmp(7))."""
    data = payload(options.size, options.pattern)
    try:
        sock = socket.socket(_FAMILIES[version], socket.SOCK_RAW, _ICMP[version])
    except PermissionError:
        return _open_ping_socket(options, version, data)
    with closed_on_error(sock):
        ident = int.from_bytes(os.urandom(2), "big")
        reply = icmp.ECHO_REPLY if version == 4 else icmpv6_layout.ECHO_REPLY
        fields = ((icmp.TYPE, 1, reply), (icmp.ID, 2, ident))
        ping_filter.attach(sock, ping_filter.fields_equal(fields, behind_ipv4=version == 4))
        set_options(sock, options, version)
        shape = Shape(version, _room(options.size), socket_address, has_ipv4_header=version == 4)
        return Channel(sock, IcmpEcho(version, ident, data), shape)


def _open_ping_socket(options: Options, version: Literal[4, 6], data: bytes) -> Channel:
    from rawkit.sockets.ping_socket import open_ping_socket

    sock = open_ping_socket(version)
    with closed_on_error(sock):
        set_options(sock, options, version)
        if options.source is None:
            sock.bind(("", 0))
        ident = sock.getsockname()[1]
        shape = Shape(version, _room(options.size), socket_address)
        return Channel(sock, IcmpEcho(version, ident, data, checksummed=False), shape)


def open_tcp(options: Options, version: Literal[4, 6]) -> Channel:
    """A channel for SYNs from a port that is kept from others as long as the channel is open."""
    from rawkit.probe.ping_tcp import TcpSyn

    sock = _raw(version, socket.IPPROTO_TCP)
    with closed_on_error(sock):
        keeper = _keep_port(version)
        src_port = keeper.getsockname()[1]
        ping_filter.attach(sock, ping_filter.fields_equal(((2, 2, src_port),), behind_ipv4=version == 4))
        set_options(sock, options, version)
        first = int.from_bytes(os.urandom(4), "big")
        method = TcpSyn(options.port, src_port, first, SourceAddresses(options, version))
        return KeepingChannel(
            sock, method, Shape(version, _SMALLEST_BUFFER, socket_address, has_ipv4_header=version == 4), keeper
        )


def open_udp(options: Options, version: Literal[4, 6]) -> Channel:
    """A channel for datagrams; it takes no rights."""
    from rawkit.probe.ping_udp import TOKEN, UdpDatagram

    sock = socket.socket(_FAMILIES[version], socket.SOCK_DGRAM)
    with closed_on_error(sock):
        set_options(sock, options, version)
        method = UdpDatagram(options.port, payload(max(options.size - TOKEN, 0), options.pattern))
        shape = Shape(version, _room(65535), with_port(options.port), port=options.port)
        return Channel(sock, method, shape)


def open_link(options: Options, version: Literal[4, 6]) -> Channel:
    """A channel for ARP or neighbour solicitation on one interface, that of `options.interface`."""
    from rawkit.sockets.interfaces import interface

    if options.interface is None:
        raise TargetError("--method arp asks on one link: name the interface with -I")
    link = interface(options.interface)
    if link.mac is None or link.is_loopback:
        raise TargetError(f"{link.name} has no MAC addresses: name another interface with -I")
    if version == 6:
        return _open_solicitation(options, link.mac, link.index)
    return _open_arp(options, link)


def _open_arp(options: Options, link: Any) -> Channel:
    from rawkit.probe.ping_link import ArpRequest

    own = options.source or next((str(one.ip) for one in link.addresses if one.version == 4), "0.0.0.0")  # noqa: S104
    with _needing_root():
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ARP))
    with closed_on_error(sock):
        sock.bind((link.name, _ETH_P_ARP))
        shape = Shape(4, _SMALLEST_BUFFER, lambda target: (link.name, _ETH_P_ARP))
        return Channel(sock, ArpRequest(link.mac, IPv4Address(own)), shape)


def _open_solicitation(options: Options, mac: bytes, index: int) -> Channel:
    from rawkit.probe.ping_link import Solicitation, solicited_node

    sock = _raw(6, socket.IPPROTO_ICMPV6)
    with closed_on_error(sock):
        fields = ((icmp.TYPE, 1, icmpv6_layout.NEIGHBOR_ADVERTISEMENT),)
        ping_filter.attach(sock, ping_filter.fields_equal(fields, behind_ipv4=False))
        set_options(sock, options, 6)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)

        def group(target: Target) -> tuple[str, int, int, int]:
            return str(solicited_node(IPv6Address(int(target.address)))), 0, 0, index

        return Channel(sock, Solicitation(mac), Shape(6, _SMALLEST_BUFFER, group))


_OPENERS: Final[dict[str, Callable[[Options, Literal[4, 6]], Channel]]] = {
    "icmp": open_icmp,
    "tcp": open_tcp,
    "udp": open_udp,
    "arp": open_link,
}
_FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6}
_ICMP: Final = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}


class KeepingChannel(Channel):
    """A channel that keeps a second socket open, and its port taken."""

    def __init__(self, sock: socket.socket, method: Any, shape: Shape, keeper: socket.socket) -> None:
        super().__init__(sock, method, shape)
        self._keeper = keeper

    def close(self) -> None:
        """Closes both sockets."""
        super().close()
        self._keeper.close()


class SourceAddresses:
    """The address from which this host speaks to a target; the kernel is asked once for each."""

    def __init__(self, options: Options, version: Literal[4, 6]) -> None:
        self._options, self._version = options, version
        self._known: dict[IPAddress, IPAddress] = {}

    def address_for(self, target: Target) -> IPAddress:
        """The source address; OSError where there is no route."""
        if target.address not in self._known:
            self._known[target.address] = self._ask(target)
        return self._known[target.address]

    def known(self, address: IPAddress) -> IPAddress | None:
        """The source address for a target that was asked for before."""
        return self._known.get(address)

    def _ask(self, target: Target) -> IPAddress:
        if self._options.source is not None:
            return ip_address(self._options.source)
        with socket.socket(_FAMILIES[self._version], socket.SOCK_DGRAM) as sock:
            _set_device(sock, self._options)
            sock.connect(_address(target, _DISCARD))
            return ip_address(sock.getsockname()[0].partition("%")[0])


def socket_address(target: Target) -> tuple[Any, ...]:
    """Where to send to, for a socket without ports."""
    return _address(target, 0)


def with_port(port: int) -> Callable[[Target], tuple[Any, ...]]:
    """Where to send to, for a socket with ports."""
    return lambda target: _address(target, port)


def _address(target: Target, port: int) -> tuple[Any, ...]:
    text = str(target.address)
    if target.address.version == 4:
        return text, port
    return text, port, 0, _index(target.scope) if target.scope else 0


def _index(scope: str) -> int:
    try:
        return int(scope) if scope.isdecimal() else socket.if_nametoindex(scope)
    except OSError:
        raise TargetError(f"no interface {scope!r}: name one that `ip link` lists") from None


def set_options(sock: socket.socket, options: Options, version: Literal[4, 6]) -> None:
    """Sets what people asked for, and that the socket tells of errors and hop limits."""
    for level, option, value in _numbers(options, version):
        sock.setsockopt(level, option, value)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    _set_device(sock, options)
    if options.source is not None:
        _bind(sock, options.source)


def _numbers(options: Options, version: Literal[4, 6]) -> Iterator[tuple[int, int, int]]:
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
        messages.IP_RECVERR,
        messages.IP_RECVTTL,
    ),
    6: (
        socket.IPPROTO_IPV6,
        socket.IPV6_UNICAST_HOPS,
        socket.IPV6_MULTICAST_HOPS,
        socket.IPV6_TCLASS,
        IPV6_MTU_DISCOVER,
        messages.IPV6_RECVERR,
        socket.IPV6_RECVHOPLIMIT,
    ),
}


def _set_device(sock: socket.socket, options: Options) -> None:
    if options.interface is None:
        return
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, options.interface.encode())
    except OSError:
        raise TargetError(f"no interface {options.interface!r}: name one that `ip link` lists") from None


def _bind(sock: socket.socket, source: str) -> None:
    try:
        sock.bind((source, 0))
    except OSError as error:
        raise TargetError(f"{source}: {error.strerror}: give -I an address of this host") from None


def _raw(version: Literal[4, 6], protocol: int) -> socket.socket:
    with _needing_root():
        return socket.socket(_FAMILIES[version], socket.SOCK_RAW, protocol)


@contextmanager
def _needing_root() -> Iterator[None]:
    from rawkit.sockets.privileges import needing_net_raw

    with needing_net_raw("--method tcp and arp"):
        yield


def _keep_port(version: Literal[4, 6]) -> socket.socket:
    """A TCP socket that has a port and does nothing with it: to a SYN-ACK the kernel answers with a RST."""
    keeper = socket.socket(_FAMILIES[version], socket.SOCK_STREAM)
    with closed_on_error(keeper):
        keeper.bind(("", 0))
    return keeper


def _room(size: int) -> int:
    """Bytes for the answer to a probe with `size` bytes of data, and for what an error quotes of it."""
    return max(size + ipv4.HEADER_LEN_MAX + icmp.HEADER_LEN + 1, _SMALLEST_BUFFER)
