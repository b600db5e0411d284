"""SYNs: what is offered in them, and what both sides agree on."""

from __future__ import annotations

from typing import Final

from rawkit.facts.tcp import ACK, SYN
from rawkit.tcp.block import Block
from rawkit.tcp.congestion import make
from rawkit.tcp.output import emit
from rawkit.tcp.scoreboard import Scoreboard
from rawkit.tcp.segment import Segment
from rawkit.tcp.settings import DEFAULT_MSS
from rawkit.tcp.states import State

_SMALLEST_MSS: Final = 48
"""A peer that offers less is taken to mean this; less would be nothing but headers. (Linux: TCP_MIN_SND_MSS.)"""


def send_syn(block: Block, now: int) -> None:
    """Sends the SYN, or SYN-ACK where the peer's came already, with its options; those of a SYN-ACK are agreed on."""
    settings, is_answer = block.settings, block.state is State.SYN_RECEIVED
    has_stamps = block.stamps.are_used if is_answer else settings.timestamps
    emit(
        block,
        block.snd.iss,
        SYN | (ACK if is_answer else 0),
        now,
        Segment(
            mss=block.mss,  # MUST-14
            scale=block.rcv.shift if (block.uses_scale if is_answer else settings.window_scale) else None,
            sack_permitted=block.uses_sack if is_answer else settings.sack,
            timestamps=(block.stamps.clock(now), block.stamps.recent) if has_stamps else None,
        ),
    )
    if block.snd.nxt == block.snd.iss:
        block.snd.nxt += 1
        block.timed = (block.snd.nxt, now)
    else:
        block.timed = None


def agree(block: Block, syn: Segment, now: int) -> None:
    """Takes the peer's SYN: an option is in use where both sides sent it (RFC 7323, 2.2 and 3.2; RFC 2018, 2)."""
    settings, snd, rcv = block.settings, block.snd, block.rcv
    rcv.begin(syn.seq)
    block.uses_sack = settings.sack and syn.sack_permitted
    block.uses_scale = settings.window_scale and syn.scale is not None
    if block.uses_scale:
        snd.shift = syn.scale or 0
    else:
        rcv.shift = 0
    if settings.timestamps and syn.timestamps is not None:
        block.stamps.begin(syn.timestamps[0], now)
    peer = DEFAULT_MSS[block.flow.local.version] if syn.mss is None else max(syn.mss, _SMALLEST_MSS)
    snd.mss = min(block.mss, peer)  # section 3.7.1, MUST-16
    snd.board = Scoreboard(snd.mss)
    block.congestion = make(settings.congestion, snd.mss)


def opened(block: Block, seq: int, ack: int, window: int, now: int) -> None:
    """The peer acknowledged our SYN and told its window."""
    snd = block.snd
    if block.timed is not None:
        block.rto.measured(now - block.timed[1])
    else:
        block.rto.syn_was_lost()
        block.congestion.window = snd.mss  # RFC 5681, section 3.1
    block.timed = None
    block.timers.retransmit = block.timers.patience = None
    block.rto.answered()
    snd.acked(ack)
    snd.wl1, snd.wl2, snd.window, snd.largest = seq, ack, window, max(window, snd.largest)
