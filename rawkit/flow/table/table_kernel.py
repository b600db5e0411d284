"""The flow table: rows found by their whole key through an index of hashes (open addressing, linear probing).

`slots` holds, per place, 0 or `hash << 32 | row + 1`. A hash only says where to look: the key, 128-bit addresses and
all, is compared whole. Hashes are seeded, so that nobody can aim at one place from outside.
"""

from __future__ import annotations

from typing import Final

from rawkit.flow.layout import (
    A_HIGH,
    A_LOW,
    B_HIGH,
    B_LOW,
    CONNECTION_END,
    FLOW_COUNT,
    FREE_COUNT,
    FULL,
    HASH,
    KEY_WIDTH,
    MOMENTS,
    MOMENTS_END,
    NOT_YET,
    PARENT,
    PARENT_WIDTH,
    PARENTS,
    PORTS,
    REST,
    SEED,
    SIDE_MOMENTS,
    SIDE_MOMENTS_END,
    VLAN_IDS,
    WIDTH,
)
from rawkit.flow.row_kernel import side_of
from rawkit.kernels import Ints

FORCE_INLINE: Final = True

BITS_31 = 0x7FFFFFFF
BITS_32 = 0xFFFFFFFF
BITS_63 = 0x7FFFFFFFFFFFFFFF


def mix(word: int, by: int) -> int:
    """Both halves of a word, multiplied: in 63 bits, where compiled and interpreted numbers are the same."""
    low = (word & BITS_32) * by & BITS_63
    high = (word >> 32 & BITS_32) * (by ^ 0x5BD1E995) & BITS_63
    return low ^ high >> 7


def key_hash(key: Ints, seed: int) -> int:
    """31 bits of the whole key; the multiplications do not wait for each other."""
    value = mix(key[A_HIGH], 0x9E3779B1 ^ seed) ^ mix(key[A_LOW], 0x85EBCA77 ^ seed)
    value ^= mix(key[B_HIGH], 0xC2B2AE3D ^ seed) ^ mix(key[B_LOW], 0x27D4EB2F ^ seed)
    value ^= mix(key[PORTS], 0x165667B1 ^ seed) ^ mix(key[REST], 0xD3A2646C ^ seed)
    value = (value >> 32 ^ value & BITS_32) * 0x9E3779B1 & BITS_63
    return (value >> 31 ^ value) & BITS_31


def find(key: Ints, value: int, slots: Ints, flows: Ints) -> int:
    """The row with this key, -1 where there is none."""
    mask = len(slots) - 1
    place = value & mask
    while slots[place] != 0:
        if slots[place] >> 32 == value:
            row = (slots[place] & BITS_32) - 1
            if same_key(key, flows, row * WIDTH):
                return row
        place = (place + 1) & mask
    return -1


def same_key(key: Ints, flows: Ints, base: int) -> bool:
    for column in range(KEY_WIDTH):
        if key[column] != flows[base + column]:
            return False
    return True


def enter(row: int, value: int, slots: Ints) -> None:
    mask = len(slots) - 1
    place = value & mask
    while slots[place] != 0:
        place = (place + 1) & mask
    slots[place] = value << 32 | row + 1


def take_row(slots: Ints, tracker: Ints, free: Ints) -> int:
    """A row that nobody uses, -1 (and FULL) where there is none: the index is never more than half full."""
    if tracker[FREE_COUNT] > 0:
        tracker[FREE_COUNT] -= 1
        return free[tracker[FREE_COUNT]]
    row = tracker[FLOW_COUNT]
    if 2 * row >= len(slots) or row >= len(free):
        tracker[FULL] = 1
        return -1
    tracker[FLOW_COUNT] += 1
    return row


def add(key: Ints, value: int, slots: Ints, flows: Ints, tracker: Ints, free: Ints) -> int:
    """A new row with this key, its moments NOT_YET and all else 0 (as it was); -1 where the table is full."""
    row = take_row(slots, tracker, free)
    if row < 0:
        return -1
    base = row * WIDTH
    for column in range(KEY_WIDTH):
        flows[base + column] = key[column]
    flows[base + HASH] = value
    forget_moments(flows, base)
    enter(row, value, slots)
    return row


def forget_moments(flows: Ints, base: int) -> None:
    """Nothing of the connection has happened yet."""
    for column in range(MOMENTS, MOMENTS_END):
        flows[base + column] = NOT_YET
    for side in range(2):
        place = side_of(base, side)
        for column in range(SIDE_MOMENTS, SIDE_MOMENTS_END):
            flows[place + column] = NOT_YET


def forget_connection(flows: Ints, base: int) -> None:
    """Clears what was of the connection before; what is the conversation's stays."""
    forget_moments(flows, base)
    for column in range(MOMENTS_END, VLAN_IDS):
        flows[base + column] = 0
    for side in range(2):
        place = side_of(base, side)
        for column in range(SIDE_MOMENTS):
            flows[place + column] = 0
        for column in range(SIDE_MOMENTS_END, CONNECTION_END):
            flows[place + column] = 0
    for column in range(PARENTS, WIDTH, PARENT_WIDTH):
        flows[base + column + PARENT] = 0


def reindex(slots: Ints, flows: Ints, used: Ints, count: int) -> None:
    """Fills an empty index with the rows that are in use."""
    for row in range(count):
        if used[row]:
            enter(row, flows[row * WIDTH + HASH], slots)


def find_or_add(key: Ints, slots: Ints, flows: Ints, tracker: Ints, free: Ints) -> int:
    """The row with this key, a new one where there is none, -1 where the table is full.

    A new row is recognised by its FIRST_FRAME, which is NOT_YET.
    """
    value = key_hash(key, tracker[SEED])
    row = find(key, value, slots, flows)
    return row if row >= 0 else add(key, value, slots, flows, tracker, free)
