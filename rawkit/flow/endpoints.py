"""What identifies a flow, in words: its endpoints, Zeek's `uid`, and the Community ID."""

from __future__ import annotations

import base64
import hashlib
import socket
from dataclasses import dataclass
from typing import Final

from rawkit.flow import layout
from rawkit.flow.conn_log.record_kernel import community_content, name_part

Row = list[int]
"""A row of `rawkit.flow.layout`, as a list of numbers."""

UID_LETTERS: Final = 16
_BITS_64: Final = (1 << 64) - 1
BASE_62: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port; for ICMP the port is the type, or the code.

    >>> str(Endpoint("192.0.2.1", 80)), str(Endpoint("2001:db8::1", 80))
    ('192.0.2.1:80', '[2001:db8::1]:80')
    """

    address: str
    port: int

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def address_bytes(high: int, low: int, version: int) -> bytes:
    """The address that two columns of a row hold, in network order."""
    if version == 4:
        return low.to_bytes(4, "big")
    return (high & _BITS_64).to_bytes(8, "big") + (low & _BITS_64).to_bytes(8, "big")


def address_text(high: int, low: int, version: int) -> str:
    """The same as text (RFC 5952 for IPv6).

    >>> address_text(0, 0xC0000201, 4), address_text(0x20010DB8 << 32, 1, 6)
    ('192.0.2.1', '2001:db8::1')
    """
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    return socket.inet_ntop(family, address_bytes(high, low, version))


def protocol(row: Row) -> int:
    """The IP protocol of a flow's row."""
    return row[layout.REST] & 0xFF


def version(row: Row) -> int:
    """The IP version of a flow's row."""
    return row[layout.REST] >> 8 & 0xFF


def vlans(row: Row) -> tuple[int | None, int | None]:
    """The outermost and the innermost VLAN id, None where there is no (further) tag."""
    tags = row[layout.REST] >> 16
    outer, inner = (tags >> 16) - 1, (tags & 0xFFFF) - 1
    return (outer if outer >= 0 else None, inner if inner not in (-1, outer) else None)


def endpoint(row: Row, side: int) -> Endpoint:
    """The endpoint of side A (0) or B (1)."""
    high, low = row[layout.ADDRESS_A + 2 * side], row[layout.ADDRESS_A + 2 * side + 1]
    ports = row[layout.PORTS]
    return Endpoint(address_text(high, low, version(row)), ports & 0xFFFF if side else ports >> 16)


def uid(row: Row) -> str:
    """A name for the connection in Zeek's form; the same capture gives the same names."""
    letters = []
    for part in range(2):
        number = name_part(row, 0, part)
        for _ in range(UID_LETTERS // 2):
            number, letter = divmod(number, 62)
            letters.append(BASE_62[letter])
    return "C" + "".join(letters)


def community_id(row: Row) -> str:
    """Community ID, version 1, seed 0 (https://github.com/corelight/community-id-spec).

    >>> row = [0] * layout.WIDTH
    >>> row[1], row[3], row[4], row[5] = 0x80E80001, 0x80E80002, 1234 << 16 | 80, 6 | 4 << 8
    >>> community_id(row)[:2]
    '1:'
    """
    content = bytearray(40)
    size = community_content(row, 0, content, 0)
    return "1:" + base64.b64encode(hashlib.sha1(content[:size], usedforsecurity=False).digest()).decode()
