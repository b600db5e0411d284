"""The flow kernel: takes decoded packets in order, keeps a row a flow, gives events."""

from __future__ import annotations

from typing import Final

from rawkit.decode.layout import (
    DEPTH,
    END,
    NET,
    NET_KIND,
    PAYLOAD,
    PROTOCOL,
    QUOTE,
    TRANSPORT,
    VLANS,
    WIRE_END,
)
from rawkit.decode.layout import WIDTH as PACKET_WIDTH
from rawkit.facts import dccp, ethertypes, icmp, ip_protocols, ipv4, ipv6, sctp, tcp
from rawkit.facts import transport as transport_facts
from rawkit.flow.conn_log.record_kernel import name_part
from rawkit.flow.events_kernel import end_connection, fall_due, give, has_room, is_opened, tell_attempt, tell_due
from rawkit.flow.icmp_kernel import fails_connect
from rawkit.flow.layout import (
    A_HIGH,
    A_LOW,
    AHEAD,
    ATTEMPT_TOLD,
    B_HIGH,
    B_LOW,
    BAD_CHECKSUMS,
    BASE_SEQ,
    CARRIES,
    CLOCK,
    CLOSED,
    CLOSED_ALONE,
    CLOSED_TIME,
    CONNECTION,
    CONNECTIONS,
    COUNTED_CHECKSUMS,
    EMBRYONIC,
    ENDED_COUNT,
    FAR,
    FAR_ENOUGH,
    FIRST_FRAME,
    FOLLOWS_CARRIERS,
    HANDSHAKE,
    ICMP_ERROR,
    ICMP_FRAME,
    ICMP_INACTIVITY,
    ICMP_SENDER_HIGH,
    ICMP_SENDER_LOW,
    ICMP_TIME,
    ICMP_VERSION,
    INACTIVE,
    IP_BYTES,
    KEY_SIDE,
    LAST,
    LAST_FRAME,
    LAST_SYN_TIME,
    LETTER_C,
    LETTER_D,
    LETTER_FLIP,
    MARKS,
    NEXT_DUE,
    NOT_YET,
    ORIGINATOR,
    PACKETS,
    PARENT,
    PARENT_NAME,
    PARENT_WIDTH,
    PARENTS,
    PAYLOAD_BYTES,
    REFUSAL,
    REFUSAL_WAITS,
    RESET,
    RESET_REASON,
    RESET_TIME,
    REUSED_PORTS,
    SAME_ATTEMPT,
    SEED,
    SIDE_FIRST_FRAME,
    SIDE_START,
    START,
    STATE,
    STEP_BACK,
    STEPS_BACK,
    STRAY,
    STRAY_STAMPS,
    STREAM,
    SYN_ACK_SENT,
    SYN_FRAME,
    SYN_OPTIONS,
    SYN_PAUSE,
    SYN_SENT,
    SYN_TIME,
    SYNS,
    TCP_ATTEMPT,
    TCP_CLOSE,
    TCP_INACTIVITY,
    TCP_STREAMS,
    TEARDOWN,
    TOLD_SEQ,
    UDP_INACTIVITY,
    UDP_STREAMS,
    VLAN_IDS,
    WHEEL_TICK,
    WIDTH,
)
from rawkit.flow.row_kernel import (
    address_low,
    ip_protocol,
    ip_version,
    is_own_peer,
    is_session,
    port,
    side_of,
    vlan_ids,
)
from rawkit.flow.sessions.dccp_kernel import dccp_packet, packet_type
from rawkit.flow.sessions.sctp_kernel import first_chunk, is_restart, sctp_packet
from rawkit.flow.sessions.steps_kernel import session_deadline, session_events, session_is_over
from rawkit.flow.table.ahead_kernel import touch
from rawkit.flow.table.key_kernel import HALF, make_key, quoted_key
from rawkit.flow.table.lists_kernel import leave
from rawkit.flow.table.room_kernel import await_end, new_row
from rawkit.flow.table.server_ports_kernel import goes_to_client
from rawkit.flow.table.split_kernel import note_new_flow
from rawkit.flow.table.table_kernel import BITS_32, find, forget_connection, key_hash
from rawkit.flow.table.wheel_kernel import tick_of
from rawkit.flow.tcp.analysis_kernel import LOW_FLAGS, analyse, complete, forget_conversation, scale_windows
from rawkit.flow.tcp.history_kernel import add_counted, add_letter, add_once
from rawkit.flow.tcp.segment_kernel import is_ignored, offers, segment
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import signed64, u8, u16, u32, within
from rawkit.wire.sum_kernel import COUNTED, WRONG

