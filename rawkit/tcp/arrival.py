"""SEGMENT ARRIVES (RFC 9293, section 3.10.7), in the order in which the RFC has the checks."""

from __future__ import annotations

import errno

from rawkit.facts.tcp import ACK, FIN, RST, SYN, URG
from rawkit.tcp.acknowledgment import take_ack
from rawkit.tcp.block import Block
from rawkit.tcp.closed import reset_for
from rawkit.tcp.events import UrgentData
from rawkit.tcp.opening import agree, opened, send_syn
from rawkit.tcp.output import send_reset, wait_for_answer
from rawkit.tcp.segment import Segment
from rawkit.tcp.sequence import unwrap
from rawkit.tcp.states import MAY_RECEIVE, SYNCHRONIZED, Signal, State
from rawkit.values import replace


def arrives(block: Block, segment: Segment, now: int) -> None:
    """Takes one segment."""
    if block.state is State.CLOSED:
        _reset(block, segment)
    elif block.state is State.LISTEN:
        _in_listen(block, segment, now)
    elif block.state is State.SYN_SENT:
        _in_syn_sent(block, segment, now)
    else:
        _in_others(block, segment, now)


def _reset(block: Block, segment: Segment) -> None:
    answer = reset_for(segment)
    if answer is not None:
        block.out.append(answer)


def _in_listen(block: Block, segment: Segment, now: int) -> None:
    """Section 3.10.7.2."""
    if segment.flags & (RST | ACK):
        _reset(block, segment)
    elif segment.flags & SYN and not segment.flags & FIN:
        agree(block, segment, now)
        block.move(Signal.SYN, now)
        send_syn(block, now)
        wait_for_answer(block, now)


def _in_syn_sent(block: Block, segment: Segment, now: int) -> None:
    """Section 3.10.7.3. Data and FIN of a SYN are not taken: the peer sends them again."""
    snd = block.snd
    ack = unwrap(segment.ack, snd.iss)
    is_acked = bool(segment.flags & ACK)
    if is_acked and not snd.iss < ack <= snd.nxt:
        _reset(block, segment)
    elif segment.flags & RST:
        if is_acked:
            block.finish(Signal.RST, now, errno.ECONNREFUSED)
    elif segment.flags & SYN:
        agree(block, segment, now)
        if is_acked:
            block.move(Signal.SYN_ACK, now)
            opened(block, block.rcv.irs, ack, segment.window, now)
            block.ack_now = True
        else:
            block.move(Signal.SYN, now)
            send_syn(block, now)


def _in_others(block: Block, segment: Segment, now: int) -> None:
    """Section 3.10.7.4: all states in which the peer's sequence numbers are known."""
    seq = unwrap(segment.seq, block.rcv.nxt)
    if block.state is State.SYN_RECEIVED and segment.flags & SYN and seq == block.rcv.irs:
        if not segment.flags & ACK:
            send_syn(block, now)  # our SYN-ACK was lost
            return
        segment, seq = replace(segment, flags=segment.flags & ~SYN), seq + 1  # both opened at once (section 3.5)
    if not _passes_stamps(block, segment, seq, now) or not _is_in_window(block, segment, seq, now):
        return
    if segment.flags & RST:
        _take_reset(block, seq, now)
    elif segment.flags & SYN:
        block.challenge(now)  # RFC 5961, section 4.2
    elif segment.flags & ACK:
        _heard(block, now)
        if _take_ack(block, segment, seq, now) and block.state is not State.CLOSED:
            _take_urgent(block, segment, seq)
            _take_text(block, segment, seq, now)
            _take_fin(block, segment, seq, now)


def _passes_stamps(block: Block, segment: Segment, seq: int, now: int) -> bool:
    """PAWS (RFC 7323, section 5.3); and segments without a timestamp are not the peer's (section 3.2)."""
    stamps = block.stamps
    if not stamps.are_used or segment.flags & RST:
        return True
    if segment.timestamps is None:
        return False
    value = segment.timestamps[0]
    if stamps.is_old(value, now):
        block.challenge(now)
        return False
    if seq <= block.rcv.nxt - block.rcv.unacked and block.rcv.is_acceptable(seq, segment.length):
        stamps.heard(value, now)
    return True


