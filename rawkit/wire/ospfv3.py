"""The OSPF version 3 packet header, RFC 5340 appendix A.3.1; it runs over IPv6."""

from __future__ import annotations

from ipaddress import IPv4Address
from struct import Struct
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts import ip_protocols
from rawkit.facts.ospfv3 import CHECKSUM, HEADER_LEN, LENGTH, VERSION
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress
from rawkit.wire.checksum import fill, transport_checksum
from rawkit.wire.fields import Buffer, auto, check_bits, check_length, require

_LAYOUT: Final = Struct("!BBH4s4sHBB")


@dataclass(frozen=True, slots=True)
class Ospfv3:
    """An OSPFv3 header.

    Attributes:
        type: as in OSPFv2 (`rawkit.wire.ospfv2.HELLO` and so on).
        router_id, area_id: 32 bits, written like IPv4 addresses.
        instance_id: 8 bits, of meaning on the link alone.
        reserved: 8 bits.
        length: header and payload in bytes; None to compute it.
        checksum: None to compute it; it covers the IPv6 addresses.

    >>> Ospfv3(1, IPv4Address("192.0.2.1"), IPv4Address("0.0.0.0"), checksum=0).pack().hex(" ", 4)
    '03010010 c0000201 00000000 00000000'
    """

    type: int
    router_id: IPv4Address
    area_id: IPv4Address
    instance_id: int = 0
    reserved: int = 0
    length: int | None = None
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("ospf", self, type=8, instance_id=8, reserved=8, length=16, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The header and the payload; `src` and `dst` are needed where the checksum is to be computed."""
        length = auto("ospf", "length", self.length, HEADER_LEN + len(payload), 16)
        ids = self.router_id.packed, self.area_id.packed
        raw = _LAYOUT.pack(3, self.type, length, *ids, 0, self.instance_id, self.reserved) + payload
        checksum = self.checksum
        if checksum is None:
            checksum = transport_checksum("ospf", src, dst, ip_protocols.OSPF, raw)
        return fill(raw, CHECKSUM, checksum)

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Ospfv3, bytes]:
        """The header and the payload, as long as the length field says.

        Raises `DecodeError` for another version, and for a length under 16 or more than there is.

        >>> Ospfv3.unpack(bytes.fromhex("03010010c00002010000000000000000"))[0].router_id
        IPv4Address('192.0.2.1')
        """
        require("ospf", data, HEADER_LEN)
        version, kind, length, router, area, checksum, instance, reserved = _LAYOUT.unpack_from(data)
        if version != 3:
            reason = f"version {version} is not 3"
            raise DecodeError("ospf", offset=VERSION, required=HEADER_LEN, available=len(data), reason=reason)
        check_length("ospf", data, "length", length, HEADER_LEN, LENGTH)
        ids = IPv4Address(router), IPv4Address(area)
        return cls(kind, *ids, instance, reserved, length, checksum), bytes(data[HEADER_LEN:length])
