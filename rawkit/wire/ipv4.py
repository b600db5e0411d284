"""IPv4, RFC 791; the second byte as RFC 2474 (DSCP) and RFC 3168 (ECN) have it."""

from __future__ import annotations

from ipaddress import IPv4Address
from struct import Struct
from typing import TYPE_CHECKING, Final

from rawkit.errors import DecodeError
from rawkit.facts.ipv4 import CHECKSUM, FRAGMENT_MASK, HEADER_LEN, TOTAL_LENGTH, VERSION_IHL
from rawkit.values import dataclass
from rawkit.wire.checksum import fill, internet_checksum
from rawkit.wire.fields import Buffer, auto, check_bits, check_length, require
from rawkit.wire.options import pack_options

if TYPE_CHECKING:
    from rawkit.wire.ipv4_options import Ipv4Option

LAYOUT: Final = Struct("!BBHHHBBH4s4s")


@dataclass(frozen=True, slots=True)
class Ipv4:
    """An IPv4 header.

    Attributes:
        src, dst: the addresses.
        protocol: number of what follows (`rawkit.wire.ip_protocols`).
        ttl: hops left.
        id: identification, shared by the fragments of a packet.
        flags: `RESERVED_FLAG`, `DONT_FRAGMENT`, `MORE_FRAGMENTS`.
        fragment_offset: in units of 8 bytes.
        dscp, ecn: 6 and 2 bits.
        options: filled up with end bytes to a multiple of 4 when packed.
        ihl: header length in 32-bit words; None to compute it.
        total_length: header and payload in bytes; None to compute it.
        checksum: of the header; None to compute it.

    >>> from rawkit.facts.ipv4 import DONT_FRAGMENT
    >>> ip = Ipv4(IPv4Address("192.0.2.2"), IPv4Address("192.0.2.1"), 6, flags=DONT_FRAGMENT)
    >>> ip.pack(bytes(20))[:20].hex(" ", 4)
    '45000028 00004000 4006b6cc c0000202 c0000201'
    """

    src: IPv4Address
    dst: IPv4Address
    protocol: int
    ttl: int = 64
    id: int = 0
    flags: int = 0
    fragment_offset: int = 0
    dscp: int = 0
    ecn: int = 0
    options: tuple[Ipv4Option, ...] = ()
    ihl: int | None = None
    total_length: int | None = None
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("ipv4", self, protocol=8, ttl=8, id=16, flags=3, fragment_offset=13, dscp=6, ecn=2)
        check_bits("ipv4", self, ihl=4, total_length=16, checksum=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        header = self._pack_header(len(payload))
        checksum = internet_checksum(header) if self.checksum is None else self.checksum
        return fill(header, CHECKSUM, checksum) + payload

    def _pack_header(self, payload_length: int) -> bytes:
        options = pack_options(self.options)
        size = HEADER_LEN + len(options)
        ihl = auto("ipv4", "ihl", self.ihl, size // 4, 4)
        total = auto("ipv4", "total_length", self.total_length, size + payload_length, 16)
        start = (4 << 4 | ihl, self.dscp << 2 | self.ecn, total, self.id)
        middle = (self.flags << 13 | self.fragment_offset, self.ttl, self.protocol, 0)
        return LAYOUT.pack(*start, *middle, self.src.packed, self.dst.packed) + options

    @classmethod
    def unpack_header(cls, data: Buffer) -> tuple[Ipv4, bytes]:
        """The header and all that follows, whatever the total length says.

        For what an ICMP error quotes, and for packets cut short or sent with segmentation offload.

        >>> cut = Ipv4(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"), 17).pack(bytes(100))[:28]
        >>> len(Ipv4.unpack_header(cut)[1])
        8
        """
        require("ipv4", data, HEADER_LEN)
        version_ihl, tos, total, ident, word, ttl, protocol, checksum, src, dst = LAYOUT.unpack_from(data)
        size = _header_length(data, version_ihl)
        header = cls(
            IPv4Address(src),
            IPv4Address(dst),
            protocol,
            ttl,
            ident,
            flags=word >> 13,
            fragment_offset=word & FRAGMENT_MASK,
            dscp=tos >> 2,
            ecn=tos & 3,
            options=_options(data[:size]),
            ihl=size // 4,
            total_length=total,
            checksum=checksum,
        )
        return header, bytes(data[size:])

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Ipv4, bytes]:
        """The header and the payload, as long as the total length says.

        Raises `DecodeError` for another version, and for a header or total length that is too short or more
        than there is.

        >>> Ipv4.unpack(bytes(20))
        Traceback (most recent call last):
        rawkit.errors.DecodeError: ipv4: version 0 is not 4 (at offset 0)
        """
        header, rest = cls.unpack_header(data)
        size, total = len(data) - len(rest), header.total_length or 0
        check_length("ipv4", data, "total length", total, size, TOTAL_LENGTH)
        return header, rest[: total - size]


def _header_length(data: Buffer, version_ihl: int) -> int:
    version, size = version_ihl >> 4, (version_ihl & 15) * 4
    if version != 4:
        reason = f"version {version} is not 4"
        raise DecodeError("ipv4", offset=VERSION_IHL, required=HEADER_LEN, available=len(data), reason=reason)
    check_length("ipv4", data, "header length", size, HEADER_LEN, VERSION_IHL)
    return size


def _options(header: Buffer) -> tuple[Ipv4Option, ...]:
    if len(header) == HEADER_LEN:
        return ()
    from rawkit.wire.ipv4_options import unpack_options  # few packets have any

    return unpack_options(header, HEADER_LEN)