def _is_in_window(block: Block, segment: Segment, seq: int, now: int) -> bool:
    """First: the sequence number. What is not acceptable is answered, so that the peer learns where this side is."""
    if block.rcv.is_acceptable(seq, segment.length):
        return True
    if segment.flags & RST:
        return False
    block.challenge(now)
    block.rcv.note_old(seq, len(segment.payload))
    if block.state is State.TIME_WAIT and segment.flags & FIN:
        block.timers.time_wait = now + 2 * block.settings.msl  # our last ACK was lost
    if block.rcv.window == 0 and seq == block.rcv.nxt and segment.flags & ACK and not segment.flags & SYN:
        take_ack(block, segment, seq, now)  # a shut window shuts out data, not ACKs (MUST-66)
    return False


def _take_reset(block: Block, seq: int, now: int) -> None:
    """Second: RST, which has to be the very next number (RFC 5961, section 3.2)."""
    if seq != block.rcv.nxt:
        block.challenge(now)
        return
    error = {
        State.SYN_RECEIVED: errno.ECONNREFUSED,
        State.CLOSE_WAIT: errno.EPIPE,
        State.TIME_WAIT: None,
    }.get(block.state, errno.ECONNRESET)
    block.finish(Signal.RST, now, error)


def _heard(block: Block, now: int) -> None:
    """The peer lives (section 3.8.4)."""
    block.probes = 0
    alive = block.settings.keep_alive
    if alive is not None and block.state in SYNCHRONIZED and block.state is not State.TIME_WAIT:
        block.timers.keep_alive = now + alive.idle


def _take_ack(block: Block, segment: Segment, seq: int, now: int) -> bool:
    """Fifth: the ACK."""
    snd = block.snd
    if block.state is State.SYN_RECEIVED:
        ack = unwrap(segment.ack, snd.iss)
        if not snd.una < ack <= snd.nxt:
            _reset(block, segment)
            return False
        block.move(Signal.SYN_ACKED, now)
        opened(block, seq, ack, segment.window << snd.shift, now)
        if block.snd.is_closed:
            block.move(Signal.CLOSE, now)
    elif not take_ack(block, segment, seq, now):
        return False
    if snd.is_done:
        _fin_acked(block, now)
    return True


def _fin_acked(block: Block, now: int) -> None:
    if block.state is State.LAST_ACK:
        block.finish(Signal.FIN_ACKED, now)
    elif block.state is State.FIN_WAIT_1:
        block.move(Signal.FIN_ACKED, now)
        if block.is_detached:
            block.timers.time_wait = now + 2 * block.settings.msl
    elif block.state is State.CLOSING:
        block.move(Signal.FIN_ACKED, now)
        _wait(block, now)


def _wait(block: Block, now: int) -> None:
    """TIME-WAIT begins."""
    block.timers.stop()
    block.timers.time_wait = now + 2 * block.settings.msl  # MUST-13


def _take_urgent(block: Block, segment: Segment, seq: int) -> None:
    """Sixth: the urgent pointer (section 3.8.5)."""
    if not segment.flags & URG or block.state not in MAY_RECEIVE:
        return
    rcv, end = block.rcv, seq + segment.urgent
    if end > (rcv.nxt if rcv.urgent is None else rcv.urgent):
        rcv.urgent = end
        block.events.append(UrgentData(end - rcv.nxt + len(rcv.buffer)))


def _take_text(block: Block, segment: Segment, seq: int, now: int) -> None:
    """Seventh: the text, and when it is acknowledged (section 3.8.6.3; RFC 5681, section 4.2)."""
    if not segment.payload or block.state not in MAY_RECEIVE:
        return
    rcv, before = block.rcv, block.rcv.nxt
    was_next = rcv.take(seq, segment.payload)
    if block.is_detached and rcv.nxt > before:
        send_reset(block, now)  # nobody will read it (section 3.6.1)
        block.finish(Signal.ABORT, now, errno.ECONNRESET)
        return
    if not was_next or rcv.is_ack_due or not block.settings.delayed_ack:
        block.ack_now = True
    elif block.timers.delayed_ack is None:
        block.timers.delayed_ack = now + block.settings.delayed_ack


def _take_fin(block: Block, segment: Segment, seq: int, now: int) -> None:
    """Eighth: the FIN, once all before it has arrived."""
    if block.state not in MAY_RECEIVE:
        return
    if segment.flags & FIN:
        block.rcv.note_fin(seq + len(segment.payload))
        block.ack_now = True
    if block.rcv.take_fin():
        block.move(Signal.FIN, now)
        block.ack_now = True
        if block.state is State.TIME_WAIT:
            _wait(block, now)