FORCE_INLINE: Final = True


def track(
    data: Ints,
    offset: Ints,
    timestamp: Ints,
    sums: Ints,
    rows: Ints,
    first: int,
    last: int,
    numbers: Ints,
    streams: Ints,
    analysis: Ints,
    connections: Ints,
    bases: Ints,
    key: Ints,
    ahead: Ints,
    path: Ints,
    slots: Ints,
    flows: Ints,
    deadlines: Ints,
    lists: Ints,
    tracker: Ints,
    events: Ints,
    transitions: Ints,
) -> int:
    """Takes the packets from `first` to `last - 1`; returns the first that it did not take, for want of room.

    `path` has the flows of the packets that carry the one that comes, the outermost first. `bases` gets two numbers a
    packet (`tell_bases`), or has no room: nobody asked.
    """
    touched = first
    far = 0
    for i in range(first, last):
        if i == touched:
            touched = min(i + AHEAD, last)
            if far >= FAR_ENOUGH:
                touch(data, offset, rows, i, touched, key, slots, flows, deadlines, tracker, ahead)
            far = 0
        now = timestamp[i]
        if is_stray(timestamp, i, last, tracker[CLOCK]):
            tracker[STRAY_STAMPS] += 1
            now = tracker[CLOCK]
        elif i > first and timestamp[i] < timestamp[i - 1] - STEP_BACK and timestamp[i] < tracker[CLOCK] - STEP_BACK:
            tracker[STEPS_BACK] += 1
        if tracker[CLOCK] == NOT_YET:
            tracker[WHEEL_TICK] = tick_of(now)
        tracker[CLOCK] = max(tracker[CLOCK], now)
        if now >= tracker[NEXT_DUE] and not tell_due(now, flows, deadlines, lists, tracker, events):
            return i
        if not has_room(tracker, events):
            return i
        streams[i] = -1
        analysis[i] = 0
        connections[i] = 0
        if len(bases):
            bases[2 * i] = -1
            bases[2 * i + 1] = -1
        row = i * PACKET_WIDTH
        parent = path[rows[row + DEPTH] - 1] + 0 if rows[row + DEPTH] and tracker[FOLLOWS_CARRIERS] else -1
        if parent >= 0:
            flows[parent * WIDTH + MARKS] |= CARRIES
        if not make_key(data, offset[i], rows, row, key):
            path[rows[row + DEPTH]] = -1
            continue
        value = key_hash(key, tracker[SEED])
        flow = find(key, value, slots, flows)
        if flow < 0:
            flow = new_row(key, value, now, numbers[i], slots, flows, deadlines, lists, tracker, events)
            if flow < 0:
                return i
        far += is_far(flows[flow * WIDTH + LAST_FRAME], numbers[i])
        if flows[flow * WIDTH + FIRST_FRAME] == NOT_YET:
            flows[flow * WIDTH + VLAN_IDS] = vlan_ids(rows[row + VLANS])
            note_new_flow(key, slots, flows, tracker)
        before = deadlines[flow] + 0
        known = tracker[CONNECTIONS] + 0
        analysis[i] = take(
            data, offset[i], sums[i] + 0, rows, row, now, numbers[i], flow,
            flows, deadlines, lists, tracker, events, transitions,
        )  # fmt: skip
        began = tracker[CONNECTIONS] > known
        if began or deadlines[flow] < before or flows[flow * WIDTH + MARKS] & EMBRYONIC:
            await_end(flow, began, before, flows, deadlines, lists, tracker)
        streams[i] = flows[flow * WIDTH + STREAM]
        connections[i] = flows[flow * WIDTH + CONNECTION]
        path[rows[row + DEPTH]] = flow
        if len(bases) and rows[row + PROTOCOL] == ip_protocols.TCP and rows[row + PAYLOAD] >= 0:
            tell_bases(data, offset[i] + rows[row + TRANSPORT], flows, flow * WIDTH, key[KEY_SIDE], bases, 2 * i)
        if parent >= 0:
            note_carrier(flows, flow * WIDTH, parent)
        if rows[row + QUOTE] >= 0:
            note_icmp_error(data, offset[i], rows, row, now, numbers[i], key, slots, flows, tracker, events)
    return last


