"""`RawSocket`: IP packets past TCP and UDP (raw(7), ipv6(7)).

The kernel makes the IP header, or takes one that is given (IP_HDRINCL, IPV6_HDRINCL).
"""

from __future__ import annotations

import os
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, Literal, NamedTuple

from rawkit.errors import SendError
from rawkit.sockets.closing import Closes
from rawkit.sockets.privileges import needing_net_raw

IPAddress = IPv4Address | IPv6Address

IPV6_HDRINCL: Final = 36
LARGEST: Final = 65535 + 40


class RawPacket(NamedTuple):
    """A packet that a raw socket received.

    Attributes:
        data: with its IPv4 header, but without an IPv6 header: so the kernel gives them.
        source: the address it came from.
    """

    data: bytes
    source: IPAddress


class RawSocket(Closes):
    """A raw IP socket; a context manager.

    Args:
        version: 4 or 6.
        protocol: the IP protocol number to receive, and that of packets whose header the kernel makes. With 255
            (IPPROTO_RAW) nothing is received.
        header_included: packets to send begin with their IP header. The kernel fills in, of an IPv4 header, the
            total length and checksum, and the identification and source where they are 0; of an IPv6 header nothing.
        interface: use this interface alone (SO_BINDTODEVICE).

    Raises PrivilegeError without CAP_NET_RAW; OSError where there is no such interface.

    Attributes:
        socket: the socket itself, for further options.

    >>> from rawkit.errors import PrivilegeError
    >>> try:
    ...     with RawSocket(4, 253) as raw:  # a protocol number for experiments (RFC 3692)
    ...         raw.send(b"hi", "127.0.0.1")
    ...         print(raw.receive(1).data[20:])
    ... except PrivilegeError:  # not everyone may
    ...     print(b"hi")
    b'hi'
    """

    def __init__(
        self, version: Literal[4, 6], protocol: int, *, header_included: bool = False, interface: str | None = None
    ) -> None:
        self.version = version
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        with needing_net_raw("raw sockets"):
            self.socket = socket.socket(family, socket.SOCK_RAW, protocol)
        try:
            level, option = _HEADER_OPTIONS[version]
            self.socket.setsockopt(level, option, header_included)
            if interface is not None:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, os.fsencode(interface))
        except BaseException:
            self.socket.close()
            raise

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self.socket.fileno()

    def send(self, packet: bytes, destination: IPAddress | str) -> None:
        """Sends a packet; SendError where the kernel does not take it.

        Args:
            packet: what the IP header carries, or the header too if `header_included`.
            destination: chooses the route; the header that is given is sent as it is.
        """
        target = ip_address(destination)
        try:
            self.socket.sendto(packet, _socket_address(target))
        except OSError as error:
            trouble = f"{target}: {len(packet)} bytes: {os.strerror(error.errno or 0)}"
            raise SendError(f"{trouble}: see the route with `ip route get {target}`") from error

    def receive(self, timeout: float | None = None) -> RawPacket | None:
        """The next packet of the protocol, None where none came within `timeout` seconds (None: no limit)."""
        self.socket.settimeout(timeout)
        try:
            data, address = self.socket.recvfrom(LARGEST)
        except (TimeoutError, BlockingIOError):
            return None
        return RawPacket(data, ip_address(address[0]))

    def close(self) -> None:
        """Closes the socket; a second call does nothing."""
        self.socket.close()


_HEADER_OPTIONS: Final = {
    4: (socket.IPPROTO_IP, socket.IP_HDRINCL),
    6: (socket.IPPROTO_IPV6, IPV6_HDRINCL),
}


def _socket_address(target: IPAddress) -> tuple[str, int] | tuple[str, int, int, int]:
    """The address as the socket wants it: with port 0, and of a link-local one the interface."""
    if isinstance(target, IPv4Address):
        return str(target), 0
    scope = 0 if target.scope_id is None else _scope(target.scope_id)
    return str(target).partition("%")[0], 0, 0, scope


def _scope(name: str) -> int:
    return int(name) if name.isdecimal() else socket.if_nametoindex(name)
