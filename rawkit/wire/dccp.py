"""The DCCP generic header, RFC 4340 section 5.1, with long or short sequence numbers."""

from __future__ import annotations

from struct import Struct
from typing import Final

from rawkit.facts import ip_protocols
from rawkit.facts.dccp import (
    CHECKSUM,
    DATA_OFFSET,
    LONG_HEADER_LEN,
    LONG_SEQUENCE,
    SHORT_HEADER_LEN,
    SHORT_SEQUENCE,
    TYPE_X,
)
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress
from rawkit.wire.checksum import fill, transport_checksum
from rawkit.wire.fields import Buffer, auto, check_bits, check_length, check_multiple, fits, require

_LAYOUT: Final = Struct("!HHBBH")


@dataclass(frozen=True, slots=True)
class Dccp:
    """A DCCP header.

    Attributes:
        src_port, dst_port: 0 to 65535.
        type: `REQUEST` and so on, 4 bits.
        seq: sequence number: 48 bits, or 24 with `extended` 0.
        extended: 1 for long sequence numbers (X), which all types but data and acks must have.
        rest: what the type has behind the generic header (acknowledgment number, service code, reset code) and
            the options, a multiple of 4 bytes.
        ccval: for the congestion control, 4 bits.
        cscov: checksum coverage, 4 bits: 0 is all, n is the header and 4·(n-1) bytes behind it.
        reserved: 3 bits, and with `extended` 1 another 8 behind them.
        data_offset: header with `rest`, in 32-bit words; None to compute it.
        checksum: None to compute it.

    >>> from rawkit.facts.dccp import REQUEST
    >>> Dccp(40000, 5001, REQUEST, seq=7, rest=bytes(4), checksum=0).pack().hex(" ", 4)
    '9c401389 05000000 01000000 00000007 00000000'
    """

    src_port: int
    dst_port: int
    type: int
    seq: int
    extended: int = 1
    rest: bytes = b""
    ccval: int = 0
    cscov: int = 0
    reserved: int = 0
    data_offset: int | None = None
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("dccp", self, src_port=16, dst_port=16, type=4, extended=1, ccval=4, cscov=4)
        check_bits("dccp", self, seq=48 if self.extended else 24, data_offset=8, checksum=16)
        fits("dccp", "reserved", self.reserved, 11 if self.extended else 3)
        check_multiple("dccp", "rest", len(self.rest), 4)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The header and the payload; `src` and `dst` are needed where the checksum is to be computed."""
        header = self._pack_header()
        raw = header + payload
        checksum = self.checksum
        if checksum is None:
            covered = len(header) + 4 * (self.cscov - 1) if self.cscov else None
            checksum = transport_checksum("dccp", src, dst, ip_protocols.DCCP, raw, covered)
        return fill(raw, CHECKSUM, checksum)

    def _pack_header(self) -> bytes:
        generic = LONG_HEADER_LEN if self.extended else SHORT_HEADER_LEN
        words = auto("dccp", "data_offset", self.data_offset, (generic + len(self.rest)) // 4, 8)
        start = _LAYOUT.pack(self.src_port, self.dst_port, words, self.ccval << 4 | self.cscov, 0)
        return start + self._pack_sequence() + self.rest

    def _pack_sequence(self) -> bytes:
        """From the byte with the type on: 4 bytes, or 8 with long sequence numbers."""
        kind = self.type << 1 | self.extended
        if not self.extended:
            return bytes((self.reserved << 5 | kind,)) + self.seq.to_bytes(3, "big")
        return bytes((self.reserved >> 8 << 5 | kind, self.reserved & 0xFF)) + self.seq.to_bytes(6, "big")

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Dccp, bytes]:
        """The header and all that follows.

        Raises `DecodeError` where the data offset is less than the generic header or more than there is.

        >>> Dccp.unpack(bytes.fromhex("9c401389 05000000 01000000 00000007 00000000") + b"data")[1]
        b'data'
        """
        require("dccp", data, SHORT_HEADER_LEN)
        extended = data[TYPE_X] & 1
        generic = LONG_HEADER_LEN if extended else SHORT_HEADER_LEN
        require("dccp", data, generic)
        src, dst, words, coverage, checksum = _LAYOUT.unpack_from(data)
        check_length("dccp", data, "data offset", words * 4, generic, DATA_OFFSET)
        kind, rest = data[TYPE_X] >> 1 & 15, bytes(data[generic : words * 4])
        seq, reserved = _read_sequence(data, extended)
        header = cls(src, dst, kind, seq, extended, rest, coverage >> 4, coverage & 15, reserved, words, checksum)
        return header, bytes(data[words * 4 :])


def _read_sequence(data: Buffer, extended: int) -> tuple[int, int]:
    """The sequence number and the reserved bits."""
    high = data[TYPE_X] >> 5
    if not extended:
        return int.from_bytes(data[SHORT_SEQUENCE:SHORT_HEADER_LEN], "big"), high
    seq = int.from_bytes(data[LONG_SEQUENCE:LONG_HEADER_LEN], "big")
    return seq, high << 8 | data[SHORT_SEQUENCE]
