"""What the flow kernel keeps: a row of int64 a flow, with these columns, and the numbers that go into them.

A row is a Wireshark conversation (two endpoints and a protocol, for as long as nobody reuses the ports) and, within
it, the Zeek connection that is going on. Its two sides are in the order of their addresses; ORIGINATOR says which of
them opened the connection. Times are nanoseconds since the epoch, frames are `frame.number`s; a time or a frame of
what did not happen is NOT_YET, for a capture may have any time, 0 and those before 1970 too.

What one column or another packs is written and read by `rawkit.flow.row_kernel`.
"""

from __future__ import annotations

from typing import Final

NOT_YET: Final = -(1 << 63)
"""A time, a frame or a round trip of what did not happen: less than every other, so that `max` passes it over."""

# The key, which is compared whole: addresses as two signed 64-bit halves (IPv4: 0 and the address).
A_HIGH: Final = 0
A_LOW: Final = 1
B_HIGH: Final = 2
B_LOW: Final = 3
PORTS: Final = 4  # port of A << 16 | port of B
REST: Final = 5  # IP protocol | IP version << 8 | VLAN ids as in decode.layout.VLANS << 16, unless they are ignored
KEY_WIDTH: Final = 6
KEY_SIDE: Final = 6  # behind a packet's key: which side sent it, 0: A, 1: B
KEY_IGNORES_VLANS: Final = 7  # and there: 1 where VLANs tell no flows apart
KEY_ROOM: Final = 8

HASH: Final = 6

# The conversation's.
STREAM: Final = 7  # tcp.stream or udp.stream
COMPLETENESS: Final = 8
BARE_SYN_TIME: Final = 9  # of the latest SYN without ACK
FIRST_RTT: Final = 10  # SYN to the ACK that completes the handshake

# The connection's.
CONNECTION: Final = 11  # serial number, 0 while there is none
ORIGINATOR: Final = 12  # 0: A, 1: B
MOMENTS: Final = 13  # columns from here on are times and frames ...
LAST: Final = 13
LAST_FRAME: Final = 14
ACK_TIME: Final = 15  # the ACK that completes the handshake
ACK_FRAME: Final = 16
RESET_TIME: Final = 17
RESET_FRAME: Final = 18
START: Final = 19
FIRST_FRAME: Final = 20
ICMP_TIME: Final = 21
ICMP_FRAME: Final = 22
CLOSED_TIME: Final = 23  # when both sides had closed
MOMENTS_END: Final = 24  # ... up to here; those behind begin as 0
MARKS: Final = 24  # bits: events that were given (HANDSHAKE, TEARDOWN), and the marks below
RESET_REASON: Final = 25
RESET_SIDE: Final = 26
HISTORY: Final = 27  # HISTORY_COLUMNS columns, LETTERS_A_COLUMN letters of LETTER_BITS bits each
HISTORY_LENGTH: Final = 30
FIRST_FIN: Final = 31  # side that sent the first FIN, plus 1
STRAY_RESETS: Final = 32  # RSTs that the receiver ignores (RFC 5961)
ICMP_ERROR: Final = 33  # type << 8 | code, plus 1
ICMP_SENDER_HIGH: Final = 34
ICMP_SENDER_LOW: Final = 35
ICMP_VERSION: Final = 36  # IP version of the sender
VLAN_IDS: Final = 37  # of the first packet, as in REST, but in the lowest bits
LATER: Final = 38  # the rows before and behind in the list that this row is in, or the list's own number:
EARLIER: Final = 39  # of flows whose time-out comes, of attempts without an answer, or of flows that ended
SIDES: Final = 40  # here the columns of side A begin, then those of side B

