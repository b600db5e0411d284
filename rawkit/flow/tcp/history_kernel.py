"""Zeek's `history` of a connection: letters as things happen, upper case for the originator."""

from __future__ import annotations

from typing import Final

from rawkit.facts import tcp
from rawkit.flow.layout import (
    HISTORY,
    HISTORY_LENGTH,
    LAST_FIN_SEQ,
    LAST_RESET_SEQ,
    LAST_SYN_SEQ,
    LETTER_A,
    LETTER_BITS,
    LETTER_D,
    LETTER_F,
    LETTER_H,
    LETTER_I,
    LETTER_Q,
    LETTER_R,
    LETTER_S,
    LETTERS,
    LETTERS_A_COLUMN,
    LOWER,
    MAX_LETTERS,
    ORIGINATOR,
)
from rawkit.flow.row_kernel import side_of
from rawkit.kernels import Ints

FORCE_INLINE: Final = True


def add_letter(flows: Ints, base: int, side: int, letter: int) -> None:
    length = flows[base + HISTORY_LENGTH]
    if length >= MAX_LETTERS:
        return
    if side != flows[base + ORIGINATOR]:
        letter += LOWER
    flows[base + HISTORY + length // LETTERS_A_COLUMN] |= letter << LETTER_BITS * (length % LETTERS_A_COLUMN)
    flows[base + HISTORY_LENGTH] = length + 1


def add_once(flows: Ints, base: int, side: int, letter: int, bit: int) -> bool:
    """Adds a letter unless this side has that bit; True where it had it."""
    place = side_of(base, side) + LETTERS
    if flows[place] >> bit & 1:
        return True
    flows[place] |= 1 << bit
    add_letter(flows, base, side, letter)
    return False


def add_again(flows: Ints, base: int, side: int, letter: int, bit: int, last: int, where: int) -> None:
    """Adds a letter the first time, and again where it stands at another sequence number than the last one."""
    place = side_of(base, side) + last
    if add_once(flows, base, side, letter, bit) and flows[place] != where:
        add_letter(flows, base, side, letter)
    flows[place] = where


def add_counted(flows: Ints, base: int, side: int, letter: int, counter: int) -> None:
    """Counts, and adds a letter at the 1st, 10th, 100th ... time."""
    place = side_of(base, side) + counter
    flows[place] += 1
    count = flows[place]
    while count >= 10 and count % 10 == 0:
        count //= 10
    if count == 1:
        add_letter(flows, base, side, letter)


def note_segment(flows: Ints, base: int, side: int, flags: int, where: int, size: int) -> None:
    """The one letter that the flags of a segment give; `where` is its relative sequence number."""
    control = (flags & tcp.SYN != 0) + (flags & tcp.FIN != 0) + (flags & tcp.RST != 0)
    if control > 1:
        letter = LETTER_I if flags & tcp.FIN and flags & tcp.RST else LETTER_Q
        add_once(flows, base, side, letter, letter)
    elif flags & tcp.SYN:
        # S and H share one bit in Zeek: a SYN-ACK after this side's SYN is a repetition of it.
        add_again(flows, base, side, LETTER_H if flags & tcp.ACK else LETTER_S, LETTER_S, LAST_SYN_SEQ, where)
    elif flags & tcp.FIN:
        add_again(flows, base, side, LETTER_F, LETTER_F, LAST_FIN_SEQ, where + size)
    elif flags & tcp.RST:
        add_again(flows, base, side, LETTER_R, LETTER_R, LAST_RESET_SEQ, where)
    elif size > 0:
        add_once(flows, base, side, LETTER_D, LETTER_D)
    elif flags & tcp.ACK:
        add_once(flows, base, side, LETTER_A, LETTER_A)