def tell_bases(data: Ints, place: int, flows: Ints, base: int, side: int, bases: Ints, at: int) -> None:
    """What the sender's numbers in the TCP header at `place` are told from, and the receiver's; -1: from nothing.

    tcpdump's rules (print-tcp.c): the first segment with ACK in either direction, and each with SYN and ACK, is told
    as it is, only the edges of its SACK blocks are not; those that follow, whatever their direction, from its numbers.
    One without ACK counts for nothing.
    """
    flags = u8(data, place + tcp.FLAGS)
    if not flags & tcp.ACK:
        return
    mine = side_of(base, side) + TOLD_SEQ
    peers = side_of(base, 1 - side) + TOLD_SEQ
    if flags & tcp.SYN or flows[mine] == 0:
        flows[mine] = u32(data, place + tcp.SEQUENCE) + 1
        flows[peers] = (u32(data, place + tcp.ACKNOWLEDGMENT) - 1 & BITS_32) + 1
    else:
        bases[at] = flows[mine] - 1
    bases[at + 1] = flows[peers] - 1


def is_stray(timestamp: Ints, i: int, last: int, clock: int) -> bool:
    """Whether a packet's time is far from the time before, and the next packet's is back there.

    No clock goes such a way; the packet would end every connection, or be the last of its own.
    """
    if clock == NOT_YET or i + 1 >= last or abs(timestamp[i] - clock) <= STRAY:
        return False
    return abs(timestamp[i + 1] - clock) <= STRAY


def is_far(before: int, frame: int) -> int:
    """1 where so much came since the flow's packet `before` that its row has likely left the processor's caches."""
    return 1 if before != NOT_YET and frame - before > FAR else 0


def note_carrier(flows: Ints, base: int, parent: int) -> None:
    """Notes the flow that carries this one, by its name; of several the first few."""
    serial = flows[parent * WIDTH + CONNECTION]
    for place in range(base + PARENTS, base + WIDTH, PARENT_WIDTH):
        if flows[place + PARENT] == serial:
            return
        if flows[place + PARENT] == 0:
            flows[place + PARENT] = serial
            for part in range(2):
                flows[place + PARENT_NAME + part] = name_part(flows, parent * WIDTH, part)
            return


# One packet ------------------------------------------------------------------------------------------------


