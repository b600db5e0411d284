"""What SCTP and DCCP share with TCP: somebody opens, the other answers; one closes, the other answers; or one aborts.

Such a step is kept where TCP's is: an INIT or a Request as a SYN, their answers as a SYN-ACK, a SHUTDOWN or a Close as
a FIN, an ABORT or a Reset as a RST. So the state of a side and what is told of it come from the same table and the same
columns. A closing has no sequence number: FIN_SEQ is 1, and ACKED_SEQ becomes 1 when it is answered.
"""

from __future__ import annotations

from typing import Final

from rawkit.facts import tcp
from rawkit.flow.events_kernel import is_opened
from rawkit.flow.layout import (
    ACK_FRAME,
    ACK_TIME,
    ACKED_SEQ,
    CAUSE,
    CLOSED,
    HANDSHAKE,
    LAST_DATA_FRAME,
    LETTER_D,
    LETTER_F,
    LETTER_H,
    LETTER_R,
    LETTER_S,
    MARKS,
    NOT_YET,
    OPENED,
    ORIGINATOR,
    REASON_ABORTED,
    REASON_REFUSED,
    REASON_UNREAD_DATA,
    RESET,
    SESSION_INACTIVITY,
    SIGNAL_DATA,
    SIGNAL_FIN,
    SIGNAL_RST,
    SIGNAL_SYN,
    SIGNAL_SYN_ACK,
    STATE,
    SYNS,
    TCP_CLOSE,
    TEARDOWN,
    WITH_ACK,
)
from rawkit.flow.row_kernel import side_of
from rawkit.flow.tcp.history_kernel import add_once
from rawkit.flow.tcp.segment_kernel import (
    both_closed,
    has_both_syns,
    is_ignored,
    note_fin,
    note_reset,
    note_syn,
    signal,
)
from rawkit.kernels import Ints

FORCE_INLINE: Final = True


def open_side(flows: Ints, base: int, side: int, now: int, frame: int, transitions: Ints) -> None:
    """A side asks for a session."""
    add_once(flows, base, side, LETTER_S, LETTER_S)
    note_syn(flows, base, side, 0, now, frame, 0)
    signal(flows, base, side, SIGNAL_SYN, transitions)


def answer_open(flows: Ints, base: int, side: int, now: int, frame: int, transitions: Ints) -> None:
    """The other is willing."""
    add_once(flows, base, side, LETTER_H, LETTER_H)
    note_syn(flows, base, side, tcp.ACK, now, frame, WITH_ACK)
    signal(flows, base, side, SIGNAL_SYN_ACK, transitions)


def complete_open(flows: Ints, base: int, now: int, frame: int) -> None:
    """The packet after which both sides are open; others that show it come later."""
    if flows[base + ACK_TIME] == NOT_YET:
        flows[base + ACK_TIME] = now
        flows[base + ACK_FRAME] = frame


def show_open(flows: Ints, base: int) -> None:
    """A packet that only an open session has."""
    flows[base + MARKS] |= OPENED


def note_data(flows: Ints, base: int, side: int, frame: int, transitions: Ints) -> None:
    add_once(flows, base, side, LETTER_D, LETTER_D)
    flows[side_of(base, side) + LAST_DATA_FRAME] = frame
    signal(flows, base, side, SIGNAL_DATA, transitions)


def close_side(flows: Ints, base: int, side: int, now: int, frame: int, transitions: Ints) -> None:
    add_once(flows, base, side, LETTER_F, LETTER_F)
    note_fin(flows, base, side, now, frame, 1)
    signal(flows, base, side, SIGNAL_FIN, transitions)


def answer_close(flows: Ints, base: int, side: int) -> None:
    """This side has the other's closing."""
    flows[side_of(base, 1 - side) + ACKED_SEQ] = 1


def abort_reason(flows: Ints, base: int, side: int, otherwise: int) -> int:
    """Why `side` aborted: it refuses what is not open yet, or `otherwise`."""
    asked = flows[side_of(base, 1 - side) + SYNS] > 0
    return REASON_REFUSED if asked and side != flows[base + ORIGINATOR] and not is_opened(flows, base) else otherwise


def chosen_reason(flows: Ints, base: int, side: int) -> int:
    """Why a program aborted: as with TCP's RST, whether there was data that it had not read is a guess."""
    came = flows[side_of(base, 1 - side) + LAST_DATA_FRAME]
    return REASON_UNREAD_DATA if came > flows[side_of(base, side) + LAST_DATA_FRAME] else REASON_ABORTED


def abort(flows: Ints, base: int, side: int, now: int, frame: int, reason: int, cause: int, transitions: Ints) -> None:
    """A side aborts, `cause` is the number in its packet; -1 where it has none, or the capture has not."""
    note_reset(flows, base, side, now, frame, reason)
    if not is_ignored(reason):
        flows[side_of(base, side) + CAUSE] = cause + 1
        add_once(flows, base, side, LETTER_R, LETTER_R)
        signal(flows, base, side, SIGNAL_RST, transitions)


def session_is_over(flows: Ints, base: int) -> bool:
    """Whether both sides have closed, or one has aborted."""
    a = flows[side_of(base, 0) + STATE]
    b = flows[side_of(base, 1) + STATE]
    return a == RESET or b == RESET or (a == CLOSED and b == CLOSED)


def session_events(flows: Ints, base: int) -> int:
    """What can be told now."""
    due = 0
    if both_closed(flows, base) or flows[side_of(base, 0) + STATE] == RESET or flows[side_of(base, 1) + STATE] == RESET:
        due = TEARDOWN | HANDSHAKE
    elif flows[base + ACK_TIME] != NOT_YET and has_both_syns(flows, base):
        due = HANDSHAKE
    return due & ~flows[base + MARKS]


def session_deadline(flows: Ints, base: int, now: int, before: int) -> int:
    """When the session ends by itself; `before` is when it would have, before this packet."""
    return min(before, now + TCP_CLOSE) if session_is_over(flows, base) else now + SESSION_INACTIVITY
