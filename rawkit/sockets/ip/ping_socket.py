"""Ping sockets: ICMP echo without root (icmp(7); ping_group_range in ip-sysctl.rst)."""

from __future__ import annotations

import os
import socket
from typing import Literal

from rawkit.errors import PrivilegeError


def open_ping_socket(version: Literal[4, 6]) -> socket.socket:
    """A socket that sends ICMP echo requests and receives the replies to them, no others.

    What is sent and received is the ICMP message without an IP header. The kernel sets the identifier, which is the
    socket's port, and the checksum.

    Raises PrivilegeError where the system does not let this user's groups have such sockets.

    >>> try:
    ...     with open_ping_socket(4) as sock:
    ...         print(sock.type == socket.SOCK_DGRAM)
    ... except PrivilegeError:
    ...     print(True)
    True
    """
    family, protocol = _PROTOCOLS[version]
    try:
        return socket.socket(family, socket.SOCK_DGRAM, protocol)
    except PermissionError as error:
        group = os.getegid()
        setting = f'`sysctl -w net.ipv4.ping_group_range="{group} {group}"`'
        raise PrivilegeError(f"ping sockets are not allowed to group {group}: use sudo, or {setting}") from error


_PROTOCOLS = {4: (socket.AF_INET, socket.IPPROTO_ICMP), 6: (socket.AF_INET6, socket.IPPROTO_ICMPV6)}
