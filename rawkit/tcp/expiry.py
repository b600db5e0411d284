"""What follows where a timer runs out (RFC 9293, section 3.10.8)."""

from __future__ import annotations

import errno

from rawkit.facts.tcp import ACK
from rawkit.tcp.block import Block
from rawkit.tcp.opening import send_syn
from rawkit.tcp.output import emit, send_piece, send_reset, transmit, wait_for_answer
from rawkit.tcp.states import Signal, State


def expire(block: Block, now: int) -> None:
    """Does what is due by `now`."""
    timers = block.timers
    if _is_over(timers.time_wait, now):
        timers.time_wait = None
        block.finish(Signal.WAITED if block.state is State.TIME_WAIT else Signal.TIMED_OUT, now)
    if _is_over(timers.patience, now):
        _give_up(block, now)
    if _is_over(timers.retransmit, now):
        _retransmit(block, now)
    if _is_over(timers.persist, now):
        _persist(block, now)
    if _is_over(timers.keep_alive, now):
        _ask(block, now)
    if _is_over(timers.delayed_ack, now):
        timers.delayed_ack = None
        block.ack_now = True


def _is_over(at: int | None, now: int) -> bool:
    return at is not None and at <= now


def _give_up(block: Block, now: int) -> None:
    """No answer for too long: R2 or the user time-out (section 3.8.3)."""
    block.finish(Signal.TIMED_OUT, now, block.soft_error or errno.ETIMEDOUT)


def _retransmit(block: Block, now: int) -> None:
    """The retransmission time-out (RFC 6298, section 5, 5.4 to 5.6)."""
    snd, is_first = block.snd, block.rto.backoff == 0
    block.rto.back_off()
    block.timed = None
    if block.state in (State.SYN_SENT, State.SYN_RECEIVED):
        send_syn(block, now)
    elif not snd.window:
        _probe(block, now)
    else:
        block.congestion.timed_out(snd.flight, is_first)
        if not is_first or snd.board.sacked.around(snd.una) is not None:
            snd.board.forget()
        snd.board.duplicates = 0
        snd.board.lose(snd.una, snd.nxt)
        block.recover, block.is_loss, block.urge = snd.nxt, True, True
        transmit(block, now)
    wait_for_answer(block, now)


def _probe(block: Block, now: int) -> None:
    """One byte beyond a shut window, or the FIN, so that its answer tells the window (section 3.8.6.1, MUST-36)."""
    snd = block.snd
    is_again = snd.flight > 0
    send_piece(block, snd.piece(snd.una if is_again else snd.nxt, 1, is_again), now)
    block.timed = None


def _persist(block: Block, now: int) -> None:
    """Something waits and nothing is under way: the window is shut, or what fits was too small to send."""
    block.timers.persist = None
    if block.snd.window:
        transmit(block, now, override=True)
        return
    _probe(block, now)
    block.rto.back_off()
    wait_for_answer(block, now)


def _ask(block: Block, now: int) -> None:
    """Keep-alive: an ACK of what the peer knows long since, which it answers (section 3.8.4)."""
    alive = block.settings.keep_alive
    if alive is None:
        return
    if block.probes >= alive.count:
        send_reset(block, now)
        block.finish(Signal.TIMED_OUT, now, errno.ETIMEDOUT)
        return
    block.timers.keep_alive = now + alive.interval
    if not block.snd.flight:
        block.probes += 1
        emit(block, block.snd.nxt - 1, ACK, now)