# Columns of a side.
PACKETS: Final = 0
IP_BYTES: Final = 1
PAYLOAD_BYTES: Final = 2
STATE: Final = 3
PREVIOUS_STATE: Final = 4
START_SEQ: Final = 5  # sequence number of the SYN, seen or supposed
LAST_SEQ: Final = 6  # highest end of a segment, from START_SEQ on
ACKED_SEQ: Final = 7  # highest acknowledgement by the peer, from START_SEQ on
FINS: Final = 8
RESETS: Final = 9
LETTERS: Final = 10  # history letters given once
LAST_SYN_SEQ: Final = 11
LAST_FIN_SEQ: Final = 12
LAST_RESET_SEQ: Final = 13
RETRANSMITTED: Final = 14
ZERO_WINDOWS: Final = 15
GAPS: Final = 16
BAD_CHECKSUMS: Final = 17  # packets that do not count, because of them
SIDE_MOMENTS: Final = 18  # columns from here on are times and frames ...
SYN_TIME: Final = 18  # of the first SYN
SYN_FRAME: Final = 19
LAST_SYN_TIME: Final = 20  # of the latest SYN or SYN-ACK
FIN_TIME: Final = 21  # of the first FIN
FIN_FRAME: Final = 22
LAST_DATA_FRAME: Final = 23  # of the latest segment with payload
SIDE_MOMENTS_END: Final = 24  # ... up to here; those before and behind begin as 0
KEEP_ALIVES: Final = 24  # since the peer was last heard of
CONTIGUOUS: Final = 25  # all bytes up to here were seen, from START_SEQ on
HOLES: Final = 26  # HOLE_COUNT blocks seen beyond that, of HOLE_WIDTH columns
FIN_SEQ: Final = 32  # end of the FIN, from START_SEQ on
SYN_PAUSE: Final = 33  # between the latest two SYNs
SYNS: Final = 34
SYN_OPTIONS: Final = 35
LATE_DATA: Final = 36  # bytes sent after the peer's FIN
MISSED: Final = 37  # bytes that the peer acknowledged and the capture has not
OTHER_SYN: Final = 38  # sequence number of a SYN before that of START_SEQ, plus 1; 0 where there is none
COUNTED_CHECKSUMS: Final = 39  # packets that count although their checksums are wrong
CONNECTION_END: Final = 40  # columns from here on outlive the connection: they are the conversation's
BASE_SEQ: Final = 40  # -1: not known
NEXT_SEQ: Final = 41  # -1: not known
NEXT_TIME: Final = 42
LAST_ACK: Final = 43
LAST_ACK_TIME: Final = 44
WINDOW: Final = 45  # as in the header, -1: not known
WINDOW_SCALE: Final = 46  # -1: not known, -2: none
DUPLICATE_ACKS: Final = 47
LAST_FLAGS: Final = 48  # analysis flags of the side's latest segment
CONTIGUOUS_SEQ: Final = 49  # Wireshark's "max seq to be acked", -1: not known
TOLD_SEQ: Final = 50  # what the packets view tells the side's numbers from, plus 1; 0: not known
SIDE_WIDTH: Final = 51

# A side of a flow that is not TCP has no SYN; its first packet stands there.
SIDE_START: Final = SYN_TIME
SIDE_FIRST_FRAME: Final = SYN_FRAME

# A side of an SCTP association or a DCCP connection has none of TCP's numbers; in the place of two stand
TAG: Final = START_SEQ  # the verification tag of packets to this side, plus 1 (SCTP); 0: not known
CAUSE: Final = OTHER_SYN  # why it aborted: the cause in its ABORT, or the code of its Reset, plus 1

# A block of HOLES; an end of 0 says that there is none.
HOLE_START: Final = 0
HOLE_END: Final = 1
HOLE_WIDTH: Final = 2
HOLE_COUNT: Final = 3

PARENTS: Final = SIDES + 2 * SIDE_WIDTH  # PARENT_COUNT flows that carry this one, of PARENT_WIDTH columns each
PARENT: Final = 0  # its CONNECTION; 0: no more
PARENT_NAME: Final = 1  # two numbers that its uid is made of
PARENT_WIDTH: Final = 3
PARENT_COUNT: Final = 4
WIDTH: Final = PARENTS + PARENT_COUNT * PARENT_WIDTH

# Columns of an event; the flow's row follows.
EVENT_KIND: Final = 0
EVENT_TIME: Final = 1
EVENT_FRAME: Final = 2
EVENT_ROW: Final = 3
EVENT_WIDTH: Final = EVENT_ROW + WIDTH

HANDSHAKE: Final = 1
TEARDOWN: Final = 2
FLOW_END: Final = 4
EVENT_KINDS: Final = HANDSHAKE | TEARDOWN | FLOW_END
BASES: Final = 8  # no event, but wanted as they are: `Tracked.bases`, which lines of text need

# Further bits of MARKS.
SIMULTANEOUS_OPEN: Final = 8
SIMULTANEOUS_CLOSE: Final = 16
OPENED: Final = 32  # the responder acts as one whose connection is open
REFUSAL_WAITS: Final = 64  # a refused attempt is not told yet: some clients send their SYN again
SAME_ATTEMPT: Final = 128  # the connection that follows goes on with this one's attempt to connect
CARRIES: Final = 512  # it is a tunnel of other flows
CLOSED_ALONE: Final = 1024  # a side closed before the other was heard of
EMBRYONIC: Final = 2048  # one packet, a SYN: it is in the list of attempts without an answer
ATTEMPT_TOLD: Final = 256  # the attempt was told in a connection before, as one that failed

