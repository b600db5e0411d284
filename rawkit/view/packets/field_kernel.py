"""Chosen fields of packets, from their columns, as lines of text, JSON and CSV: a line a packet.

Of each field the plan (`rawkit.view.packets.field_layout`) says of which kind it is and where its column begins. Words
stand in one table: entry `n` is `words[entries[2 * n]:]`, of `entries[2 * n + 1]` bytes, escaped as the format wants.
"""

from __future__ import annotations

from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u32
from rawkit.view.numbers_kernel import put, put_decimal, put_epoch, put_ipv4, put_ipv6, put_mac
from rawkit.view.packets.field_layout import (
    CSV,
    ENTRIES,
    IPV4,
    IPV6,
    JSON,
    KEY,
    KIND,
    LIST,
    MAC,
    NUMBER,
    NUMBERS,
    OCTETS,
    TEXT,
    TEXT_LINES,
    TIME,
    WIDTH,
    WORDS,
)

MAC_SIZE = 6
IPV4_SIZE = 4
IPV6_SIZE = 16


def render_fields(
    plan: Ints,
    masks: Ints,
    numbers: Ints,
    octets: Ints,
    list_size: int,
    words: Ints,
    entries: Ints,
    form: int,
    room: int,
    out: Ints,
    count: int,
    first: int,
) -> tuple[int, int]:
    """Writes a line for each of the `count` packets from `first` on, each of at most `room` bytes.

    Returns the first packet that found no room, and the bytes used. `list_size` is the bytes of a list's row.
    """
    at = 0
    fields = len(plan) // WIDTH
    for i in range(first, count):
        if at + room > len(out):
            return i, at
        if form == JSON:
            at = put(out, at, b"{")
        written = 0
        for field in range(fields):
            if field and form != JSON:
                out[at] = 9 if form == TEXT_LINES else 44
                at += 1
            if masks[field * count + i]:
                if form == JSON:
                    if written:
                        at = put(out, at, b",")
                    at = put_word(out, at, words, entries, plan[field * WIDTH + KEY])
                at = put_value(out, at, plan, field * WIDTH, i, numbers, octets, list_size, words, entries, form)
                written += 1
        at = put(out, at, b"}\n") if form == JSON else put(out, at, b"\n")
    return count, at


def put_value(
    out: Ints,
    at: int,
    plan: Ints,
    field: int,
    i: int,
    numbers: Ints,
    octets: Ints,
    list_size: int,
    words: Ints,
    entries: Ints,
    form: int,
) -> int:
    """Writes the value that packet `i` has in a field; in JSON all but numbers stand in quotation marks."""
    kind = plan[field + KIND]
    if kind == NUMBER:
        return put_decimal(out, at, numbers[plan[field + NUMBERS] + i] + 0)
    if kind == LIST:
        return put_list(out, at, octets, plan[field + OCTETS] + i * list_size, form)
    if kind == WORDS:
        return put_words(out, at, numbers[plan[field + NUMBERS] + i] + 0, words, entries, plan[field + ENTRIES], form)
    at = quote(out, at, form)
    if kind == TIME:
        at = put_epoch(out, at, numbers[plan[field + NUMBERS] + i] + 0)
    elif kind == MAC:
        at = put_mac(out, at, octets, plan[field + OCTETS] + i * MAC_SIZE, MAC_SIZE)
    elif kind == IPV4:
        at = put_ipv4(out, at, octets, plan[field + OCTETS] + i * IPV4_SIZE)
    elif kind == IPV6:
        at = put_ipv6(out, at, octets, plan[field + OCTETS] + i * IPV6_SIZE)
    elif kind == TEXT:
        at = put_word(out, at, words, entries, plan[field + ENTRIES] + numbers[plan[field + NUMBERS] + i])
    return quote(out, at, form)


def quote(out: Ints, at: int, form: int) -> int:
    return put(out, at, b'"') if form == JSON else at


def put_word(out: Ints, at: int, words: Ints, entries: Ints, entry: int) -> int:
    start = entries[2 * entry]
    size = entries[2 * entry + 1]
    for k in range(size):
        out[at + k] = words[start + k]
    return at + size


def separate(out: Ints, at: int, form: int) -> int:
    """What stands between the values of a list: a semicolon in CSV, which has commas between fields."""
    out[at] = 59 if form == CSV else 44
    return at + 1


def put_words(out: Ints, at: int, flags: int, words: Ints, entries: Ints, base: int, form: int) -> int:
    """Writes the word of each bit that is set."""
    if form == JSON:
        at = put(out, at, b"[")
    bit = 0
    more = False
    while flags >> bit:
        if flags >> bit & 1:
            if more:
                at = separate(out, at, form)
            at = quote(out, put_word(out, quote(out, at, form), words, entries, base + bit), form)
            more = True
        bit += 1
    return put(out, at, b"]") if form == JSON else at


def put_list(out: Ints, at: int, octets: Ints, place: int, form: int) -> int:
    """Writes the numbers at `place`: first how many they are, then 4 bytes each."""
    if form == JSON:
        at = put(out, at, b"[")
    for number in range(u8(octets, place)):
        if number:
            at = separate(out, at, form)
        at = put_decimal(out, at, u32(octets, place + 1 + 4 * number))
    return put(out, at, b"]") if form == JSON else at
