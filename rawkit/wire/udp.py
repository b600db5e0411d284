"""UDP, RFC 768; in IPv6, RFC 8200 section 8.1."""

from __future__ import annotations

from struct import Struct
from typing import Final

from rawkit.facts import ip_protocols
from rawkit.facts.udp import CHECKSUM, HEADER_LEN, LENGTH
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress
from rawkit.wire.checksum import fill, transport_checksum
from rawkit.wire.fields import Buffer, auto, check_bits, check_length, require

_LAYOUT: Final = Struct("!HHHH")


@dataclass(frozen=True, slots=True)
class Udp:
    """A UDP header.

    Attributes:
        src_port, dst_port: 0 to 65535.
        length: header and payload in bytes; None to compute it.
        checksum: None to compute it; 0 means that the sender made none.

    >>> from ipaddress import IPv4Address
    >>> udp = Udp(42199, 9)
    >>> udp.pack(b"hello", src=IPv4Address("192.0.2.1"), dst=IPv4Address("192.0.2.2")).hex()
    'a4d70009000d931d68656c6c6f'
    """

    src_port: int
    dst_port: int
    length: int | None = None
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("udp", self, src_port=16, dst_port=16, length=16, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The header and the payload; `src` and `dst` are needed where the checksum is to be computed."""
        length = auto("udp", "length", self.length, HEADER_LEN + len(payload), 16)
        raw = _LAYOUT.pack(self.src_port, self.dst_port, length, 0) + payload
        checksum = self.checksum
        if checksum is None:
            # A computed 0 is sent as all ones, since 0 says that there is no checksum (RFC 768).
            checksum = transport_checksum("udp", src, dst, ip_protocols.UDP, raw) or 0xFFFF
        return fill(raw, CHECKSUM, checksum)

    @classmethod
    def unpack_header(cls, data: Buffer) -> Udp:
        """The header alone, whatever the length field says: for what an ICMP error quotes.

        >>> Udp.unpack_header(bytes.fromhex("bb100009000d8422")).length
        13
        """
        require("udp", data, HEADER_LEN)
        return cls(*_LAYOUT.unpack_from(data))

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Udp, bytes]:
        """The header and the payload, as long as the length field says; 0 means all (RFC 2675, section 4).

        Raises `DecodeError` where the length is under 8 or more than there is.

        >>> Udp.unpack(bytes.fromhex("bb100009000d7ce468656c6c6f") + b"padding")[1]
        b'hello'
        """
        header = cls.unpack_header(data)
        end = header.length or len(data)
        check_length("udp", data, "length", end, HEADER_LEN, LENGTH)
        return header, bytes(data[HEADER_LEN:end])
