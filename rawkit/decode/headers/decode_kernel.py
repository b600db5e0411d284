"""The decode kernel: walks the headers of each frame and writes down where they are (`rawkit.decode.layout`).

Each layer has a function that reads one header at the place `at` (bytes from the frame's first byte, which is
`data[start]`) and returns which layer comes next and where; `NOTHING` ends the walk. A header that does not fit says
so in the row's STOP and ends the walk too; nothing is ever raised, whatever the bytes are. The functions stand in
link_kernel, wlan_kernel, network_kernel, transport_kernel and tunnel_kernel; which follows which is the registry's
(layers.py).
"""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.dispatch_kernel import step
from rawkit.decode.headers.lookup_kernel import by_link_type
from rawkit.decode.headers.row_kernel import note_vlan, stop
from rawkit.decode.layout import (
    DEPTH,
    END,
    FRAGMENT,
    LINK_TYPE,
    MAX_HEADERS,
    MAX_TUNNELS,
    NET_KIND,
    NOTHING,
    STOP,
    TOO_DEEP,
    TUNNEL,
    UNKNOWN,
    VLANS,
    WIDTH,
    WIRE_END,
)
from rawkit.facts.status import VLAN_STRIPPED, VLAN_TCI_SHIFT
from rawkit.facts.vlan import VID_MASK
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import within

FORCE_INLINE: Final = True


def decode_frames(
    data: Ints,
    offset: Ints,
    captured: Ints,
    length: Ints,
    link_type: Ints,
    status: Ints,
    rows: Ints,
    first: int,
    last: int,
) -> None:
    """Decodes the frames `first` to `last - 1`, each into its row of `rows`."""
    for i in range(first, last):
        decode_frame(data, offset[i], captured[i], length[i], link_type[i], status[i], MAX_TUNNELS, rows, i * WIDTH)


def decode_frame(
    data: Ints, start: int, captured: int, length: int, link_type: int, status: int, most: int, rows: Ints, row: int
) -> None:
    """Decodes one frame, going into `most` tunnels."""
    new_row(captured, length, link_type, rows, row)
    if status & VLAN_STRIPPED:
        note_vlan(rows, row, (status >> VLAN_TCI_SHIFT) & VID_MASK)
    layer = by_link_type(link_type)
    at = 0
    if layer == NOTHING:
        rows[row + STOP] = UNKNOWN
    for _ in range(MAX_HEADERS):
        if layer == NOTHING:
            return
        layer, at = step(data, start, at, layer, rows, row)
        if layer >= TUNNEL:
            layer = enter(layer - TUNNEL, most, rows, row)
    if layer != NOTHING:
        stop(rows, row, layer, TOO_DEEP)


def new_row(captured: int, length: int, link_type: int, rows: Ints, row: int) -> None:
    """What the row of a frame begins with, before any of its headers was read."""
    within(rows, row, WIDTH)
    for column in range(WIDTH):
        rows[row + column] = -1
    rows[row + STOP] = 0
    rows[row + LINK_TYPE] = link_type
    rows[row + NET_KIND] = 0
    rows[row + DEPTH] = 0
    rows[row + VLANS] = 0
    rows[row + END] = min(captured, length)
    rows[row + WIRE_END] = length


def enter(layer: int, most: int, rows: Ints, row: int) -> int:
    """Goes into a tunnel, if it is not too deep; a fragment of one is left alone until it is put together again."""
    if rows[row + FRAGMENT] != -1:
        return NOTHING
    if rows[row + DEPTH] == most:
        if most == MAX_TUNNELS:
            stop(rows, row, layer, TOO_DEEP)
        return NOTHING
    rows[row + DEPTH] += 1
    return layer
