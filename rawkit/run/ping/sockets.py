"""Opening the sockets of each ping method."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

from rawkit.errors import TargetError
from rawkit.facts import ethertypes, icmp, icmpv6, ipv4
from rawkit.probe.ping.icmp import IcmpEcho, payload
from rawkit.probe.targets import Target
from rawkit.run.ping import filter as ping_filter
from rawkit.run.ping.addresses import FAMILIES, SourceAddresses, socket_address, with_port
from rawkit.run.ping.channel import Channel, Shape
from rawkit.run.ping.options import ProbeOptions, Version, set_options
from rawkit.run.ping.rehearsal import Rehearsal
from rawkit.run.ping.warmup import await_stamps
from rawkit.sockets.closing import closed_on_error

_BUFFER: Final = 2048


def open_channel(options: ProbeOptions, version: Version) -> Channel:
    """The channel for targets of one IP version.

    Raises `PrivilegeError` where the user may not have the socket, `TargetError` where there is no such interface or
    source address.
    """
    channel = _OPENERS[options.method](options, version)
    await_stamps()
    return channel


def open_icmp(options: ProbeOptions, version: Version) -> Channel:
    """A channel for echo: a raw socket, which sees damaged replies too, or else a ping socket (icmp(7))."""
    data = payload(options.size, options.pattern)
    try:
        sock = socket.socket(FAMILIES[version], socket.SOCK_RAW, _ICMP[version])
    except PermissionError:
        return _open_ping_socket(options, version, data)
    with closed_on_error(sock):
        ident = int.from_bytes(os.urandom(2), "big")
        reply = icmp.ECHO_REPLY if version == 4 else icmpv6.ECHO_REPLY
        fields = ((icmp.TYPE, 1, reply), (icmp.ID, 2, ident))
        ping_filter.attach(sock, ping_filter.fields_equal(fields, behind_ipv4=version == 4))
        set_options(sock, options, version)
        shape = Shape(version, _room(options.size), socket_address, has_ipv4_header=version == 4)
        return Channel(sock, IcmpEcho(version, ident, data), shape, _rehearsal(sock, version, ident ^ 0xFFFF))


def _open_ping_socket(options: ProbeOptions, version: Version, data: bytes) -> Channel:
    from rawkit.sockets.ip.ping_socket import open_ping_socket

    sock = open_ping_socket(version)
    with closed_on_error(sock):
        set_options(sock, options, version)
        if options.source is None:
            sock.bind(("", 0))
        ident = sock.getsockname()[1]
        shape = Shape(version, _room(options.size), socket_address)
        echo = IcmpEcho(version, ident, data, checksummed=False)
        return Channel(sock, echo, shape, _rehearsal(sock, version, 0))


def _rehearsal(sock: socket.socket, version: Version, ident: int) -> Rehearsal | None:
    """A rehearsal by a socket of the same kind; None where there is no loopback interface to do it on."""
    stage = socket.socket(sock.family, sock.type, sock.proto)
    try:
        with closed_on_error(stage):
            return Rehearsal(stage, IcmpEcho(version, ident, payload(ProbeOptions().size)))
    except OSError:
        return None


def open_tcp(options: ProbeOptions, version: Version) -> Channel:
    """A channel for SYNs from a port that is kept from others as long as the channel is open."""
    from rawkit.probe.ping.tcp import TcpSyn

    sock = _raw(version, socket.IPPROTO_TCP)
    with closed_on_error(sock):
        keeper = _keep_port(version)
        src_port = keeper.getsockname()[1]
        ping_filter.attach(sock, ping_filter.fields_equal(((2, 2, src_port),), behind_ipv4=version == 4))
        set_options(sock, options, version)
        first = int.from_bytes(os.urandom(4), "big")
        method = TcpSyn(options.port, src_port, first, SourceAddresses(options, version))
        return KeepingChannel(
            sock, method, Shape(version, _BUFFER, socket_address, has_ipv4_header=version == 4), keeper
        )


def open_udp(options: ProbeOptions, version: Version) -> Channel:
    """A channel for datagrams; it takes no rights."""
    from rawkit.probe.ping.udp import TOKEN, UdpDatagram

    sock = socket.socket(FAMILIES[version], socket.SOCK_DGRAM)
    with closed_on_error(sock):
        set_options(sock, options, version)
        method = UdpDatagram(options.port, payload(max(options.size - TOKEN, 0), options.pattern))
        shape = Shape(version, _room(65535), with_port(options.port), port=options.port)
        return Channel(sock, method, shape)


def open_link(options: ProbeOptions, version: Version) -> Channel:
    """A channel for ARP or neighbour solicitation on one interface, that of `options.interface`."""
    from rawkit.sockets.interfaces import interface

    assert options.interface is not None  # named, or found by the route
    link = interface(options.interface)
    if link.mac is None or link.is_loopback:
        raise TargetError(f"{link.name} has no MAC addresses: name another interface with -I")
    if version == 6:
        return _open_solicitation(options, link.mac, link.index)
    return _open_arp(options, link)


def _open_arp(options: ProbeOptions, link: Any) -> Channel:
    from rawkit.probe.ping.link import ArpRequest

    networks = () if options.source else tuple(one for one in link.addresses if one.version == 4)
    own = options.source or next((str(one.ip) for one in networks), "0.0.0.0")  # noqa: S104  (no socket's)
    with _needing_root():
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ethertypes.ARP))
    with closed_on_error(sock):
        sock.bind((link.name, ethertypes.ARP))
        shape = Shape(4, _BUFFER, lambda target: (link.name, ethertypes.ARP))
        return Channel(sock, ArpRequest(link.mac, IPv4Address(own), networks), shape)


def _open_solicitation(options: ProbeOptions, mac: bytes, index: int) -> Channel:
    from rawkit.probe.ping.link import Solicitation
    from rawkit.wire.address import solicited_node

    sock = _raw(6, socket.IPPROTO_ICMPV6)
    with closed_on_error(sock):
        fields = ((icmp.TYPE, 1, icmpv6.NEIGHBOR_ADVERTISEMENT),)
        ping_filter.attach(sock, ping_filter.fields_equal(fields, behind_ipv4=False))
        set_options(sock, options, 6)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)

        def group(target: Target) -> tuple[str, int, int, int]:
            return str(solicited_node(IPv6Address(int(target.address)))), 0, 0, index

        return Channel(sock, Solicitation(mac), Shape(6, _BUFFER, group))


_OPENERS: Final[dict[str, Callable[[ProbeOptions, Version], Channel]]] = {
    "icmp": open_icmp,
    "tcp": open_tcp,
    "udp": open_udp,
    "arp": open_link,
}
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


def _raw(version: Version, protocol: int) -> socket.socket:
    with _needing_root():
        return socket.socket(FAMILIES[version], socket.SOCK_RAW, protocol)


@contextmanager
def _needing_root() -> Iterator[None]:
    from rawkit.sockets.privileges import needing_net_raw

    with needing_net_raw("--method tcp and arp"):
        yield


def _keep_port(version: Version) -> socket.socket:
    """A TCP socket that has a port and does nothing with it: to a SYN-ACK the kernel answers with a RST."""
    keeper = socket.socket(FAMILIES[version], socket.SOCK_STREAM)
    with closed_on_error(keeper):
        keeper.bind(("", 0))
    return keeper


def _room(size: int) -> int:
    """Bytes for the answer to a probe with `size` bytes of data, and for what an error quotes of it."""
    return max(size + ipv4.HEADER_LEN_MAX + icmp.HEADER_LEN + 1, _BUFFER)
