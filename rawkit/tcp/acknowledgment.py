"""What an ACK says: what has arrived, what was lost, how far the window is open (RFC 9293, 3.10.7.4, fifth)."""

from __future__ import annotations

from rawkit.facts.tcp import FIN
from rawkit.tcp.block import Block
from rawkit.tcp.output import wait_for_answer
from rawkit.tcp.scoreboard import DUPLICATES
from rawkit.tcp.segment import Segment
from rawkit.tcp.sequence import unwrap


def take_ack(block: Block, segment: Segment, seq: int, now: int) -> bool:
    """Takes the ACK of a segment in a synchronized state; whether the segment may be looked at further."""
    snd = block.snd
    ack = unwrap(segment.ack, snd.una)
    if not snd.una - snd.largest <= ack <= snd.nxt:  # RFC 5961, section 5.2
        block.challenge(now)
        return False
    if ack < snd.una:
        return True
    window = segment.window << snd.shift
    was_shut = snd.window == 0
    under_way = snd.flight
    news = _sacked(block, segment)
    if ack > snd.una:
        _advance(block, segment, ack, now)
    elif under_way and _is_duplicate(block, segment, window, news):
        _duplicate(block, now)
    if snd.opened_by(seq, ack, window) and was_shut:
        _opened(block)
    if not snd.window and snd.flight:
        block.timers.patience = None  # a shut window that is told keeps the connection open (MUST-37)
    return True


def _sacked(block: Block, segment: Segment) -> bool:
    snd = block.snd
    if not block.uses_sack or not segment.sack:
        return False
    blocks = [(unwrap(start, snd.una), unwrap(end, snd.una)) for start, end in segment.sack]
    return snd.board.sacked_blocks(blocks, snd.una, snd.nxt)


def _is_duplicate(block: Block, segment: Segment, window: int, news: bool) -> bool:
    """A duplicate ACK: RFC 5681, section 2; with SACK one that says something new, RFC 6675, section 2."""
    if block.uses_sack:
        return news
    return not segment.payload and not segment.flags & FIN and window == block.snd.window


def _advance(block: Block, segment: Segment, ack: int, now: int) -> None:
    """Something new is acknowledged."""
    snd = block.snd
    size, window = ack - snd.una, block.congestion.window
    was_limited = 2 * snd.board.pipe(snd.una, snd.nxt) >= window  # else the user was, and nothing is learnt of it
    _measure(block, segment, ack, now)
    snd.acked(ack)
    if block.recover is None:
        snd.board.duplicates = 0
        if was_limited:
            block.congestion.acked(size, block.rto.srtt, now)
    elif ack >= block.recover:
        _recovered(block)
    else:
        _partial(block, size, now)
    block.timers.retransmit = block.timers.patience = None
    if snd.flight:
        wait_for_answer(block, now)  # RFC 6298, 5.3


def _measure(block: Block, segment: Segment, ack: int, now: int) -> None:
    """Takes the round trip of the segment that was timed, or what the timestamp tells (RFC 6298; RFC 7323, 4.1)."""
    if block.timed is not None:
        if ack >= block.timed[0]:
            block.rto.measured(now - block.timed[1])
            block.timed = None
    elif block.stamps.are_used and segment.timestamps is not None:
        round_trip = block.stamps.round_trip(segment.timestamps[1], now)
        if round_trip is not None:
            block.rto.measured(round_trip)


def _duplicate(block: Block, now: int) -> None:
    """One more segment arrived, but not the oldest that is missing."""
    snd, board = block.snd, block.snd.board
    board.duplicates += not block.is_loss
    is_lost = block.uses_sack and board.find_lost(snd.una)
    if block.recover is None and (is_lost or board.duplicates >= DUPLICATES):
        block.recover = snd.nxt
        block.congestion.lost(snd.flight, now)
        board.lose(snd.una, max(board.lost_edge, min(snd.una + snd.mss, snd.nxt)))
        block.urge = True


def _partial(block: Block, size: int, now: int) -> None:
    """More was lost: what begins at SND.UNA now, too (RFC 6582, section 3.2, step 3; RFC 6675, section 5)."""
    snd, board = block.snd, block.snd.board
    board.duplicates = max(board.duplicates - max(size // snd.mss - 1, 0), 0)
    if block.uses_sack:
        board.find_lost(snd.una)
    if board.resent <= snd.una:
        board.lost_edge = max(board.lost_edge, min(snd.una + snd.mss, snd.nxt))
        block.urge = True
    if block.is_loss:
        block.congestion.acked(size, block.rto.srtt, now)


def _recovered(block: Block) -> None:
    """All that was under way when the loss was found has arrived."""
    snd = block.snd
    if not block.is_loss:  # no burst: RFC 6582, section 3.2, step 3, full acknowledgments, (1)
        block.congestion.window = min(block.congestion.threshold, max(snd.flight, snd.mss) + snd.mss)
    block.recover, block.is_loss = None, False
    snd.board.duplicates = 0


def _opened(block: Block) -> None:
    """The window was shut and is open: what was sent as a probe goes out again, for it may have been thrown away."""
    snd = block.snd
    block.timers.persist = block.timers.retransmit = block.timers.patience = None
    block.rto.answered()
    if snd.flight:
        snd.board.lose(snd.una, snd.nxt)
        block.urge = True
