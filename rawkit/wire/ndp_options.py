"""Neighbor discovery options, RFC 4861 section 4.6: type, length in 8-byte units (the whole option), data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv6Address
from struct import Struct
from typing import Final, NamedTuple, TypeAlias

from rawkit.errors import DecodeError
from rawkit.facts.ndp_options import (
    DATA,
    LENGTH,
    MTU,
    PREFIX_INFORMATION,
    REDIRECTED_HEADER,
    SOURCE_LINK_LAYER,
    TARGET_LINK_LAYER,
    UNIT,
)
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, check_bits, check_multiple, check_size, fits, require

_PREFIX: Final = Struct("!BBIII16s")


class _Entry(NamedTuple):
    type: int
    offset: int
    data: bytes


def _pack(kind: int, data: bytes) -> bytes:
    return bytes((kind, (DATA + len(data)) // UNIT)) + data


@dataclass(frozen=True, slots=True)
class LinkLayerAddress:
    """Source (`type` 1) or target (`type` 2) link-layer address; 6 bytes on Ethernet (RFC 2464, section 6).

    >>> LinkLayerAddress(SOURCE_LINK_LAYER, bytes.fromhex("00005e005301")).pack().hex()
    '010100005e005301'
    """

    type: int
    address: bytes

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, type=8)
        check_multiple("icmpv6", "link-layer address option", DATA + len(self.address), UNIT)

    def pack(self) -> bytes:
        """The option's bytes."""
        return _pack(self.type, self.address)

    @classmethod
    def _read(cls, entry: _Entry) -> LinkLayerAddress:
        return cls(entry.type, entry.data)


@dataclass(frozen=True, slots=True)
class PrefixInformation:
    """A prefix that is on the link, or for addresses that hosts make themselves (RFC 4861, section 4.6.2).

    Attributes:
        prefix, prefix_length: the prefix; length in bits.
        flags: `ON_LINK`, `AUTONOMOUS` and six reserved bits.
        valid_lifetime, preferred_lifetime: seconds; 0xFFFFFFFF is for ever.
        reserved: 32 bits.

    >>> from rawkit.facts.ndp_options import ON_LINK
    >>> PrefixInformation(IPv6Address("2001:db8::"), 64, ON_LINK, 3600, 1800).pack()[:16].hex()
    '0304408000000e100000070800000000'
    """

    prefix: IPv6Address
    prefix_length: int
    flags: int
    valid_lifetime: int
    preferred_lifetime: int
    reserved: int = 0

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, prefix_length=8, flags=8, reserved=32)
        check_bits("icmpv6", self, valid_lifetime=32, preferred_lifetime=32)

    def pack(self) -> bytes:
        """The option's 32 bytes."""
        lifetimes = self.valid_lifetime, self.preferred_lifetime
        start = self.prefix_length, self.flags
        return _pack(PREFIX_INFORMATION, _PREFIX.pack(*start, *lifetimes, self.reserved, self.prefix.packed))

    @classmethod
    def _read(cls, entry: _Entry) -> PrefixInformation:
        _expect(entry, _PREFIX.size)
        length, flags, valid, preferred, reserved, prefix = _PREFIX.unpack(entry.data)
        return cls(IPv6Address(prefix), length, flags, valid, preferred, reserved)


@dataclass(frozen=True, slots=True)
class RedirectedHeader:
    """The packet that caused a redirect, as much as fits in whole 8-byte units (RFC 4861, section 4.6.3).

    >>> RedirectedHeader(bytes(8)).pack().hex()
    '04020000000000000000000000000000'
    """

    packet: bytes
    reserved: bytes = bytes(6)

    def __post_init__(self) -> None:
        check_size("icmpv6", self, reserved=6)
        check_multiple("icmpv6", "redirected packet", len(self.packet), UNIT)
        fits("icmpv6", "redirected header's length", len(self.packet) // UNIT + 1, 8)

    def pack(self) -> bytes:
        """The option's bytes: 8 and the packet."""
        return _pack(REDIRECTED_HEADER, self.reserved + self.packet)

    @classmethod
    def _read(cls, entry: _Entry) -> RedirectedHeader:
        return cls(entry.data[6:], entry.data[:6])


@dataclass(frozen=True, slots=True)
class Mtu:
    """The link's MTU in bytes (RFC 4861, section 4.6.4).

    >>> Mtu(1500).pack().hex()
    '05010000000005dc'
    """

    mtu: int
    reserved: int = 0

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, mtu=32, reserved=16)

    def pack(self) -> bytes:
        """The option's 8 bytes."""
        return _pack(MTU, (self.reserved << 32 | self.mtu).to_bytes(6, "big"))

    @classmethod
    def _read(cls, entry: _Entry) -> Mtu:
        _expect(entry, 6)
        return cls(int.from_bytes(entry.data[2:], "big"), int.from_bytes(entry.data[:2], "big"))


@dataclass(frozen=True, slots=True)
class RawNdpOption:
    """An option of another type; its data and 2 more bytes are a multiple of 8.

    >>> from rawkit.facts.ndp_options import NONCE
    >>> RawNdpOption(NONCE, bytes.fromhex("22e8b59a2301")).pack().hex()
    '0e0122e8b59a2301'
    """

    type: int
    data: bytes

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, type=8)
        check_multiple("icmpv6", "option", DATA + len(self.data), UNIT)
        fits("icmpv6", "option length", (DATA + len(self.data)) // UNIT, 8)

    def pack(self) -> bytes:
        """The option's bytes."""
        return _pack(self.type, self.data)

    @classmethod
    def _read(cls, entry: _Entry) -> RawNdpOption:
        return cls(entry.type, entry.data)


NdpOption: TypeAlias = LinkLayerAddress | PrefixInformation | RedirectedHeader | Mtu | RawNdpOption

_READERS: Final[Mapping[int, Callable[[_Entry], NdpOption]]] = {
    SOURCE_LINK_LAYER: LinkLayerAddress._read,
    TARGET_LINK_LAYER: LinkLayerAddress._read,
    PREFIX_INFORMATION: PrefixInformation._read,
    REDIRECTED_HEADER: RedirectedHeader._read,
    MTU: Mtu._read,
}


def unpack_options(message: Buffer, offset: int) -> tuple[NdpOption, ...]:
    """The options of a message, from `offset` to its end.

    Raises `DecodeError` for a length of 0 (RFC 4861, section 4.6), or one that goes past the end.

    >>> unpack_options(bytes.fromhex("05010000000005dc"), 0)
    (Mtu(mtu=1500, reserved=0),)
    """
    return tuple(_READERS.get(entry.type, RawNdpOption._read)(entry) for entry in _walk(message, offset))


def _walk(message: Buffer, offset: int) -> Iterator[_Entry]:
    while offset < len(message):
        require("icmpv6", message, DATA, offset)
        size = message[offset + LENGTH] * UNIT
        if size == 0:
            reason = f"option {message[offset]} has the length 0"
            raise DecodeError("icmpv6", offset=offset, required=UNIT, available=0, reason=reason)
        require("icmpv6", message, size, offset)
        yield _Entry(message[offset], offset, bytes(message[offset + DATA : offset + size]))
        offset += size


def _expect(entry: _Entry, size: int) -> None:
    found = len(entry.data)
    if found != size:
        reason = f"option {entry.type} has {found + DATA} bytes, not {size + DATA}"
        raise DecodeError("icmpv6", offset=entry.offset, required=size + DATA, available=found + DATA, reason=reason)
