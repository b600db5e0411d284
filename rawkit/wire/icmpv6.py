"""ICMPv6, RFC 4443: echo and errors; neighbor discovery is in `rawkit.wire.ndp`.

An error's payload is the packet that it is about, as much of it as was quoted: `rawkit.wire.quote` reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import ClassVar, Final, TypeAlias

from rawkit.facts import icmpv6 as layout
from rawkit.values import dataclass
from rawkit.wire import ndp
from rawkit.wire.address import IPAddress
from rawkit.wire.fields import Buffer, check_bits, check_size, require
from rawkit.wire.icmpv6_head import Head, seal

_ECHO: Final = Struct("!HH")


@dataclass(frozen=True, slots=True)
class Echo:
    """An echo request (`type` 128) or reply (`type` 129) with identifier and sequence number.

    >>> Echo(layout.ECHO_REQUEST, id=0x2C16, seq=1, checksum=0xB00F).pack(b"data").hex()
    '8000b00f2c16000164617461'
    """

    type: int
    id: int
    seq: int
    code: int = 0
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, type=8, id=16, seq=16, code=8, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message with the data; `src` and `dst` are needed where the checksum is to be computed."""
        body = _ECHO.pack(self.id, self.seq) + payload
        return seal((self.type, self.code, self.checksum), body, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[Echo, bytes]:
        """The message whose first 4 bytes are `head`."""
        ident, seq = _ECHO.unpack_from(message, layout.BODY)
        return cls(head.type, ident, seq, head.code, head.checksum), bytes(message[layout.HEADER_LEN :])


@dataclass(frozen=True, slots=True)
class DestinationUnreachable:
    """Destination unreachable (RFC 4443, section 3.1).

    `length` is that of the quoted packet in 8-byte units where extensions follow it (RFC 4884, section 4.4);
    `unused` holds the other 24 bits.

    >>> from rawkit.facts.icmpv6 import PORT_UNREACHABLE
    >>> DestinationUnreachable(PORT_UNREACHABLE, checksum=0).pack().hex()
    '0104000000000000'
    """

    code: int
    length: int = 0
    unused: int = 0
    checksum: int | None = None

    type: ClassVar[int] = layout.DESTINATION_UNREACHABLE

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, code=8, length=8, unused=24, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message with the quoted packet."""
        body = (self.length << 24 | self.unused).to_bytes(4, "big") + payload
        return seal((self.type, self.code, self.checksum), body, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[DestinationUnreachable, bytes]:
        """The message whose first 4 bytes are `head`."""
        word, rest = _split(message)
        return cls(head.code, word >> 24, word & 0xFFFFFF, head.checksum), rest


@dataclass(frozen=True, slots=True)
class PacketTooBig:
    """Packet too big: `mtu` is that of the next hop, in bytes (RFC 4443, section 3.2).

    >>> PacketTooBig(1280, checksum=0).pack().hex()
    '0200000000000500'
    """

    mtu: int
    code: int = 0
    checksum: int | None = None

    type: ClassVar[int] = layout.PACKET_TOO_BIG

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, mtu=32, code=8, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message with the quoted packet."""
        body = self.mtu.to_bytes(4, "big") + payload
        return seal((self.type, self.code, self.checksum), body, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[PacketTooBig, bytes]:
        """The message whose first 4 bytes are `head`."""
        mtu, rest = _split(message)
        return cls(mtu, head.code, head.checksum), rest


@dataclass(frozen=True, slots=True)
class TimeExceeded:
    """Time exceeded: in transit (code 0) or in reassembly (code 1) (RFC 4443, section 3.3).

    `length` and `unused` are as in `DestinationUnreachable` (RFC 4884, section 4.5).

    >>> TimeExceeded(0, checksum=0).pack().hex()
    '0300000000000000'
    """

    code: int
    length: int = 0
    unused: int = 0
    checksum: int | None = None

    type: ClassVar[int] = layout.TIME_EXCEEDED

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, code=8, length=8, unused=24, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message with the quoted packet."""
        body = (self.length << 24 | self.unused).to_bytes(4, "big") + payload
        return seal((self.type, self.code, self.checksum), body, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[TimeExceeded, bytes]:
        """The message whose first 4 bytes are `head`."""
        word, rest = _split(message)
        return cls(head.code, word >> 24, word & 0xFFFFFF, head.checksum), rest


@dataclass(frozen=True, slots=True)
class ParameterProblem:
    """Parameter problem: the trouble is at byte `pointer` of the quoted packet (RFC 4443, section 3.4).

    >>> ParameterProblem(1, pointer=40, checksum=0).pack().hex()
    '0401000000000028'
    """

    code: int
    pointer: int
    checksum: int | None = None

    type: ClassVar[int] = layout.PARAMETER_PROBLEM

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, code=8, pointer=32, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message with the quoted packet."""
        body = self.pointer.to_bytes(4, "big") + payload
        return seal((self.type, self.code, self.checksum), body, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[ParameterProblem, bytes]:
        """The message whose first 4 bytes are `head`."""
        pointer, rest = _split(message)
        return cls(head.code, pointer, head.checksum), rest


@dataclass(frozen=True, slots=True)
class RawIcmpv6:
    """A message of another type; `body` is the 4 bytes behind the checksum.

    >>> RawIcmpv6(layout.MULTICAST_LISTENER_REPORT_V2, body=b"\\0\\0\\0\\1", checksum=0).pack().hex()
    '8f00000000000001'
    """

    type: int
    code: int = 0
    body: bytes = bytes(4)
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("icmpv6", self, type=8, code=8, checksum=16)
        check_size("icmpv6", self, body=4)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The message with what follows its first 8 bytes."""
        return seal((self.type, self.code, self.checksum), self.body + payload, src, dst)

    @classmethod
    def read(cls, head: Head, message: Buffer) -> tuple[RawIcmpv6, bytes]:
        """The message whose first 4 bytes are `head`."""
        body = bytes(message[layout.BODY : layout.HEADER_LEN])
        return cls(head.type, head.code, body, head.checksum), bytes(message[layout.HEADER_LEN :])


Icmpv6Error: TypeAlias = DestinationUnreachable | PacketTooBig | TimeExceeded | ParameterProblem
NdpMessage: TypeAlias = (
    ndp.RouterSolicitation
    | ndp.RouterAdvertisement
    | ndp.NeighborSolicitation
    | ndp.NeighborAdvertisement
    | ndp.Redirect
)
Icmpv6Message: TypeAlias = Echo | Icmpv6Error | NdpMessage | RawIcmpv6

_READERS: Final[Mapping[int, Callable[[Head, Buffer], tuple[Icmpv6Message, bytes]]]] = {
    layout.DESTINATION_UNREACHABLE: DestinationUnreachable.read,
    layout.PACKET_TOO_BIG: PacketTooBig.read,
    layout.TIME_EXCEEDED: TimeExceeded.read,
    layout.PARAMETER_PROBLEM: ParameterProblem.read,
    layout.ECHO_REQUEST: Echo.read,
    layout.ECHO_REPLY: Echo.read,
    layout.ROUTER_SOLICITATION: ndp.RouterSolicitation.read,
    layout.ROUTER_ADVERTISEMENT: ndp.RouterAdvertisement.read,
    layout.NEIGHBOR_SOLICITATION: ndp.NeighborSolicitation.read,
    layout.NEIGHBOR_ADVERTISEMENT: ndp.NeighborAdvertisement.read,
    layout.REDIRECT: ndp.Redirect.read,
}


def unpack(data: Buffer) -> tuple[Icmpv6Message, bytes]:
    """The message, and what follows it: echo data, or the quoted packet; nothing for neighbor discovery.

    Raises `DecodeError` where the message is shorter than its type needs, or an option of neighbor discovery
    has a wrong length.

    >>> unpack(bytes.fromhex("0200000000000500"))[0]
    PacketTooBig(mtu=1280, code=0, checksum=0)
    """
    require("icmpv6", data, layout.HEADER_LEN)
    checksum = int.from_bytes(data[layout.CHECKSUM : layout.BODY], "big")
    head = Head(data[layout.TYPE], data[layout.CODE], checksum)
    return _READERS.get(head.type, RawIcmpv6.read)(head, data)


def _split(message: Buffer) -> tuple[int, bytes]:
    """The 32-bit word behind the checksum, and what follows it."""
    word = int.from_bytes(message[layout.BODY : layout.HEADER_LEN], "big")
    return word, bytes(message[layout.HEADER_LEN :])
