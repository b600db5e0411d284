"""What the row of an ended flow amounts to: Zeek's conn_state and sizes, a name, and what the Community ID hashes.

The views' kernels and `rawkit.flow.conn_log.record` both ask here, so that there is one answer.
"""

from __future__ import annotations

from typing import Final

from rawkit.facts import ip_protocols
from rawkit.flow.icmp_kernel import counterpart
from rawkit.flow.layout import (
    ACKED_SEQ,
    CLOSED,
    COMPLETENESS,
    CONNECTION,
    ESTABLISHED,
    FINS,
    HISTORY,
    HISTORY_LENGTH,
    INACTIVE,
    KEY_WIDTH,
    LAST_SEQ,
    LETTER_BITS,
    LETTER_FLIP,
    LETTER_MASK,
    LETTER_R,
    LETTER_S,
    LETTERS_A_COLUMN,
    LOWER,
    ORIGINATOR,
    PACKETS,
    PARTIAL,
    PAYLOAD_BYTES,
    PREVIOUS_STATE,
    RESET,
    START,
    STATE,
    STREAM,
    SYN_ACK_SENT,
    SYN_SENT,
    UNSURE_LETTERS,
)
from rawkit.flow.row_kernel import (
    address_high,
    address_low,
    ip_protocol,
    ip_version,
    is_session,
    originator,
    port,
    responder,
)
from rawkit.kernels import Ints

FORCE_INLINE: Final = True

# Places in rawkit.flow.layout.PROTOS.
UNKNOWN_TRANSPORT = 0
ICMP_PROTO = 1
TCP_PROTO = 2
UDP_PROTO = 3

# Places in rawkit.flow.layout.CONN_STATES.
OTH = 0
REJ = 1
RSTRH = 2
RSTR = 3
RSTOS0 = 4
RSTO = 5
SF = 6
SH = 7
S2 = 8
SHR = 9
S3 = 10
S0 = 11
S1 = 12

BITS_64 = 0xFFFFFFFF


def proto(row: Ints, base: int) -> int:
    """conn.log's name for the protocol, a place in PROTOS."""
    protocol = ip_protocol(row, base)
    if protocol == ip_protocols.TCP:
        return TCP_PROTO
    if protocol == ip_protocols.UDP:
        return UDP_PROTO
    return ICMP_PROTO if protocol in (ip_protocols.ICMP, ip_protocols.ICMPV6) else UNKNOWN_TRANSPORT


def completeness(row: Ints, base: int) -> int:
    """`tcp.completeness`, -1 where it is not TCP."""
    return row[base + COMPLETENESS] if ip_protocol(row, base) == ip_protocols.TCP else -1


def tcp_stream(row: Ints, base: int) -> int:
    """`tcp.stream`, -1 where it is not TCP."""
    return row[base + STREAM] if ip_protocol(row, base) == ip_protocols.TCP else -1


def udp_stream(row: Ints, base: int) -> int:
    """`udp.stream`, -1 where it is neither UDP nor UDP-Lite."""
    return -1 if ip_protocol(row, base) == ip_protocols.TCP else row[base + STREAM]


def size(row: Ints, base: int, side: int, peer: int) -> int:
    """Payload bytes of a side; of TCP the sequence numbers used, less those of SYN and FIN, as Zeek counts."""
    if ip_protocol(row, base) != ip_protocols.TCP:
        return row[side + PAYLOAD_BYTES]
    if row[side + STATE] == INACTIVE:
        return 0
    aborted = row[side + PREVIOUS_STATE] == SYN_SENT and row[side + STATE] == RESET
    if aborted and row[peer + STATE] == INACTIVE and row[side + ACKED_SEQ] != 0:
        return 0
    used = max(row[side + LAST_SEQ], row[side + ACKED_SEQ])
    return max(used - 1 - (1 if row[side + FINS] and used > 1 else 0), 0)


def conn_state(row: Ints, base: int) -> int:
    """Zeek's conn_state, a place in CONN_STATES; the first that fits."""
    orig = originator(row, base)
    resp = responder(row, base)
    protocol = ip_protocol(row, base)
    if protocol == ip_protocols.UDP:
        return udp_state(row[orig + PACKETS], row[resp + PACKETS])
    if protocol != ip_protocols.TCP and not is_session(protocol):
        return OTH
    carried = size(row, base, orig, resp) > 0 or size(row, base, resp, orig) > 0
    return tcp_state(row[orig + STATE], row[resp + STATE], is_half_open(row, base), carried)


def udp_state(requests: int, answers: int) -> int:
    if requests and answers:
        return SF
    return S0 if requests else SHR


