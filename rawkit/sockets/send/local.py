"""`LocalSender`: IP packets to this host's own addresses."""

from __future__ import annotations

from ipaddress import ip_address
from types import TracebackType
from typing import Final, Literal, Self

from rawkit.facts import ipv4, ipv6
from rawkit.sockets.ip.raw import RawSocket

IPPROTO_RAW: Final = 255
_DESTINATION: Final = {4: slice(ipv4.DST, ipv4.HEADER_LEN), 6: slice(ipv6.DST, ipv6.HEADER_LEN)}


class LocalSender:
    """Sends IP packets to this host itself; a context manager.

    From a packet socket the kernel does not take them: a packet that comes in from a link with a source address of its
    own is a martian (`ip_route_input_slow` in net/ipv4/route.c). From raw sockets it does, with the header that is
    given (IP_HDRINCL), of which it fills in the total length and the checksum of IPv4 itself (raw(7)).

    Args:
        link: the interface that link-local addresses are of; needed where several have the same one.

    Raises PrivilegeError without CAP_NET_RAW when the first packet is sent.

    >>> LocalSender().close()
    """

    def __init__(self, link: str = "") -> None:
        self._link = link
        self._sockets: dict[int, RawSocket] = {}

    def open(self, version: Literal[4, 6]) -> None:
        """Opens the socket for a version of IP, which the first packet does else: root may be given up before."""
        if version not in self._sockets:
            self._sockets[version] = RawSocket(version, IPPROTO_RAW, header_included=True)

    def send(self, packet: bytes) -> None:
        """Sends one packet; SendError where the kernel does not take it."""
        version: Literal[4, 6] = 6 if packet and packet[0] >> 4 == 6 else 4
        self.open(version)
        target = ip_address(packet[_DESTINATION[version]])
        self._sockets[version].send(packet, f"{target}%{self._link}" if self._link and version == 6 else target)

    def close(self) -> None:
        """Closes the sockets; a second call does nothing."""
        for one in self._sockets.values():
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
