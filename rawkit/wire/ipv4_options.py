"""IPv4 options: RFC 791 section 3.1 (record route, source routes) and RFC 2113 (router alert)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final, TypeAlias

from rawkit.facts.ipv4_options import LOOSE_SOURCE_ROUTE, RECORD_ROUTE, ROUTER_ALERT, STRICT_SOURCE_ROUTE
from rawkit.wire.fields import Buffer, check_bits
from rawkit.wire.options import Eol, FoundOption, Nop, RawOption, common, expect, tlv, walk


@dataclass(frozen=True, slots=True)
class Route:
    """A record route, loose source route or strict source route option.

    Attributes:
        kind: `RECORD_ROUTE`, `LOOSE_SOURCE_ROUTE` or `STRICT_SOURCE_ROUTE`.
        addresses: the route data; a slot not yet recorded is 0.0.0.0.
        pointer: byte of the option, from 1, at which the next address is; 4 is the first.

    >>> Route(RECORD_ROUTE, (IPv4Address("0.0.0.0"),)).pack().hex()
    '07070400000000'
    """

    kind: int
    addresses: tuple[IPv4Address, ...]
    pointer: int = 4

    def __post_init__(self) -> None:
        check_bits("ipv4", self, kind=8, pointer=8)

    def pack(self) -> bytes:
        """The option's bytes: 3, and 4 an address."""
        return tlv(self.kind, bytes((self.pointer,)) + b"".join(hop.packed for hop in self.addresses))

    @classmethod
    def read(cls, entry: FoundOption) -> Route:
        """The option found in a header."""
        expect("ipv4", entry, max(len(entry.data) - 1, 0) // 4 * 4 + 1)
        hops = (IPv4Address(entry.data[at : at + 4]) for at in range(1, len(entry.data), 4))
        return cls(entry.kind, tuple(hops), entry.data[0])


@dataclass(frozen=True, slots=True)
class RouterAlert:
    """Routers shall look at this packet (RFC 2113); 0 is the one value in use.

    >>> RouterAlert().pack().hex()
    '94040000'
    """

    value: int = 0

    def __post_init__(self) -> None:
        check_bits("ipv4", self, value=16)

    def pack(self) -> bytes:
        """The option's 4 bytes."""
        return tlv(ROUTER_ALERT, self.value.to_bytes(2, "big"))

    @classmethod
    def read(cls, entry: FoundOption) -> RouterAlert:
        """The option found in a header."""
        expect("ipv4", entry, 2)
        return cls(int.from_bytes(entry.data, "big"))


Ipv4Option: TypeAlias = Route | RouterAlert | Nop | Eol | RawOption

_READERS: Final[Mapping[int, Callable[[FoundOption], Ipv4Option]]] = {
    RECORD_ROUTE: Route.read,
    LOOSE_SOURCE_ROUTE: Route.read,
    STRICT_SOURCE_ROUTE: Route.read,
    ROUTER_ALERT: RouterAlert.read,
}


def unpack_options(header: Buffer, offset: int) -> tuple[Ipv4Option, ...]:
    """The options of an IPv4 header, from `offset` (20) to the end of the header.

    Raises `DecodeError` for a length that is not the option's, or goes past the header.

    >>> unpack_options(bytes.fromhex("94040000"), 0)
    (RouterAlert(value=0),)
    """
    return tuple(_READERS.get(entry.kind, common)(entry) for entry in walk("ipv4", header, offset))
