"""What conn.log says of many ended flows, as numbers: a row a flow, the columns below in it."""

from __future__ import annotations

from rawkit.flow.conn_log.record_kernel import conn_state, name_part, size
from rawkit.flow.layout import (
    COMPLETENESS,
    EVENT_ROW,
    EVENT_WIDTH,
    HISTORY,
    IP_BYTES,
    LAST,
    MISSED,
    ORIGINATOR,
    PACKETS,
    START,
    STREAM,
)
from rawkit.flow.row_kernel import (
    address_high,
    address_low,
    inner_vlan,
    ip_protocol,
    ip_version,
    originator,
    outer_vlan,
    port,
    responder,
)
from rawkit.kernels import Ints

TS = 0
NAME = 1  # two columns: what the uid is made of
IP_VERSION = 3
ORIG_HOST = 4  # two columns, as in rawkit.flow.layout; so RESP_HOST
RESP_HOST = 6
ORIG_PORT = 8
RESP_PORT = 9
IP_PROTO = 10
DURATION = 11
ORIG_BYTES = 12
RESP_BYTES = 13
CONN_STATE = 14  # a place in layout.CONN_STATES
MISSED_BYTES = 15
LETTERS = 16  # three columns of history letters, and then how many letters there are
LETTER_COUNT = 19
ORIG_PKTS = 20
ORIG_IP_BYTES = 21
RESP_PKTS = 22
RESP_IP_BYTES = 23
VLAN = 24  # here and below -1 says that there is none
INNER_VLAN = 25
TCP_COMPLETENESS = 26
STREAM_NUMBER = 27

COLUMNS = 28

TCP = 6


def record_numbers(events: Ints, count: int, out: Ints) -> None:
    """Writes a row of COLUMNS numbers for each of `count` FLOW_END events."""
    for i in range(count):
        row = i * EVENT_WIDTH + EVENT_ROW
        at = i * COLUMNS
        put_identity(events, row, out, at)
        put_sizes(events, row, out, at)
        out[at + TS] = events[row + START]
        out[at + DURATION] = events[row + LAST] - events[row + START]
        out[at + CONN_STATE] = conn_state(events, row)
        for column in range(4):  # the number of letters follows HISTORY's three columns
            out[at + LETTERS + column] = events[row + HISTORY + column]
        out[at + TCP_COMPLETENESS] = events[row + COMPLETENESS] if ip_protocol(events, row) == TCP else -1
        out[at + STREAM_NUMBER] = events[row + STREAM]


def put_identity(events: Ints, row: int, out: Ints, at: int) -> None:
    """Who: the name, both endpoints, protocol, VLANs."""
    opener = events[row + ORIGINATOR]
    for part in range(2):
        out[at + NAME + part] = name_part(events, row, part)
    out[at + ORIG_PORT] = port(events, row, opener)
    out[at + RESP_PORT] = port(events, row, 1 - opener)
    out[at + ORIG_HOST] = address_high(events, row, opener)
    out[at + ORIG_HOST + 1] = address_low(events, row, opener)
    out[at + RESP_HOST] = address_high(events, row, 1 - opener)
    out[at + RESP_HOST + 1] = address_low(events, row, 1 - opener)
    out[at + IP_PROTO] = ip_protocol(events, row)
    out[at + IP_VERSION] = ip_version(events, row)
    out[at + VLAN] = outer_vlan(events, row)
    out[at + INNER_VLAN] = inner_vlan(events, row)


def put_sizes(events: Ints, row: int, out: Ints, at: int) -> None:
    """How much: of each side payload, packets and IP bytes; and what is missing."""
    orig = originator(events, row)
    resp = responder(events, row)
    out[at + ORIG_BYTES] = size(events, row, orig, resp)
    out[at + RESP_BYTES] = size(events, row, resp, orig)
    out[at + ORIG_PKTS] = events[orig + PACKETS]
    out[at + ORIG_IP_BYTES] = events[orig + IP_BYTES]
    out[at + RESP_PKTS] = events[resp + PACKETS]
    out[at + RESP_IP_BYTES] = events[resp + IP_BYTES]
    out[at + MISSED_BYTES] = events[orig + MISSED] + events[resp + MISSED]
