"""The flows view as JSON lines, CSV and Zeek's conn.log: the same fields in the same order, many flows at a time."""

from __future__ import annotations

from rawkit.flow.conn_log.record_kernel import (
    conn_state,
    letter,
    name_part,
    put_address,
    size,
)
from rawkit.flow.layout import (
    COMPLETENESS,
    CONN_STATES,
    EVENT_ROW,
    EVENT_WIDTH,
    HISTORY_LENGTH,
    IP_BYTES,
    LAST,
    LOWER,
    MISSED,
    ORIGINATOR,
    PACKETS,
    START,
    STREAM,
)
from rawkit.flow.row_kernel import inner_vlan, ip_protocol, ip_version, originator, outer_vlan, port, responder
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8
from rawkit.view.numbers_kernel import put, put_decimal, put_epoch, put_ipv4, put_ipv6, put_name

# Formats.
JSON = 0
CSV = 1
ZEEK = 2

LINE_ROOM = 1024  # bytes that no line is longer than
TCP = 6

# Places in the table of names: conn_states first, then these.
PROTOCOLS = len(CONN_STATES)
UNKNOWN_TRANSPORT = PROTOCOLS
ICMP_NAME = PROTOCOLS + 1
TCP_NAME = PROTOCOLS + 2
UDP_NAME = PROTOCOLS + 3
HISTORY_NAMES = PROTOCOLS + 4


def render_flows(
    events: Ints, first: int, last: int, ids: Ints, text: Ints, index: Ints, form: int, scratch: Ints, out: Ints
) -> tuple[int, int]:
    """Writes a line for each event from `first` on; returns the first that found no room, and the bytes used.

    `ids` has 28 characters of each event's Community ID; `scratch` has room for an address.
    """
    at = 0
    for i in range(first, last):
        if at + LINE_ROOM > len(out):
            return i, at
        row = i * EVENT_WIDTH + EVENT_ROW
        at = put_who(events, row, text, index, form, scratch, out, at)
        at = put_how(events, row, text, index, form, out, at)
        at = put_counts(events, row, form, out, at)
        at = put_extras(events, row, ids, i, form, out, at)
        at = put(out, at, b"}\n") if form == JSON else put(out, at, b"\n")
    return last, at


def key(out: Ints, at: int, name: bytes, form: int) -> int:
    """What stands before a value: JSON's name, else the separator."""
    if form == JSON:
        return put(out, at, name)
    out[at] = 44 if form == CSV else 9
    return at + 1


def quote(out: Ints, at: int, form: int) -> int:
    """What stands behind a text."""
    return put(out, at, b'"') if form == JSON else at


def absent(out: Ints, at: int, form: int) -> int:
    """A field that the flow does not have."""
    if form == JSON:
        return at
    if form == CSV:
        return put(out, at, b",")
    return put(out, at, b"\t-")


def put_who(events: Ints, row: int, text: Ints, index: Ints, form: int, scratch: Ints, out: Ints, at: int) -> int:
    """`ts`, `uid`, both endpoints and `proto`."""
    if form == JSON:
        at = put(out, at, b'{"ts":')
    at = put_epoch(out, at, events[row + START])
    at = put_uid(events, row, out, key(out, at, b',"uid":"C', form), form)
    opener = events[row + ORIGINATOR]
    at = key(out, quote(out, at, form), b',"id.orig_h":"', form)
    at = quote(out, put_endpoint(events, row, opener, scratch, out, at), form)
    at = put_decimal(out, key(out, at, b',"id.orig_p":', form), port(events, row, opener))
    at = key(out, at, b',"id.resp_h":"', form)
    at = quote(out, put_endpoint(events, row, 1 - opener, scratch, out, at), form)
    at = put_decimal(out, key(out, at, b',"id.resp_p":', form), port(events, row, 1 - opener))
    at = put_name(out, key(out, at, b',"proto":"', form), text, index, protocol_name(ip_protocol(events, row)))
    return quote(out, at, form)


