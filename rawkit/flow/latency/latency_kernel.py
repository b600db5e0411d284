"""The kernel of latencies: takes the segments of connections in order, and writes a record for each span of time."""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import END, PAYLOAD, TRANSPORT, WIRE_END
from rawkit.decode.layout import WIDTH as PACKET_WIDTH
from rawkit.facts import tcp
from rawkit.flow.latency.layout import (
    ACKED,
    ACKED_TIME,
    AMOUNT,
    BEGIN_FRAME,
    BEGIN_TIME,
    CAUSE_BEGIN,
    CAUSE_COUNT,
    CAUSE_END,
    CAUSE_FROM,
    CAUSE_NS,
    CAUSE_TIMES,
    CAUSE_TO,
    CAUSE_WIDTH,
    CAUSES,
    CLIENT,
    CROSSED,
    DEFAULT_MSS,
    DELAYED,
    END_FRAME,
    END_TIME,
    FAST,
    FILLED_FRAME,
    FILLED_TIME,
    FIN_FRAME,
    FIN_SIDE,
    FIN_TIME,
    FIRST_BYTE_TIME,
    FULL,
    HANDSHAKE,
    HEARD_TIME,
    HOLE_ACK,
    HOLE_FAST,
    HOLE_FRAME,
    HOLE_KIND,
    HOLE_LATE,
    HOLE_TIME,
    HOLE_TIMED_OUT,
    HOLE_TOLD,
    KIND,
    LAST_SYN_FRAME,
    LAST_SYN_TIME,
    MOST_RECORDS,
    MSS,
    NAGLE,
    NEXT_SEQ,
    OPENED_FRAME,
    OPENED_TIME,
    OPENING,
    PAUSED,
    RECORD_WIDTH,
    REORDERED,
    RESENT_BYTES,
    RTT,
    SAID_FRAME,
    SAID_TIME,
    SCALED,
    SENT_FRAME,
    SENT_SIZE,
    SENT_TIME,
    SHIFT,
    SIDE,
    SIDE_WIDTH,
    SIDES,
    SLACK,
    SLOT,
    SMALL_WINDOW,
    SPAN_BEGIN,
    SPAN_END,
    SPAN_FROM,
    SPAN_TO,
    SPEAKER,
    SPENT,
    STALL,
    STALL_END,
    SYN_FRAME,
    SYN_TIME,
    THINK,
    TIMED_OUT,
    TIMER,
    TRANSFER,
    TURN_BYTES,
    TURN_FRAME,
    TURN_TIME,
    WIDTH,
    WINDOW,
    ZERO_TIME,
    ZERO_WINDOW,
)
from rawkit.flow.layout import (
    DUPLICATE_ACK,
    FAST_RETRANSMISSION,
    KEEP_ALIVE,
    KEY_SIDE,
    LOST_SEGMENT,
    NOT_YET,
    OFFERED_MSS,
    OFFERED_SCALE,
    OUT_OF_ORDER,
    SPURIOUS_RETRANSMISSION,
    ZERO_WINDOW_PROBE,
)
from rawkit.flow.table.key_kernel import make_key
from rawkit.flow.tcp.analysis_kernel import BITS_32, LOW_FLAGS, difference
from rawkit.flow.tcp.segment_kernel import MAX_SHIFT, offers
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32, within

FORCE_INLINE: Final = True

UNSPOKEN = KEEP_ALIVE | ZERO_WINDOW_PROBE
OPTIONS_MAX = tcp.HEADER_LEN_MAX - tcp.HEADER_LEN  # options take their room from the MSS (RFC 6691)


