"""IGMP: versions 1 and 2 (RFC 1112 appendix I, RFC 2236); `unpack` reads version 3 too (`rawkit.wire.igmpv3`)."""

from __future__ import annotations

from ipaddress import IPv4Address
from struct import Struct
from typing import Final

from rawkit.facts.igmp import CHECKSUM, HEADER_LEN, MEMBERSHIP_QUERY, TYPE, V3_MEMBERSHIP_REPORT
from rawkit.values import dataclass
from rawkit.wire import igmpv3
from rawkit.wire.checksum import fill, internet_checksum
from rawkit.wire.fields import Buffer, check_bits, require

_LAYOUT: Final = Struct("!BBH4s")


@dataclass(frozen=True, slots=True)
class Igmp:
    """An IGMP message of version 1 or 2.

    Attributes:
        type: `MEMBERSHIP_QUERY` and so on.
        group: the multicast group; 0.0.0.0 in a general query.
        max_response: time to answer a query in tenths of a second; 0 in version 1 and in other messages.
        checksum: None to compute it.

    >>> from rawkit.facts.igmp import V2_MEMBERSHIP_REPORT
    >>> Igmp(V2_MEMBERSHIP_REPORT, IPv4Address("233.252.0.1")).pack().hex()
    '16000002e9fc0001'
    """

    type: int
    group: IPv4Address
    max_response: int = 0
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("igmp", self, type=8, max_response=8, checksum=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message, and bytes to follow it, which the checksum covers."""
        raw = _LAYOUT.pack(self.type, self.max_response, 0, self.group.packed) + payload
        return fill(raw, CHECKSUM, internet_checksum(raw) if self.checksum is None else self.checksum)

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Igmp, bytes]:
        """The first 8 bytes as version 1 and 2 have them, and all that follows.

        >>> Igmp.unpack(bytes.fromhex("1164ee9b00000000"))[0].max_response
        100
        """
        require("igmp", data, HEADER_LEN)
        kind, max_response, checksum, group = _LAYOUT.unpack_from(data)
        return cls(kind, IPv4Address(group), max_response, checksum), bytes(data[HEADER_LEN:])


def unpack(data: Buffer) -> tuple[Igmp | igmpv3.Query | igmpv3.Report, bytes]:
    """A message of any version, told apart by type and, for queries, by length (RFC 3376, section 7.1).

    >>> unpack(bytes.fromhex("1164ec1e00000000027d0000"))[0].__class__.__name__
    'Query'
    """
    require("igmp", data, HEADER_LEN)
    if data[TYPE] == V3_MEMBERSHIP_REPORT:
        return igmpv3.Report.unpack(data)
    if data[TYPE] == MEMBERSHIP_QUERY and len(data) > HEADER_LEN:
        return igmpv3.Query.unpack(data)
    return Igmp.unpack(data)