def put_uid(events: Ints, row: int, out: Ints, at: int, form: int) -> int:
    if form != JSON:
        at = put(out, at, b"C")
    for part in range(2):
        number = name_part(events, row, part)
        for _ in range(8):
            digit = number % 62
            number //= 62
            out[at] = digit + (65 if digit < 26 else 71 if digit < 52 else -4)
            at += 1
    return at


def put_endpoint(events: Ints, row: int, side: int, scratch: Ints, out: Ints, at: int) -> int:
    version = ip_version(events, row)
    put_address(events, row, side, version, scratch, 0)
    return put_ipv4(out, at, scratch, 0) if version == 4 else put_ipv6(out, at, scratch, 0)


def protocol_name(protocol: int) -> int:
    if protocol == TCP:
        return TCP_NAME
    if protocol == 17:
        return UDP_NAME
    return ICMP_NAME if protocol in (1, 58) else UNKNOWN_TRANSPORT


def put_how(events: Ints, row: int, text: Ints, index: Ints, form: int, out: Ints, at: int) -> int:
    """`duration`, sizes, `conn_state`, `missed_bytes` and `history`."""
    orig = originator(events, row)
    resp = responder(events, row)
    at = put_epoch(out, key(out, at, b',"duration":', form), events[row + LAST] - events[row + START])
    at = put_decimal(out, key(out, at, b',"orig_bytes":', form), size(events, row, orig, resp))
    at = put_decimal(out, key(out, at, b',"resp_bytes":', form), size(events, row, resp, orig))
    at = put_name(out, key(out, at, b',"conn_state":"', form), text, index, conn_state(events, row))
    at = key(out, quote(out, at, form), b',"missed_bytes":', form)
    at = put_decimal(out, at, events[orig + MISSED] + events[resp + MISSED])
    length = events[row + HISTORY_LENGTH]
    if length == 0:
        return absent(out, at, form)
    at = key(out, at, b',"history":"', form)
    for place in range(length):
        found = letter(events, row, place)
        at = put_name(out, at, text, index, HISTORY_NAMES + found % LOWER)
        if found >= LOWER:
            out[at - 1] = u8(out, at - 1) | 32
    return quote(out, at, form)


def put_counts(events: Ints, row: int, form: int, out: Ints, at: int) -> int:
    """Packets and IP bytes of both sides."""
    orig = originator(events, row)
    resp = responder(events, row)
    at = put_decimal(out, key(out, at, b',"orig_pkts":', form), events[orig + PACKETS])
    at = put_decimal(out, key(out, at, b',"orig_ip_bytes":', form), events[orig + IP_BYTES])
    at = put_decimal(out, key(out, at, b',"resp_pkts":', form), events[resp + PACKETS])
    return put_decimal(out, key(out, at, b',"resp_ip_bytes":', form), events[resp + IP_BYTES])


def put_extras(events: Ints, row: int, ids: Ints, i: int, form: int, out: Ints, at: int) -> int:
    """What conn.log has beside: `ip_proto`, VLANs, Community ID; and Wireshark's completeness and stream."""
    protocol = ip_protocol(events, row)
    at = put_decimal(out, key(out, at, b',"ip_proto":', form), protocol)
    at = put_optional(out, at, b',"vlan":', form, outer_vlan(events, row))
    at = put_optional(out, at, b',"inner_vlan":', form, inner_vlan(events, row))
    at = key(out, at, b',"community_id":"1:', form)
    if form != JSON:
        at = put(out, at, b"1:")
    for position in range(28):
        out[at + position] = ids[28 * i + position]
    at = quote(out, at + 28, form)
    is_tcp = protocol == TCP
    at = put_optional(out, at, b',"tcp.completeness":', form, events[row + COMPLETENESS] if is_tcp else -1)
    at = put_optional(out, at, b',"tcp.stream":', form, events[row + STREAM] if is_tcp else -1)
    return put_optional(out, at, b',"udp.stream":', form, -1 if is_tcp else events[row + STREAM])


def put_optional(out: Ints, at: int, name: bytes, form: int, value: int) -> int:
    """A number that is there where it is not negative."""
    return absent(out, at, form) if value < 0 else put_decimal(out, key(out, at, name, form), value)
