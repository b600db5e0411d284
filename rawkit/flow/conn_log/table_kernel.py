# Written by scripts/generate from rawkit/flow/conn_log/columns.py: change it there, not here.

"""What conn.log says of many ended flows, as numbers: a row a flow, the slots below in it."""

from __future__ import annotations

from typing import Final

from rawkit.flow.conn_log.record_kernel import completeness, conn_state, name_part, proto, size, tcp_stream, udp_stream
from rawkit.flow.conn_log.slots_kernel import put_address_slots, put_history_slots, put_parent_slots
from rawkit.flow.layout import EVENT_ROW, EVENT_WIDTH, IP_BYTES, LAST, MISSED, ORIGINATOR, PACKETS, START
from rawkit.flow.row_kernel import inner_vlan, ip_protocol, originator, outer_vlan, port, responder
from rawkit.kernels import Ints

FORCE_INLINE: Final = True

TS = 0
UID = 1
ID_ORIG_H = 3
ID_ORIG_P = 6
ID_RESP_H = 7
ID_RESP_P = 10
PROTO = 11
DURATION = 12
ORIG_BYTES = 13
RESP_BYTES = 14
CONN_STATE = 15
MISSED_BYTES = 16
HISTORY = 17
ORIG_PKTS = 21
ORIG_IP_BYTES = 22
RESP_PKTS = 23
RESP_IP_BYTES = 24
TUNNEL_PARENTS = 25
IP_PROTO = 33
VLAN = 34
INNER_VLAN = 35
TCP_COMPLETENESS = 36
TCP_STREAM = 37
UDP_STREAM = 38

WIDTH = 39


def record_numbers(events: Ints, count: int, out: Ints) -> None:
    """Writes a row of WIDTH numbers for each of `count` FLOW_END events."""
    for i in range(count):
        put_numbers(events, i * EVENT_WIDTH + EVENT_ROW, out, i * WIDTH)


def put_numbers(flows: Ints, base: int, out: Ints, at: int) -> None:
    opener = flows[base + ORIGINATOR]
    orig = originator(flows, base)
    resp = responder(flows, base)
    out[at + TS] = flows[base + START]
    for part in range(2):
        out[at + UID + part] = name_part(flows, base, part)
    put_address_slots(flows, base, opener, out, at + ID_ORIG_H)
    out[at + ID_ORIG_P] = port(flows, base, opener)
    put_address_slots(flows, base, 1 - opener, out, at + ID_RESP_H)
    out[at + ID_RESP_P] = port(flows, base, 1 - opener)
    out[at + PROTO] = proto(flows, base)
    out[at + DURATION] = flows[base + LAST] - flows[base + START]
    out[at + ORIG_BYTES] = size(flows, base, orig, resp)
    out[at + RESP_BYTES] = size(flows, base, resp, orig)
    out[at + CONN_STATE] = conn_state(flows, base)
    out[at + MISSED_BYTES] = flows[orig + MISSED] + flows[resp + MISSED]
    put_history_slots(flows, base, out, at + HISTORY)
    out[at + ORIG_PKTS] = flows[orig + PACKETS]
    out[at + ORIG_IP_BYTES] = flows[orig + IP_BYTES]
    out[at + RESP_PKTS] = flows[resp + PACKETS]
    out[at + RESP_IP_BYTES] = flows[resp + IP_BYTES]
    put_parent_slots(flows, base, out, at + TUNNEL_PARENTS)
    out[at + IP_PROTO] = ip_protocol(flows, base)
    out[at + VLAN] = outer_vlan(flows, base)
    out[at + INNER_VLAN] = inner_vlan(flows, base)
    out[at + TCP_COMPLETENESS] = completeness(flows, base)
    out[at + TCP_STREAM] = tcp_stream(flows, base)
    out[at + UDP_STREAM] = udp_stream(flows, base)
