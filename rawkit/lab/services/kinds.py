"""The kinds of services by name: servers, and ports that the host's packet filter drops or rejects."""

from __future__ import annotations

from typing import Final

from rawkit.facts import icmp, icmpv6

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
    "net-unreachable": (icmp.NET_UNREACHABLE, icmpv6.NO_ROUTE),
    "host-unreachable": (icmp.HOST_UNREACHABLE, icmpv6.ADDRESS_UNREACHABLE),
    "protocol-unreachable": (icmp.PROTOCOL_UNREACHABLE, icmpv6.ADDRESS_UNREACHABLE),
    "port-unreachable": (icmp.PORT_UNREACHABLE, icmpv6.PORT_UNREACHABLE),
    "net-prohibited": (icmp.NET_PROHIBITED, icmpv6.ADMINISTRATIVELY_PROHIBITED),
    "host-prohibited": (icmp.HOST_PROHIBITED, icmpv6.ADMINISTRATIVELY_PROHIBITED),
    "admin-prohibited": (icmp.COMMUNICATION_PROHIBITED, icmpv6.ADMINISTRATIVELY_PROHIBITED),
    "policy-fail": (icmp.COMMUNICATION_PROHIBITED, icmpv6.SOURCE_POLICY),
    "reject-route": (icmp.COMMUNICATION_PROHIBITED, icmpv6.REJECT_ROUTE),
}
"""How a port can be rejected: the codes of ICMP (type 3; RFC 792, 1122, 1812) and of ICMPv6 (type 1; RFC 4443).

Where one of the two protocols has no such code, the nearest stands in its place.
"""

RESET: Final = "reset"
"""Rejects with a TCP RST (UDP: port unreachable), as a port without a listener does."""
