"""A frame's bytes below its line, in the six forms that tcpdump has: -x, -X and -A, and doubled with the link header.

Where a link header ends is tcpdump's own affair (print-ether.c, print-sll.c, print-llc.c of 4.99): VLAN tags and LLC
belong to it, other tags and MPLS do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

import numpy as np

from rawkit import linktypes
from rawkit.facts import cooked, ethernet, ethertypes, llc, snap, status, vlan
from rawkit.frames import FrameBatch
from rawkit.view.packets.dump_kernel import A_LINE, ASCII_COLUMN, link_header_size

Form = Literal["x", "xx", "X", "XX", "A", "AA"]

TAGS: Final = (ethertypes.VLAN, ethertypes.SERVICE_VLAN, ethertypes.OLD_SERVICE_VLAN)
TYPE_PLACES: Final = {
    linktypes.ETHERNET: ethernet.TYPE,
    linktypes.LINUX_SLL: cooked.SLL_PROTOCOL,
    linktypes.LINUX_SLL2: cooked.SLL2_PROTOCOL,
}
"""Where the type word stands in link headers behind which tags or LLC may follow."""
RAW_IPX: Final = b"\xff\xff"
"""Both access points of Novell's frames, which have no LLC header."""
UNNUMBERED: Final = 3
"""The lowest bits of such a control field."""
BESIDE: Final = bytes(code if 32 < code < 127 else 46 for code in range(256))
"""What a byte is beside the hexadecimal numbers: a space is a dot."""
ALONE: Final = bytes(code if 32 <= code < 127 or code in b"\t\n" else 46 for code in range(256))
"""What a byte is without them."""


UNSEEN: Final = re.compile(rb"\r(?=\n|.?\Z)", re.DOTALL)
"""Returns that tcpdump leaves out: before a line feed, and of the last two bytes."""


def dump(frame: bytes, link_type: int, form: Form) -> bytes:
    r"""The lines of a frame; each ends with a line feed.

    >>> dump(b"0123456789abcdefgh", 101, "X").decode().splitlines()[1]
    '\t0x0010:  6768                                     gh'
    >>> dump(b"GET / \x1b\r\n", 101, "A")
    b'GET / .\n\n'
    """
    shown = frame if len(form) == 2 else frame[header_size(frame, link_type) :]
    if form[0] == "A":
        return _printed(shown)
    return b"".join(_with_text(shown) if form[0] == "X" else _numbers(shown))


def header_size(frame: bytes, link_type: int) -> int:
    """Bytes of the link header with the tags and the LLC header behind it."""
    size = link_header_size(link_type)
    if link_type not in TYPE_PLACES:
        return size
    kind = _word(frame, TYPE_PLACES[link_type])
    while kind in TAGS and len(frame) >= size + vlan.HEADER_LEN:
        kind = _word(frame, size + vlan.TYPE)
        size += vlan.HEADER_LEN
    is_llc = kind <= ethertypes.LENGTH_MAX if link_type == linktypes.ETHERNET else kind == cooked.ETH_P_802_2
    return size + _llc_size(frame[size : size + llc.NUMBERED_LEN]) if is_llc else size


def is_plain(batch: FrameBatch) -> bool:
    """Whether no frame has anything behind its link header that belongs to it; nor a tag that was taken off."""
    if (batch.status & status.VLAN_STRIPPED).any():
        return False
    for link_type, place in TYPE_PLACES.items():
        at = batch.offset[(batch.link_type == link_type) & (batch.captured >= place + 2)] + place
        kinds = batch.data[at].astype(np.int32) << 8 | batch.data[at + 1]
        if (kinds <= ethertypes.LENGTH_MAX).any() or np.isin(kinds, TAGS).any():
            return False
    return True


def _llc_size(header: bytes) -> int:
    if len(header) < llc.UNNUMBERED_LEN or header.startswith(RAW_IPX):
        return 0
    if header[:2] == bytes((llc.SAP_SNAP, llc.SAP_SNAP)) and header[llc.CONTROL] == llc.UNNUMBERED_INFORMATION:
        return llc.UNNUMBERED_LEN + snap.HEADER_LEN
    return llc.UNNUMBERED_LEN if header[llc.CONTROL] & UNNUMBERED == UNNUMBERED else llc.NUMBERED_LEN


def _word(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2])


def _numbers(data: bytes) -> Iterator[bytes]:
    text = data.hex(" ", -2).encode()
    for at in range(0, len(data), A_LINE):
        yield b"\t0x%04x:  %s\n" % (at, text[at // 2 * 5 : (at + A_LINE) // 2 * 5 - 1])


def _with_text(data: bytes) -> Iterator[bytes]:
    text, beside, width = data.hex(" ", -2).encode(), data.translate(BESIDE), ASCII_COLUMN - 1
    for at in range(0, len(data), A_LINE):
        part = text[at // 2 * 5 : (at + A_LINE) // 2 * 5 - 1].ljust(width)
        yield b"\t0x%04x:  %s%s\n" % (at, part, beside[at : at + A_LINE])


def _printed(data: bytes) -> bytes:
    """Text alone, whose lines end as they do here; nothing where there is nothing."""
    return UNSEEN.sub(b"", data).translate(ALONE) + b"\n" if data else b""