def measure(
    data: Ints,
    offset: Ints,
    timestamp: Ints,
    rows: Ints,
    numbers: Ints,
    slots: Ints,
    analysis: Ints,
    first: int,
    last: int,
    key: Ints,
    state: Ints,
    records: Ints,
    counts: Ints,
) -> int:
    """Takes the packets from `first` to `last - 1`; returns the first that it did not take, for want of room.

    `slots` has the row of each packet's connection in `state`, -1 for packets that are none of a connection.
    `counts[0]` becomes the number of records.
    """
    for i in range(first, last):
        if slots[i] < 0:
            continue
        if (counts[0] + MOST_RECORDS) * RECORD_WIDTH > len(records):
            return i
        row = i * PACKET_WIDTH
        if rows[row + PAYLOAD] < 0 or not make_key(data, offset[i], rows, row, key):
            continue
        segment(
            data, offset[i], rows, row, timestamp[i] + 0, numbers[i] + 0, slots[i] + 0, analysis[i] + 0,
            key[KEY_SIDE] + 0, state, records, counts,
        )  # fmt: skip
    return last


def segment(
    data: Ints,
    start: int,
    rows: Ints,
    row: int,
    now: int,
    frame: int,
    slot: int,
    found: int,
    side: int,
    state: Ints,
    records: Ints,
    counts: Ints,
) -> None:
    """One segment: what it acknowledges comes before what it says."""
    base = slot * WIDTH
    within(state, base, WIDTH)
    transport = start + rows[row + TRANSPORT]
    flags = u8(data, transport + tcp.FLAGS) & LOW_FLAGS
    size = rows[row + WIRE_END] - rows[row + PAYLOAD]
    seq = u32(data, transport + tcp.SEQUENCE)
    if state[base + BEGIN_TIME] == NOT_YET:
        begin(state, base, now, frame)
    now = max(now, state[base + END_TIME])  # a clock that goes back makes no pause
    state[base + END_TIME] = now
    state[base + END_FRAME] = frame
    mine = base + SIDES + side * SIDE_WIDTH
    peers = base + SIDES + (1 - side) * SIDE_WIDTH
    if flags & tcp.SYN:
        header = rows[row + PAYLOAD] - rows[row + TRANSPORT]
        offered = offers(data, transport, header, rows[row + END] - rows[row + TRANSPORT], size)
        opening(state, base, side, mine, peers, flags, offered, seq + size, now, frame)
        if flags & tcp.ACK and state[base + OPENING]:
            state[mine + ACKED] = u32(data, transport + tcp.ACKNOWLEDGMENT)
            state[mine + ACKED_TIME] = now
            state[mine + WINDOW] = u16(data, transport + tcp.WINDOW)  # of a SYN it is never scaled
        return
    if state[base + OPENING] and (size > 0 or (flags & tcp.ACK and side == state[base + CLIENT])):
        opened(slot, side, state, base, now, frame, records, counts)
    if flags & tcp.ACK:
        window = u16(data, transport + tcp.WINDOW)
        acknowledge(
            state, base, mine, peers, flags, u32(data, transport + tcp.ACKNOWLEDGMENT), window, size, now, frame
        )
        if found & DUPLICATE_ACK and state[peers + NEXT_SEQ] >= 0:
            if difference(state[peers + NEXT_SEQ], state[mine + ACKED]) > 0 and state[base + SPEAKER] == 1 - side:
                miss(state, peers, mine, now, frame, HOLE_TOLD)
    if size > 0 and not found & UNSPOKEN:
        speak(slot, side, state, base, mine, peers, seq, size, found, now, frame, records, counts)
    state[mine + HEARD_TIME] = now
    if flags & (tcp.FIN | tcp.RST) and state[base + FIN_SIDE] < 0:
        state[base + FIN_SIDE] = side
        state[base + FIN_TIME] = now
        state[base + FIN_FRAME] = frame


