"""The headers of one frame, each as the decode kernel steps over it; the row that the kernel writes keeps the last."""

from __future__ import annotations

from typing import NamedTuple

from rawkit.decode import layout
from rawkit.decode.headers.carried_kernel import ip_by_version
from rawkit.decode.headers.decode_kernel import decode_frame, enter
from rawkit.decode.headers.dispatch_kernel import step
from rawkit.decode.headers.lookup_kernel import by_link_type

NO_LINK = -1
"""A link type that there is not: a row for it has nothing but what every row begins with."""


class Header(NamedTuple):
    """A header that was found.

    Attributes:
        layer: its number (`rawkit.decode.layout`).
        at: where it begins, bytes from the frame's first byte.
        behind: where what it carries begins; None where nothing follows that is read, or where it is not whole.
        end: where the packet that it stands in ends in what was captured.
        protocol: the IP protocol number that leads to it, -1 where none does.
    """

    layer: int
    at: int
    behind: int | None
    end: int
    protocol: int


class Walk(NamedTuple):
    """The headers in their order, and the decode kernel's row of the frame."""

    headers: list[Header]
    row: list[int]


def walk(frame: bytes, length: int, link_type: int) -> Walk:
    """All headers of a frame, of those around a tunnel too. No bytes make it raise.

    Args:
        frame: what was captured.
        length: bytes on the wire.
        link_type: the LINKTYPE number of its first header.

    >>> found = walk(bytes.fromhex("4500001c000100004011000ac0000201c0000202" "0035003500080000"), 28, 101)
    >>> [(header.layer == layout.UDP, header.at, header.behind) for header in found.headers[1:]]
    [(False, 0, 20), (True, 20, 28)]
    """
    row = _new_row(frame, length, link_type)
    first = by_link_type(link_type)
    row[layout.STOP] = 0 if first != layout.NOTHING else layout.UNKNOWN
    return Walk(_headers(frame, first, 0, row), row)


def walk_quote(frame: bytes, length: int, quote: int, end: int) -> Walk:
    """The headers that an ICMP error quotes, from the IP header at `quote` on; bytes from `end` on are not its."""
    row = _new_row(frame[:end], length, NO_LINK)
    row[layout.STOP] = 0
    first, at = ip_by_version(memoryview(bytearray(frame)), 0, quote, layout.ICMP, row, 0)
    return Walk(_headers(frame, first, at, row), row)


def _new_row(frame: bytes, length: int, link_type: int) -> list[int]:
    row = [0] * layout.WIDTH
    decode_frame(memoryview(bytearray(frame)), 0, len(frame), length, NO_LINK, 0, layout.MAX_TUNNELS, row, 0)
    row[layout.LINK_TYPE] = link_type
    return row


def _headers(frame: bytes, layer: int, at: int, row: list[int]) -> list[Header]:
    found: list[Header] = []
    data = memoryview(bytearray(frame))
    for _ in range(layout.MAX_HEADERS):
        if layer == layout.NOTHING:
            return found
        protocol = row[layout.PROTOCOL]
        following, behind = step(data, 0, at, layer, row, 0)
        found.append(Header(layer, at, _behind(following, behind, at, row), row[layout.END], protocol))
        layer, at = following, behind
        if layer >= layout.TUNNEL:
            layer = enter(layer - layout.TUNNEL, layout.MAX_TUNNELS, row, 0)
    if layer != layout.NOTHING:
        row[layout.STOP] = layer << 8 | layout.TOO_DEEP
    return found


def _behind(following: int, behind: int, at: int, row: list[int]) -> int | None:
    if following != layout.NOTHING:
        return behind
    return row[layout.PAYLOAD] if row[layout.TRANSPORT] == at and row[layout.PAYLOAD] >= 0 else None
