"""The record walk: where the packets of a window of a capture file are. See `rawkit.kernels` for the rules.

Every function takes `flip`, 0 for a little-endian file and 3 for a big-endian one: byte `i` of a word, counted
from its low end, is at `i ^ flip`.
"""

from __future__ import annotations

from rawkit.facts.cooked import PACKET_OUTGOING
from rawkit.facts.status import INCOMING, OUTGOING, TRUNCATED
from rawkit.files.layout import (
    BLOCK_FRAME,
    DIRECTION_INBOUND,
    DIRECTION_MASK,
    DIRECTION_OUTBOUND,
    ENHANCED_HEADER,
    ENHANCED_PACKET,
    INTERFACE_DESCRIPTION,
    MAX_LENGTH,
    MAX_RECORD,
    MAX_TICKS_HIGH,
    NOTED,
    NOTES_FULL,
    OLD_PACKET,
    OPTION_COMMENT,
    OPTION_END,
    OPTION_FLAGS,
    PCAP_MODIFIED_RECORD,
    PCAP_PACKET_TYPE,
    POSITION,
    SECTION_HEADER,
    SIMPLE_HEADER,
    SIMPLE_PACKET,
    STOP,
    STOP_BLOCK,
    STOP_CAPTURED,
    STOP_FULL,
    STOP_INTERFACE,
    STOP_LENGTH,
    STOP_RECORD,
    STOP_SHORT,
)
from rawkit.kernels import Ints


def word(data: Ints, at: int, flip: int) -> int:
    """The 32-bit word at `at`."""
    # One check that the compiler can see through takes the place of four that it makes itself: 3 times as fast.
    if at < 0 or at > len(data) - 4 or len(data) < 4:
        raise IndexError("word outside the window")
    # Multiplied, not shifted: numba makes a shifted uint8 a uint64, which does not mix with int64.
    if flip == 0:
        return data[at] + data[at + 1] * 0x100 + data[at + 2] * 0x10000 + data[at + 3] * 0x1000000
    return data[at] * 0x1000000 + data[at + 1] * 0x10000 + data[at + 2] * 0x100 + data[at + 3]


def half(data: Ints, at: int, flip: int) -> int:
    """The 16-bit word at `at`."""
    if at < 0 or at > len(data) - 2 or len(data) < 2:
        raise IndexError("half outside the window")
    if flip == 0:
        return data[at] + data[at + 1] * 0x100
    return data[at] * 0x100 + data[at + 1]


def put_row(
    row: int,
    start: int,
    kept: int,
    wire: int,
    offset: Ints,
    captured: Ints,
    length: Ints,
    status: Ints,
) -> None:
    """Writes what a frame is in every format; a length under the captured one is taken for that one."""
    offset[row] = start
    captured[row] = kept
    length[row] = min(max(wire, kept), MAX_LENGTH)
    status[row] = TRUNCATED if wire > kept else 0


def walk_pcap(
    data: Ints,
    state: Ints,
    flip: int,
    header: int,
    swapped: int,
    tick: int,
    offset: Ints,
    captured: Ints,
    length: Ints,
    timestamp: Ints,
    status: Ints,
) -> int:
    """Goes over whole pcap records and returns how many; `state` says from where, and then why it stopped.

    `header` is the size of a record header, `tick` the nanoseconds of one unit of its fraction, `swapped` 2 where
    the two lengths stand the other way round, 1 where they may, 0 where not (libpcap's sf-pcap.c).
    """
    size = len(data)
    rows = len(offset)
    at = state[POSITION]
    row = 0
    stop = STOP_SHORT
    while at + header <= size:
        kept = word(data, at + 8, flip)
        wire = word(data, at + 12, flip)
        if swapped == 2 or (swapped == 1 and kept > wire):
            kept, wire = wire, kept
        if kept > MAX_RECORD:
            stop = STOP_RECORD
            break
        if at + header + kept > size:
            break
        if row == rows:
            stop = STOP_FULL
            break
        put_row(row, at + header, kept, wire, offset, captured, length, status)
        timestamp[row] = word(data, at, flip) * 1_000_000_000 + word(data, at + 4, flip) * tick
        if header == PCAP_MODIFIED_RECORD:
            status[row] |= OUTGOING if data[at + PCAP_PACKET_TYPE] == PACKET_OUTGOING else INCOMING
        row += 1
        at += header + kept
    state[POSITION] = at
    state[STOP] = stop
    return row