def begin(state: Ints, base: int, now: int, frame: int) -> None:
    """A row for another connection."""
    for column in range(base, base + WIDTH):
        state[column] = NOT_YET
    state[base + BEGIN_TIME] = now
    state[base + BEGIN_FRAME] = frame
    state[base + CLIENT] = -1
    state[base + OPENING] = 0
    state[base + SPEAKER] = -1
    state[base + FIN_SIDE] = -1
    state[base + CROSSED] = 0
    state[base + SAID_TIME] = now
    state[base + SAID_FRAME] = frame
    forget_causes(state, base)
    for side in range(2):
        place = base + SIDES + side * SIDE_WIDTH
        for column in (NEXT_SEQ, ACKED, WINDOW):
            state[place + column] = -1
        for column in (SHIFT, SCALED, FULL, HOLE_KIND, RESENT_BYTES, SENT_SIZE):
            state[place + column] = 0
        state[place + MSS] = DEFAULT_MSS


def forget_causes(state: Ints, base: int) -> None:
    for column in range(base + CAUSES, base + CAUSES + CAUSE_COUNT * CAUSE_WIDTH):
        state[column] = 0


# The handshake ---------------------------------------------------------------------------------------------


def opening(
    state: Ints, base: int, side: int, mine: int, peers: int, flags: int, offered: int, end: int, now: int, frame: int
) -> None:
    """A SYN, or a SYN-ACK."""
    if state[base + OPENED_TIME] != NOT_YET or state[base + SPEAKER] >= 0:
        return
    state[base + OPENING] = 1
    if state[base + CLIENT] < 0:
        state[base + CLIENT] = 1 - side if flags & tcp.ACK else side
    if state[mine + SYN_TIME] == NOT_YET:
        state[mine + SYN_TIME] = now
        state[mine + SYN_FRAME] = frame
    state[mine + LAST_SYN_TIME] = now
    state[mine + LAST_SYN_FRAME] = frame
    if flags & tcp.ACK and state[mine + RTT] == NOT_YET and state[peers + LAST_SYN_TIME] != NOT_YET:
        state[mine + RTT] = now - state[peers + LAST_SYN_TIME]
    state[mine + NEXT_SEQ] = (end + 1) & BITS_32
    state[mine + SCALED] = 1
    state[mine + SHIFT] = min(offered >> 16 & 0xFF, MAX_SHIFT) if offered & OFFERED_SCALE else 0
    if offered & OFFERED_MSS:
        state[mine + MSS] = max(offered & 0xFFFF, 1)
    if flags & tcp.ACK and not offered & OFFERED_SCALE:
        state[peers + SHIFT] = 0  # both have to offer it (RFC 7323, section 2.2)


def opened(slot: int, side: int, state: Ints, base: int, now: int, frame: int, records: Ints, counts: Ints) -> None:
    """The end of the handshake: the client's ACK, or where that is not captured the first data."""
    client = state[base + CLIENT] + 0
    mine = base + SIDES + client * SIDE_WIDTH
    servers = base + SIDES + (1 - client) * SIDE_WIDTH
    if side == client and state[servers + LAST_SYN_TIME] != NOT_YET:
        state[mine + RTT] = now - state[servers + LAST_SYN_TIME]
    write_repeats(slot, state, base, records, counts)
    write(slot, HANDSHAKE, client, state[base + BEGIN_TIME], now, state[base + BEGIN_FRAME], frame, 0, records, counts)
    state[base + OPENING] = 0
    state[base + OPENED_TIME] = now
    state[base + OPENED_FRAME] = frame
    state[base + SAID_TIME] = now
    state[base + SAID_FRAME] = frame


def write_repeats(slot: int, state: Ints, base: int, records: Ints, counts: Ints) -> None:
    """That SYNs were repeated; where none was, that SYN-ACKs were."""
    for turn in range(2):
        side = state[base + CLIENT] if turn == 0 else 1 - state[base + CLIENT]
        place = base + SIDES + side * SIDE_WIDTH
        if state[place + LAST_SYN_TIME] > state[place + SYN_TIME]:
            write(
                slot, STALL + TIMED_OUT, side, state[place + SYN_TIME], state[place + LAST_SYN_TIME],
                state[place + SYN_FRAME], state[place + LAST_SYN_FRAME], 1, records, counts,
            )  # fmt: skip
            return