# Columns of the tracker's own numbers.
FLOW_COUNT: Final = 0  # rows in use
CONNECTIONS: Final = 1  # connections so far
TCP_STREAMS: Final = 2
UDP_STREAMS: Final = 3
NEXT_DUE: Final = 4  # no flow's time is over before
FINISH_ROW: Final = 5  # where an interrupted end goes on
EVENT_COUNT: Final = 6
SEED: Final = 7
WANTED: Final = 8  # kinds of events that are given
ENDED_COUNT: Final = 9  # rows of flows that ended, which wait for their ports to be used again
FULL: Final = 10  # 1: the last call stopped for want of rows
CLOCK: Final = 11  # the latest time seen, NOT_YET before the first
SUMS_RIGHT: Final = 12  # packets in batches with wrong checksums: those whose sums are not wrong ...
SUMS_WRONG: Final = 13  # ... and the others
SUMS_COUNTED: Final = 14  # of these, those that count
SUMS_FILLED_IN_LATER: Final = 15  # of these, those that look as if a card filled them in
STRAY_STAMPS: Final = 16  # packets whose time is far from those before and behind
STEPS_BACK: Final = 17  # packets whose time is more than STEP_BACK before that of the packet before
SPLIT_FLOWS: Final = 18  # flows that look like one with another whose VLAN ids are others
VLANS_NOTED: Final = 19  # how many VLAN_IDS stand in the columns from VLANS_SEEN on
VLANS_SEEN: Final = 20
VLANS_SEEN_END: Final = 28
FOLLOWS_CARRIERS: Final = 28  # 1: the packets come with those that carry them before them
MOST_ROWS: Final = 29  # rows that the memory for flows holds
KEPT_ROWS: Final = 30  # rows from which on those of ended flows are used again
WHEEL_TICK: Final = 31  # the tick up to which the wheel has turned
WHEEL_DUE: Final = 32  # when the wheel has to turn next, or before
HURRIES: Final = 33  # 1: nobody waits for time-outs any more
TOGETHER: Final = 34  # attempts that were counted together, ...
TOGETHER_BYTES: Final = 35  # ... the bytes of their packets, ...
TOGETHER_FIRST: Final = 36  # ... the time of the first of them, ...
TOGETHER_LAST: Final = 37  # ... and of the last
ENDED_EARLY: Final = 38  # flows that were told before their time was over, for want of room
TRACKER_WIDTH: Final = 39

# The lists that rows are in; each has a HEAD and a TAIL in the array of lists.
SORTED: Final = 0  # flows whose time-out comes in the tick up to which the wheel has turned, in order
UNANSWERED: Final = 1  # flows of one packet that is a SYN, in the order of their time-outs
ENDED: Final = 2  # flows that ended, in that order
WHEEL: Final = 3  # here the wheel's lists begin: WHEEL_LEVELS times WHEEL_SLOTS
WHEEL_BITS: Final = 8
WHEEL_SLOTS: Final = 1 << WHEEL_BITS
WHEEL_LEVELS: Final = 6
LISTS: Final = WHEEL + WHEEL_LEVELS * WHEEL_SLOTS
HEAD: Final = 0
TAIL: Final = 1
LIST_WIDTH: Final = 2
TICK_BITS: Final = 22  # a tick of the wheel is 2 ** 22 ns, 4 ms
TICKS_BEFORE: Final = 1 << 63 - TICK_BITS  # ticks of times before 1970: with them no tick is negative

AHEAD: Final = 16  # packets whose rows are touched at once
FAR: Final = 4096  # packets after which a row is no longer in a processor's nearest caches: as many rows are 4 MiB
FAR_ENOUGH: Final = 4  # of AHEAD packets: with fewer rows so far back, touching costs more than it saves

# Endpoint states (Zeek's names).
INACTIVE: Final = 0
SYN_SENT: Final = 1
SYN_ACK_SENT: Final = 2
PARTIAL: Final = 3
ESTABLISHED: Final = 4
CLOSED: Final = 5
RESET: Final = 6

# Signals: what a TCP segment says to the state machine.
SIGNAL_SYN: Final = 0
SIGNAL_SYN_ACK: Final = 1
SIGNAL_FIN: Final = 2
SIGNAL_RST: Final = 3
SIGNAL_ACK: Final = 4
SIGNAL_DATA: Final = 5
SIGNAL_QUIET: Final = 6  # nothing: neither flags nor payload

# tcp.analysis flags, by Wireshark's last words.
ANALYSIS: Final = (
    "retransmission",
    "fast_retransmission",
    "spurious_retransmission",
    "out_of_order",
    "reused_ports",
    "lost_segment",
    "ack_lost_segment",
    "keep_alive",
    "duplicate_ack",
    "zero_window_probe",
    "zero_window",
    "zero_window_probe_ack",
    "keep_alive_ack",
    "window_update",
    "window_full",
)
RETRANSMISSION: Final = 1 << 0
FAST_RETRANSMISSION: Final = 1 << 1
SPURIOUS_RETRANSMISSION: Final = 1 << 2
OUT_OF_ORDER: Final = 1 << 3
REUSED_PORTS: Final = 1 << 4
LOST_SEGMENT: Final = 1 << 5
ACK_LOST_SEGMENT: Final = 1 << 6
KEEP_ALIVE: Final = 1 << 7
DUPLICATE_ACK: Final = 1 << 8
ZERO_WINDOW_PROBE: Final = 1 << 9
ZERO_WINDOW: Final = 1 << 10
ZERO_WINDOW_PROBE_ACK: Final = 1 << 11
KEEP_ALIVE_ACK: Final = 1 << 12
WINDOW_UPDATE: Final = 1 << 13
WINDOW_FULL: Final = 1 << 14

