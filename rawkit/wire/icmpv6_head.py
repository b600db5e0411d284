"""What all ICMPv6 messages share, RFC 4443 section 2: type, code and a checksum that covers the addresses."""

from __future__ import annotations

from typing import NamedTuple

from rawkit.facts import ip_protocols
from rawkit.facts.icmpv6 import CHECKSUM
from rawkit.wire.address import IPAddress
from rawkit.wire.checksum import fill, transport_checksum


class Head(NamedTuple):
    """The first 4 bytes of a message."""

    type: int
    code: int
    checksum: int


def seal(head: tuple[int, int, int | None], body: bytes, src: IPAddress | None, dst: IPAddress | None) -> bytes:
    """The message of type, code, checksum (None to compute it) and body, which begins behind the checksum.

    >>> seal((133, 0, 0x192B), bytes(4), None, None).hex()
    '8500192b00000000'
    """
    kind, code, checksum = head
    raw = bytes((kind, code, 0, 0)) + body
    if checksum is None:
        checksum = transport_checksum("icmpv6", src, dst, ip_protocols.ICMPV6, raw)
    return fill(raw, CHECKSUM, checksum)
