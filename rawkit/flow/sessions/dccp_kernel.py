"""DCCP (RFC 4340): what a packet changes in the row of its connection.

Sequence numbers are not looked at: how large the window is the hosts agree upon in options (section 7.5).
"""

from __future__ import annotations

from typing import Final

from rawkit.facts import dccp
from rawkit.flow.layout import ACK_TIME, FINS, LETTER_A, NOT_YET, ORIGINATOR, REASON_UNKNOWN, SIGNAL_ACK
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
from rawkit.kernels.bytes_kernel import u8

FORCE_INLINE: Final = True


def packet_type(data: Ints, place: int) -> int:
    return u8(data, place + dccp.TYPE_X) >> 1 & 15


def dccp_packet(
    data: Ints, place: int, end: int, flows: Ints, base: int, side: int, now: int, frame: int, transitions: Ints
) -> None:
    """Takes the packet whose header begins at `u8(data, place)`, and whose captured bytes end at `end`."""
    kind = packet_type(data, place)
    if kind == dccp.REQUEST:
        open_side(flows, base, side, now, frame, transitions)
    elif kind == dccp.RESPONSE:
        answer_open(flows, base, side, now, frame, transitions)
    elif kind in (dccp.DATA, dccp.ACK, dccp.DATA_ACK):
        note_traffic(flows, base, side, now, frame, kind, transitions)
    elif kind in (dccp.CLOSE, dccp.CLOSE_REQ):
        show_open(flows, base)
        close_side(flows, base, side, now, frame, transitions)
        if kind == dccp.CLOSE_REQ:  # a server asks for the client's Close, and has nothing to wait for besides
            answer_close(flows, base, 1 - side)
    elif kind == dccp.RESET:
        note_reset(data, place, end, flows, base, side, now, frame, transitions)


def note_traffic(flows: Ints, base: int, side: int, now: int, frame: int, kind: int, transitions: Ints) -> None:
    """A server is open when the client acknowledges its Response, and sends nothing but Responses before."""
    if side != flows[base + ORIGINATOR]:
        show_open(flows, base)
    elif kind != dccp.DATA and flows[base + ACK_TIME] == NOT_YET:
        complete_open(flows, base, now, frame)
    if kind == dccp.ACK:
        add_once(flows, base, side, LETTER_A, LETTER_A)
        signal(flows, base, side, SIGNAL_ACK, transitions)
    else:
        note_data(flows, base, side, frame, transitions)


def note_reset(
    data: Ints, place: int, end: int, flows: Ints, base: int, side: int, now: int, frame: int, transitions: Ints
) -> None:
    """A Reset ends every connection; with the code Closed it answers a Close."""
    code = u8(data, place + dccp.RESET_CODE) if place + dccp.RESET_CODE < end else -1
    if code == dccp.CLOSED and flows[side_of(base, 1 - side) + FINS]:
        answer_close(flows, base, side)
        close_side(flows, base, side, now, frame, transitions)
        answer_close(flows, base, 1 - side)
        return
    why = chosen_reason(flows, base, side) if code == dccp.ABORTED else REASON_UNKNOWN
    abort(flows, base, side, now, frame, abort_reason(flows, base, side, why), code, transitions)
