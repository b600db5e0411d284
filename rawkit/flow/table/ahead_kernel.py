"""Looking ahead: the rows of the next packets are fetched into the processor's cache together.

With many flows under way each packet's row lies somewhere else in memory, and the tracker would wait for one after the
other, 0.1 µs for each of several lines. Here nothing waits for what is read, so the processor reads many at once.
"""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import WIDTH as PACKET_WIDTH
from rawkit.flow.layout import AHEAD, PARENTS, SEED, WIDTH
from rawkit.flow.table.key_kernel import make_key
from rawkit.flow.table.table_kernel import BITS_32, key_hash
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import within

FORCE_INLINE: Final = True

LINE = 8  # columns of a row in a line of the processor's cache


def touch(
    data: Ints,
    offset: Ints,
    rows: Ints,
    first: int,
    last: int,
    key: Ints,
    slots: Ints,
    flows: Ints,
    deadlines: Ints,
    tracker: Ints,
    ahead: Ints,
) -> None:
    """Reads a number of each line of the rows in which the packets from `first` to `last - 1` may be counted.

    Rows are guessed by the first place of their hash: a wrong one costs time, nothing else. `ahead` has AHEAD numbers,
    and one more for what is read, so that a compiler does not leave the reading out.
    """
    seen = 0
    for i in range(first, last):
        place = -1
        if make_key(data, offset[i], rows, i * PACKET_WIDTH, key):
            place = key_hash(key, tracker[SEED]) & len(slots) - 1
            seen ^= slots[place]
        ahead[i - first] = place
    for i in range(last - first):
        place = ahead[i]
        if place >= 0 and slots[place] != 0:
            row = (slots[place] & BITS_32) - 1
            within(flows, row * WIDTH, WIDTH)
            seen ^= deadlines[row]
            for column in range(0, PARENTS, LINE):
                seen ^= flows[row * WIDTH + column]
    ahead[AHEAD] = seen
