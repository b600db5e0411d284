"""TCP, RFC 9293."""

from __future__ import annotations

from struct import Struct
from typing import Final

from rawkit.facts import ip_protocols
from rawkit.facts.tcp import CHECKSUM, DATA_OFFSET, FLAGS_MASK, HEADER_LEN
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress
from rawkit.wire.checksum import fill, transport_checksum
from rawkit.wire.fields import Buffer, auto, check_bits, check_length, require
from rawkit.wire.options import pack_options
from rawkit.wire.tcp_options import TcpOption, unpack_options

_LAYOUT: Final = Struct("!HHIIHHHH")


@dataclass(frozen=True, slots=True)
class Tcp:
    """A TCP header.

    Attributes:
        src_port, dst_port: 0 to 65535.
        seq, ack: sequence and acknowledgment number, 32 bits.
        flags: 12 bits, the three reserved ones included, as in Wireshark's `tcp.flags`.
        window: as it stands in the header, not scaled.
        urgent: the urgent pointer.
        options: filled up with end bytes to a multiple of 4 when packed.
        data_offset: header length in 32-bit words; None to compute it.
        checksum: None to compute it.

    >>> from rawkit.facts.tcp import ACK, RST
    >>> from ipaddress import IPv4Address
    >>> rst = Tcp(7, 60172, ack=0x5350593E, flags=RST | ACK, window=0)
    >>> rst.pack(src=IPv4Address("192.0.2.2"), dst=IPv4Address("192.0.2.1")).hex(" ", -4)
    '0007eb0c 00000000 5350593e 50140000 942a0000'
    """

    src_port: int
    dst_port: int
    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 65535
    urgent: int = 0
    options: tuple[TcpOption, ...] = ()
    data_offset: int | None = None
    checksum: int | None = None

    def __post_init__(self) -> None:
        check_bits("tcp", self, src_port=16, dst_port=16, seq=32, ack=32, flags=12, window=16, urgent=16)
        check_bits("tcp", self, data_offset=4, checksum=16)

    def pack(self, payload: Buffer = b"", *, src: IPAddress | None = None, dst: IPAddress | None = None) -> bytes:
        """The header and the payload; `src` and `dst` are needed where the checksum is to be computed."""
        raw = self._pack_header() + payload
        checksum = self.checksum
        if checksum is None:
            checksum = transport_checksum("tcp", src, dst, ip_protocols.TCP, raw)
        return fill(raw, CHECKSUM, checksum)

    def _pack_header(self) -> bytes:
        options = pack_options(self.options)
        words = auto("tcp", "data_offset", self.data_offset, (HEADER_LEN + len(options)) // 4, 4)
        ends = (self.src_port, self.dst_port, self.seq, self.ack)
        return _LAYOUT.pack(*ends, words << 12 | self.flags, self.window, 0, self.urgent) + options

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Tcp, bytes]:
        """The header and all that follows.

        Raises `DecodeError` where the data offset is under 5 words or more than there is, or an option's
        length is wrong.

        >>> Tcp.unpack(bytes(20))
        Traceback (most recent call last):
        rawkit.errors.DecodeError: tcp: data offset of 0 bytes is under 20 (at offset 12)
        """
        require("tcp", data, HEADER_LEN)
        src, dst, seq, ack, word, window, checksum, urgent = _LAYOUT.unpack_from(data)
        words = word >> 12
        check_length("tcp", data, "data offset", words * 4, HEADER_LEN, DATA_OFFSET)
        options = unpack_options(data[: words * 4], HEADER_LEN)
        header = cls(src, dst, seq, ack, word & FLAGS_MASK, window, urgent, options, words, checksum)
        return header, bytes(data[words * 4 :])
