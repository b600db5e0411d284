"""The OSPF version 2 packet header, RFC 2328 appendix A.3.1; it runs over IPv4."""

from __future__ import annotations

from ipaddress import IPv4Address
from struct import Struct
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts.ospfv2 import (
    AUTHENTICATION,
    CHECKSUM,
    CRYPTOGRAPHIC,
    HEADER_LEN,
    LENGTH,
    NULL_AUTHENTICATION,
    VERSION,
)
from rawkit.values import dataclass
from rawkit.wire.checksum import fill, internet_checksum
from rawkit.wire.fields import Buffer, auto, check_bits, check_length, check_size, require

_LAYOUT: Final = Struct("!BBH4s4sHH8s")


@dataclass(frozen=True, slots=True)
class Ospfv2:
    """An OSPFv2 header.

    Attributes:
        type: `HELLO` and so on.
        router_id, area_id: 32 bits, written like IPv4 addresses.
        au_type: `NULL_AUTHENTICATION`, `SIMPLE_PASSWORD` or `CRYPTOGRAPHIC`.
        authentication: 8 bytes.
        length: header and payload in bytes, without an authentication digest behind them; None to compute it.
        checksum: None to compute it; it leaves the authentication out, and is 0 where that is cryptographic.

    >>> from rawkit.facts.ospfv2 import HELLO
    >>> Ospfv2(HELLO, IPv4Address("192.0.2.1"), IPv4Address("0.0.0.0")).pack().hex(" ", 4)
    '02010018 c0000201 00000000 3be50000 00000000 00000000'
    """

    type: int
    router_id: IPv4Address
    area_id: IPv4Address
    au_type: int = NULL_AUTHENTICATION
    authentication: bytes = bytes(8)
    length: int | None = None
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("ospf", self, type=8, au_type=16, length=16, checksum=16)
        check_size("ospf", self, authentication=8)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        length = auto("ospf", "length", self.length, HEADER_LEN + len(payload), 16)
        start = (2, self.type, length, self.router_id.packed, self.area_id.packed, 0)
        raw = _LAYOUT.pack(*start, self.au_type, self.authentication) + payload
        return fill(raw, CHECKSUM, self._checksum(raw) if self.checksum is None else self.checksum)

    def _checksum(self, raw: bytes) -> int:
        if self.au_type == CRYPTOGRAPHIC:
            return 0
        return internet_checksum(raw[:AUTHENTICATION] + raw[HEADER_LEN:])

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Ospfv2, bytes]:
        """The header and the payload, as long as the length field says; a digest behind it is left out.

        Raises `DecodeError` for another version, and for a length under 24 or more than there is.

        >>> Ospfv2.unpack(bytes.fromhex("02010018c0000201000000003be500000000000000000000"))[0].router_id
        IPv4Address('192.0.2.1')
        """
        require("ospf", data, HEADER_LEN)
        version, kind, length, router, area, checksum, au_type, authentication = _LAYOUT.unpack_from(data)
        if version != 2:
            reason = f"version {version} is not 2"
            raise DecodeError("ospf", offset=VERSION, required=HEADER_LEN, available=len(data), reason=reason)
        check_length("ospf", data, "length", length, HEADER_LEN, LENGTH)
        ids = IPv4Address(router), IPv4Address(area)
        return cls(kind, *ids, au_type, authentication, length, checksum), bytes(data[HEADER_LEN:length])
