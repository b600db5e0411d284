"""IPv4 options: RFC 791 section 3.1 (record route, source routes, timestamps) and RFC 2113 (router alert)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv4Address
from typing import Final, TypeAlias

from rawkit.facts.ipv4_options import (
    LOOSE_SOURCE_ROUTE,
    RECORD_ROUTE,
    ROUTER_ALERT,
    STRICT_SOURCE_ROUTE,
    TIMES_ALONE,
    TIMESTAMP,
)
from rawkit.values import dataclass
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
class Timestamps:
    """The times at which hosts had the packet.

    Attributes:
        flag: what is recorded: `TIMES_ALONE`, `TIMES_AND_ADDRESSES` or `TIMES_OF_THESE`.
        slots: address and time of each, the address None with `TIMES_ALONE`. Times are milliseconds since midnight,
            universal time, or with `NOT_STANDARD` set something else.
        pointer: byte of the option, from 1, at which the next slot is; 5 is the first.
        overflow: hosts that found no room.

    >>> Timestamps(TIMES_ALONE, ((None, 0),)).pack().hex()
    '4408050000000000'
    """

    flag: int
    slots: tuple[tuple[IPv4Address | None, int], ...]
    pointer: int = 5
    overflow: int = 0

    def __post_init__(self) -> None:
        check_bits("ipv4", self, flag=4, pointer=8, overflow=4)

    def pack(self) -> bytes:
        """The option's bytes: 4, and 4 or 8 a slot."""
        slots = ((address.packed if address else b"") + time.to_bytes(4, "big") for address, time in self.slots)
        return tlv(TIMESTAMP, bytes((self.pointer, self.overflow << 4 | self.flag)) + b"".join(slots))

    @classmethod
    def read(cls, entry: FoundOption) -> Timestamps:
        """The option found in a header."""
        data, flag = entry.data, entry.data[1] & 15 if len(entry.data) > 1 else 0
        size = 4 if flag == TIMES_ALONE else 8
        expect("ipv4", entry, max(len(data) - 2, 0) // size * size + 2)
        slots = (data[at : at + size] for at in range(2, len(data), size))
        return cls(flag, tuple(_slot(slot) for slot in slots), data[0], data[1] >> 4)


def _slot(data: bytes) -> tuple[IPv4Address | None, int]:
    return IPv4Address(data[:-4]) if len(data) > 4 else None, int.from_bytes(data[-4:], "big")


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


Ipv4Option: TypeAlias = Route | Timestamps | RouterAlert | Nop | Eol | RawOption

_READERS: Final[Mapping[int, Callable[[FoundOption], Ipv4Option]]] = {
    RECORD_ROUTE: Route.read,
    LOOSE_SOURCE_ROUTE: Route.read,
    STRICT_SOURCE_ROUTE: Route.read,
    TIMESTAMP: Timestamps.read,
    ROUTER_ALERT: RouterAlert.read,
}


def unpack_options(header: Buffer, offset: int) -> tuple[Ipv4Option, ...]:
    """The options of an IPv4 header, from `offset` (20) to the end of the header.

    Raises `DecodeError` for a length that is not the option's, or goes past the header.

    >>> unpack_options(bytes.fromhex("94040000"), 0)
    (RouterAlert(value=0),)
    """
    return tuple(_READERS.get(entry.kind, common)(entry) for entry in walk("ipv4", header, offset))
