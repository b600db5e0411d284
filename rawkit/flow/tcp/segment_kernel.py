"""One TCP segment: what it changes in its flow's row. Zeek's bookkeeping of both sides, and the handshake's and the
teardown's own facts, from which the views are made."""

from __future__ import annotations

from typing import Final

from rawkit.facts import tcp, tcp_options
from rawkit.flow.events_kernel import is_opened
from rawkit.flow.layout import (
    ACK_FRAME,
    ACK_TIME,
    ACKED_SEQ,
    CLOSED,
    CONTIGUOUS,
    ESTABLISHED,
    FIN_FRAME,
    FIN_SEQ,
    FIN_TIME,
    FINS,
    FIRST_FIN,
    GAPS,
    HANDSHAKE,
    HOLE_COUNT,
    HOLE_END,
    HOLE_START,
    HOLE_WIDTH,
    HOLES,
    INACTIVE,
    KEEP_ALIVE,
    KEEP_ALIVES,
    LAST_ACK,
    LAST_DATA_FRAME,
    LAST_SEQ,
    LAST_SYN_TIME,
    LATE_DATA,
    LETTER_G,
    LETTER_T,
    LETTER_W,
    MARKS,
    MISSED,
    NOT_YET,
    OFFERED_COOKIE,
    OFFERED_CUT,
    OFFERED_DATA,
    OFFERED_FAST_OPEN,
    OFFERED_MSS,
    OFFERED_SACK,
    OFFERED_SCALE,
    OFFERED_TIMESTAMPS,
    OPENED,
    ORIGINATOR,
    OTHER_SYN,
    PARTIAL,
    PREVIOUS_STATE,
    REASON_ABORTED,
    REASON_CHALLENGED,
    REASON_DATA_AFTER_CLOSE,
    REASON_KEEP_ALIVE,
    REASON_OUT_OF_WINDOW,
    REASON_REFUSED,
    REASON_UNKNOWN,
    REASON_UNREAD_DATA,
    REASON_WRONG_TAG,
    REFUSAL_WAITS,
    RESET,
    RESET_FRAME,
    RESET_REASON,
    RESET_SIDE,
    RESET_TIME,
    RESETS,
    RETRANSMITTED,
    SIGNAL_ACK,
    SIGNAL_DATA,
    SIGNAL_FIN,
    SIGNAL_QUIET,
    SIGNAL_RST,
    SIGNAL_SYN,
    SIGNAL_SYN_ACK,
    SIMULTANEOUS_CLOSE,
    SIMULTANEOUS_OPEN,
    START_SEQ,
    STATE,
    STRAY_RESETS,
    SYN_ACK_SENT,
    SYN_FRAME,
    SYN_OPTIONS,
    SYN_PAUSE,
    SYN_SENT,
    SYN_TIME,
    SYNS,
    TEARDOWN,
    WINDOW,
    WINDOW_SCALE,
    WITH_ACK,
    ZERO_WINDOWS,
)
from rawkit.flow.row_kernel import is_own_peer, responder, side_of
from rawkit.flow.tcp.analysis_kernel import LOW_FLAGS, difference
from rawkit.flow.tcp.history_kernel import add_counted, note_segment
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32

FORCE_INLINE: Final = True

BITS_32 = 0xFFFFFFFF
TOO_FAR = 1048576  # Zeek believes no SYN or RST that is farther away
MAX_SHIFT = 14  # of a window (RFC 7323, section 2.3)


def relative(flows: Ints, place: int, seq: int, near: int) -> int:
    """A sequence number counted from the side's SYN, in 64 bits; `near` is the column of a recent one."""
    known = flows[place + near]
    return known + difference(seq, (flows[place + START_SEQ] + known) & BITS_32)


def begin_numbering(flows: Ints, place: int, syn: int, last: int) -> None:
    flows[place + START_SEQ] = syn
    flows[place + LAST_SEQ] = last
    flows[place + ACKED_SEQ] = 0
    flows[place + CONTIGUOUS] = 1
    for column in range(HOLES, HOLES + HOLE_COUNT * HOLE_WIDTH):
        flows[place + column] = 0


