"""The IPv6 header, RFC 8200 section 3; extension headers are in the files named `ipv6_*` and `ah`."""

from __future__ import annotations

from ipaddress import IPv6Address
from struct import Struct
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import ip_protocols
from rawkit.facts.ipv6 import FLOW_LABEL_MASK, HEADER_LEN
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, auto, check_bits, require

_LAYOUT: Final = Struct("!IHBB16s16s")


@dataclass(frozen=True, slots=True)
class Ipv6:
    """An IPv6 header.

    Attributes:
        src, dst: the addresses.
        next_header: number of what follows (`rawkit.wire.ip_protocols`).
        hop_limit: hops left.
        traffic_class: DSCP in the high 6 bits, ECN in the low 2.
        flow_label: 20 bits.
        payload_length: bytes behind this header, extension headers included; None to compute it.

    >>> ip = Ipv6(IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2"), 17, flow_label=0x034A0)
    >>> ip.pack(bytes(13))[:8].hex(" ", 4)
    '600034a0 000d1140'
    """

    src: IPv6Address
    dst: IPv6Address
    next_header: int
    hop_limit: int = 64
    traffic_class: int = 0
    flow_label: int = 0
    payload_length: int | None = None

    def __post_init__(self) -> None:
        check_bits("ipv6", self, next_header=8, hop_limit=8, traffic_class=8, flow_label=20, payload_length=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        length = auto("ipv6", "payload_length", self.payload_length, len(payload), 16)
        word = 6 << 28 | self.traffic_class << 20 | self.flow_label
        ends = self.src.packed, self.dst.packed
        return _LAYOUT.pack(word, length, self.next_header, self.hop_limit, *ends) + payload

    @classmethod
    def unpack_header(cls, data: Buffer) -> tuple[Ipv6, bytes]:
        """The header and all that follows, whatever the payload length says: for what an ICMPv6 error quotes.

        >>> cut = Ipv6(IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2"), 17).pack(bytes(100))[:48]
        >>> len(Ipv6.unpack_header(cut)[1])
        8
        """
        require("ipv6", data, HEADER_LEN)
        word, length, next_header, hop_limit, src, dst = _LAYOUT.unpack_from(data)
        if word >> 28 != 6:
            reason = f"version {word >> 28} is not 6"
            raise DecodeError("ipv6", offset=0, required=HEADER_LEN, available=len(data), reason=reason)
        ends = IPv6Address(src), IPv6Address(dst)
        traffic_class, label = word >> 20 & 0xFF, word & FLOW_LABEL_MASK
        header = cls(*ends, next_header, hop_limit, traffic_class, label, length)
        return header, bytes(data[HEADER_LEN:])

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Ipv6, bytes]:
        """The header and the payload, as long as the payload length says; all, for a jumbogram (RFC 2675).

        Raises `DecodeError` for another version, and for a payload length of more than there is.

        >>> Ipv6.unpack(bytes(40))
        Traceback (most recent call last):
        rawkit.errors.DecodeError: ipv6: version 0 is not 6 (at offset 0)
        """
        header, rest = cls.unpack_header(data)
        # A hop-by-hop header cannot fit into 0 bytes: it is there, and holds the jumbo payload option.
        if header.payload_length == 0 and header.next_header == ip_protocols.HOP_BY_HOP:
            return header, rest
        end = HEADER_LEN + (header.payload_length or 0)
        require("ipv6", data, end)
        return header, rest[: end - HEADER_LEN]
