"""Wireshark's reading of a TCP conversation: `tcp.analysis` flags and `tcp.completeness`.

The rules and their order are those of Wireshark 4.0 as `docs/analysis.md` states them; they look at sequence numbers
only, from one segment to the next, and know nothing of connections.
"""

from __future__ import annotations

from typing import Final

from rawkit.facts import tcp
from rawkit.flow.layout import (
    ACK_LOST_SEGMENT,
    BARE_SYN_TIME,
    BASE_SEQ,
    COMPLETE_ACK,
    COMPLETE_DATA,
    COMPLETE_FIN,
    COMPLETE_RST,
    COMPLETE_SYN,
    COMPLETE_SYN_ACK,
    COMPLETENESS,
    CONTIGUOUS_SEQ,
    DUPLICATE_ACK,
    DUPLICATE_ACKS,
    FAST_RETRANSMISSION,
    FIRST_RTT,
    KEEP_ALIVE,
    KEEP_ALIVE_ACK,
    LAST_ACK,
    LAST_ACK_TIME,
    LAST_FLAGS,
    LOST_SEGMENT,
    NEXT_SEQ,
    NEXT_TIME,
    NOT_YET,
    OFFERED_CUT,
    OFFERED_SCALE,
    OUT_OF_ORDER,
    RETRANSMISSION,
    SPURIOUS_RETRANSMISSION,
    WINDOW,
    WINDOW_FULL,
    WINDOW_SCALE,
    WINDOW_UPDATE,
    ZERO_WINDOW,
    ZERO_WINDOW_PROBE,
    ZERO_WINDOW_PROBE_ACK,
)
from rawkit.flow.row_kernel import side_of
from rawkit.kernels import Ints

FORCE_INLINE: Final = True

BITS_32 = 0xFFFFFFFF
LOW_FLAGS = 0x3F  # of the flags in the header's byte of them: FIN to URG
CONTROL = tcp.FIN | tcp.SYN | tcp.RST

FAST_RETRANSMISSION_WITHIN = 20_000_000  # nanoseconds
OUT_OF_ORDER_WITHIN = 3_000_000  # nanoseconds, where the handshake's round trip is not known


def difference(a: int, b: int) -> int:
    """a - b in the ring of 32-bit sequence numbers (RFC 9293, section 3.4): negative where a is before b."""
    distance = (a - b) & BITS_32
    return distance - 0x100000000 if distance >= 0x80000000 else distance


def forget_conversation(flows: Ints, base: int) -> None:
    """A new conversation on the same row: nothing is known of its sequence numbers."""
    flows[base + COMPLETENESS] = 0
    flows[base + BARE_SYN_TIME] = NOT_YET
    flows[base + FIRST_RTT] = NOT_YET
    for side in range(2):
        s = side_of(base, side)
        flows[s + BASE_SEQ] = -1
        flows[s + NEXT_SEQ] = -1
        flows[s + NEXT_TIME] = NOT_YET
        flows[s + LAST_ACK] = -1
        flows[s + LAST_ACK_TIME] = NOT_YET
        flows[s + WINDOW] = -1
        flows[s + WINDOW_SCALE] = -1
        flows[s + DUPLICATE_ACKS] = 0
        flows[s + LAST_FLAGS] = 0
        flows[s + CONTIGUOUS_SEQ] = -1


def complete(flows: Ints, base: int, flags: int, size: int) -> None:
    """Adds to `tcp.completeness`, which stays 0 until a SYN was seen."""
    seen = flows[base + COMPLETENESS]
    if flags & tcp.SYN and not flags & tcp.ACK:
        seen |= COMPLETE_SYN
    if seen == 0:
        return
    if flags & tcp.SYN and flags & tcp.ACK:
        seen |= COMPLETE_SYN_ACK
    if flags & (tcp.SYN | tcp.FIN | tcp.ACK) == tcp.ACK and size == 0:
        seen |= COMPLETE_ACK
    if size > 0:
        seen |= COMPLETE_DATA
    if flags & tcp.FIN:
        seen |= COMPLETE_FIN
    if flags & tcp.RST:
        seen |= COMPLETE_RST
    flows[base + COMPLETENESS] = seen


