"""ICMP for IPv4, RFC 792; next-hop MTU by RFC 1191, length of the quoted datagram by RFC 4884.

An error's payload is the datagram that it is about, as much of it as was quoted: `rawkit.wire.quote` reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv4Address
from struct import Struct
from typing import ClassVar, Final, NamedTuple, TypeAlias

from rawkit.facts.icmp import (
    BODY,
    CHECKSUM,
    CODE,
    DESTINATION_UNREACHABLE,
    ECHO_REPLY,
    ECHO_REQUEST,
    HEADER_LEN,
    PARAMETER_PROBLEM,
    REDIRECT,
    TIME_EXCEEDED,
    TYPE,
)
from rawkit.values import dataclass
from rawkit.wire.checksum import fill, internet_checksum
from rawkit.wire.fields import Buffer, check_bits, check_size, require

_ECHO: Final = Struct("!HH")
_ERROR: Final = Struct("!BBH")


class _Head(NamedTuple):
    type: int
    code: int
    checksum: int


def _seal(kind: int, code: int, checksum: int | None, body: bytes) -> bytes:
    raw = bytes((kind, code, 0, 0)) + body
    return fill(raw, CHECKSUM, internet_checksum(raw) if checksum is None else checksum)


@dataclass(frozen=True, slots=True)
class Echo:
    """An echo request (`type` 8) or reply (`type` 0) with identifier and sequence number; the payload is data.

    >>> Echo(ECHO_REQUEST, id=0x2C15, seq=1).pack(b"ping").hex()
    '0800ed182c15000170696e67'
    """

    type: int
    id: int
    seq: int
    code: int = 0
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("icmp", self, type=8, id=16, seq=16, code=8, checksum=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message with the data."""
        return _seal(self.type, self.code, self.checksum, _ECHO.pack(self.id, self.seq) + payload)

    @classmethod
    def _read(cls, head: _Head, body: bytes) -> Echo:
        ident, seq = _ECHO.unpack(body)
        return cls(head.type, ident, seq, head.code, head.checksum)