def take(
    data: Ints,
    start: int,
    checksum: int,
    rows: Ints,
    row: int,
    now: int,
    frame: int,
    flow: int,
    flows: Ints,
    deadlines: Ints,
    lists: Ints,
    tracker: Ints,
    events: Ints,
    transitions: Ints,
) -> int:
    """Adds one packet to its flow; returns its analysis flags. What `checksum` is `rawkit.wire.sum_kernel` says."""
    base = flow * WIDTH
    wrong = checksum == WRONG
    within(flows, base, WIDTH)
    within(rows, row, PACKET_WIDTH)
    protocol = rows[row + PROTOCOL]
    side = packet_side(data, start, rows, row, flows, base)
    transport = start + rows[row + TRANSPORT]
    end = start + rows[row + END]
    flags = u8(data, transport + tcp.FLAGS) & LOW_FLAGS if protocol == ip_protocols.TCP else 0
    if is_session(protocol) and rows[row + PAYLOAD] >= 0:
        flags = opening_flags(data, transport, end, protocol)
    is_new = flows[base + FIRST_FRAME] == NOT_YET
    found = 0
    if flows[base + CONNECTION] and deadlines[flow] <= now:
        fall_due(now, flow, flows, deadlines, lists, tracker, events)
    if is_new:
        new_conversation(flows, base, protocol, tracker)
    elif protocol == ip_protocols.TCP and flags & (tcp.SYN | tcp.ACK) == tcp.SYN:
        found = reuse(data, transport, side, now, flow, flows, deadlines, lists, tracker, events)
    elif is_session(protocol) and flags == tcp.SYN and begins_anew(data, transport, end, protocol, flows, base, side):
        end_connection(now, flow, flows, deadlines, lists, tracker, events)
    if flows[base + CONNECTION] == 0:
        if not is_new:
            leave(flow, lists, flows)
            tracker[ENDED_COUNT] -= 1
        deadlines[flow] = now + TCP_INACTIVITY  # also where all that comes is cut, or has wrong checksums
        begin(flows, base, side, flags, now, frame, tracker)
    count(flows, base, side, now, frame, rows, row)
    if wrong:
        add_counted(flows, base, side, LETTER_C, BAD_CHECKSUMS)
    elif checksum == COUNTED:
        flows[side_of(base, side) + COUNTED_CHECKSUMS] += 1
    if protocol == ip_protocols.TCP:
        if rows[row + PAYLOAD] < 0:
            return found
        size = rows[row + WIRE_END] - rows[row + PAYLOAD]
        offered = 0
        if flags & tcp.SYN:
            captured = rows[row + END] - rows[row + TRANSPORT]
            offered = offers(data, transport, rows[row + PAYLOAD] - rows[row + TRANSPORT], captured, size)
        found |= analyse_segment(data, transport, side, now, size, offered, flows, base)
        if not wrong:
            due = segment(data, transport, flows, base, side, now, frame, size, offered, found, transitions)
            if flows[base + CLOSED_TIME] == NOT_YET and is_over(flows, base):
                flows[base + CLOSED_TIME] = flows[base + LAST]
            if due & HANDSHAKE:
                tell_attempt(now, frame, flows, base, tracker, events)
            if due & TEARDOWN:
                give(TEARDOWN, now, frame, flows, base, tracker, events)
            set_tcp_deadline(flows, base, flow, side, now, deadlines)
    elif is_session(protocol):
        if rows[row + PAYLOAD] >= 0 and not wrong:
            if protocol == ip_protocols.SCTP:
                sctp_packet(data, transport, end, flows, base, side, now, frame, transitions)
            else:
                dccp_packet(data, transport, end, flows, base, side, now, frame, transitions)
            due = session_events(flows, base)
            if due & HANDSHAKE:
                tell_attempt(now, frame, flows, base, tracker, events)
            if due & TEARDOWN:
                give(TEARDOWN, now, frame, flows, base, tracker, events)
        deadlines[flow] = session_deadline(flows, base, now, deadlines[flow])
    else:
        note_first(flows, side_of(base, side), now, frame)
        if protocol == ip_protocols.UDP and not wrong:
            add_once(flows, base, side, LETTER_D, LETTER_D)
        deadlines[flow] = now + (UDP_INACTIVITY if protocol == ip_protocols.UDP else ICMP_INACTIVITY)
    return found


