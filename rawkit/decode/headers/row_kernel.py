"""What every layer writes into a row, and the check that its header is there."""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import (
    END,
    FRAGMENT,
    FRAGMENT_ID,
    MALFORMED,
    NET,
    NET_KIND,
    NOTHING,
    PAYLOAD,
    PROTOCOL,
    QUOTE,
    STOP,
    TRANSPORT,
    TRUNCATED,
    VLANS,
    WIRE_END,
)
from rawkit.kernels import Ints

FORCE_INLINE: Final = True


def fits(rows: Ints, row: int, at: int, size: int, layer: int) -> bool:
    """Whether `size` bytes are there; else the row says whether the capture or the packet itself ends too early."""
    if at + size <= rows[row + END]:
        return True
    stop(rows, row, layer, TRUNCATED if at + size <= rows[row + WIRE_END] else MALFORMED)
    return False


def stop(rows: Ints, row: int, layer: int, reason: int) -> tuple[int, int]:
    rows[row + STOP] = layer << 8 | reason
    return NOTHING, 0


def note_vlan(rows: Ints, row: int, identifier: int) -> None:
    outer = rows[row + VLANS] >> 16
    if outer == 0:
        outer = identifier + 1
    rows[row + VLANS] = outer << 16 | identifier + 1


def shorten(rows: Ints, row: int, end: int) -> None:
    """The packet ends at `end`; what follows in the frame is padding."""
    rows[row + END] = min(rows[row + END], end)
    rows[row + WIRE_END] = min(rows[row + WIRE_END], end)


def new_packet(rows: Ints, row: int, at: int, kind: int) -> None:
    """An IP header begins: what was said of the packet around it no longer holds."""
    rows[row + NET] = at
    rows[row + NET_KIND] = kind
    rows[row + PROTOCOL] = -1
    rows[row + TRANSPORT] = -1
    rows[row + PAYLOAD] = -1
    rows[row + QUOTE] = -1
    rows[row + FRAGMENT] = -1
    rows[row + FRAGMENT_ID] = -1