@dataclass(frozen=True, slots=True)
class DestinationUnreachable:
    """Destination unreachable; the payload is the datagram that did not arrive.

    Attributes:
        code: `NET_UNREACHABLE` and so on.
        next_hop_mtu: bytes, with the code `FRAGMENTATION_NEEDED` (RFC 1191, section 4).
        length: of the quoted datagram in 4-byte units, where extensions follow it (RFC 4884, section 4.1).
        unused: 8 bits.

    >>> from rawkit.facts.icmp import FRAGMENTATION_NEEDED
    >>> DestinationUnreachable(FRAGMENTATION_NEEDED, next_hop_mtu=1400).pack().hex()
    '0304f78300000578'
    """

    code: int
    next_hop_mtu: int = 0
    length: int = 0
    unused: int = 0
    checksum: int | None = None

    type: ClassVar[int] = DESTINATION_UNREACHABLE

    def __post_init__(self) -> None:
        check_bits("icmp", self, code=8, next_hop_mtu=16, length=8, unused=8, checksum=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message with the quoted datagram."""
        body = _ERROR.pack(self.unused, self.length, self.next_hop_mtu)
        return _seal(self.type, self.code, self.checksum, body + payload)

    @classmethod
    def _read(cls, head: _Head, body: bytes) -> DestinationUnreachable:
        unused, length, mtu = _ERROR.unpack(body)
        return cls(head.code, mtu, length, unused, head.checksum)


@dataclass(frozen=True, slots=True)
class TimeExceeded:
    """Time exceeded: in transit (code 0) or in reassembly (code 1); the payload is the datagram dropped.

    `length` is as in `DestinationUnreachable` (RFC 4884, section 4.2); `unused` holds the other 24 bits.

    >>> TimeExceeded(0).pack().hex()
    '0b00f4ff00000000'
    """

    code: int
    length: int = 0
    unused: int = 0
    checksum: int | None = None

    type: ClassVar[int] = TIME_EXCEEDED

    def __post_init__(self) -> None:
        check_bits("icmp", self, code=8, length=8, unused=24, checksum=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message with the quoted datagram."""
        body = _ERROR.pack(self.unused >> 16, self.length, self.unused & 0xFFFF)
        return _seal(self.type, self.code, self.checksum, body + payload)

    @classmethod
    def _read(cls, head: _Head, body: bytes) -> TimeExceeded:
        high, length, low = _ERROR.unpack(body)
        return cls(head.code, length, high << 16 | low, head.checksum)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Redirect: `gateway` is a better first hop for the datagram in the payload.

    >>> Redirect(1, IPv4Address("192.0.2.254")).pack().hex()
    '05013800c00002fe'
    """

    code: int
    gateway: IPv4Address
    checksum: int | None = None

    type: ClassVar[int] = REDIRECT

    def __post_init__(self) -> None:
        check_bits("icmp", self, code=8, checksum=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message with the quoted datagram."""
        return _seal(self.type, self.code, self.checksum, self.gateway.packed + payload)

    @classmethod
    def _read(cls, head: _Head, body: bytes) -> Redirect:
        return cls(head.code, IPv4Address(body), head.checksum)


@dataclass(frozen=True, slots=True)
class ParameterProblem:
    """Parameter problem: the trouble is at byte `pointer` of the datagram in the payload.

    `length` is as in `DestinationUnreachable` (RFC 4884, section 4.3); `unused` holds the other 16 bits.

    >>> ParameterProblem(pointer=20).pack().hex()
    '0c00dfff14000000'
    """

    pointer: int
    code: int = 0
    length: int = 0
    unused: int = 0
    checksum: int | None = None

    type: ClassVar[int] = PARAMETER_PROBLEM

    def __post_init__(self) -> None:
        check_bits("icmp", self, pointer=8, code=8, length=8, unused=16, checksum=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message with the quoted datagram."""
        body = _ERROR.pack(self.pointer, self.length, self.unused)
        return _seal(self.type, self.code, self.checksum, body + payload)

    @classmethod
    def _read(cls, head: _Head, body: bytes) -> ParameterProblem:
        pointer, length, unused = _ERROR.unpack(body)
        return cls(pointer, head.code, length, unused, head.checksum)


@dataclass(frozen=True, slots=True)
class RawIcmp:
    """A message of another type; `body` is the 4 bytes behind the checksum.

    >>> from rawkit.facts.icmp import TIMESTAMP_REQUEST
    >>> RawIcmp(TIMESTAMP_REQUEST, body=b"\\0\\1\\0\\2").pack(bytes(12)).hex()
    '0d00f2fc00010002000000000000000000000000'
    """

    type: int
    code: int = 0
    body: bytes = bytes(4)
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("icmp", self, type=8, code=8, checksum=16)
        check_size("icmp", self, body=4)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message with what follows its first 8 bytes."""
        return _seal(self.type, self.code, self.checksum, self.body + payload)

    @classmethod
    def _read(cls, head: _Head, body: bytes) -> RawIcmp:
        return cls(head.type, head.code, body, head.checksum)


IcmpMessage: TypeAlias = Echo | DestinationUnreachable | TimeExceeded | Redirect | ParameterProblem | RawIcmp

_READERS: Final[Mapping[int, Callable[[_Head, bytes], IcmpMessage]]] = {
    ECHO_REPLY: Echo._read,
    ECHO_REQUEST: Echo._read,
    DESTINATION_UNREACHABLE: DestinationUnreachable._read,
    TIME_EXCEEDED: TimeExceeded._read,
    REDIRECT: Redirect._read,
    PARAMETER_PROBLEM: ParameterProblem._read,
}


def unpack(data: Buffer) -> tuple[IcmpMessage, bytes]:
    """The message, and what follows its first 8 bytes: echo data, or the quoted datagram.

    >>> unpack(bytes.fromhex("0800ed182c15000170696e67"))
    (Echo(type=8, id=11285, seq=1, code=0, checksum=60696), b'ping')
    """
    require("icmp", data, HEADER_LEN)
    head = _Head(data[TYPE], data[CODE], int.from_bytes(data[CHECKSUM:BODY], "big"))
    message = _READERS.get(head.type, RawIcmp._read)(head, bytes(data[BODY:HEADER_LEN]))
    return message, bytes(data[HEADER_LEN:])
