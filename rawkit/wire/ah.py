"""The IP authentication header, RFC 4302; nothing is authenticated here."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final

from rawkit.facts import ip_protocols
from rawkit.facts.ah import HEADER_LEN, ICV, LENGTH, UNIT
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, auto, check_bits, check_length, check_multiple, require

_LAYOUT: Final = Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class Ah:
    """An authentication header.

    Attributes:
        next_header: number of what follows.
        spi: security parameters index, 32 bits.
        seq: sequence number, 32 bits.
        icv: integrity check value, a multiple of 4 bytes.
        reserved: 16 bits.
        length: of the header in 4-byte units, minus 2; None to compute it.

    >>> Ah(6, spi=256, seq=1, icv=bytes(12)).pack()[:12].hex(" ", 4)
    '06040000 00000100 00000001'
    """

    next_header: int
    spi: int
    seq: int
    icv: bytes = b""
    reserved: int = 0
    length: int | None = None

    protocol: ClassVar[int] = ip_protocols.AH

    def __post_init__(self) -> None:
        check_bits("ah", self, next_header=8, spi=32, seq=32, reserved=16, length=8)
        check_multiple("ah", "icv", len(self.icv), UNIT)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload."""
        length = auto("ah", "length", self.length, (HEADER_LEN + len(self.icv)) // UNIT - 2, 8)
        return _LAYOUT.pack(self.next_header, length, self.reserved, self.spi, self.seq) + self.icv + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Ah, bytes]:
        """The header and all that follows.

        Raises `DecodeError` where the length leaves out fixed fields or goes past the end.

        >>> Ah.unpack(bytes(12))
        Traceback (most recent call last):
        rawkit.errors.DecodeError: ah: length of 8 bytes is under 12 (at offset 1)
        """
        require("ah", data, HEADER_LEN)
        next_header, length, reserved, spi, seq = _LAYOUT.unpack_from(data)
        end = (length + 2) * UNIT
        check_length("ah", data, "length", end, HEADER_LEN, LENGTH)
        return cls(next_header, spi, seq, bytes(data[ICV:end]), reserved, length), bytes(data[end:])
