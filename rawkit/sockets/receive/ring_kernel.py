"""The walk through a block of a receive ring. See `rawkit.kernels` for the rules."""

from __future__ import annotations

from rawkit.kernels import Ints


def chain(words: Ints, first: int, at: Ints) -> None:
    """Fills `at` with the byte offset of each frame's header in a block, which begins with `first`.

    `words` are the block's 32-bit words. The first word of a header says how many bytes on the next one is
    (tp_next_offset of struct tpacket3_hdr).
    """
    place = first
    for row in range(len(at)):
        at[row] = place
        place += words[place >> 2]
