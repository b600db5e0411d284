"""What stands for an address, a history and for names in a table's row of numbers."""

from __future__ import annotations

from typing import Final

from rawkit.flow.layout import (
    HISTORY,
    HISTORY_COLUMNS,
    HISTORY_LENGTH,
    PARENT,
    PARENT_COUNT,
    PARENT_NAME,
    PARENT_WIDTH,
    PARENTS,
)
from rawkit.flow.row_kernel import address_high, address_low, ip_version
from rawkit.kernels import Ints

FORCE_INLINE: Final = True

# Slots of an address.
HIGH = 0
LOW = 1
VERSION = 2


def put_address_slots(flows: Ints, base: int, side: int, out: Ints, at: int) -> None:
    """The address of side A or B: its two halves, and the IP version."""
    out[at + HIGH] = address_high(flows, base, side)
    out[at + LOW] = address_low(flows, base, side)
    out[at + VERSION] = ip_version(flows, base)


def put_parent_slots(flows: Ints, base: int, out: Ints, at: int) -> None:
    """The names of the flows that carry this one, 0 where there are no more."""
    for number in range(PARENT_COUNT):
        place = base + PARENTS + number * PARENT_WIDTH
        for part in range(2):
            out[at + 2 * number + part] = flows[place + PARENT_NAME + part] if flows[place + PARENT] else 0


def put_history_slots(flows: Ints, base: int, out: Ints, at: int) -> None:
    """The columns of letters, and how many letters there are."""
    for column in range(HISTORY_COLUMNS):
        out[at + column] = flows[base + HISTORY + column]
    out[at + HISTORY_COLUMNS] = flows[base + HISTORY_LENGTH]
