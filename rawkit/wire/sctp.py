"""SCTP: the common header and chunks of any type, RFC 9260 section 3."""

from __future__ import annotations

from struct import Struct
from typing import Final

from rawkit.errors import DecodeError
from rawkit.facts.sctp import CHUNK_HEADER_LEN, HEADER_LEN
from rawkit.values import dataclass
from rawkit.wire.checksum import crc32c
from rawkit.wire.fields import Buffer, auto, check_bits, require

_LAYOUT: Final = Struct("!HHII")
_CHUNK: Final = Struct("!BBH")


@dataclass(frozen=True, slots=True)
class Sctp:
    """An SCTP common header; the payload is chunks.

    `checksum` is CRC32c over header and chunks, its 4 bytes read in order as Wireshark does; None to compute it.

    >>> from rawkit.facts.sctp import COOKIE_ACK
    >>> Sctp(1000, 2000, 1).pack(Chunk(COOKIE_ACK).pack()).hex(" ", 4)
    '03e807d0 00000001 18f4fb0e 0b000004'
    """

    src_port: int
    dst_port: int
    verification_tag: int = 0
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("sctp", self, src_port=16, dst_port=16, verification_tag=32, checksum=32)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the chunks."""
        start = self.src_port, self.dst_port, self.verification_tag
        checksum = self.checksum
        if checksum is None:
            crc = crc32c(_LAYOUT.pack(*start, 0) + payload)
            # The CRC goes out least significant byte first (RFC 9260, appendix A).
            checksum = int.from_bytes(crc.to_bytes(4, "little"), "big")
        return _LAYOUT.pack(*start, checksum) + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Sctp, bytes]:
        """The header and all that follows, which `unpack_chunks` takes apart.

        >>> Sctp.unpack(bytes.fromhex("03e807d00000000100000000"))[0].dst_port
        2000
        """
        require("sctp", data, HEADER_LEN)
        return cls(*_LAYOUT.unpack_from(data)), bytes(data[HEADER_LEN:])


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of any type.

    Attributes:
        type: `DATA`, `INIT` and so on.
        flags: 8 bits; what they mean hangs on the type.
        value: what follows the chunk's header, without padding.
        length: header and value in bytes; None to compute it.

    >>> from rawkit.facts.sctp import COOKIE_ECHO
    >>> Chunk(COOKIE_ECHO, value=b"cookie").pack().hex()
    '0a00000a636f6f6b69650000'
    """

    type: int
    flags: int = 0
    value: bytes = b""
    length: int | None = None

    def __post_init__(self) -> None:
        check_bits("sctp", self, type=8, flags=8, length=16)

    def pack(self) -> bytes:
        """The chunk, filled up with zero bytes to a multiple of 4."""
        length = auto("sctp", "length", self.length, CHUNK_HEADER_LEN + len(self.value), 16)
        return _CHUNK.pack(self.type, self.flags, length) + self.value + bytes(-len(self.value) % 4)


def unpack_chunks(data: Buffer) -> tuple[Chunk, ...]:
    """The chunks of a packet, from behind the common header to the end; padding is left out.

    Raises `DecodeError` for a chunk length under 4 or past the end; the offset is from the start of `data`.

    >>> unpack_chunks(bytes.fromhex("0a00000a636f6f6b69650000 0b000004"))[1]
    Chunk(type=11, flags=0, value=b'', length=4)
    """
    chunks, offset = [], 0
    while offset < len(data):
        chunk = _chunk(data, offset)
        chunks.append(chunk)
        offset += CHUNK_HEADER_LEN + len(chunk.value) + -len(chunk.value) % 4
    return tuple(chunks)


def _chunk(data: Buffer, offset: int) -> Chunk:
    require("sctp", data, CHUNK_HEADER_LEN, offset)
    kind, flags, length = _CHUNK.unpack_from(data, offset)
    if length < CHUNK_HEADER_LEN:
        reason = f"chunk length {length} is under {CHUNK_HEADER_LEN}"
        raise DecodeError("sctp", offset=offset, required=CHUNK_HEADER_LEN, available=length, reason=reason)
    require("sctp", data, length, offset)
    return Chunk(kind, flags, bytes(data[offset + CHUNK_HEADER_LEN : offset + length]), length)
