"""Events: a copy of a flow's row at the moment when something is known of it; and the ends of connections."""

from __future__ import annotations

from rawkit.flow.layout import (
    ACK_TIME,
    ATTEMPT_TOLD,
    CLOCK,
    CONNECTION,
    ENDED,
    ENDED_COUNT,
    EVENT_COUNT,
    EVENT_FRAME,
    EVENT_KIND,
    EVENT_ROW,
    EVENT_TIME,
    EVENT_WIDTH,
    FINISH_ROW,
    FINS,
    FLOW_COUNT,
    FLOW_END,
    HANDSHAKE,
    HURRIES,
    LAST_FRAME,
    MARKS,
    NEXT_DUE,
    NO_DEADLINE,
    NOT_YET,
    OPENED,
    REASON_REFUSED,
    REFUSAL_WAITS,
    RESET_REASON,
    RESET_TIME,
    RESETS,
    SAME_ATTEMPT,
    SORTED,
    SYNS,
    TCP_CLOSE,
    TEARDOWN,
    UNANSWERED,
    WANTED,
    WHEEL_DUE,
    WHEEL_TICK,
    WIDTH,
)
from rawkit.flow.row_kernel import side_of
from rawkit.flow.table.lists_kernel import append, first_of, leave
from rawkit.flow.table.wheel_kernel import comes_before, tick_of, turn, wait
from rawkit.kernels import Ints

MOST_AT_ONCE = 8  # events that one packet can give, those of a flow that ends to make room for it among them


def has_room(tracker: Ints, events: Ints) -> bool:
    return (tracker[EVENT_COUNT] + MOST_AT_ONCE) * EVENT_WIDTH <= len(events)


def give(kind: int, now: int, frame: int, flows: Ints, base: int, tracker: Ints, events: Ints) -> None:
    """Puts an event at the end of `events`, once a connection and kind."""
    flows[base + MARKS] |= kind
    if not tracker[WANTED] & kind:
        return
    place = tracker[EVENT_COUNT] * EVENT_WIDTH
    tracker[EVENT_COUNT] += 1
    events[place + EVENT_KIND] = kind
    events[place + EVENT_TIME] = now
    events[place + EVENT_FRAME] = frame
    for column in range(WIDTH):
        events[place + EVENT_ROW + column] = flows[base + column]


def is_opened(flows: Ints, base: int) -> bool:
    """Whether the capture shows that the connection was opened."""
    return flows[base + ACK_TIME] != NOT_YET or flows[base + MARKS] & OPENED != 0


def tell_attempt(now: int, frame: int, flows: Ints, base: int, tracker: Ints, events: Ints) -> None:
    """Tells how the attempt to connect went, if there was one; that it failed once, in however many connections."""
    marks = flows[base + MARKS]
    if marks & (HANDSHAKE | SAME_ATTEMPT) or flows[side_of(base, 0) + SYNS] + flows[side_of(base, 1) + SYNS] == 0:
        return
    if is_opened(flows, base) or not marks & ATTEMPT_TOLD:
        give(HANDSHAKE, now, frame, flows, base, tracker, events)


def tell_end(now: int, frame: int, flows: Ints, base: int, tracker: Ints, events: Ints) -> None:
    """Tells how the connection was closed, if it was; a refusal that is the attempt's is told with the last of it."""
    marks = flows[base + MARKS]
    a = side_of(base, 0)
    b = side_of(base, 1)
    if marks & TEARDOWN or flows[a + FINS] + flows[b + FINS] + flows[a + RESETS] + flows[b + RESETS] == 0:
        return
    if flows[base + RESET_REASON] != REASON_REFUSED or not marks & (SAME_ATTEMPT | ATTEMPT_TOLD):
        give(TEARDOWN, now, frame, flows, base, tracker, events)


def fall_due(now: int, row: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints, events: Ints) -> None:
    """The row's deadline has come: a refusal is told, or the connection is over."""
    base = row * WIDTH
    if flows[base + MARKS] & REFUSAL_WAITS:
        flows[base + MARKS] &= ~REFUSAL_WAITS
        tell_attempt(deadlines[row], flows[base + LAST_FRAME], flows, base, tracker, events)
        tell_end(deadlines[row], flows[base + LAST_FRAME], flows, base, tracker, events)
        deadlines[row] = flows[base + RESET_TIME] + TCP_CLOSE
        leave(row, lists, flows)
        wait(row, flows, deadlines, lists, tracker)
    if deadlines[row] <= now:
        end_connection(deadlines[row], row, flows, deadlines, lists, tracker, events)


def end_connection(now: int, row: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints, events: Ints) -> None:
    """The connection is over: what was not told yet is told; the conversation stays, without a connection."""
    base = row * WIDTH
    frame = flows[base + LAST_FRAME]
    tell_attempt(now, frame, flows, base, tracker, events)
    tell_end(now, frame, flows, base, tracker, events)
    give(FLOW_END, now, frame, flows, base, tracker, events)
    flows[base + CONNECTION] = 0
    deadlines[row] = NO_DEADLINE
    leave(row, lists, flows)
    append(row, ENDED, lists, flows)
    tracker[ENDED_COUNT] += 1


def tell_due(now: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints, events: Ints) -> bool:
    """Tells the time-outs up to `now`, in their order; False where `events` is full and it has to be called again."""
    if tracker[HURRIES]:
        return True
    while has_room(tracker, events):
        row = next_due(now, flows, deadlines, lists, tracker)
        if row < 0 or deadlines[row] > now:
            tracker[WHEEL_TICK] = max(tracker[WHEEL_TICK], tick_of(now))
            tracker[NEXT_DUE] = tracker[WHEEL_DUE] if row < 0 else min(tracker[WHEEL_DUE], deadlines[row])
            return True
        fall_due(now, row, flows, deadlines, lists, tracker, events)
    return False


def next_due(now: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints) -> int:
    """The flow whose time-out comes first, less than 0 where none comes until `now`."""
    while True:
        attempt = first_of(UNANSWERED, lists)
        until = now if attempt < 0 else min(now, deadlines[attempt])
        row = first_of(SORTED, lists)
        while row < 0 and tracker[WHEEL_DUE] <= until:
            turn(until, flows, deadlines, lists, tracker)
            row = first_of(SORTED, lists)
        if row < 0 or (attempt >= 0 and comes_before(attempt, row, flows, deadlines)):
            return attempt
        if tick_of(deadlines[row]) <= tracker[WHEEL_TICK]:
            return row
        leave(row, lists, flows)  # a packet has put its time-out off since it was sorted
        wait(row, flows, deadlines, lists, tracker)


def expire(now: int, flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints, events: Ints) -> bool:
    """Ends what is over at `now`, without a packet; False where it has to be called again."""
    tracker[CLOCK] = max(tracker[CLOCK], now)
    return tell_due(now, flows, deadlines, lists, tracker, events)


def finish(flows: Ints, deadlines: Ints, lists: Ints, tracker: Ints, events: Ints) -> bool:
    """Ends all connections, in the order of their rows; False where it has to be called again."""
    row = tracker[FINISH_ROW]
    while row < tracker[FLOW_COUNT]:
        if flows[row * WIDTH + CONNECTION]:
            if not has_room(tracker, events):
                tracker[FINISH_ROW] = row
                return False
            end_connection(min(tracker[CLOCK], deadlines[row]), row, flows, deadlines, lists, tracker, events)
        row += 1
    tracker[FINISH_ROW] = 0
    return True
