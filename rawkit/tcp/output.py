"""What goes out: every segment is made here (RFC 9293, section 3.10.2; section 3.8)."""

from __future__ import annotations

from typing import Final

from rawkit.facts.tcp import ACK, FIN, PSH, RST, SYN, URG
from rawkit.facts.tcp_options import DATA, SACK_BLOCK_LEN, TIMESTAMPS_LEN
from rawkit.tcp.block import Block
from rawkit.tcp.segment import Segment
from rawkit.tcp.send_side import Piece
from rawkit.tcp.sequence import wrap
from rawkit.tcp.states import SYNCHRONIZED, State
from rawkit.values import replace

_STAMPS_SIZE: Final = TIMESTAMPS_LEN + 2
_SACK_HEAD: Final = DATA + 2
"""Kind and length, and what fills them up to 4 bytes."""
_OPTIONS_ROOM: Final = 40
_EMPTY: Final = Segment()
_CAN_SEND: Final = SYNCHRONIZED - {State.TIME_WAIT, State.FIN_WAIT_2}


def emit(block: Block, seq: int, flags: int, now: int, shape: Segment = _EMPTY) -> None:
    """Hands over a segment: `shape` with its numbers, the window and what is told in each segment put in."""
    rcv, stamps, sack = block.rcv, shape.timestamps, shape.sack
    is_syn = bool(flags & SYN)
    if not is_syn and block.stamps.are_used:
        stamps = (block.stamps.clock(now), block.stamps.recent)
    if not is_syn and block.uses_sack and (rcv.has_gap or rcv.duplicate) and not flags & RST:
        sack = _sack(block, len(shape.payload))
    block.out.append(
        replace(
            shape,
            seq=wrap(seq),
            ack=wrap(rcv.nxt) if flags & ACK else 0,
            flags=flags,
            window=rcv.window_field(is_syn) if not flags & RST else 0,
            timestamps=stamps,
            sack=sack,
        )
    )
    if flags & ACK and not is_syn:
        rcv.acknowledged()
        block.ack_now = False
        block.timers.delayed_ack = None


def _sack(block: Block, payload: int) -> tuple[tuple[int, int], ...]:
    """As many blocks as there is room for; data leave room for none where they fill the segment."""
    used = _STAMPS_SIZE if block.stamps.are_used else 0
    left = min(_OPTIONS_ROOM - used, block.snd.mss - used - payload) - _SACK_HEAD
    return block.rcv.sack_blocks(max(left, 0) // SACK_BLOCK_LEN)


def send_ack(block: Block, now: int) -> None:
    """An ACK without data."""
    emit(block, block.snd.nxt, ACK, now)


def send_reset(block: Block, now: int) -> None:
    """A RST that the peer takes: at SND.NXT (section 3.10.5)."""
    emit(block, block.snd.nxt, RST | ACK, now)


def payload_size(block: Block) -> int:
    """How many bytes a full segment carries beside the options that it has (section 3.7.1, MUST-16)."""
    return block.snd.mss - (_STAMPS_SIZE if block.stamps.are_used else 0)


def transmit(block: Block, now: int, override: bool = False) -> None:
    """Sends all that may go: what was lost, then what is new, then an ACK where one is owed; and sets the timers."""
    if block.state in _CAN_SEND:
        while (piece := _next(block, override)) is not None:
            send_piece(block, piece, now)
            override = False
        _set_timers(block, now)
    if block.ack_now:
        send_ack(block, now)


def _next(block: Block, override: bool) -> Piece | None:
    snd = block.snd
    if not snd.has_unsent and snd.board.lost_edge <= snd.una:
        return None
    size = payload_size(block)
    room = block.congestion.window - snd.board.pipe(snd.una, snd.nxt)
    urged = max(room, size) if block.urge else room
    block.urge = False
    return snd.lost_piece(urged, size) or snd.new_piece(room, size, override)


def send_piece(block: Block, piece: Piece, now: int) -> None:
    """Sends a part of the stream."""
    snd = block.snd
    flags = ACK | (FIN if piece.fin else 0)
    if piece.data and piece.start + len(piece.data) == snd.end:
        flags |= PSH  # MUST-61
    urgent = 0
    if snd.up > piece.start:
        flags, urgent = flags | URG, min(snd.up - piece.start, 0xFFFF)  # section 3.8.5, MUST-62
    emit(block, piece.start, flags, now, Segment(payload=piece.data, urgent=urgent))
    if piece.again:
        snd.board.resent = max(snd.board.resent, piece.end)
        block.timed = None  # Karn's algorithm: its ACK may be of either
    else:
        snd.nxt = max(snd.nxt, piece.end)
        block.timed = block.timed or (piece.end, now)


def _set_timers(block: Block, now: int) -> None:
    timers, snd = block.timers, block.snd
    if snd.flight:
        timers.persist = None
        if timers.retransmit is None:
            wait_for_answer(block, now)
        return
    timers.retransmit = timers.patience = None
    if not snd.has_unsent:
        timers.persist = None
    elif timers.persist is None:
        timers.persist = now + (block.settings.override if snd.window else block.rto.now)


def wait_for_answer(block: Block, now: int) -> None:
    """Sets the retransmission timer (RFC 6298, 5.1), and how long an answer may take at all."""
    timers, settings = block.timers, block.settings
    timers.retransmit = now + block.rto.now
    if timers.patience is None:
        opening = block.state in (State.SYN_SENT, State.SYN_RECEIVED)
        limit = settings.give_up_opening if opening else settings.give_up
        timers.patience = now + (limit if settings.user_timeout is None else settings.user_timeout)
