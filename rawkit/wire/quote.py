"""The datagram that an ICMP or ICMPv6 error quotes: RFC 792, RFC 1812 section 4.3.2.3, RFC 4443 section 2.4."""

from __future__ import annotations

from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import ip_protocols
from rawkit.facts.ipv6 import HEADER_LEN
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, require
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.ipv6_chain import ExtensionHeader, is_later_fragment, unpack_chain

_WITH_PORTS: Final = frozenset({ip_protocols.TCP, ip_protocols.UDP, ip_protocols.DCCP, ip_protocols.SCTP})


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted datagram, which may be cut anywhere behind its IP header.

    Attributes:
        ip: its IP header; lengths and checksum are those of the whole datagram.
        extensions: its IPv6 extension headers.
        protocol: number of its transport protocol.
        payload: the part of its transport header and data that was quoted, at least 8 bytes by RFC 792.
    """

    ip: Ipv4 | Ipv6
    extensions: tuple[ExtensionHeader, ...]
    protocol: int
    payload: bytes

    @property
    def ports(self) -> tuple[int, int] | None:
        """Source and destination port; None where the protocol has none or they are not in the quote.

        >>> header = "45000021d6ff40004011dfc8c0000201c0000202"
        >>> Quote.unpack(bytes.fromhex(header + "a4d70009000d931d")).ports
        (42199, 9)
        """
        if self.protocol not in _WITH_PORTS or len(self.payload) < 4 or self._is_later_fragment():
            return None
        return int.from_bytes(self.payload[:2], "big"), int.from_bytes(self.payload[2:4], "big")

    def _is_later_fragment(self) -> bool:
        if isinstance(self.ip, Ipv4):
            return self.ip.fragment_offset > 0
        return is_later_fragment(self.extensions)

    @classmethod
    def unpack(cls, data: Buffer) -> Quote:
        """The quote in the payload of an error.

        Raises `DecodeError` where the IP header or an extension header is not whole.

        >>> Quote.unpack(b"")
        Traceback (most recent call last):
        rawkit.errors.DecodeError: quote: 1 bytes required at offset 0, 0 available
        """
        require("quote", data, 1)
        version = data[0] >> 4
        if version == 4:
            header, rest = Ipv4.unpack_header(data)
            return cls(header, (), header.protocol, rest)
        if version == 6:
            return cls._unpack_v6(data)
        reason = f"version {version} is neither 4 nor 6"
        raise DecodeError("quote", offset=0, required=1, available=len(data), reason=reason)

    @classmethod
    def _unpack_v6(cls, data: Buffer) -> Quote:
        header, rest = Ipv6.unpack_header(data)
        extensions, protocol, payload = unpack_chain(header.next_header, rest, HEADER_LEN)
        return cls(header, extensions, protocol, payload)