def walk_pcapng(
    data: Ints,
    state: Ints,
    flip: int,
    links: Ints,
    snaplens: Ints,
    base: int,
    offset: Ints,
    captured: Ints,
    length: Ints,
    ticks: Ints,
    link_type: Ints,
    interface: Ints,
    status: Ints,
    notes: Ints,
) -> int:
    """Goes over whole pcapng blocks and returns the number of packets; it skips blocks that hold none.

    It stops at a section header or interface description. `links` and `snaplens` have an entry per interface of
    the section, of which the first is number `base` of the file. `ticks` is in the interface's own unit, 0 for a
    simple packet block. `notes` gets the row and the position of each packet comment, in pairs.
    """
    size = len(data)
    rows = len(offset)
    at = state[POSITION]
    state[NOTED] = 0
    row = 0
    stop = STOP_SHORT
    while at + BLOCK_FRAME <= size:
        kind = word(data, at, flip)
        if kind == SECTION_HEADER or kind == INTERFACE_DESCRIPTION:
            stop = STOP_BLOCK
            break
        total = word(data, at + 4, flip)
        if total > MAX_RECORD:
            stop = STOP_RECORD
            break
        if total < BLOCK_FRAME or total & 3 != 0:
            stop = STOP_LENGTH
            break
        if at + total > size:
            break
        if word(data, at + total - 4, flip) != total:
            stop = STOP_LENGTH
            break
        if kind == ENHANCED_PACKET or kind == OLD_PACKET or kind == SIMPLE_PACKET:
            if row == rows or state[NOTED] >= NOTES_FULL:
                stop = STOP_FULL
                break
            header = SIMPLE_HEADER if kind == SIMPLE_PACKET else ENHANCED_HEADER
            where = 0
            if kind == ENHANCED_PACKET:
                where = word(data, at + 8, flip)
            elif kind == OLD_PACKET:
                where = half(data, at + 8, flip)
            if total < header + 4:
                stop = STOP_LENGTH
                break
            if where >= len(links):
                stop = STOP_INTERFACE
                break
            start = at + header
            room = total - header - 4
            wire = word(data, start - 4, flip)
            if kind == SIMPLE_PACKET:
                kept = min(wire, room, snaplens[0]) if snaplens[0] > 0 else min(wire, room)
                ticks[row] = 0
            else:
                kept = word(data, start - 8, flip)
                # Written out: a function for it would stop the compiler from inlining the rest, at half the speed.
                high = min(word(data, at + 12, flip), MAX_TICKS_HIGH)
                ticks[row] = high * 0x100000000 + word(data, at + 16, flip)
            if kept > room:
                stop = STOP_CAPTURED
                break
            put_row(row, start, kept, wire, offset, captured, length, status)
            link_type[row] = links[where]
            interface[row] = base + where
            options = start + (kept + 3) // 4 * 4
            if options + 4 <= at + total - 4:
                status[row] |= read_options(data, options, at + total - 4, flip, row, notes, state)
            row += 1
        at += total
    state[POSITION] = at
    state[STOP] = stop
    return row


def read_options(data: Ints, at: int, end: int, flip: int, row: int, notes: Ints, state: Ints) -> int:
    """Notes the comments among a packet's options; returns the direction that its flags say, else 0."""
    status = 0
    while at + 4 <= end:
        code = half(data, at, flip)
        size = half(data, at + 2, flip)
        if code == OPTION_END or at + 4 + size > end:
            break
        if code == OPTION_FLAGS and size == 4:
            direction = word(data, at + 4, flip) & DIRECTION_MASK
            status = OUTGOING if direction == DIRECTION_OUTBOUND else INCOMING if direction == DIRECTION_INBOUND else 0
        elif code == OPTION_COMMENT and 2 * state[NOTED] < len(notes):
            notes[2 * state[NOTED]] = row
            notes[2 * state[NOTED] + 1] = at
            state[NOTED] += 1
        at += 4 + (size + 3) // 4 * 4
    return status
