"""The IPv6 routing header, RFC 8200 section 4.4, of any type."""

from __future__ import annotations

from typing import ClassVar

from rawkit.facts import ip_protocols
from rawkit.facts.ipv6_routing import DATA, LENGTH, UNIT
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, auto, check_bits, check_multiple, require


@dataclass(frozen=True, slots=True)
class Routing:
    """A routing header.

    Attributes:
        next_header: number of what follows.
        type: routing type: 0 source route (RFC 5095 forbids it), 2 mobile (RFC 6275), 4 segments (RFC 8754).
        segments_left: nodes still to be visited.
        data: what the type puts from offset 4 on: 4 bytes, then a multiple of 8.
        length: 8-byte units behind the first; None to compute it.

    >>> from rawkit.facts.ipv6_routing import TYPE_MOBILE
    >>> Routing(6, TYPE_MOBILE, 1, bytes(4) + bytes(16)).pack()[:4].hex()
    '06020201'
    """

    next_header: int
    type: int
    segments_left: int
    data: bytes = bytes(4)
    length: int | None = None

    protocol: ClassVar[int] = ip_protocols.ROUTING

    def __post_init__(self) -> None:
        check_bits("ipv6.routing", self, next_header=8, type=8, segments_left=8, length=8)
        check_multiple("ipv6.routing", "header", DATA + len(self.data), UNIT)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        units = (DATA + len(self.data)) // UNIT - 1
        length = auto("ipv6.routing", "length", self.length, units, 8)
        return bytes((self.next_header, length, self.type, self.segments_left)) + self.data + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Routing, bytes]:
        """The header and all that follows; `DecodeError` where it goes past the end.

        >>> Routing.unpack(bytes.fromhex("0600040200000000"))[0].segments_left
        2
        """
        require("ipv6.routing", data, DATA)
        end = (data[LENGTH] + 1) * UNIT
        require("ipv6.routing", data, end)
        next_header, length, kind, left = bytes(data[:DATA])
        return cls(next_header, kind, left, bytes(data[DATA:end]), length), bytes(data[end:])
