"""The kinds of services by name: servers, and ports that the host's packet filter drops or rejects."""

from __future__ import annotations

from typing import Final

SERVERS: Final = {
    "abort": "rawkit.lab.services.abort",
    "dns": "rawkit.lab.services.dns",
    "http": "rawkit.lab.services.http",
    "never-read": "rawkit.lab.services.never_read",
    "tcp-echo": "rawkit.lab.services.tcp_echo",
    "tiny-backlog": "rawkit.lab.services.tiny_backlog",
    "udp-echo": "rawkit.lab.services.udp_echo",
}
"""The module of each kind of server."""

FILTERS: Final = ("drop", "reject")
"""What the packet filter does with a port, in place of a server."""

KINDS: Final = (*sorted(SERVERS), *FILTERS)

ANSWERS: Final = {
    "net-unreachable": (0, 0),
    "host-unreachable": (1, 3),
    "protocol-unreachable": (2, 3),
    "port-unreachable": (3, 4),
    "net-prohibited": (9, 1),
    "host-prohibited": (10, 1),
    "admin-prohibited": (13, 1),
    "policy-fail": (13, 5),
    "reject-route": (13, 6),
}
"""How a port can be rejected: the codes of ICMP (type 3; RFC 792, 1122, 1812) and of ICMPv6 (type 1; RFC 4443).

Where one of the two protocols has no such code, the nearest stands in its place.
"""

RESET: Final = "reset"
"""Rejects with a TCP RST (UDP: port unreachable), as a port without a listener does."""
