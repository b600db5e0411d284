"""What identifies a flow, in words: its endpoints, Zeek's `uid`, and the Community ID."""

from __future__ import annotations

import base64
import hashlib
import socket
from typing import Final

from rawkit.flow import layout
from rawkit.flow.conn_log.record_kernel import community_content, name_part
from rawkit.flow.row_kernel import address_high, address_low, ip_protocol, ip_version, port
from rawkit.values import dataclass

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
    return ip_protocol(row, 0)


def endpoint(row: Row, side: int) -> Endpoint:
    """The endpoint of side A (0) or B (1)."""
    text = address_text(address_high(row, 0, side), address_low(row, 0, side), ip_version(row, 0))
    return Endpoint(text, port(row, 0, side))


def uid(row: Row) -> str:
    """A name for the connection in Zeek's form; the same capture gives the same names."""
    return uid_text(name_part(row, 0, 0), name_part(row, 0, 1))


def parents(row: Row) -> tuple[str, ...]:
    """The names of the flows that carry this one."""
    places = range(layout.PARENTS, layout.WIDTH, layout.PARENT_WIDTH)
    named = (row[place + layout.PARENT_NAME : place + layout.PARENT_WIDTH] for place in places if row[place])
    return tuple(uid_text(*parts) for parts in named)


def uid_text(*parts: int) -> str:
    """The name that two numbers of `name_part` are.

    >>> uid_text(0, 61)
    'CAAAAAAAA9AAAAAAA'
    """
    letters = []
    for number in parts:
        for _ in range(UID_LETTERS // 2):
            number, letter = divmod(number, 62)
            letters.append(BASE_62[letter])
    return "C" + "".join(letters)


def community_id(row: Row) -> str:
    """Community ID, version 1, seed 0 (https://github.com/corelight/community-id-spec).

    >>> from rawkit.flow import layout
    >>> from rawkit.flow.row_kernel import pack_ports, pack_rest
    >>> row = [0] * layout.WIDTH
    >>> row[layout.A_LOW], row[layout.B_LOW] = 0xC0000201, 0xC0000202
    >>> row[layout.PORTS], row[layout.REST] = pack_ports(1234, 80), pack_rest(6, 4, 0)
    >>> community_id(row)[:2]
    '1:'
    """
    content = bytearray(40)
    size = community_content(row, 0, content, 0)
    return "1:" + base64.b64encode(hashlib.sha1(content[:size], usedforsecurity=False).digest()).decode()
