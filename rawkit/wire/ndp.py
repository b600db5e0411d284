"""Neighbor discovery messages, RFC 4861 section 4; they are ICMPv6, and `rawkit.wire.icmpv6.unpack` reads them.

A message's options are part of it: nothing follows them, so `unpack` gives an empty payload.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address
from struct import Struct
from typing import ClassVar, Final

from rawkit.facts import icmpv6 as layout
from rawkit.facts.ndp import (
    ADVERTISEMENT_LEN,
    DESTINATION,
    NEIGHBOR_FLAGS,
    NEIGHBOR_LEN,
    REDIRECT_LEN,
    SOLICITATION_LEN,
    TARGET,
)
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress
from rawkit.wire.fields import Buffer, check_bits, require
from rawkit.wire.icmpv6_head import Head, seal
from rawkit.wire.ndp_options import NdpOption, unpack_options

_ADVERTISEMENT: Final = Struct("!BBHII")


def _joined(options: Iterable[NdpOption]) -> bytes:
    return b"".join(option.pack() for option in options)


@dataclass(frozen=True, slots=True)
class RouterSolicitation:
    """Router solicitation: a host asks for advertisements (RFC 4861, section 4.1).

    >>> RouterSolicitation(checksum=0x7BB8).pack().hex()
    '85007bb800000000'
    """

    options: tuple[NdpOption, ...] = ()
    reserved: int = 0
    code: int = 0
    checksum: int | None = None

    type: ClassVar[int] = layout.ROUTER_SOLICITATION

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, reserved=32, code=8, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message, and bytes to follow its options."""
        body = self.reserved.to_bytes(4, "big") + _joined(self.options) + payload
        return seal((self.type, self.code, self.checksum), body, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[RouterSolicitation, bytes]:
        """The message whose first 4 bytes are `head`."""
        reserved = int.from_bytes(message[layout.BODY : SOLICITATION_LEN], "big")
        return cls(unpack_options(message, SOLICITATION_LEN), reserved, head.code, head.checksum), b""


@dataclass(frozen=True, slots=True)
class RouterAdvertisement:
    """Router advertisement (RFC 4861, section 4.2).

    Attributes:
        hop_limit: for packets that hosts send; 0 is unspecified.
        flags: `MANAGED`, `OTHER_CONFIGURATION` and six more bits.
        lifetime: seconds as a default router; 0 is none.
        reachable_time, retrans_timer: milliseconds; 0 is unspecified.
        options: prefixes, MTU, the router's link-layer address.

    >>> RouterAdvertisement(hop_limit=64, lifetime=1800, checksum=0).pack().hex()
    '86000000400007080000000000000000'
    """

    hop_limit: int = 0
    flags: int = 0
    lifetime: int = 0
    reachable_time: int = 0
    retrans_timer: int = 0
    options: tuple[NdpOption, ...] = ()
    code: int = 0
    checksum: int | None = None

    type: ClassVar[int] = layout.ROUTER_ADVERTISEMENT

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, hop_limit=8, flags=8, lifetime=16, reachable_time=32, retrans_timer=32)
        check_bits("icmpv6", self, code=8, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message, and bytes to follow its options."""
        times = self.lifetime, self.reachable_time, self.retrans_timer
        body = _ADVERTISEMENT.pack(self.hop_limit, self.flags, *times) + _joined(self.options) + payload
        return seal((self.type, self.code, self.checksum), body, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[RouterAdvertisement, bytes]:
        """The message whose first 4 bytes are `head`."""
        require("icmpv6", message, ADVERTISEMENT_LEN)
        hops, flags, *times = _ADVERTISEMENT.unpack_from(message, layout.BODY)
        lifetime, reachable, retrans = times
        options = unpack_options(message, ADVERTISEMENT_LEN)
        return cls(hops, flags, lifetime, reachable, retrans, options, head.code, head.checksum), b""


@dataclass(frozen=True, slots=True)
class NeighborSolicitation:
    """Neighbor solicitation: who has `target`? (RFC 4861, section 4.3).

    >>> NeighborSolicitation(IPv6Address("2001:db8::2"), checksum=0).pack().hex()
    '870000000000000020010db8000000000000000000000002'
    """

    target: IPv6Address
    options: tuple[NdpOption, ...] = ()
    reserved: int = 0
    code: int = 0
    checksum: int | None = None

    type: ClassVar[int] = layout.NEIGHBOR_SOLICITATION

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, reserved=32, code=8, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message, and bytes to follow its options."""
        body = self.reserved.to_bytes(4, "big") + self.target.packed + _joined(self.options) + payload
        return seal((self.type, self.code, self.checksum), body, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[NeighborSolicitation, bytes]:
        """The message whose first 4 bytes are `head`."""
        word, target, options = _read_neighbor(message)
        return cls(target, options, word, head.code, head.checksum), b""


@dataclass(frozen=True, slots=True)
class NeighborAdvertisement:
    """Neighbor advertisement (RFC 4861, section 4.4).

    Attributes:
        target: the address whose link-layer address is told.
        flags: `ROUTER`, `SOLICITED`, `OVERRIDE` and five reserved bits.
        options: the target's link-layer address.
        reserved: the 24 bits behind the flags.

    >>> from rawkit.facts.ndp import OVERRIDE, SOLICITED
    >>> NeighborAdvertisement(IPv6Address("2001:db8::2"), SOLICITED | OVERRIDE, checksum=0).pack()[:8].hex()
    '8800000060000000'
    """

    target: IPv6Address
    flags: int = 0
    options: tuple[NdpOption, ...] = ()
    reserved: int = 0
    code: int = 0
    checksum: int | None = None

    type: ClassVar[int] = layout.NEIGHBOR_ADVERTISEMENT

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, flags=8, reserved=24, code=8, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message, and bytes to follow its options."""
        word = (self.flags << 24 | self.reserved).to_bytes(4, "big")
        body = word + self.target.packed + _joined(self.options) + payload
        return seal((self.type, self.code, self.checksum), body, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[NeighborAdvertisement, bytes]:
        """The message whose first 4 bytes are `head`."""
        word, target, options = _read_neighbor(message)
        return cls(target, word >> 24, options, word & 0xFFFFFF, head.code, head.checksum), b""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Redirect: `target` is a better first hop for `destination` (RFC 4861, section 4.5).

    >>> gateway, host = IPv6Address("fe80::1"), IPv6Address("2001:db8::2")
    >>> len(Redirect(gateway, host, checksum=0).pack())
    40
    """

    target: IPv6Address
    destination: IPv6Address
    options: tuple[NdpOption, ...] = ()
    reserved: int = 0
    code: int = 0
    checksum: int | None = None

    type: ClassVar[int] = layout.REDIRECT

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, reserved=32, code=8, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message, and bytes to follow its options."""
        start = self.reserved.to_bytes(4, "big") + self.target.packed + self.destination.packed
        return seal((self.type, self.code, self.checksum), start + _joined(self.options) + payload, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[Redirect, bytes]:
        """The message whose first 4 bytes are `head`."""
        require("icmpv6", message, REDIRECT_LEN)
        reserved = int.from_bytes(message[layout.BODY : TARGET], "big")
        target, destination = _address(message, TARGET), _address(message, DESTINATION)
        options = unpack_options(message, REDIRECT_LEN)
        return cls(target, destination, options, reserved, head.code, head.checksum), b""


def _read_neighbor(message: Buffer) -> tuple[int, IPv6Address, tuple[NdpOption, ...]]:
    """The word behind the checksum, the target and the options of a solicitation or advertisement."""
    require("icmpv6", message, NEIGHBOR_LEN)
    word = int.from_bytes(message[NEIGHBOR_FLAGS:TARGET], "big")
    return word, _address(message, TARGET), unpack_options(message, NEIGHBOR_LEN)


def _address(message: Buffer, offset: int) -> IPv6Address:
    return IPv6Address(bytes(message[offset : offset + 16]))