def number_sender(flows: Ints, fwd: int, flags: int, seq: int, length: int) -> None:
    """Where the numbering of the sender begins: at its SYN, or as if one had come just before."""
    state = flows[fwd + STATE]
    if state == INACTIVE:
        if flags & tcp.SYN:
            begin_numbering(flows, fwd, seq, length)
        else:
            begin_numbering(flows, fwd, (seq - 1) & BITS_32, 1)
    elif flags & tcp.SYN and state in (SYN_SENT, SYN_ACK_SENT, ESTABLISHED, PARTIAL):
        if state == PARTIAL:
            begin_numbering(flows, fwd, seq, length)
        elif seq != flows[fwd + START_SEQ] and flows[fwd + ACKED_SEQ] < 1:
            flows[fwd + OTHER_SYN] = flows[fwd + START_SEQ] + 1
            begin_numbering(flows, fwd, seq, length)


def choose_syn(flows: Ints, rev: int, ack: int) -> None:
    """Of two SYNs with different numbers the one counts that the peer acknowledges (RFC 9293, section 3.10.7.3)."""
    other = flows[rev + OTHER_SYN]
    if other and ack == other & BITS_32 and flows[rev + ACKED_SEQ] < 1:
        begin_numbering(flows, rev, other - 1, 1)


def note_acknowledgement(flows: Ints, rev: int, flags: int, ack: int) -> int:
    """What the segment acknowledges of the peer's bytes; returns it, counted from the peer's SYN."""
    if flows[rev + STATE] == INACTIVE:
        begin_numbering(flows, rev, (ack - 1) & BITS_32, 0)
        return 1
    choose_syn(flows, rev, ack)
    acked = relative(flows, rev, ack, ACKED_SEQ)
    if acked < 0:
        return 0
    advance = acked - flows[rev + ACKED_SEQ]
    if not flags & tcp.RST and advance > 0 and not (ack == 0 and advance > TOO_FAR):
        flows[rev + ACKED_SEQ] = acked
    return acked


def note_end(flows: Ints, base: int, side: int, flags: int, end: int, size: int) -> None:
    """The end of the segment: it advances, or payload comes a second time."""
    fwd = side_of(base, side)
    advance = end - flows[fwd + LAST_SEQ]
    if flags & (tcp.SYN | tcp.RST) and (advance > TOO_FAR or advance < -TOO_FAR):
        return
    if flags & tcp.FIN and flows[fwd + LAST_SEQ] == 1:
        flows[fwd + LAST_SEQ] = end
    elif flows[fwd + STATE] == RESET:
        return
    elif advance > 0:
        flows[fwd + LAST_SEQ] = end
    elif size > 0:
        add_counted(flows, base, side, LETTER_T, RETRANSMITTED)


def note_window(flows: Ints, base: int, side: int, flags: int, window: int) -> None:
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    if window == 0 and not flags & tcp.RST and flows[rev + STATE] != CLOSED and flows[fwd + STATE] != RESET:
        add_counted(flows, base, side, LETTER_W, ZERO_WINDOWS)


def change_state(flows: Ints, place: int, new: int) -> None:
    if flows[place + STATE] != new:
        flows[place + PREVIOUS_STATE] = flows[place + STATE]
        flows[place + STATE] = new


def signal(flows: Ints, base: int, side: int, what: int, transitions: Ints) -> None:
    """Follows one line of the table in `rawkit.flow.tcp.states`."""
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    by_originator = 1 if flows[base + ORIGINATOR] == side else 0
    found = transitions[((by_originator * 8 + flows[fwd + STATE]) * 8 + flows[rev + STATE]) * 8 + what]
    change_state(flows, fwd, found & 15)
    change_state(flows, rev, found >> 4)