# tcp.completeness bits.
COMPLETE_SYN: Final = 1
COMPLETE_SYN_ACK: Final = 2
COMPLETE_ACK: Final = 4
COMPLETE_DATA: Final = 8
COMPLETE_FIN: Final = 16
COMPLETE_RST: Final = 32

# History letters; the number of a letter of the responder is higher by LOWER.
HISTORY_LETTERS: Final = "SHADFRCGTWIQ^X"
LETTER_S: Final = 1
LETTER_H: Final = 2
LETTER_A: Final = 3
LETTER_D: Final = 4
LETTER_F: Final = 5
LETTER_R: Final = 6
LETTER_C: Final = 7
LETTER_G: Final = 8
LETTER_T: Final = 9
LETTER_W: Final = 10
LETTER_I: Final = 11
LETTER_Q: Final = 12
LETTER_FLIP: Final = 13
LOWER: Final = 16
LETTER_BITS: Final = 5
LETTER_MASK: Final = (1 << LETTER_BITS) - 1
LETTERS_A_COLUMN: Final = 12
HISTORY_COLUMNS: Final = 3
MAX_LETTERS: Final = HISTORY_COLUMNS * LETTERS_A_COLUMN

UNSURE_LETTERS: Final = 1 << LETTER_H | 1 << LETTER_A | 1 << LETTER_F | 1 << LETTER_G | 1 << LETTER_I | 1 << LETTER_Q
"""Bits of the originator's letters that tell that a connection was more than an unanswered SYN."""

PROTOS: Final = ("unknown_transport", "icmp", "tcp", "udp")
"""What conn.log calls protocols, by the places that `rawkit.flow.conn_log.record_kernel.proto` gives."""

CONN_STATES: Final = (
    "OTH", "REJ", "RSTRH", "RSTR", "RSTOS0", "RSTO", "SF", "SH", "S2", "SHR", "S3", "S0", "S1",
)  # fmt: skip

# Why a RST was sent.
REASON_REFUSED: Final = 1
REASON_ABORTED: Final = 2
REASON_DATA_AFTER_CLOSE: Final = 3
REASON_UNREAD_DATA: Final = 4
REASON_OUT_OF_WINDOW: Final = 5
REASON_KEEP_ALIVE: Final = 6
REASON_UNKNOWN: Final = 7
REASON_CHALLENGED: Final = 8  # in the window, but not the next number: answered by a challenge ACK (RFC 5961)
REASON_WRONG_TAG: Final = 9  # an ABORT without the association's verification tag (RFC 9260, section 8.5)

# What a SYN offered: bits of SYN_OPTIONS; the MSS is in bits 0-15, the window scale in bits 16-23.
OFFERED_MSS: Final = 1 << 24
OFFERED_SCALE: Final = 1 << 25
OFFERED_SACK: Final = 1 << 26
OFFERED_TIMESTAMPS: Final = 1 << 27
OFFERED_FAST_OPEN: Final = 1 << 28  # a cookie request
OFFERED_COOKIE: Final = 1 << 29
OFFERED_DATA: Final = 1 << 30  # payload in the SYN
OFFERED_CUT: Final = 1 << 31  # the capture does not have all options
WITH_ACK: Final = 1 << 32  # it was a SYN-ACK

# Time-outs in nanoseconds: Zeek's defaults (scripts/base/init-bare.zeek).
SECOND: Final = 1_000_000_000
TCP_INACTIVITY: Final = 300 * SECOND
UDP_INACTIVITY: Final = 60 * SECOND
ICMP_INACTIVITY: Final = 60 * SECOND
SESSION_INACTIVITY: Final = 60 * SECOND  # of SCTP, whose heartbeats come every 30 s, and DCCP
TCP_ATTEMPT: Final = 5 * SECOND
TCP_CLOSE: Final = 5 * SECOND
REFUSAL: Final = SECOND
"""How long after a RST the same SYN may come again: Windows sends it two times more, half a second after each RST."""
NO_DEADLINE: Final = 1 << 62
STEP_BACK: Final = SECOND
STRAY: Final = 60 * SECOND
"""How far a single packet's time has to be from those before and behind it to be no time: the shortest inactivity."""
