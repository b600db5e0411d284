"""The IPv6 fragment header, RFC 8200 section 4.5."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final

from rawkit.facts import ip_protocols
from rawkit.facts.ipv6_fragment import HEADER_LEN
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, check_bits, require

_LAYOUT: Final = Struct("!BBHI")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A fragment header.

    Attributes:
        next_header: number of what the whole packet has there.
        offset: where this fragment begins, in units of 8 bytes.
        more: 1 where another fragment follows, else 0.
        id: identification, shared by the fragments of a packet.
        reserved: the 8 and the 2 reserved bits, `byte << 2 | bits`.

    >>> Fragment(17, more=1, id=0x172D47B8).pack().hex()
    '11000001172d47b8'
    """

    next_header: int
    offset: int = 0
    more: int = 0
    id: int = 0
    reserved: int = 0

    protocol: ClassVar[int] = ip_protocols.FRAGMENT

    def __post_init__(self) -> None:
        check_bits("ipv6.fragment", self, next_header=8, offset=13, more=1, id=32, reserved=10)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        word = self.offset << 3 | (self.reserved & 3) << 1 | self.more
        return _LAYOUT.pack(self.next_header, self.reserved >> 2, word, self.id) + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Fragment, bytes]:
        """The header and all that follows.

        >>> Fragment.unpack(bytes.fromhex("110005a8172d47b8"))[0].offset * 8
        1448
        """
        require("ipv6.fragment", data, HEADER_LEN)
        next_header, high, word, ident = _LAYOUT.unpack_from(data)
        header = cls(next_header, word >> 3, word & 1, ident, high << 2 | word >> 1 & 3)
        return header, bytes(data[HEADER_LEN:])
