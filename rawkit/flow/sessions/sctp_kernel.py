"""SCTP (RFC 9260): what the chunks of a packet change in the row of its association.

An association that has several addresses is a row for each pair of them; it opens and closes in one.
"""

from __future__ import annotations

from typing import Final

from rawkit.facts import sctp
from rawkit.flow.layout import (
    ACK_TIME,
    LETTER_A,
    NOT_YET,
    ORIGINATOR,
    REASON_UNKNOWN,
    REASON_WRONG_TAG,
    SIGNAL_ACK,
    SIGNAL_SYN_ACK,
    TAG,
)
from rawkit.flow.row_kernel import side_of
from rawkit.flow.sessions.steps_kernel import (
    abort,
    abort_reason,
    answer_close,
    answer_open,
    chosen_reason,
    close_side,
    complete_open,
    note_data,
    open_side,
    show_open,
)
from rawkit.flow.tcp.history_kernel import add_once
from rawkit.flow.tcp.segment_kernel import signal
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u16, u32

FORCE_INLINE: Final = True

ALIGNMENT = 4  # of chunks


def first_chunk(data: Ints, place: int, end: int) -> int:
    """The kind of the first chunk, -1 where there is none."""
    return u8(data, place + sctp.HEADER_LEN) if place + sctp.HEADER_LEN + sctp.CHUNK_HEADER_LEN <= end else -1


def initiate_tag(data: Ints, at: int, end: int) -> int:
    """The tag that the sender of an INIT or INIT ACK asks for, plus 1; 0 where it is not captured."""
    tag = at + sctp.INITIATE_TAG
    return u32(data, tag) + 1 if tag + 4 <= end else 0


def is_restart(data: Ints, place: int, end: int, flows: Ints, base: int, side: int) -> bool:
    """Whether a packet that begins with INIT begins another association: one that is repeated has the same tag."""
    known = flows[side_of(base, side) + TAG]
    tag = initiate_tag(data, place + sctp.HEADER_LEN, end)
    return known != 0 and tag != 0 and known != tag


def sctp_packet(
    data: Ints, place: int, end: int, flows: Ints, base: int, side: int, now: int, frame: int, transitions: Ints
) -> None:
    """Takes the packet whose common header begins at `u8(data, place)`, and whose captured bytes end at `end`."""
    tag = u32(data, place + sctp.VERIFICATION_TAG) + 1
    at = place + sctp.HEADER_LEN
    has_cookie = first_chunk(data, place, end) == sctp.COOKIE_ECHO
    while at + sctp.CHUNK_HEADER_LEN <= end:
        kind = u8(data, at)
        if kind == sctp.ABORT:
            note_abort(data, at, end, flows, base, side, now, frame, tag, transitions)
        elif is_meant(flows, base, side, kind, u8(data, at + sctp.CHUNK_FLAGS), tag):
            if kind in (sctp.INIT, sctp.INIT_ACK):
                note_init(data, at, end, flows, base, side, now, frame, kind, transitions)
            else:
                note_chunk(flows, base, side, now, frame, kind, has_cookie, transitions)
        length = max(u16(data, at + sctp.CHUNK_LENGTH), sctp.CHUNK_HEADER_LEN)
        at += (length + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


def is_meant(flows: Ints, base: int, side: int, kind: int, flags: int, tag: int) -> bool:
    """Whether the receiver takes the chunk: the tag is the one it asked for (RFC 9260, section 8.5).

    Which that is, an INIT tells or, where none was captured, the first packet to that side. Of several INIT ACKs, each
    with a tag of its own, the one counts that the COOKIE ECHO answers.
    """
    rev = side_of(base, 1 - side)
    if kind == sctp.INIT:
        return True
    if kind == sctp.SHUTDOWN_COMPLETE and flags & sctp.REFLECTED:
        return tag == flows[side_of(base, side) + TAG]
    if flows[rev + TAG] == 0 or (kind == sctp.COOKIE_ECHO and flows[base + ACK_TIME] == NOT_YET):
        flows[rev + TAG] = tag
    return tag == flows[rev + TAG]


def note_init(
    data: Ints, at: int, end: int, flows: Ints, base: int, side: int, now: int, frame: int, kind: int, transitions: Ints
) -> None:
    tag = initiate_tag(data, at, end)
    if tag:
        flows[side_of(base, side) + TAG] = tag
    if kind == sctp.INIT:
        open_side(flows, base, side, now, frame, transitions)
    else:
        answer_open(flows, base, side, now, frame, transitions)


def note_chunk(
    flows: Ints, base: int, side: int, now: int, frame: int, kind: int, has_cookie: bool, transitions: Ints
) -> None:
    """A chunk other than INIT, INIT ACK and ABORT. Payload that comes with a cookie is sent before it is accepted."""
    if kind == sctp.COOKIE_ECHO:
        add_once(flows, base, side, LETTER_A, LETTER_A)
    elif kind == sctp.COOKIE_ACK:
        complete_open(flows, base, now, frame)
        signal(flows, base, side, SIGNAL_SYN_ACK if side != flows[base + ORIGINATOR] else SIGNAL_ACK, transitions)
    elif kind in (sctp.DATA, sctp.I_DATA):
        note_data(flows, base, side, frame, transitions)
        if not has_cookie:
            show_open(flows, base)
    elif kind in (sctp.SACK, sctp.HEARTBEAT, sctp.HEARTBEAT_ACK):
        add_once(flows, base, side, LETTER_A, LETTER_A)
        show_open(flows, base)
        signal(flows, base, side, SIGNAL_ACK, transitions)
    elif kind == sctp.SHUTDOWN:
        show_open(flows, base)
        close_side(flows, base, side, now, frame, transitions)
    elif kind == sctp.SHUTDOWN_ACK:
        show_open(flows, base)
        answer_close(flows, base, side)
        close_side(flows, base, side, now, frame, transitions)
    elif kind == sctp.SHUTDOWN_COMPLETE:
        answer_close(flows, base, side)


def note_abort(
    data: Ints, at: int, end: int, flows: Ints, base: int, side: int, now: int, frame: int, tag: int, transitions: Ints
) -> None:
    """An ABORT: its tag is the receiver's or, from a host that knows no such association, what it was sent itself."""
    reflected = u8(data, at + sctp.CHUNK_FLAGS) & sctp.REFLECTED != 0
    right = flows[side_of(base, side if reflected else 1 - side) + TAG]
    cause = -1
    if u16(data, at + sctp.CHUNK_LENGTH) >= sctp.CAUSE_CODE + 4 and at + sctp.CAUSE_CODE + 2 <= end:
        cause = u16(data, at + sctp.CAUSE_CODE)
    if right != 0 and right != tag:
        reason = REASON_WRONG_TAG
    else:
        chosen = cause == sctp.USER_INITIATED_ABORT and not reflected
        why = chosen_reason(flows, base, side) if chosen else REASON_UNKNOWN
        reason = abort_reason(flows, base, side, why)
    abort(flows, base, side, now, frame, reason, cause, transitions)