def signals(flows: Ints, base: int, side: int, flags: int, size: int, transitions: Ints) -> None:
    """All that the segment says: its SYN first, then its FIN or RST; without flags, that it carries data or an ACK."""
    if flags & tcp.SYN:
        signal(flows, base, side, SIGNAL_SYN_ACK if flags & tcp.ACK else SIGNAL_SYN, transitions)
    if flags & tcp.RST:
        signal(flows, base, side, SIGNAL_RST, transitions)
    elif flags & tcp.FIN:
        close_side(flows, base, side, transitions)
    elif not flags & tcp.SYN:
        what = SIGNAL_DATA if size > 0 and flags & tcp.ACK else SIGNAL_ACK if flags & tcp.ACK else SIGNAL_QUIET
        signal(flows, base, side, what, transitions)


def close_side(flows: Ints, base: int, side: int, transitions: Ints) -> None:
    """A FIN; a peer that had sent a FIN and then a RST has closed in the ordinary way after all."""
    rev = side_of(base, 1 - side)
    was_open = flows[side_of(base, side) + STATE] in (ESTABLISHED, PARTIAL)
    signal(flows, base, side, SIGNAL_FIN, transitions)
    if was_open and flows[rev + STATE] == RESET and flows[rev + PREVIOUS_STATE] == CLOSED:
        change_state(flows, rev, CLOSED)


# Bytes that were seen, and gaps ----------------------------------------------------------------------------


def note_bytes(flows: Ints, place: int, start: int, end: int) -> None:
    """The bytes from `start` to `end` (counted from the SYN) were seen; up to three blocks wait behind holes."""
    if end <= flows[place + CONTIGUOUS]:
        return
    if start <= flows[place + CONTIGUOUS]:
        flows[place + CONTIGUOUS] = end
    else:
        keep_block(flows, place, start, end)
    join_blocks(flows, place)


def hole_of(place: int, hole: int) -> int:
    """Where a block of HOLES begins."""
    return place + HOLES + hole * HOLE_WIDTH


def keep_block(flows: Ints, place: int, start: int, end: int) -> None:
    vacant = -1
    for hole in range(HOLE_COUNT):
        at = hole_of(place, hole)
        if flows[at + HOLE_END] == 0:
            vacant = at
        elif start <= flows[at + HOLE_END] and end >= flows[at + HOLE_START]:
            flows[at + HOLE_START] = min(flows[at + HOLE_START], start)
            flows[at + HOLE_END] = max(flows[at + HOLE_END], end)
            return
    if vacant < 0:  # more holes than there is room for: the last block grows over one
        vacant = hole_of(place, 0)
        start = min(start, flows[vacant + HOLE_START])
        end = max(end, flows[vacant + HOLE_END])
    flows[vacant + HOLE_START] = start
    flows[vacant + HOLE_END] = end


def join_blocks(flows: Ints, place: int) -> None:
    for _ in range(HOLE_COUNT):
        for hole in range(HOLE_COUNT):
            at = hole_of(place, hole)
            if flows[at + HOLE_END] != 0 and flows[at + HOLE_START] <= flows[place + CONTIGUOUS]:
                flows[place + CONTIGUOUS] = max(flows[place + CONTIGUOUS], flows[at + HOLE_END])
                flows[at + HOLE_START] = 0
                flows[at + HOLE_END] = 0


def is_clean(flows: Ints, place: int) -> bool:
    """Whether a side is open, or was until its FIN."""
    state = flows[place + STATE]
    return state == ESTABLISHED or (state == CLOSED and flows[place + PREVIOUS_STATE] == ESTABLISHED)


def note_gap(flows: Ints, base: int, side: int, acked: int) -> None:
    """The peer acknowledges bytes that the capture does not have: a gap, where both sides opened and none aborted.

    As in Zeek (src/analyzer/protocol/tcp/TCP_Reassembler.cc), where the number that a FIN takes is no missing byte.
    """
    place = side_of(base, side)
    if flows[place + FINS] and acked >= flows[place + FIN_SEQ]:
        acked = flows[place + FIN_SEQ] - 1
    if acked <= flows[place + CONTIGUOUS]:
        return
    if not is_clean(flows, place) or not is_clean(flows, side_of(base, 1 - side)):
        return
    missed = acked - flows[place + CONTIGUOUS]
    for hole in range(HOLE_COUNT):
        at = hole_of(place, hole)
        if flows[at + HOLE_END] != 0:
            missed -= max(min(flows[at + HOLE_END], acked) - flows[at + HOLE_START], 0)
    if missed > 0:
        flows[place + MISSED] += missed
        add_counted(flows, base, side, LETTER_G, GAPS)
    flows[place + CONTIGUOUS] = acked
    join_blocks(flows, place)


