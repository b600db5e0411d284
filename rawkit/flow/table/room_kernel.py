"""Rows for new flows: one that nobody used yet, that of a flow that ended, or, where memory is full, an open flow's.

Of open flows those go first that say least: attempts to connect of one SYN that nobody answered, the oldest first, are
counted together. Where there are none the flow is told, and ended, whose time-out comes next.
"""

from __future__ import annotations

from rawkit.flow.events_kernel import end_connection
from rawkit.flow.layout import (
    EARLIER,
    EMBRYONIC,
    ENDED,
    ENDED_COUNT,
    ENDED_EARLY,
    FLOW_COUNT,
    FULL,
    HANDSHAKE,
    HASH,
    INACTIVE,
    IP_BYTES,
    KEPT_ROWS,
    LAST_FRAME,
    LATER,
    LIST_WIDTH,
    MARKS,
    MOST_ROWS,
    NEXT_DUE,
    PACKETS,
    SORTED,
    START,
    STATE,
    SYN_SENT,
    TAIL,
    TOGETHER,
    TOGETHER_BYTES,
    TOGETHER_FIRST,
    TOGETHER_LAST,
    UNANSWERED,
    WHEEL,
    WHEEL_TICK,
    WIDTH,
)
from rawkit.flow.row_kernel import originator, responder
from rawkit.flow.table.lists_kernel import first_of, insert, leave
from rawkit.flow.table.table_kernel import add, remove
from rawkit.flow.table.wheel_kernel import next_list, place_of, tick_of, wait
from rawkit.kernels import Ints

DISORDER = 16  # attempts that one may be late behind: captures of several processors are not quite in order


def new_row(
    key: Ints,
    value: int,
    now: int,
    frame: int,
    slots: Ints,
    flows: Ints,
    deadlines: Ints,
    lists: Ints,
    tracker: Ints,
    events: Ints,
) -> int:
    """A row for a flow that has none; -1 (and FULL) where the table or its index is to be made larger first."""
    row = tracker[FLOW_COUNT] + 0
    is_full = row >= tracker[MOST_ROWS]
    if is_full or (row >= tracker[KEPT_ROWS] and 4 * tracker[ENDED_COUNT] >= row):
        row = free_row(now, frame, flows, deadlines, lists, tracker, events)
        remove(row, flows[row * WIDTH + HASH], slots)
    elif 2 * row >= len(slots) or row >= len(deadlines):
        tracker[FULL] = 1
        return -1
    else:
        tracker[FLOW_COUNT] += 1
    add(key, value, row, slots, flows)
    return row


def free_row(now: int, frame: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints, events: Ints) -> int:
    """A row out of its list, whose flow ended longest ago, or ends now."""
    row = first_of(ENDED, lists)
    if row < 0:
        row = first_of(UNANSWERED, lists)
        if row >= 0 and not flows[row * WIDTH + MARKS] & HANDSHAKE:
            count_together(flows, row * WIDTH, tracker)
            leave(row, lists, flows)
            return row
        if row < 0:
            row = soonest(frame, flows, deadlines, lists, tracker)
        end_connection(now, row, flows, deadlines, lists, tracker, events)
        tracker[ENDED_EARLY] += 1
    leave(row, lists, flows)
    tracker[ENDED_COUNT] -= 1
    return row


def count_together(flows: Ints, base: int, tracker: Ints) -> None:
    """Counts an attempt that nobody answered with the others that were forgotten."""
    if tracker[TOGETHER] == 0:
        tracker[TOGETHER_FIRST] = flows[base + START]
    tracker[TOGETHER] += 1
    tracker[TOGETHER_BYTES] += flows[originator(flows, base) + IP_BYTES]
    tracker[TOGETHER_LAST] = flows[base + START]


def soonest(frame: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints) -> int:
    """A flow whose time-out comes next, as near as the wheel knows; none that carries this frame's packet."""
    place = SORTED
    while place >= 0:
        row = first_of(place, lists)
        while row >= 0:
            behind = flows[row * WIDTH + LATER] + 0
            if is_put_off(row, place, deadlines, tracker):
                leave(row, lists, flows)
                wait(row, flows, deadlines, lists, tracker)
            elif flows[row * WIDTH + LAST_FRAME] != frame:
                return row
            row = behind
        place = next_list(WHEEL - 1 if place == SORTED else place, lists, tracker)
    return -1


def is_put_off(row: int, place: int, deadlines: Ints, tracker: Ints) -> bool:
    """Whether packets have put a time-out off since the flow came to its list."""
    if place == SORTED:
        return tick_of(deadlines[row]) > tracker[WHEEL_TICK]
    return place_of(deadlines[row], tracker) != place


# Where a flow waits for its time-out -----------------------------------------------------------------------


def await_end(row: int, began: bool, before: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints) -> None:
    """Puts a flow where it waits, after a packet: `began` with that packet, or had the time-out `before`."""
    base = row * WIDTH
    if began:
        if is_embryonic(flows, base) and queue_attempt(row, flows, deadlines, lists, tracker):
            flows[base + MARKS] |= EMBRYONIC
        else:
            wait(row, flows, deadlines, lists, tracker)
    elif flows[base + MARKS] & EMBRYONIC:
        flows[base + MARKS] &= ~EMBRYONIC
        leave(row, lists, flows)
        wait(row, flows, deadlines, lists, tracker)
    elif deadlines[row] < before and tick_of(deadlines[row]) < tick_of(before):
        leave(row, lists, flows)
        wait(row, flows, deadlines, lists, tracker)


def is_embryonic(flows: Ints, base: int) -> bool:
    """Whether the flow is one packet that is a SYN."""
    orig = originator(flows, base)
    resp = responder(flows, base)
    if flows[orig + STATE] != SYN_SENT or flows[resp + STATE] != INACTIVE or flows[base + MARKS]:
        return False
    return flows[orig + PACKETS] == 1 and flows[resp + PACKETS] == 0


def queue_attempt(row: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints) -> bool:
    """Puts an attempt in UNANSWERED, which is in the order of time-outs; False where it is too late for that."""
    before = lists[UNANSWERED * LIST_WIDTH + TAIL] + 0
    for _ in range(DISORDER):
        if before < 0 or deadlines[before] <= deadlines[row]:
            insert(row, before, UNANSWERED, lists, flows)
            tracker[NEXT_DUE] = min(tracker[NEXT_DUE], deadlines[row])
            return True
        before = flows[before * WIDTH + EARLIER] + 0
    return False
