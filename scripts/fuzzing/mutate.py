"""Damage: bytes flipped, cut, spliced, repeated, and numbers that look like lengths set to their extremes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

EXTREMES: Final = (0, 1, 2, 3, 4, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
                   (1 << 63) - 1, 1 << 63, (1 << 64) - 1)  # fmt: skip
MOST: Final = 8
"""Changes of one input."""


def mutated(data: bytes, others: Sequence[bytes], choose: random.Random) -> bytes:
    """The bytes with some damage, perhaps with a part of another input; a tenth stay as they are."""
    found = bytearray(data)
    for _ in range(choose.choice((0, *range(1, MOST), *range(1, MOST // 2), 1))):
        if not found:
            break
        choose.choice(CHANGES)(found, others, choose)
    return bytes(found)


def _flip(data: bytearray, _others: Sequence[bytes], choose: random.Random) -> None:
    data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)


def _set(data: bytearray, _others: Sequence[bytes], choose: random.Random) -> None:
    data[choose.randrange(len(data))] = choose.randrange(256)


def _cut(data: bytearray, _others: Sequence[bytes], choose: random.Random) -> None:
    begin = choose.randrange(len(data))
    del data[begin : choose.choice((len(data), begin + choose.randint(1, 16)))]


def _splice(data: bytearray, others: Sequence[bytes], choose: random.Random) -> None:
    other = choose.choice(others) if others else bytes(data)
    begin = choose.randrange(len(other) + 1)
    at = choose.randrange(len(data))
    data[at : at + choose.randint(0, 64)] = other[begin : begin + choose.randint(0, 256)]


def _repeat(data: bytearray, _others: Sequence[bytes], choose: random.Random) -> None:
    begin = choose.randrange(len(data))
    data[begin:begin] = data[begin : begin + choose.randint(1, 64)] * choose.choice((1, 2, 16))


def _length(data: bytearray, _others: Sequence[bytes], choose: random.Random) -> None:
    size = choose.choice((1, 2, 4, 8))
    at = choose.randrange(len(data))
    number = choose.choice((*EXTREMES, len(data), at, choose.randrange(1 << 16))) & (1 << 8 * size) - 1
    data[at : at + size] = number.to_bytes(size, choose.choice(("little", "big")))


CHANGES: Final[Sequence[Callable[[bytearray, Sequence[bytes], random.Random], None]]] = (
    _flip, _set, _cut, _splice, _repeat, _length, _length, _flip,
)  # fmt: skip
