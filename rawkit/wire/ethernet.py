"""Ethernet II and IEEE 802.3 frames, without preamble and frame check sequence."""

from __future__ import annotations

from struct import Struct
from typing import Final

from rawkit.facts import ethertypes
from rawkit.facts.ethernet import HEADER_LEN, LENGTH, TYPE
from rawkit.values import dataclass
from rawkit.wire.address import MAC_LEN
from rawkit.wire.fields import Buffer, auto, check_bits, check_length, check_size, require

_LAYOUT: Final = Struct("!6s6sH")


@dataclass(frozen=True, slots=True)
class Ethernet:
    """An Ethernet II header: addresses of 6 bytes and an EtherType (`rawkit.wire.ethertypes`).

    >>> from rawkit.wire.address import mac
    >>> Ethernet(mac("00:00:5e:00:53:02"), mac("00:00:5e:00:53:01"), 0x0800).pack(b"data").hex(" ", 2)
    '0000 5e00 5302 0000 5e00 5301 0800 6461 7461'
    """

    dst: bytes
    src: bytes
    type: int

    def __post_init__(self) -> None:
        check_size("ethernet", self, dst=MAC_LEN, src=MAC_LEN)
        check_bits("ethernet", self, type=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload; a short frame is not padded to 60 bytes, which is the sender's work."""
        return _LAYOUT.pack(self.dst, self.src, self.type) + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Ethernet, bytes]:
        """The header and all that follows, padding included.

        >>> Ethernet.unpack(bytes(12) + b"\\x08\\x00rest")[1]
        b'rest'
        """
        require("ethernet", data, HEADER_LEN)
        return cls(*_LAYOUT.unpack_from(data)), bytes(data[HEADER_LEN:])


@dataclass(frozen=True, slots=True)
class Ieee8023:
    """An IEEE 802.3 header, which has the payload's length in place of a type; an LLC header follows it.

    `length` is the payload's in bytes, without padding; None to compute it.

    >>> Ieee8023(bytes(6), bytes(6)).pack(b"\\x42\\x42\\x03")[12:].hex()
    '0003424203'
    """

    dst: bytes
    src: bytes
    length: int | None = None

    def __post_init__(self) -> None:
        check_size("ethernet", self, dst=MAC_LEN, src=MAC_LEN)
        check_bits("ethernet", self, length=16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The header and the payload, not padded."""
        length = auto("ethernet", "length", self.length, len(payload), 16)
        return _LAYOUT.pack(self.dst, self.src, length) + payload

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Ieee8023, bytes]:
        """The header and the payload, as long as the length field says.

        >>> Ieee8023.unpack(bytes(12) + b"\\x00\\x03abc-padding")[1]
        b'abc'
        """
        require("ethernet", data, HEADER_LEN)
        dst, src, length = _LAYOUT.unpack_from(data)
        check_length("ethernet", data, "length", HEADER_LEN + length, HEADER_LEN, LENGTH)
        return cls(dst, src, length), bytes(data[HEADER_LEN : HEADER_LEN + length])


def unpack(data: Buffer) -> tuple[Ethernet | Ieee8023, bytes]:
    """An Ethernet II or an IEEE 802.3 header, told apart by the field at offset 12 (over 1500: a type).

    >>> unpack(bytes(12) + b"\\x08\\x06")[0].__class__.__name__
    'Ethernet'
    """
    require("ethernet", data, HEADER_LEN)
    kind = int.from_bytes(data[TYPE:HEADER_LEN], "big")
    return Ieee8023.unpack(data) if kind <= ethertypes.LENGTH_MAX else Ethernet.unpack(data)
