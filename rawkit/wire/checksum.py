"""Checksums: the Internet checksum (RFC 1071) with its pseudo-headers, and CRC32c for SCTP.

To verify, compute over the bytes as they came: data that hold their right Internet checksum sum up to 0.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from rawkit.wire import sum_kernel
from rawkit.wire.address import IPAddress
from rawkit.wire.fields import Buffer, fits

CRC32C_POLYNOMIAL: Final = 0x82F63B78
"""The Castagnoli polynomial, bits reversed (RFC 9260, appendix A)."""


def internet_checksum(data: Buffer) -> int:
    """The 16-bit one's complement of the one's complement sum of the data, as in RFC 1071.

    An odd last byte is taken as the high half of a word. The sum is taken modulo 65535, which is the same as
    adding 16-bit words with the carry added back in.

    >>> hex(internet_checksum(bytes.fromhex("0001 f203 f4f5 f6f7")))  # the example in RFC 1071, section 3
    '0x220d'
    >>> internet_checksum(bytes.fromhex("0001 f203 f4f5 f6f7 220d"))
    0
    """
    total = int.from_bytes(data, "big") << 8 * (len(data) % 2)
    folded = total % 0xFFFF
    return 0xFFFF - (0xFFFF if total and not folded else folded)


def pseudo_header(src: IPAddress, dst: IPAddress, protocol: int, length: int) -> bytes:
    """What a transport checksum covers before the segment: RFC 9293 section 3.1, RFC 8200 section 8.1.

    `length` is that of the segment in bytes; `protocol` the number of the transport protocol, not of an
    extension header. Raises `ValueError` for addresses of two families or a length that does not fit.

    >>> from ipaddress import IPv4Address
    >>> pseudo_header(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"), 17, 8).hex(" ", 4)
    'c0000201 c0000202 00110008'
    """
    if src.version != dst.version:
        raise ValueError(f"{src} and {dst} are of two families: give two IPv4 or two IPv6 addresses")
    if src.version == 4:
        tail = bytes((0, protocol)) + fits("pseudo-header", "length", length, 16).to_bytes(2, "big")
    else:
        tail = length.to_bytes(4, "big") + bytes((0, 0, 0, protocol))
    return src.packed + dst.packed + tail


def transport_checksum(
    layer: str,
    src: IPAddress | None,
    dst: IPAddress | None,
    protocol: int,
    segment: Buffer,
    covered: int | None = None,
) -> int:
    """The checksum of a segment whose checksum field is 0, over the pseudo-header and the segment.

    `covered` is how many of the segment's bytes it covers, None for all. Raises `ValueError` where an address
    is missing; `layer` is for that message.

    >>> from ipaddress import IPv4Address
    >>> a, b = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    >>> hex(transport_checksum("udp", a, b, 17, bytes.fromhex("a4d70009000d0000") + b"hello"))
    '0x931d'
    """
    if src is None or dst is None:
        raise ValueError(f"{layer}: the checksum covers the addresses: give src and dst, or a checksum")
    return internet_checksum(pseudo_header(src, dst, protocol, len(segment)) + segment[:covered])


def judge_transport(src: IPAddress, dst: IPAddress, protocol: int, segment: Buffer, at: int) -> int:
    """What the checksum of a whole segment is that came from `src` for `dst`: one of `rawkit.wire.sum_kernel`.

    `at` is where the checksum stands in it.

    >>> from ipaddress import IPv4Address
    >>> a, b = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    >>> judge_transport(a, b, 17, bytes.fromhex("a4d70009000d931d") + b"hello", 6) == sum_kernel.RIGHT
    True
    """
    pseudo = int.from_bytes(pseudo_header(src, dst, protocol, len(segment)), "big")
    total = pseudo + (int.from_bytes(segment, "big") << 8 * (len(segment) % 2))
    return sum_kernel.judge_sum(total, pseudo, len(segment), int.from_bytes(segment[at : at + 2], "big"))


def fill(raw: bytes, offset: int, checksum: int) -> bytes:
    """The bytes with a 16-bit checksum put in at `offset`.

    >>> fill(bytes(4), 2, 0x1234).hex()
    '00001234'
    """
    return raw[:offset] + checksum.to_bytes(2, "big") + raw[offset + 2 :]


@cache
def _crc32c_table() -> tuple[int, ...]:
    return tuple(_crc32c_entry(byte) for byte in range(256))


def _crc32c_entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (CRC32C_POLYNOMIAL if value & 1 else 0)
    return value


def crc32c(data: Buffer) -> int:
    """CRC32c of the data (RFC 9260, appendix A; the values below are those of RFC 3720, appendix B.4).

    >>> hex(crc32c(bytes(32))), hex(crc32c(b"\\xff" * 32)), hex(crc32c(bytes(range(32))))
    ('0x8a9136aa', '0x62a8ab43', '0x46dd794e')
    """
    table = _crc32c_table()
    crc = 0xFFFFFFFF
    for byte in bytes(data):
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF
