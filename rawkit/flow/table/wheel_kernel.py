"""When the time of which flow is over: a wheel of lists, in which a flow waits until its time-out comes.

A hierarchical timing wheel (Varghese and Lauck, 1987): a list for each of the next 256 ticks of 4 ms, for each of the
256 times 256 ticks behind them, and so on. A flow moves down by a level at most as often as there are levels, so each
time-out costs the same however many flows there are. A packet that puts a time-out off, which most do, moves nothing:
where the old time comes, the flow is put where its new one is. Those of one tick are sorted, so that time-outs are told
in their order.
"""

from __future__ import annotations

from rawkit.flow.layout import (
    CONNECTION,
    HEAD,
    LATER,
    LIST_WIDTH,
    NEXT_DUE,
    NO_DEADLINE,
    SORTED,
    TICK_BITS,
    TICKS_BEFORE,
    WHEEL,
    WHEEL_BITS,
    WHEEL_DUE,
    WHEEL_LEVELS,
    WHEEL_SLOTS,
    WHEEL_TICK,
    WIDTH,
)
from rawkit.flow.table.lists_kernel import append, clear, end_of, first_of
from rawkit.kernels import Ints


def tick_of(time: int) -> int:
    """The number of the tick that a time is in."""
    return (time >> TICK_BITS) + TICKS_BEFORE


def begin_of(tick: int) -> int:
    """The time when a tick begins."""
    return (tick - TICKS_BEFORE) << TICK_BITS


def wait(row: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints) -> None:
    """Puts a row that is in no list where its time-out is; one whose time is over comes in the next tick."""
    place = place_of(deadlines[row], tracker)
    append(row, place, lists, flows)
    due = begin_of(tick_at(place, tracker))
    if due < tracker[WHEEL_DUE]:
        tracker[WHEEL_DUE] = due
        tracker[NEXT_DUE] = min(tracker[NEXT_DUE], due)


def place_of(time: int, tracker: Ints) -> int:
    """The list of the wheel where a time is."""
    turned = tracker[WHEEL_TICK]
    tick = max(tick_of(time), turned + 1)
    differs = (tick ^ turned) >> WHEEL_BITS
    level = 0
    while differs:
        differs >>= WHEEL_BITS
        level += 1
    return WHEEL + level * WHEEL_SLOTS + (tick >> level * WHEEL_BITS & WHEEL_SLOTS - 1)


def tick_at(place: int, tracker: Ints) -> int:
    """The tick at which the wheel turns to a list."""
    shift = (place - WHEEL) // WHEEL_SLOTS * WHEEL_BITS
    above = shift + WHEEL_BITS
    return tracker[WHEEL_TICK] >> above << above | (place - WHEEL) % WHEEL_SLOTS << shift


def next_list(behind: int, lists: Ints, tracker: Ints) -> int:
    """The list of the wheel that comes next behind that one and is not empty, -1 where all are."""
    for level in range(WHEEL_LEVELS):
        first = WHEEL + level * WHEEL_SLOTS
        now = tracker[WHEEL_TICK] >> level * WHEEL_BITS & WHEEL_SLOTS - 1
        for place in range(max(first + now, behind) + 1, first + WHEEL_SLOTS):
            if lists[place * LIST_WIDTH + HEAD] >= 0:
                return place
    return -1


def find_due(lists: Ints, tracker: Ints) -> int:
    """Notes when the wheel has to turn next; the list that it turns to, -1 where all are empty."""
    place = next_list(WHEEL - 1, lists, tracker)
    tracker[WHEEL_DUE] = NO_DEADLINE if place < 0 else begin_of(tick_at(place, tracker))
    return place


def turn(now: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints) -> None:
    """Turns the wheel to its next list, if that has come: what is of this tick goes to SORTED, the rest further down.

    SORTED is empty when it is called, and may be so afterwards.
    """
    place = find_due(lists, tracker)
    if tracker[WHEEL_DUE] > now:
        return
    tracker[WHEEL_TICK] = tick_at(place, tracker)
    row = first_of(place, lists)
    clear(place, lists)
    while row >= 0:
        behind = flows[row * WIDTH + LATER] + 0
        if tick_of(deadlines[row]) <= tracker[WHEEL_TICK]:
            append(row, SORTED, lists, flows)
        else:
            wait(row, flows, deadlines, lists, tracker)
        row = behind
    sort(flows, deadlines, lists)
    find_due(lists, tracker)


# The order within a tick -----------------------------------------------------------------------------------


def comes_before(row: int, other: int, flows: Ints, deadlines: Ints) -> bool:
    """Whether the time of `row` is over before that of `other`; at the same time the connection that began first."""
    if deadlines[row] != deadlines[other]:
        return deadlines[row] < deadlines[other]
    return flows[row * WIDTH + CONNECTION] < flows[other * WIDTH + CONNECTION]


def run_end(row: int, flows: Ints, deadlines: Ints) -> int:
    """What stands behind the rows from `row` on that are in order."""
    behind = flows[row * WIDTH + LATER] + 0
    while behind >= 0 and not comes_before(behind, row, flows, deadlines):
        row = behind
        behind = flows[row * WIDTH + LATER] + 0
    return behind


def sort(flows: Ints, deadlines: Ints, lists: Ints) -> None:
    """Sorts SORTED: a natural merge sort, since rows mostly come in a few pieces that are in order."""
    first = first_of(SORTED, lists)
    while first >= 0 and run_end(first, flows, deadlines) >= 0:
        merge_runs(flows, deadlines, lists)
        first = first_of(SORTED, lists)


def merge_runs(flows: Ints, deadlines: Ints, lists: Ints) -> None:
    """Makes one piece of the first two that are in order, one of the next two, and so on."""
    left = first_of(SORTED, lists)
    clear(SORTED, lists)
    while left >= 0:
        middle = run_end(left, flows, deadlines)
        last = run_end(middle, flows, deadlines) if middle >= 0 else end_of(SORTED)
        right = middle
        while left != middle or right != last:
            if right == last or (left != middle and not comes_before(right, left, flows, deadlines)):
                row = left
                left = flows[row * WIDTH + LATER] + 0
            else:
                row = right
                right = flows[row * WIDTH + LATER] + 0
            append(row, SORTED, lists, flows)
        left = last
