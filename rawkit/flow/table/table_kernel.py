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
    SIDE_MOMENTS,
    SIDE_MOMENTS_END,
    VLAN_IDS,
    WIDTH,
)
from rawkit.flow.row_kernel import side_of
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import within

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


def remove(row: int, value: int, slots: Ints) -> None:
    """Takes a row out of the index: what stands behind it moves up, so that nothing is sought behind an empty place."""
    mask = len(slots) - 1
    place = value & mask
    while slots[place] & BITS_32 != row + 1:
        place = (place + 1) & mask
    behind = (place + 1) & mask
    while slots[behind] != 0:
        home = slots[behind] >> 32 & mask
        if (behind - home) & mask >= (behind - place) & mask:
            slots[place] = slots[behind]
            place = behind
        behind = (behind + 1) & mask
    slots[place] = 0


def add(key: Ints, value: int, row: int, slots: Ints, flows: Ints) -> None:
    """Gives a row this key, its moments NOT_YET and all else 0; it is in no list."""
    base = row * WIDTH
    within(flows, base, WIDTH)
    for column in range(KEY_WIDTH):
        flows[base + column] = key[column]
    for column in range(KEY_WIDTH, WIDTH):
        flows[base + column] = 0
    flows[base + HASH] = value
    forget_moments(flows, base)
    enter(row, value, slots)


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


def reindex(slots: Ints, flows: Ints, count: int) -> None:
    """Fills an empty index with the rows, which are all in use."""
    for row in range(count):
        enter(row, flows[row * WIDTH + HASH], slots)