def scale_windows(flows: Ints, fwd: int, rev: int, flags: int, offered: int) -> None:
    """What a SYN says of window scaling (RFC 7323, section 2): it holds only where both sides offer it.

    `offered` is what `rawkit.flow.tcp.segment_kernel.offers` gives; of options that are not captured nothing is known.
    """
    shift = offered >> 16 & 0xFF if offered & OFFERED_SCALE else -1
    if shift < 0 and offered & OFFERED_CUT:
        flows[fwd + WINDOW_SCALE] = -1
        return
    if shift >= 0:
        flows[fwd + WINDOW_SCALE] = min(shift, 14)
    else:
        flows[fwd + WINDOW_SCALE] = -2
    if flags & tcp.ACK and (shift < 0 or flows[rev + WINDOW_SCALE] == -2):
        flows[fwd + WINDOW_SCALE] = -2
        flows[rev + WINDOW_SCALE] = -2


def analyse(flows: Ints, base: int, side: int, now: int, flags: int, seq: int, ack: int, window: int, size: int) -> int:
    """The flags of one segment; `size` is its payload on the wire. The rows remember what the next one needs."""
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    if flows[fwd + BASE_SEQ] < 0:
        flows[fwd + BASE_SEQ] = seq if flags & tcp.SYN else (seq - 1) & BITS_32
    if flows[rev + BASE_SEQ] < 0 and flags & tcp.ACK:
        flows[rev + BASE_SEQ] = (ack - 1) & BITS_32
    measure_rtt(flows, base, fwd, rev, now, flags, seq, ack)
    found = acknowledgement_flags(flows, fwd, rev, flags, seq, ack, window, size)
    if ack != flows[fwd + LAST_ACK]:
        flows[fwd + DUPLICATE_ACKS] = 0
    if flags & tcp.ACK and flows[rev + CONTIGUOUS_SEQ] >= 0:
        if difference(ack, flows[rev + CONTIGUOUS_SEQ]) > 0:
            found |= ACK_LOST_SEGMENT
            flows[rev + CONTIGUOUS_SEQ] = flows[rev + NEXT_SEQ]
    if size > 0 or flags & (tcp.SYN | tcp.FIN):
        found |= retransmission_flag(flows, base, fwd, rev, now, seq, size, found)
    remember(flows, fwd, now, flags, seq, ack, window, size, found)
    return found


def is_set(time: int) -> bool:
    """Whether Wireshark has this time or round trip; of 0 it believes that there is none, and its flags follow."""
    return time != NOT_YET and time != 0


def measure_rtt(flows: Ints, base: int, fwd: int, rev: int, now: int, flags: int, seq: int, ack: int) -> None:
    if flags & tcp.SYN and not flags & tcp.ACK:
        flows[base + BARE_SYN_TIME] = now
    elif (
        flags & (tcp.SYN | tcp.ACK) == tcp.ACK
        and not is_set(flows[base + FIRST_RTT])
        and is_set(flows[base + BARE_SYN_TIME])
    ):
        if difference(seq, flows[fwd + BASE_SEQ]) == 1 and difference(ack, flows[rev + BASE_SEQ]) == 1:
            flows[base + FIRST_RTT] = now - flows[base + BARE_SYN_TIME]