def opening_flags(data: Ints, transport: int, end: int, protocol: int) -> int:
    """Which of TCP's segments a packet of SCTP or DCCP is like, by its flags: SYN, SYN with ACK, or another (0)."""
    if protocol == ip_protocols.SCTP:
        kind = first_chunk(data, transport, end)
        return tcp.SYN if kind == sctp.INIT else tcp.SYN | tcp.ACK if kind == sctp.INIT_ACK else 0
    kind = packet_type(data, transport)
    return tcp.SYN if kind == dccp.REQUEST else tcp.SYN | tcp.ACK if kind == dccp.RESPONSE else 0


def begins_anew(data: Ints, transport: int, end: int, protocol: int, flows: Ints, base: int, side: int) -> bool:
    """Whether an INIT or Request on known ports ends the session that is going on there, to open another."""
    if flows[base + CONNECTION] == 0:
        return False  # it has ended already
    if session_is_over(flows, base):
        return True
    if protocol == ip_protocols.SCTP:
        return is_restart(data, transport, end, flows, base, side)
    return is_opened(flows, base)


def note_first(flows: Ints, place: int, now: int, frame: int) -> None:
    if flows[place + SIDE_FIRST_FRAME] == NOT_YET:
        flows[place + SIDE_START] = now
        flows[place + SIDE_FIRST_FRAME] = frame


def packet_side(data: Ints, start: int, rows: Ints, row: int, flows: Ints, base: int) -> int:
    """0 where A sent the packet, 1 where B did."""
    net = start + rows[row + NET]
    if rows[row + NET_KIND] == ethertypes.IPV4:
        high = 0
        low = u32(data, net + ipv4.SRC)
    else:
        high = signed64(data, net + ipv6.SRC)
        low = signed64(data, net + ipv6.SRC + HALF)
    if flows[base + A_HIGH] != flows[base + B_HIGH] or flows[base + A_LOW] != flows[base + B_LOW]:
        return 0 if flows[base + A_HIGH] == high and flows[base + A_LOW] == low else 1
    if port(flows, base, 0) == port(flows, base, 1) or rows[row + TRANSPORT] < 0:
        return 0
    transport = start + rows[row + TRANSPORT]
    protocol = rows[row + PROTOCOL]
    if protocol in (ip_protocols.ICMP, ip_protocols.ICMPV6):
        source = u8(data, transport + icmp.TYPE)
    else:
        source = u16(data, transport + transport_facts.SRC_PORT)
    return 0 if source == port(flows, base, 0) else 1


def new_conversation(flows: Ints, base: int, protocol: int, tracker: Ints) -> None:
    flows[base + STREAM] = -1
    forget_conversation(flows, base)
    if protocol == ip_protocols.TCP:
        flows[base + STREAM] = tracker[TCP_STREAMS]
        tracker[TCP_STREAMS] += 1
    elif protocol in (ip_protocols.UDP, ip_protocols.UDPLITE):
        flows[base + STREAM] = tracker[UDP_STREAMS]
        tracker[UDP_STREAMS] += 1


def reuse(
    data: Ints,
    transport: int,
    side: int,
    now: int,
    flow: int,
    flows: Ints,
    deadlines: Ints,
    lists: Ints,
    tracker: Ints,
    events: Ints,
) -> int:
    """A bare SYN on a known pair of ports: with another initial number it opens a new conversation."""
    base = flow * WIDTH
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    seq = u32(data, transport + tcp.SEQUENCE)
    known = flows[fwd + BASE_SEQ]
    other = known >= 0 and known != seq
    over = flows[fwd + STATE] in (CLOSED, RESET) and flows[rev + STATE] in (CLOSED, RESET)
    over = over or flows[fwd + STATE] == RESET or flows[rev + STATE] == RESET
    if (other or over) and flows[base + CONNECTION]:
        if not other and side == flows[base + ORIGINATOR] and flows[fwd + SYNS] and not is_opened(flows, base):
            flows[base + MARKS] |= SAME_ATTEMPT
        end_connection(now, flow, flows, deadlines, lists, tracker, events)
    if other:
        new_conversation(flows, base, ip_protocols.TCP, tracker)
        return REUSED_PORTS
    return 0


