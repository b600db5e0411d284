"""Whose connection it is: the two ends."""

from __future__ import annotations

from rawkit.facts.ipv4 import BROADCAST
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress


@dataclass(frozen=True, slots=True)
class Flow:
    """Addresses and ports of both ends, seen from this one.

    Attributes:
        local, local_port: this end.
        remote, remote_port: the peer's.
    """

    local: IPAddress
    local_port: int
    remote: IPAddress
    remote_port: int

    @property
    def reversed(self) -> Flow:
        """The same, seen from the peer.

        >>> from ipaddress import IPv4Address
        >>> Flow(IPv4Address("192.0.2.1"), 1, IPv4Address("192.0.2.2"), 2).reversed.local_port
        2
        """
        return Flow(self.remote, self.remote_port, self.local, self.local_port)


def is_host(address: IPAddress) -> bool:
    """Whether one host may be at an address: no group, not all hosts, not none (RFC 9293, section 3.9.2.3).

    >>> from ipaddress import IPv4Address
    >>> is_host(IPv4Address("192.0.2.1")), is_host(IPv4Address("224.0.0.1"))
    (True, False)
    """
    return not (address.is_multicast or address.is_unspecified or int(address) == BROADCAST)