# Handshake and teardown ------------------------------------------------------------------------------------


def offers(data: Ints, place: int, header: int, captured: int, size: int) -> int:
    """What a SYN offers in its options (RFC 9293, 7323, 2018, 7413), as bits of SYN_OPTIONS.

    `header` is the header's size, `captured` how much of it the capture has at least.
    """
    found = OFFERED_DATA if size > 0 else 0
    found |= OFFERED_CUT if captured < header else 0
    found |= WITH_ACK if u8(data, place + tcp.FLAGS) & tcp.ACK else 0
    at = place + tcp.HEADER_LEN
    end = place + min(header, captured)
    while at + 1 < end and u8(data, at) != tcp_options.END:
        kind = u8(data, at)
        if kind == tcp_options.NO_OPERATION:
            at += 1
            continue
        length = u8(data, at + tcp_options.LENGTH)
        if length < tcp_options.DATA or at + length > end:
            break
        if kind == tcp_options.MSS and length == tcp_options.MSS_LEN:
            found |= OFFERED_MSS | u16(data, at + tcp_options.DATA)
        elif kind == tcp_options.WINDOW_SCALE and length == tcp_options.WINDOW_SCALE_LEN:
            found |= OFFERED_SCALE | u8(data, at + tcp_options.DATA) << 16
        elif kind == tcp_options.SACK_PERMITTED:
            found |= OFFERED_SACK
        elif kind == tcp_options.TIMESTAMPS and length == tcp_options.TIMESTAMPS_LEN:
            found |= OFFERED_TIMESTAMPS
        elif kind == tcp_options.FAST_OPEN:
            found |= OFFERED_FAST_OPEN if length == tcp_options.DATA else OFFERED_COOKIE
        at += length
    return found


def note_syn(flows: Ints, base: int, side: int, flags: int, now: int, frame: int, offered: int) -> None:
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    flows[fwd + SYN_PAUSE] = now - flows[fwd + LAST_SYN_TIME] if flows[fwd + SYNS] else 0
    flows[fwd + SYNS] += 1
    flows[fwd + LAST_SYN_TIME] = now
    if flows[fwd + SYN_TIME] == NOT_YET:
        flows[fwd + SYN_TIME] = now
        flows[fwd + SYN_FRAME] = frame
        flows[fwd + SYN_OPTIONS] = offered
        # A SYN after its SYN-ACK is the same open, recorded in another order.
        if not flags & tcp.ACK and flows[rev + SYNS] and not flows[rev + SYN_OPTIONS] & WITH_ACK:
            flows[base + MARKS] |= SIMULTANEOUS_OPEN


def note_open(flows: Ints, base: int, side: int, now: int, frame: int, flags: int, acked: int, size: int) -> None:
    """What shows that a connection is open: the ACK of the SYN-ACK, and what the server does only then.

    A client that waits for a SYN-ACK sends no ACK (but with RST, to refuse one): its ACK proves that the SYN-ACK came.
    A server sends payload or FIN, and acknowledges payload, when the connection is open; a mere ACK may be a challenge
    (RFC 5961, section 4), whose number is anywhere.
    """
    a = flows[side_of(base, 0) + SYNS]
    b = flows[side_of(base, 1) + SYNS]
    if flags & (tcp.SYN | tcp.RST) or not flags & tcp.ACK or acked < 1 or a + b == 0:
        return
    if side == flows[base + ORIGINATOR] or flows[base + MARKS] & SIMULTANEOUS_OPEN:
        flows[base + ACK_TIME] = now
        flows[base + ACK_FRAME] = frame
        if is_own_peer(flows, base):
            flows[base + MARKS] |= SIMULTANEOUS_OPEN
    elif size > 0 or flags & tcp.FIN or 1 < acked <= TOO_FAR:
        flows[base + MARKS] |= OPENED


