"""What was written down of frames is carried out: what stays is copied, and checksums are mended.

A checksum that was right is right again, a wrong one as wrong (RFC 1624): it changes by how much the sum of what it
covers has changed, from the innermost packet to the outermost.
"""

from __future__ import annotations

from typing import Final

from rawkit.decode.headers.checksum_kernel import fold, sum_bytes, sum_words
from rawkit.facts import ipv4, ipv6
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, within
from rawkit.rewrite.layout import (
    AT,
    BEGIN,
    CHECKSUM,
    COUNT,
    CRC32C,
    END,
    FROM,
    KEPT,
    KIND,
    LENGTH,
    NOTE,
    OPTIONAL_CHECKSUM,
    PROTOCOL,
    SIZE,
    STATE,
    SUM,
    TO,
)
from rawkit.rewrite.sums_kernel import ONES, changed, put16
from rawkit.wire.sum_kernel import NOT_FILLED_IN, judge_sum

FORCE_INLINE: Final = True

REVERSED_POLYNOMIAL: Final = 0x82F63B78
"""CRC32c's, bits reversed (RFC 9260, appendix A)."""


def copy_kept(data: Ints, out: Ints, notes: Ints) -> None:
    """Copies what stays as it is."""
    for entry in range(STATE, STATE + notes[COUNT] * NOTE, NOTE):
        if notes[entry + KIND] == KEPT:
            at = notes[entry + AT] + 0
            size = notes[entry + SIZE] + 0
            within(data, at, size)
            within(out, at, size)
            for place in range(at, at + size):
                out[place] = data[place]


def mend(data: Ints, words: Ints, shift: int, out: Ints, new_words: Ints, notes: Ints) -> None:
    """Mends the checksums in `out`; `words` and `new_words` are as `sum_words` has them."""
    for number in range(notes[COUNT] - 1, -1, -1):
        entry = STATE + number * NOTE
        within(notes, entry, NOTE)
        kind = notes[entry + KIND] + 0
        if kind == CHECKSUM or kind == OPTIONAL_CHECKSUM:
            mend_sum(data, words, shift, out, new_words, notes, entry)
        elif kind == CRC32C:
            mend_crc(data, out, notes, entry)
        elif kind == SUM:
            at = notes[entry + AT] + 0
            put16(out, at, sum_words(data, words, shift, at, at + notes[entry + SIZE]))


def mend_sum(data: Ints, words: Ints, shift: int, out: Ints, new_words: Ints, notes: Ints, entry: int) -> None:
    at = notes[entry + AT] + 0
    begin = notes[entry + BEGIN] + 0
    end = notes[entry + END] + 0
    source = notes[entry + FROM] + 0
    stored = u16(data, at)
    if stored == 0 and notes[entry + KIND] == OPTIONAL_CHECKSUM:
        return
    pseudo = 0
    moved = 0
    if source >= 0:
        destination = notes[entry + TO] + 0
        protocol = notes[entry + PROTOCOL] + 0
        size = ipv4.DST - ipv4.SRC if protocol > 0 else ipv6.DST - ipv6.SRC
        pseudo = sum_bytes(data, source, source + size) + sum_bytes(data, destination, destination + size)
        moved = sum_bytes(out, source, source + size) + sum_bytes(out, destination, destination + size) - pseudo
        pseudo += abs(protocol) + notes[entry + LENGTH]
    before = sum_words(data, words, shift, begin, end)
    if pseudo > 0 and judge_sum(pseudo + before, pseudo, notes[entry + LENGTH] + 0, stored) == NOT_FILLED_IN:
        put16(out, at, fold(stored + moved % ONES))
        return
    new = changed(stored, moved + sum_words(out, new_words, shift, begin, end) - before)
    put16(out, at, new)
    if new == 0:  # sent as ones by UDP (RFC 768), and the sum of nothing but zeros is that anyway
        is_nothing = source < 0 and sum_words(out, new_words, shift, begin, end) == 0
        if is_nothing or notes[entry + KIND] == OPTIONAL_CHECKSUM:
            put16(out, at, ONES)


def mend_crc(data: Ints, out: Ints, notes: Ints, entry: int) -> None:
    """CRC32c is linear: it changes by the remainder of what has changed (of which the end may not be captured)."""
    at = notes[entry + AT] + 0
    begin = notes[entry + BEGIN] + 0
    end = notes[entry + END] + 0
    crc = 0
    for place in range(begin, begin + max(notes[entry + LENGTH] + 0, end - begin)):
        if place < end:
            crc ^= u8(data, place) ^ u8(out, place)
        if crc:
            for _ in range(8):
                crc = crc // 2 ^ (REVERSED_POLYNOMIAL if crc % 2 else 0)
    for byte in range(4):
        out[at + byte] = u8(out, at + byte) ^ crc % 256
        crc //= 256