def tcp_state(orig: int, resp: int, half_open: bool, carried: bool) -> int:
    if resp == RESET:
        if orig in (SYN_SENT, SYN_ACK_SENT) or (orig == RESET and not carried):
            return REJ
        return RSTRH if orig in (INACTIVE, PARTIAL) else RSTR
    if orig == RESET:
        if resp not in (INACTIVE, PARTIAL):
            return RSTO
        return RSTOS0 if half_open else OTH
    if orig == CLOSED:
        return SF if resp == CLOSED else SH if resp in (INACTIVE, PARTIAL) else S2
    if resp == CLOSED:
        return SHR if orig in (INACTIVE, PARTIAL) else S3
    if orig == SYN_SENT and resp == INACTIVE:
        return S0
    return S1 if orig == ESTABLISHED and resp == ESTABLISHED else OTH


def letter(row: Ints, base: int, place: int) -> int:
    """The number of a history letter."""
    return row[base + HISTORY + place // LETTERS_A_COLUMN] >> LETTER_BITS * (place % LETTERS_A_COLUMN) & LETTER_MASK


def is_half_open(row: Ints, base: int) -> bool:
    r"""Whether the history matches Zeek's `\\^?S[^HAFGIQ]*R.*`: the originator reset before anything came of it."""
    length = row[base + HISTORY_LENGTH]
    place = 0
    if length and letter(row, base, 0) & ~LOWER == LETTER_FLIP:
        place = 1
    if place >= length or letter(row, base, place) != LETTER_S:
        return False
    for following in range(place + 1, length):
        found = letter(row, base, following)
        if found == LETTER_R:
            return True
        if found < LOWER and UNSURE_LETTERS >> found & 1:
            return False
    return False


def name_part(row: Ints, base: int, part: int) -> int:
    """One of the two 47-bit numbers that a `uid` is made of: the key, the start and the serial number, mixed."""
    value = 0x1F3D5B79 + part * 0x2545F491
    for column in range(KEY_WIDTH):
        value = stir(stir(value, row[base + column]), row[base + column] >> 32)
    value = stir(stir(value, row[base + START]), row[base + START] >> 32)
    first = stir(value, row[base + CONNECTION])
    return (first << 16 | stir(first, part + 1) & 0xFFFF) & 0x7FFFFFFFFFFF


def stir(value: int, word: int) -> int:
    mixed = ((value ^ word) & BITS_64) * 0x9E3779B1 & 0x7FFFFFFFFFFFFFFF
    return (mixed >> 29 ^ mixed) & 0x7FFFFFFF


def community_content(row: Ints, base: int, out: Ints, at: int) -> int:
    """Writes what the Community ID (version 1, seed 0) hashes, and returns its size; at most 40 bytes."""
    protocol = ip_protocol(row, base)
    version = ip_version(row, base)
    width = 4 if version == 4 else 16
    first = community_first(row, base, protocol)
    out[at] = 0
    out[at + 1] = 0
    put_address(row, base, first, version, out, at + 2)
    put_address(row, base, 1 - first, version, out, at + 2 + width)
    end = at + 2 + 2 * width
    out[end] = protocol
    out[end + 1] = 0
    if protocol not in (ip_protocols.ICMP, ip_protocols.TCP, ip_protocols.UDP, ip_protocols.ICMPV6, ip_protocols.SCTP):
        return end + 2 - at
    put16(port(row, base, first), out, end + 2)
    put16(port(row, base, 1 - first), out, end + 4)
    return end + 6 - at


def community_first(row: Ints, base: int, protocol: int) -> int:
    """The side that comes first: the lower one, which is A; of an ICMP message without an answer its sender."""
    if protocol not in (ip_protocols.ICMP, ip_protocols.ICMPV6):
        return 0
    opener = row[base + ORIGINATOR]
    return 0 if counterpart(protocol, port(row, base, opener)) >= 0 else opener


def put16(value: int, out: Ints, at: int) -> None:
    out[at] = value >> 8
    out[at + 1] = value & 0xFF


def put_address(row: Ints, base: int, side: int, version: int, out: Ints, at: int) -> None:
    """The address of side A or B, in network order."""
    low = address_low(row, base, side)
    if version == 4:
        for position in range(4):
            out[at + position] = low >> 8 * (3 - position) & 0xFF
        return
    high = address_high(row, base, side)
    for position in range(8):
        out[at + position] = high >> 8 * (7 - position) & 0xFF
        out[at + 8 + position] = low >> 8 * (7 - position) & 0xFF