# Acknowledgements, and what did not come -------------------------------------------------------------------


def acknowledge(
    state: Ints, base: int, mine: int, peers: int, flags: int, ack: int, window: int, size: int, now: int, frame: int
) -> None:
    """What a segment of this side says of its peer's: how far they came, and how many more may come."""
    if state[mine + ACKED] < 0 or difference(ack, state[mine + ACKED]) > 0:
        state[mine + ACKED] = ack
        state[mine + ACKED_TIME] = now
        if state[peers + HOLE_TIME] != NOT_YET and difference(ack, state[peers + HOLE_ACK]) > 0:
            fill(state, base, peers, size > 0, now, frame)
    if flags & tcp.RST:
        return
    state[mine + WINDOW] = window << state[mine + SHIFT] if state[mine + SCALED] and state[peers + SCALED] else -1
    if window == 0 and not flags & tcp.FIN and state[mine + ZERO_TIME] == NOT_YET:
        state[mine + ZERO_TIME] = now


def miss(state: Ints, mine: int, peers: int, now: int, frame: int, kind: int) -> None:
    """A segment of this side is missing at its peer, or at the capture."""
    if state[mine + HOLE_TIME] == NOT_YET:
        state[mine + HOLE_TIME] = now
        state[mine + HOLE_FRAME] = frame
        state[mine + HOLE_ACK] = state[peers + ACKED] if state[peers + ACKED] >= 0 else state[mine + NEXT_SEQ]
        state[mine + FILLED_TIME] = NOT_YET
        state[mine + HOLE_KIND] = 0
    state[mine + HOLE_KIND] |= kind


def fill(state: Ints, base: int, mine: int, with_data: bool, now: int, frame: int) -> None:
    """What was missing has come: the peer acknowledges more."""
    kind = state[mine + HOLE_KIND] + 0
    begin_time = state[mine + HOLE_TIME] + 0
    state[mine + HOLE_TIME] = NOT_YET
    end_time = now
    end_frame = frame
    if state[mine + FILLED_TIME] == NOT_YET:
        if not kind & HOLE_TOLD or with_data:
            return  # the capture itself has lost it, or nothing says when it came
    elif with_data or kind & HOLE_TIMED_OUT or not kind & HOLE_FAST:
        end_time = state[mine + FILLED_TIME] + 0
        end_frame = state[mine + FILLED_FRAME] + 0
    if end_time > state[base + SAID_TIME]:  # only now has the peer all that was said
        state[base + SAID_TIME] = end_time
        state[base + SAID_FRAME] = end_frame
    cause = REORDERED
    if kind & HOLE_TIMED_OUT:
        cause = TIMED_OUT
    elif kind & HOLE_FAST:
        cause = FAST
    stall(state, base, mine, cause, begin_time, end_time, state[mine + HOLE_FRAME], end_frame)


def stall(state: Ints, base: int, mine: int, cause: int, begin_time: int, end_time: int, first: int, last: int) -> None:
    """Adds to what held up the turn; no time counts twice."""
    begin_time = max(begin_time, state[mine + STALL_END], state[base + TURN_TIME])
    if end_time <= begin_time:
        return
    state[mine + STALL_END] = end_time
    place = base + CAUSES + cause * CAUSE_WIDTH
    state[place + CAUSE_NS] += end_time - begin_time
    state[place + CAUSE_TIMES] += 1
    if end_time - begin_time > state[place + CAUSE_END] - state[place + CAUSE_BEGIN]:
        state[place + CAUSE_BEGIN] = begin_time
        state[place + CAUSE_END] = end_time
        state[place + CAUSE_FROM] = first
        state[place + CAUSE_TO] = last


# What is said ----------------------------------------------------------------------------------------------


