"""Whose connection it is: the two ends."""

from __future__ import annotations

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
