"""Flows whose directions have different VLAN ids: they are kept apart, and here it is noticed.

So do switches with a port that mirrors both directions under different ids, and asymmetric routes.
"""

from __future__ import annotations

from typing import Final

from rawkit.flow.layout import (
    CONNECTION,
    KEY_SIDE,
    PACKETS,
    REST,
    SEED,
    SPLIT_FLOWS,
    VLANS_NOTED,
    VLANS_SEEN,
    VLANS_SEEN_END,
    WIDTH,
)
from rawkit.flow.row_kernel import side_of, vlans_of, with_vlans
from rawkit.flow.table.table_kernel import find, key_hash
from rawkit.kernels import Ints

FORCE_INLINE: Final = True


def note_new_flow(key: Ints, slots: Ints, flows: Ints, tracker: Ints) -> None:
    """Notes the VLANs of a new flow, and counts it where the other direction came under other ones.

    Of the VLANs of a capture the first few are looked through.
    """
    rest = key[REST]
    note_vlans(vlans_of(rest), tracker)
    for place in range(VLANS_SEEN, VLANS_SEEN + tracker[VLANS_NOTED]):
        other = with_vlans(rest, tracker[place])
        if other == rest or tracker[VLANS_NOTED] == 1:
            continue
        key[REST] = other
        row = find(key, key_hash(key, tracker[SEED]), slots, flows)
        if row >= 0 and flows[row * WIDTH + CONNECTION] and flows[side_of(row * WIDTH, key[KEY_SIDE]) + PACKETS] == 0:
            tracker[SPLIT_FLOWS] += 1
    key[REST] = rest


def note_vlans(vlans: int, tracker: Ints) -> None:
    count = tracker[VLANS_NOTED]
    for place in range(VLANS_SEEN, VLANS_SEEN + count):
        if tracker[place] == vlans:
            return
    if VLANS_SEEN + count < VLANS_SEEN_END:
        tracker[VLANS_SEEN + count] = vlans
        tracker[VLANS_NOTED] = count + 1
