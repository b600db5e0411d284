"""Events: a copy of a flow's row at the moment when something is known of it; and the ends of connections."""

from __future__ import annotations

from typing import Final

from rawkit.flow.layout import (
    ACK_TIME,
    ATTEMPT_TOLD,
    CLOCK,
    CONNECTION,
    EVENT_COUNT,
    EVENT_FRAME,
    EVENT_KIND,
    EVENT_ROW,
    EVENT_TIME,
    EVENT_WIDTH,
    FINS,
    FLOW_COUNT,
    FLOW_END,
    HANDSHAKE,
    LAST_FRAME,
    MARKS,
    NEXT_SWEEP,
    NO_DEADLINE,
    NOT_YET,
    OPENED,
    REASON_REFUSED,
    REFUSAL_WAITS,
    RESET_REASON,
    RESET_TIME,
    RESETS,
    SAME_ATTEMPT,
    SECOND,
    SWEEP_ROW,
    SYNS,
    TCP_CLOSE,
    TEARDOWN,
    WANTED,
    WIDTH,
)
from rawkit.flow.row_kernel import side_of
from rawkit.kernels import Ints

FORCE_INLINE: Final = True

MOST_AT_ONCE = 4  # events that one packet can give
SWEEP_EVERY = SECOND


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


def fall_due(now: int, row: int, flows: Ints, deadlines: Ints, tracker: Ints, events: Ints) -> None:
    """The row's deadline has come: a refusal is told, or the connection is over."""
    base = row * WIDTH
    if flows[base + MARKS] & REFUSAL_WAITS:
        flows[base + MARKS] &= ~REFUSAL_WAITS
        tell_attempt(deadlines[row], flows[base + LAST_FRAME], flows, base, tracker, events)
        tell_end(deadlines[row], flows[base + LAST_FRAME], flows, base, tracker, events)
        deadlines[row] = flows[base + RESET_TIME] + TCP_CLOSE
    if deadlines[row] <= now:
        end_connection(deadlines[row], row, flows, deadlines, tracker, events)


def end_connection(now: int, row: int, flows: Ints, deadlines: Ints, tracker: Ints, events: Ints) -> None:
    """The connection is over: what was not told yet is told; the conversation stays, without a connection."""
    base = row * WIDTH
    frame = flows[base + LAST_FRAME]
    tell_attempt(now, frame, flows, base, tracker, events)
    tell_end(now, frame, flows, base, tracker, events)
    give(FLOW_END, now, frame, flows, base, tracker, events)
    flows[base + CONNECTION] = 0
    deadlines[row] = NO_DEADLINE


def sweep(now: int, flows: Ints, deadlines: Ints, tracker: Ints, events: Ints) -> bool:
    """Ends all connections whose time is over; False where `events` is full and the sweep has to go on later."""
    row = max(tracker[SWEEP_ROW], 0)
    count = tracker[FLOW_COUNT]
    while row < count:
        if deadlines[row] <= now:
            if not has_room(tracker, events):
                tracker[SWEEP_ROW] = row
                return False
            fall_due(now, row, flows, deadlines, tracker, events)
        row += 1
    tracker[SWEEP_ROW] = -1
    tracker[NEXT_SWEEP] = now + SWEEP_EVERY
    return True


def expire(now: int, flows: Ints, deadlines: Ints, tracker: Ints, events: Ints) -> bool:
    """Ends what is over at `now`, without a packet; False where it has to be called again."""
    tracker[CLOCK] = max(tracker[CLOCK], now)
    return sweep(now, flows, deadlines, tracker, events)


def finish(flows: Ints, deadlines: Ints, tracker: Ints, events: Ints) -> bool:
    """Ends all connections, in the order of their rows; False where it has to be called again."""
    row = max(tracker[SWEEP_ROW], 0)
    while row < tracker[FLOW_COUNT]:
        if flows[row * WIDTH + CONNECTION]:
            if not has_room(tracker, events):
                tracker[SWEEP_ROW] = row
                return False
            end_connection(min(tracker[CLOCK], deadlines[row]), row, flows, deadlines, tracker, events)
        row += 1
    tracker[SWEEP_ROW] = -1
    return True
