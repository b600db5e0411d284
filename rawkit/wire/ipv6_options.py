"""The IPv6 hop-by-hop and destination options headers, RFC 8200 sections 4.2, 4.3 and 4.6."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, TypeAlias

from rawkit.facts import ip_protocols
from rawkit.facts.ipv6_options import LENGTH, NEXT_HEADER, OPTIONS, PAD1, PADN, UNIT
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, auto, check_bits, fits, require


@dataclass(frozen=True, slots=True)
class Pad1:
    """One byte of padding, which has neither length nor data.

    >>> Pad1().pack()
    b'\\x00'
    """

    def pack(self) -> bytes:
        """The one byte."""
        return bytes((PAD1,))


@dataclass(frozen=True, slots=True)
class Ipv6Option:
    """An option: type, data length, data. Router alert (RFC 2711) has 2 bytes of data, PadN any number.

    >>> from rawkit.facts.ipv6_options import ROUTER_ALERT
    >>> Ipv6Option(ROUTER_ALERT, b"\\0\\0").pack().hex()
    '05020000'
    """

    type: int
    data: bytes = b""

    def __post_init__(self) -> None:
        check_bits("ipv6", self, type=8)
        fits("ipv6", "option length", len(self.data), 8)

    def pack(self) -> bytes:
        """The option's bytes: 2 and the data."""
        return bytes((self.type, len(self.data))) + self.data


AnyIpv6Option: TypeAlias = Pad1 | Ipv6Option


@dataclass(frozen=True, slots=True)
class HopByHop:
    """A hop-by-hop options header, for each router on the way.

    Attributes:
        next_header: number of what follows.
        options: filled up with Pad1 or PadN to a multiple of 8 bytes when packed.
        length: 8-byte units behind the first; None to compute it.

    >>> from rawkit.facts.ipv6_options import ROUTER_ALERT
    >>> HopByHop(58, (Ipv6Option(ROUTER_ALERT, b"\\0\\0"),)).pack().hex()
    '3a00050200000100'
    """

    next_header: int
    options: tuple[AnyIpv6Option, ...] = ()
    length: int | None = None

    protocol: ClassVar[int] = ip_protocols.HOP_BY_HOP

    def __post_init__(self) -> None:
        check_bits("ipv6.hopopts", self, next_header=8, length=8)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        return _pack("ipv6.hopopts", self.next_header, self.options, self.length) + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[HopByHop, bytes]:
        """The header and all that follows; `DecodeError` where it or an option goes past the end.

        >>> HopByHop.unpack(bytes.fromhex("3a00050200000100"))[0].options
        (Ipv6Option(type=5, data=b'\\x00\\x00'), Ipv6Option(type=1, data=b''))
        """
        options, end = _unpack("ipv6.hopopts", data)
        return cls(data[NEXT_HEADER], options, data[LENGTH]), bytes(data[end:])


@dataclass(frozen=True, slots=True)
class DestinationOptions:
    """A destination options header, for the receiver; its fields are those of `HopByHop`.

    >>> DestinationOptions(17).pack().hex()
    '1100010400000000'
    """

    next_header: int
    options: tuple[AnyIpv6Option, ...] = ()
    length: int | None = None

    protocol: ClassVar[int] = ip_protocols.DESTINATION_OPTIONS

    def __post_init__(self) -> None:
        check_bits("ipv6.dstopts", self, next_header=8, length=8)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        return _pack("ipv6.dstopts", self.next_header, self.options, self.length) + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[DestinationOptions, bytes]:
        """The header and all that follows; `DecodeError` where it or an option goes past the end.

        >>> DestinationOptions.unpack(bytes.fromhex("1100010400000000"))[0].options
        (Ipv6Option(type=1, data=b'\\x00\\x00\\x00\\x00'),)
        """
        options, end = _unpack("ipv6.dstopts", data)
        return cls(data[NEXT_HEADER], options, data[LENGTH]), bytes(data[end:])


def _pack(layer: str, next_header: int, options: Iterable[AnyIpv6Option], length: int | None) -> bytes:
    raw = b"".join(option.pack() for option in options)
    raw += _padding(-(OPTIONS + len(raw)) % UNIT)
    units = auto(layer, "length", length, (OPTIONS + len(raw)) // UNIT - 1, 8)
    return bytes((next_header, units)) + raw


def _padding(size: int) -> bytes:
    """Padding of 0 to 7 bytes: PadN cannot be one byte long (RFC 8200, section 4.2)."""
    return bytes(size) if size < 2 else Ipv6Option(PADN, bytes(size - 2)).pack()


def _unpack(layer: str, data: Buffer) -> tuple[tuple[AnyIpv6Option, ...], int]:
    """The options, and the header's length in bytes."""
    require(layer, data, OPTIONS)
    end = (data[LENGTH] + 1) * UNIT
    require(layer, data, end)
    return tuple(_walk(layer, data[:end])), end


def _walk(layer: str, header: Buffer) -> Iterator[AnyIpv6Option]:
    offset = OPTIONS
    while offset < len(header):
        if header[offset] == PAD1:
            yield Pad1()
            offset += 1
            continue
        require(layer, header, 2, offset)
        end = offset + 2 + header[offset + 1]
        require(layer, header, end - offset, offset)
        yield Ipv6Option(header[offset], bytes(header[offset + 2 : end]))
        offset = end