def has_both_syns(flows: Ints, base: int) -> bool:
    a = flows[side_of(base, 0) + SYNS]
    b = flows[side_of(base, 1) + SYNS]
    return (a > 0 and b > 0) or (a > 1 and is_own_peer(flows, base))


def note_fin(flows: Ints, base: int, side: int, now: int, frame: int, end: int) -> None:
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    flows[fwd + FINS] += 1
    flows[fwd + FIN_SEQ] = end
    if flows[fwd + FINS] > 1:
        return
    flows[fwd + FIN_TIME] = now
    flows[fwd + FIN_FRAME] = frame
    if flows[base + FIRST_FIN] == 0:
        flows[base + FIRST_FIN] = side + 1
    elif flows[rev + ACKED_SEQ] < flows[rev + FIN_SEQ]:
        flows[base + MARKS] |= SIMULTANEOUS_CLOSE


def both_closed(flows: Ints, base: int) -> bool:
    """Whether both FINs were sent and acknowledged."""
    for side in range(2):
        place = side_of(base, side)
        if flows[place + FINS] == 0 or flows[place + ACKED_SEQ] < flows[place + FIN_SEQ]:
            return False
    return True


def reset_reason(flows: Ints, base: int, side: int, flags: int, seq: int) -> int:
    """Why `side` sent a RST, as far as the wire tells (docs/teardowns.md has the reasoning)."""
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    if flows[rev + STATE] == SYN_SENT and flows[fwd + SYNS] == 0:
        return REASON_REFUSED
    if flows[fwd + STATE] == INACTIVE and flows[rev + STATE] == INACTIVE:
        # What it answers was not captured: a segment without ACK, if it has the number 0 (RFC 9293, section 3.5.2).
        return REASON_REFUSED if seq == 0 and flags & tcp.ACK else REASON_UNKNOWN
    ignored = why_ignored(flows, fwd, rev, seq)
    if ignored:
        return ignored
    if not flags & tcp.ACK:
        closed = flows[fwd + FINS] > 0 and flows[rev + LATE_DATA] > 0
        return REASON_DATA_AFTER_CLOSE if closed else REASON_UNKNOWN
    if flows[fwd + KEEP_ALIVES] > 1:
        return REASON_KEEP_ALIVE
    unread = flows[rev + LAST_DATA_FRAME] > flows[fwd + LAST_DATA_FRAME]
    return REASON_UNREAD_DATA if unread else REASON_ABORTED


def why_ignored(flows: Ints, fwd: int, rev: int, seq: int) -> int:
    """Whether the receiver ignores a RST with this number (RFC 5961, section 3.2), 0 where it does not.

    Only the receiver knows what it expects: what it acknowledged last, or what was sent since.
    """
    if flows[rev + LAST_ACK] <= 0 or flows[rev + WINDOW] < 0:
        return 0
    distance = difference(seq, flows[rev + LAST_ACK])
    unscaled = flows[fwd + WINDOW_SCALE] == -2
    shift = MAX_SHIFT if flows[rev + WINDOW_SCALE] == -1 and not unscaled else max(flows[rev + WINDOW_SCALE], 0)
    window = flows[rev + WINDOW] << shift
    if distance < 0 or distance > window:
        return REASON_OUT_OF_WINDOW
    exact = distance == 0 or relative(flows, fwd, seq, LAST_SEQ) == flows[fwd + LAST_SEQ]
    return 0 if exact else REASON_CHALLENGED


def is_ignored(reason: int) -> bool:
    return reason in (REASON_OUT_OF_WINDOW, REASON_CHALLENGED, REASON_WRONG_TAG)


def note_reset(flows: Ints, base: int, side: int, now: int, frame: int, reason: int) -> None:
    flows[side_of(base, side) + RESETS] += 1
    if is_ignored(reason):
        flows[base + STRAY_RESETS] += 1
    if flows[base + RESET_REASON] == 0 or is_ignored(flows[base + RESET_REASON]):
        flows[base + RESET_REASON] = reason
        flows[base + RESET_SIDE] = side
        flows[base + RESET_TIME] = now
        flows[base + RESET_FRAME] = frame