def speak(
    slot: int,
    side: int,
    state: Ints,
    base: int,
    mine: int,
    peers: int,
    seq: int,
    size: int,
    found: int,
    now: int,
    frame: int,
    records: Ints,
    counts: Ints,
) -> None:
    """A segment with payload: something new, or something again."""
    expected = state[mine + NEXT_SEQ] + 0
    following = (seq + size) & BITS_32
    if expected >= 0 and difference(following, expected) <= 0:
        state[mine + RESENT_BYTES] += size if not found & OUT_OF_ORDER else 0
        if state[base + SPEAKER] == side and not found & SPURIOUS_RETRANSMISSION:
            again(state, base, mine, peers, found, now, frame)
        return
    if state[mine + FIRST_BYTE_TIME] == NOT_YET:
        state[mine + FIRST_BYTE_TIME] = now
    if state[base + SPEAKER] != side:
        turn(slot, side, state, base, mine, peers, now, frame, records, counts)
    elif state[mine + HOLE_TIME] == NOT_YET:
        explain(state, base, mine, peers, now, frame)
    if found & LOST_SEGMENT and state[mine + SENT_TIME] != NOT_YET:
        miss(state, mine, peers, now, frame, 0)
    state[mine + NEXT_SEQ] = following
    state[mine + SENT_TIME] = now
    state[mine + SENT_FRAME] = frame
    state[mine + SENT_SIZE] = size
    if state[peers + WINDOW] != 0:
        state[peers + ZERO_TIME] = NOT_YET
    state[mine + FULL] = 0
    if state[peers + WINDOW] >= 0 and state[peers + ACKED] >= 0:
        under_way = difference(following, state[peers + ACKED])
        state[mine + FULL] = 1 if under_way + min(size, state[peers + MSS]) > state[peers + WINDOW] else 0
    state[base + TURN_BYTES] += size
    state[base + SAID_TIME] = now
    state[base + SAID_FRAME] = frame


def again(state: Ints, base: int, mine: int, peers: int, found: int, now: int, frame: int) -> None:
    """A segment of the turn that comes a second time, or late."""
    if state[mine + HOLE_TIME] == NOT_YET:
        miss(state, mine, peers, state[mine + SENT_TIME], state[mine + SENT_FRAME], 0)
    silence = now - max(state[peers + HEARD_TIME], state[mine + FILLED_TIME], state[mine + SENT_TIME])
    if found & OUT_OF_ORDER:
        state[mine + HOLE_KIND] |= HOLE_LATE
    elif found & FAST_RETRANSMISSION:
        state[mine + HOLE_KIND] |= HOLE_FAST
    elif not state[mine + HOLE_KIND] & HOLE_TOLD or silence > 2 * known(state[mine + RTT]) + TIMER:
        state[mine + HOLE_KIND] |= HOLE_TIMED_OUT
    else:
        state[mine + HOLE_KIND] |= HOLE_FAST
    state[mine + FILLED_TIME] = now
    state[mine + FILLED_FRAME] = frame
    state[base + SAID_TIME] = now
    state[base + SAID_FRAME] = frame


def known(time: int) -> int:
    """A round trip, 0 where it is not known."""
    return 0 if time == NOT_YET else time


def turn(
    slot: int,
    side: int,
    state: Ints,
    base: int,
    mine: int,
    peers: int,
    now: int,
    frame: int,
    records: Ints,
    counts: Ints,
) -> None:
    """The other side begins to speak: what was said before is told, and how long this one has thought."""
    if state[base + SPEAKER] >= 0:
        end_turn(slot, state, base, peers, records, counts)
        if difference(state[peers + NEXT_SEQ], state[mine + ACKED]) > 0 and state[mine + ACKED] >= 0:
            state[base + CROSSED] += 1
    write(slot, THINK, side, state[base + SAID_TIME], now, state[base + SAID_FRAME], frame, 0, records, counts)
    state[base + SPEAKER] = side
    state[base + TURN_TIME] = now
    state[base + TURN_FRAME] = frame
    state[base + TURN_BYTES] = 0
    state[mine + STALL_END] = now
    state[mine + HOLE_TIME] = NOT_YET