def begin(flows: Ints, base: int, side: int, flags: int, now: int, frame: int, tracker: Ints) -> None:
    """A new connection: the sender of the packet opened it, unless that is an answer to what was missed."""
    if flows[base + MARKS] & SAME_ATTEMPT:
        forget_all_but_attempt(flows, base, side)
    elif flows[base + FIRST_FRAME] != NOT_YET:
        forget_connection(flows, base)
    tracker[CONNECTIONS] += 1
    flows[base + CONNECTION] = tracker[CONNECTIONS]
    flows[base + START] = now
    flows[base + FIRST_FRAME] = frame
    flipped = is_answer(flows, base, side, flags)
    flows[base + ORIGINATOR] = 1 - side if flipped else side
    if flipped:
        add_letter(flows, base, flows[base + ORIGINATOR], LETTER_FLIP)


def is_answer(flows: Ints, base: int, side: int, flags: int) -> bool:
    """Whether the first packet is not the originator's: a SYN-ACK, or one that comes from a server's port."""
    if is_own_peer(flows, base) or flags & (tcp.SYN | tcp.ACK) == tcp.SYN:
        return False
    if flags & tcp.SYN:
        return True
    if address_low(flows, base, 1 - side) == ipv4.BROADCAST and ip_version(flows, base) == 4:
        return False  # nobody opened a flow from there
    return goes_to_client(ip_protocol(flows, base), port(flows, base, side), port(flows, base, 1 - side))


def forget_all_but_attempt(flows: Ints, base: int, side: int) -> None:
    """The connection before ended, but not the attempt of this side: its SYN comes again, the same."""
    told = flows[base + MARKS] & (HANDSHAKE | ATTEMPT_TOLD)
    place = side_of(base, side)
    syn_time = flows[place + SYN_TIME]
    syn_frame = flows[place + SYN_FRAME]
    last_syn_time = flows[place + LAST_SYN_TIME]
    syn_options = flows[place + SYN_OPTIONS]
    syns = flows[place + SYNS]
    forget_connection(flows, base)
    flows[base + MARKS] = ATTEMPT_TOLD if told else 0
    flows[place + SYN_TIME] = syn_time
    flows[place + SYN_FRAME] = syn_frame
    flows[place + LAST_SYN_TIME] = last_syn_time
    flows[place + SYN_OPTIONS] = syn_options
    flows[place + SYNS] = syns


def count(flows: Ints, base: int, side: int, now: int, frame: int, rows: Ints, row: int) -> None:
    place = side_of(base, side)
    flows[base + LAST] = max(now, flows[base + LAST])
    flows[base + LAST_FRAME] = frame
    flows[place + PACKETS] += 1
    flows[place + IP_BYTES] += rows[row + WIRE_END] - rows[row + NET]
    if rows[row + PAYLOAD] >= 0:
        flows[place + PAYLOAD_BYTES] += rows[row + WIRE_END] - rows[row + PAYLOAD]


def is_over(flows: Ints, base: int) -> bool:
    """Whether both sides have closed; the last ACK is still to come."""
    return flows[side_of(base, 0) + STATE] in (CLOSED, RESET) and flows[side_of(base, 1) + STATE] in (CLOSED, RESET)


def analyse_segment(
    data: Ints, place: int, side: int, now: int, size: int, offered: int, flows: Ints, base: int
) -> int:
    flags = u8(data, place + tcp.FLAGS) & LOW_FLAGS
    complete(flows, base, flags, size)
    seq = u32(data, place + tcp.SEQUENCE)
    ack = u32(data, place + tcp.ACKNOWLEDGMENT)
    found = analyse(flows, base, side, now, flags, seq, ack, u16(data, place + tcp.WINDOW), size)
    if flags & tcp.SYN:
        scale_windows(flows, side_of(base, side), side_of(base, 1 - side), flags, offered)
    return found