def acknowledgement_flags(
    flows: Ints, fwd: int, rev: int, flags: int, seq: int, ack: int, window: int, size: int
) -> int:
    """Everything that does not ask whether data came a second time."""
    expected = flows[fwd + NEXT_SEQ]
    if size == 1 and seq == expected and flows[rev + WINDOW] == 0:
        return ZERO_WINDOW_PROBE
    found = 0
    plain = flags & CONTROL == 0
    if window == 0 and plain:
        found |= ZERO_WINDOW
    if expected >= 0 and not flags & tcp.RST and difference(seq, expected) > 0:
        found |= LOST_SEGMENT
    if not plain:
        return found
    if size <= 1 and expected >= 0 and seq == (expected - 1) & BITS_32:
        found |= KEEP_ALIVE
    if size > 0:
        return found | window_full(flows, rev, seq + size)
    if seq != expected:
        return found
    repeats = ack == flows[fwd + LAST_ACK]
    if window == 0:
        probed = flows[rev + LAST_FLAGS] & ZERO_WINDOW_PROBE != 0 and flows[fwd + WINDOW] == 0
        if probed and (repeats or difference(ack, flows[fwd + LAST_ACK]) == 1):
            found |= ZERO_WINDOW_PROBE_ACK
            if not repeats:  # the peer took the probe's byte
                flows[rev + NEXT_SEQ] = ack
                flows[rev + CONTIGUOUS_SEQ] = ack
        return found
    if not repeats:
        return found
    if window != flows[fwd + WINDOW]:
        return found | WINDOW_UPDATE
    if flows[rev + LAST_FLAGS] & KEEP_ALIVE:
        return found | KEEP_ALIVE_ACK
    flows[fwd + DUPLICATE_ACKS] += 1
    return found | DUPLICATE_ACK


def window_full(flows: Ints, rev: int, end: int) -> int:
    if flows[rev + WINDOW_SCALE] == -1 or flows[rev + WINDOW] < 0:
        return 0
    shift = max(flows[rev + WINDOW_SCALE], 0)
    edge = flows[rev + LAST_ACK] + (flows[rev + WINDOW] << shift)
    return WINDOW_FULL if difference(end, edge) == 0 else 0


def retransmission_flag(flows: Ints, base: int, fwd: int, rev: int, now: int, seq: int, size: int, found: int) -> int:
    """Which kind of repetition a segment with data, SYN or FIN is, 0 where it is none.

    As in Wireshark the fast and the spurious retransmission are retransmissions too.
    """
    expected = flows[fwd + NEXT_SEQ]
    if found & KEEP_ALIVE:
        return 0
    behind = expected >= 0 and difference(seq, expected) < 0
    if size > 1 and behind and difference(seq, expected) == -1:
        behind = False
    last_ack = flows[rev + LAST_ACK]
    if size > 0 and last_ack > 0 and difference(seq + size, last_ack) <= 0:
        return SPURIOUS_RETRANSMISSION | RETRANSMISSION
    if not behind:
        return 0
    if flows[rev + DUPLICATE_ACKS] >= 2 and last_ack == seq:
        if now - flows[rev + LAST_ACK_TIME] < FAST_RETRANSMISSION_WITHIN:
            return FAST_RETRANSMISSION | RETRANSMISSION
    within = flows[base + FIRST_RTT] if is_set(flows[base + FIRST_RTT]) else OUT_OF_ORDER_WITHIN
    if now - flows[fwd + NEXT_TIME] < within and difference(seq + size, expected) != 0:
        return OUT_OF_ORDER
    return RETRANSMISSION


def remember(
    flows: Ints, fwd: int, now: int, flags: int, seq: int, ack: int, window: int, size: int, found: int
) -> None:
    following = (seq + size + (1 if flags & (tcp.SYN | tcp.FIN) else 0)) & BITS_32
    if not found & ZERO_WINDOW_PROBE:
        if flows[fwd + NEXT_SEQ] < 0 or difference(following, flows[fwd + NEXT_SEQ]) > 0:
            flows[fwd + NEXT_SEQ] = following
            flows[fwd + NEXT_TIME] = now
        if flows[fwd + CONTIGUOUS_SEQ] < 0 or seq == flows[fwd + CONTIGUOUS_SEQ]:
            flows[fwd + CONTIGUOUS_SEQ] = flows[fwd + NEXT_SEQ]
    flows[fwd + WINDOW] = window
    flows[fwd + LAST_ACK] = ack
    flows[fwd + LAST_ACK_TIME] = now
    flows[fwd + LAST_FLAGS] = found
