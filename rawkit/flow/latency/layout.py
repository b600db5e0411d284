"""What the kernel of latencies keeps: a row of int64 for each open TCP connection, and what it writes.

Times are nanoseconds since the epoch, frames `frame.number`s; NOT_YET of `rawkit.flow.layout` where there is none. The
sides are those of the flow's row, in the order of their addresses.
"""

from __future__ import annotations

from typing import Final

# The connection's.
BEGIN_TIME: Final = 0  # the first packet
BEGIN_FRAME: Final = 1
END_TIME: Final = 2  # the latest packet
END_FRAME: Final = 3
CLIENT: Final = 4  # side that sent the SYN; -1: no SYN was seen
OPENING: Final = 5  # 1 from the SYN to the end of the handshake
OPENED_TIME: Final = 6  # the end of the handshake
OPENED_FRAME: Final = 7
SPEAKER: Final = 8  # side whose turn it is; -1: nobody has said anything
TURN_TIME: Final = 9  # the first segment of its turn
TURN_FRAME: Final = 10
TURN_BYTES: Final = 11
SAID_TIME: Final = 12  # what was said last: where the time that is told ends so far
SAID_FRAME: Final = 13
FIN_SIDE: Final = 14  # who closed first, -1: nobody
FIN_TIME: Final = 15
FIN_FRAME: Final = 16
CROSSED: Final = 17  # turns that began before all of the turn before had come
CAUSES: Final = 18  # here CAUSE_COUNT causes of stalls of the turn begin, of CAUSE_WIDTH columns each

# Why a turn stood still.
TIMED_OUT: Final = 0  # a segment that nobody acknowledged was sent again when a timer ran out
FAST: Final = 1  # a segment was sent again because duplicate acknowledgements told of a loss
REORDERED: Final = 2  # a segment was overtaken by others
ZERO_WINDOW: Final = 3  # the peer's window was closed
SMALL_WINDOW: Final = 4  # what was under way filled the peer's window
NAGLE: Final = 5  # a small segment waited for a delayed acknowledgement
PAUSED: Final = 6  # nothing held the sender up, and it sent nothing
CAUSE_COUNT: Final = 7
CAUSE_NS: Final = 0
CAUSE_TIMES: Final = 1
CAUSE_BEGIN: Final = 2  # of the longest
CAUSE_END: Final = 3
CAUSE_FROM: Final = 4  # its frames
CAUSE_TO: Final = 5
CAUSE_WIDTH: Final = 6

SIDES: Final = CAUSES + CAUSE_COUNT * CAUSE_WIDTH

# A side's.
NEXT_SEQ: Final = 0  # behind all that it has sent, -1: not known
ACKED: Final = 1  # its latest acknowledgement, -1: not known
ACKED_TIME: Final = 2  # when that moved on
SHIFT: Final = 3  # of its windows
SCALED: Final = 4  # 1 where its SYN was seen, so that its windows are known
WINDOW: Final = 5  # in bytes, -1: not known
MSS: Final = 6  # what it takes
SENT_TIME: Final = 7  # its latest segment with something new
SENT_FRAME: Final = 8
SENT_SIZE: Final = 9
FULL: Final = 10  # 1 where no further segment fitted the peer's window then
HEARD_TIME: Final = 11  # its latest packet
ZERO_TIME: Final = 12  # when it closed its window, since the peer's latest segment with something new
RTT: Final = 13  # from the capture to it and back, from the handshake
FIRST_BYTE_TIME: Final = 14
SYN_TIME: Final = 15
SYN_FRAME: Final = 16
LAST_SYN_TIME: Final = 17
LAST_SYN_FRAME: Final = 18
STALL_END: Final = 19  # up to here its stalls are told
HOLE_TIME: Final = 20  # since when its peer waits for a segment that did not come
HOLE_FRAME: Final = 21
HOLE_ACK: Final = 22  # the peer's acknowledgement at that time
HOLE_KIND: Final = 23  # bits of what happened since
FILLED_TIME: Final = 24  # when the missing segment, or another, came late
FILLED_FRAME: Final = 25
RESENT_BYTES: Final = 26
SIDE_WIDTH: Final = 27
WIDTH: Final = SIDES + 2 * SIDE_WIDTH

# Bits of HOLE_KIND.
HOLE_TOLD: Final = 1  # the peer said so, by a duplicate acknowledgement
HOLE_TIMED_OUT: Final = 2
HOLE_FAST: Final = 4
HOLE_LATE: Final = 8

DEFAULT_MSS: Final = 536
"""What a host takes that has not said it (RFC 9293, section 3.7.1)."""
DELAYED: Final = 15_000_000
"""Nanoseconds beyond the round trip from which on an acknowledgement was held back: Linux does so for 40 ms or more."""
SLACK: Final = 5_000_000
"""Nanoseconds that a host may take to act on what it gets."""
TIMER: Final = 20_000_000
"""Nanoseconds without a word of the peer, beyond two round trips, after which a timer made the sender repeat."""

# What the kernel writes: a record a span of time, in the order in which they end. Stalls come before what they are in.
SLOT: Final = 0
KIND: Final = 1
SIDE: Final = 2  # who thought, who sent
SPAN_BEGIN: Final = 3  # of a stall that happened more than once: the longest
SPAN_END: Final = 4
SPAN_FROM: Final = 5
SPAN_TO: Final = 6
AMOUNT: Final = 7  # bytes of a transfer, how often of a stall
SPENT: Final = 8  # nanoseconds, all together
RECORD_WIDTH: Final = 9

HANDSHAKE: Final = 0
THINK: Final = 1
TRANSFER: Final = 2
CLOSE: Final = 3
STALL: Final = 4  # and the cause

MOST_RECORDS: Final = 16
"""Records that one packet can lead to, or fewer."""