def end_turn(slot: int, state: Ints, base: int, mine: int, records: Ints, counts: Ints) -> None:
    """Writes the turn of the side whose columns are at `mine`, with what held it up."""
    side = state[base + SPEAKER] + 0
    if state[mine + HOLE_TIME] != NOT_YET and state[mine + HOLE_KIND] & HOLE_TIMED_OUT:
        fill(state, base, mine, True, state[base + SAID_TIME] + 0, state[base + SAID_FRAME] + 0)
    state[mine + HOLE_TIME] = NOT_YET
    if state[base + FIN_SIDE] == side and state[base + FIN_TIME] > state[base + SAID_TIME]:
        # The other side waited for the end of what was said, which the FIN was.
        stall(
            state, base, mine, PAUSED, state[base + SAID_TIME] + 0, state[base + FIN_TIME] + 0,
            state[base + SAID_FRAME] + 0, state[base + FIN_FRAME] + 0,
        )  # fmt: skip
        state[base + SAID_TIME] = state[base + FIN_TIME]
        state[base + SAID_FRAME] = state[base + FIN_FRAME]
    for cause in range(CAUSE_COUNT):
        place = base + CAUSES + cause * CAUSE_WIDTH
        if state[place + CAUSE_TIMES]:
            write(
                slot, STALL + cause, side, state[place + CAUSE_BEGIN], state[place + CAUSE_END],
                state[place + CAUSE_FROM], state[place + CAUSE_TO], state[place + CAUSE_TIMES], records, counts,
            )  # fmt: skip
            records[(counts[0] - 1) * RECORD_WIDTH + SPENT] = state[place + CAUSE_NS]
    forget_causes(state, base)
    write(
        slot, TRANSFER, side, state[base + TURN_TIME], state[base + SAID_TIME], state[base + TURN_FRAME],
        state[base + SAID_FRAME], state[base + TURN_BYTES], records, counts,
    )  # fmt: skip


def explain(state: Ints, base: int, mine: int, peers: int, now: int, frame: int) -> None:
    """Why there was a pause between this segment of a turn and the one before, where the capture tells."""
    before = state[mine + SENT_TIME] + 0
    is_small = state[mine + SENT_SIZE] + OPTIONS_MAX < state[peers + MSS]
    acked = state[peers + ACKED] == state[mine + NEXT_SEQ] and state[peers + ACKED_TIME] >= before
    after_ack = now - state[peers + ACKED_TIME] if acked else 0
    is_prompt = acked and after_ack <= known(state[mine + RTT]) + known(state[mine + RTT]) // 2 + SLACK
    cause = -1
    if state[peers + ZERO_TIME] != NOT_YET:
        cause = ZERO_WINDOW
    elif state[mine + FULL]:
        cause = SMALL_WINDOW
    elif is_small and is_prompt and state[peers + ACKED_TIME] - before > known(state[peers + RTT]) + DELAYED:
        cause = NAGLE
    elif is_small or (acked and not is_prompt):
        cause = PAUSED
    if cause >= 0:
        stall(state, base, mine, cause, before, now, state[mine + SENT_FRAME] + 0, frame)


def write(
    slot: int, kind: int, side: int, begin_time: int, end_time: int, first: int, last: int, amount: int, records: Ints,
    counts: Ints,
) -> None:  # fmt: skip
    """Writes a record."""
    place = counts[0] * RECORD_WIDTH
    within(records, place, RECORD_WIDTH)
    records[place + SLOT] = slot
    records[place + KIND] = kind
    records[place + SIDE] = side
    records[place + SPAN_BEGIN] = begin_time
    records[place + SPAN_END] = end_time
    records[place + SPAN_FROM] = first
    records[place + SPAN_TO] = last
    records[place + AMOUNT] = amount
    records[place + SPENT] = end_time - begin_time
    counts[0] += 1