def set_tcp_deadline(flows: Ints, base: int, flow: int, side: int, now: int, deadlines: Ints) -> None:
    """When the connection ends by itself: soon after it is closed, later while nothing happens on it.

    A FIN to a side that was not heard of closes it (Zeek: TCPSessionAdapter::ConnectionClosed), whatever comes then.
    An attempt lasts as long as its SYN is repeated: three times the last pause, since the pause doubles.
    """
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    sender = flows[fwd + STATE]
    peer = flows[rev + STATE]
    is_reset = (sender == RESET or peer == RESET) and not is_ignored(flows[base + RESET_REASON])
    if flows[base + MARKS] & REFUSAL_WAITS:
        deadlines[flow] = flows[base + RESET_TIME] + REFUSAL
    elif is_reset or (sender == CLOSED and peer in (CLOSED, INACTIVE)) or flows[base + MARKS] & CLOSED_ALONE:
        if peer == INACTIVE:
            flows[base + MARKS] |= CLOSED_ALONE
        deadlines[flow] = min(deadlines[flow], now + TCP_CLOSE)
    elif sender in (SYN_SENT, SYN_ACK_SENT) and peer == INACTIVE:
        deadlines[flow] = now + max(TCP_ATTEMPT, 3 * flows[fwd + SYN_PAUSE])
    else:
        deadlines[flow] = now + TCP_INACTIVITY


# ICMP errors -----------------------------------------------------------------------------------------------


def note_icmp_error(
    data: Ints,
    start: int,
    rows: Ints,
    row: int,
    now: int,
    frame: int,
    key: Ints,
    slots: Ints,
    flows: Ints,
    tracker: Ints,
    events: Ints,
) -> None:
    """Attaches an ICMP error to the flow whose packet it quotes."""
    if not quoted_key(data, start, rows, row, key):
        return
    flow = find(key, key_hash(key, tracker[SEED]), slots, flows)
    if flow < 0 or flows[flow * WIDTH + CONNECTION] == 0:
        return
    base = flow * WIDTH
    transport = start + rows[row + TRANSPORT]
    kind = u8(data, transport + icmp.TYPE)
    flows[base + ICMP_ERROR] = (kind << 8 | u8(data, transport + icmp.CODE)) + 1
    flows[base + ICMP_TIME] = now
    flows[base + ICMP_FRAME] = frame
    net = start + rows[row + NET]
    if rows[row + NET_KIND] == ethertypes.IPV4:
        flows[base + ICMP_VERSION] = 4
        flows[base + ICMP_SENDER_HIGH] = 0
        flows[base + ICMP_SENDER_LOW] = u32(data, net + ipv4.SRC)
    else:
        flows[base + ICMP_VERSION] = 6
        flows[base + ICMP_SENDER_HIGH] = signed64(data, net + ipv6.SRC)
        flows[base + ICMP_SENDER_LOW] = signed64(data, net + ipv6.SRC + HALF)
    if ends_attempt(rows[row + PROTOCOL], kind, u8(data, transport + icmp.CODE), key[KEY_SIDE], flows, base):
        give(HANDSHAKE, now, frame, flows, base, tracker, events)


def ends_attempt(protocol: int, kind: int, code: int, side: int, flows: Ints, base: int) -> bool:
    """Whether the error makes connect() fail: the SYN of the side that gets it is not answered yet."""
    of = ip_protocol(flows, base)
    if flows[base + MARKS] & HANDSHAKE or not (of == ip_protocols.TCP or is_session(of)):
        return False
    fwd = side_of(base, side)
    rev = side_of(base, 1 - side)
    if flows[fwd + STATE] != SYN_SENT or flows[rev + STATE] != INACTIVE:
        return False
    return fails_connect(of, protocol, kind, code)
