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
    "net-unreachable": ("net-unreachable", "no-route"),
    "host-unreachable": ("host-unreachable", "addr-unreachable"),
    "protocol-unreachable": ("prot-unreachable", "addr-unreachable"),
    "port-unreachable": ("port-unreachable", "port-unreachable"),
    "net-prohibited": ("net-prohibited", "admin-prohibited"),
    "host-prohibited": ("host-prohibited", "admin-prohibited"),
    "admin-prohibited": ("admin-prohibited", "admin-prohibited"),
    "policy-fail": ("admin-prohibited", "policy-fail"),
    "reject-route": ("admin-prohibited", "reject-route"),
}
"""How a port can be rejected: nft's names of the ICMP and of the ICMPv6 code (RFC 792, 1122, 1812; RFC 4443).

Where one of the two protocols has no such code, the nearest stands in its place.
"""

RESET: Final = "reset"
"""Rejects with a TCP RST (UDP: port unreachable), as a port without a listener does."""