def note_traffic(flows: Ints, base: int, side: int, frame: int, size: int, fresh: int, analysis: int) -> None:
    """Data, `fresh` bytes of it for the first time after the peer's FIN, and keep-alives that nobody answers."""
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    if analysis & KEEP_ALIVE:
        flows[fwd + KEEP_ALIVES] += 1
    elif size > 0:
        flows[fwd + LAST_DATA_FRAME] = frame
        if flows[rev + FINS] > 0:
            flows[fwd + LATE_DATA] += fresh
    flows[rev + KEEP_ALIVES] = 0


def segment(
    data: Ints,
    place: int,
    flows: Ints,
    base: int,
    side: int,
    now: int,
    frame: int,
    size: int,
    offered: int,
    analysis: int,
    transitions: Ints,
) -> int:
    """Takes one segment whose header begins at `u8(data, place)`; returns the events that it makes due."""
    flags = u8(data, place + tcp.FLAGS) & LOW_FLAGS
    seq = u32(data, place + tcp.SEQUENCE)
    ack = u32(data, place + tcp.ACKNOWLEDGMENT)
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    length = (flags & tcp.SYN != 0) + (flags & tcp.FIN != 0) + (0 if flags & tcp.RST else size)
    number_sender(flows, fwd, flags, seq, length)
    where = relative(flows, fwd, seq, LAST_SEQ)
    fresh = min(max(where + length - (flags & tcp.FIN != 0) - flows[fwd + LAST_SEQ], 0), size)
    note_segment(flows, base, side, flags, where, size)
    note_window(flows, base, side, flags, u16(data, place + tcp.WINDOW))
    reason = 0
    if flags & tcp.RST:
        reason = reset_reason(flows, base, side, flags, seq)
        note_reset(flows, base, side, now, frame, reason)
    if flags & tcp.SYN:
        note_syn(flows, base, side, flags, now, frame, offered)
    acked = note_acknowledgement(flows, rev, flags, ack) if flags & tcp.ACK else 0
    if flags & tcp.FIN and not flags & tcp.RST:
        note_fin(flows, base, side, now, frame, where + length)
    is_stray = flags & tcp.SYN and where != 0  # a SYN with another number than the one that the peer acknowledged
    if not is_stray:
        note_end(flows, base, side, flags, where + length, size)
    signals(flows, base, side, flags, size, transitions)
    if flags & tcp.ACK:
        note_gap(flows, base, 1 - side, acked)
    if not flags & tcp.RST and not is_stray:
        first = where + (flags & tcp.SYN != 0)
        note_bytes(flows, fwd, first, where + length)
    note_traffic(flows, base, side, frame, size, fresh, analysis)
    if flows[base + ACK_TIME] == NOT_YET:
        note_open(flows, base, side, now, frame, flags, acked, size)
    return due_events(flows, base, side, flags, where, reason)


def due_events(flows: Ints, base: int, side: int, flags: int, where: int, reason: int) -> int:
    """What is told at once. That a SYN or an ACK is not in the capture is known at the connection's end only."""
    due = 0
    if not flows[base + MARKS] & HANDSHAKE and flows[base + ACK_TIME] != NOT_YET and has_both_syns(flows, base):
        due = HANDSHAKE
    if flags & tcp.RST and not is_ignored(reason):
        if reason == REASON_REFUSED and flows[side_of(base, 1 - side) + SYNS]:
            flows[base + MARKS] |= REFUSAL_WAITS
        else:
            due |= TEARDOWN
            if answers_syn_ack(flows, base, side, where) or is_opened(flows, base):
                due |= HANDSHAKE
    elif both_closed(flows, base):
        due |= TEARDOWN | HANDSHAKE
    return due & ~flows[base + MARKS]


def answers_syn_ack(flows: Ints, base: int, side: int, where: int) -> bool:
    """Whether a RST ends the attempt, for it came after a SYN-ACK; without one it may answer a challenge ACK."""
    return flows[responder(flows, base) + SYNS] > 0 or (side == flows[base + ORIGINATOR] and where == 1)
