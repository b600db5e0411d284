"""Flows as records of Zeek's conn.log, with Wireshark's `tcp.completeness` and `tcp.stream` beside them."""

from __future__ import annotations

from dataclasses import dataclass

from rawkit.flow import layout
from rawkit.flow.conn_log.record_kernel import conn_state, size
from rawkit.flow.endpoints import Endpoint, Row, community_id, protocol, uid
from rawkit.flow.events import endpoints, sides
from rawkit.flow.row_kernel import inner_vlan, originator, outer_vlan, responder
from rawkit.flow.tcp.states import history_text


@dataclass(frozen=True, slots=True)
class FlowRecord:
    """One line of conn.log; the names of its columns are in `rawkit.view.flows.text`.

    Attributes:
        ts: the first packet, nanoseconds since the epoch.
        uid: the connection's name.
        orig: who opened it.
        resp: the other.
        proto: `tcp`, `udp`, `icmp` (both versions) or `unknown_transport`.
        ip_proto: IP protocol number.
        duration: nanoseconds from the first packet to the last.
        orig_bytes: payload bytes of the originator; of TCP from sequence numbers, each byte once.
        resp_bytes: the same of the responder.
        conn_state: Zeek's name for how it went.
        missed_bytes: bytes that were acknowledged and never seen.
        history: Zeek's letters.
        orig_pkts: packets of the originator.
        orig_ip_bytes: their IP total lengths.
        resp_pkts: packets of the responder.
        resp_ip_bytes: their IP total lengths.
        vlan: outermost VLAN id.
        inner_vlan: innermost VLAN id, of two or more.
        community_id: version 1, seed 0.
        completeness: `tcp.completeness`, of TCP.
        stream: `tcp.stream` or `udp.stream`.
    """

    ts: int
    uid: str
    orig: Endpoint
    resp: Endpoint
    proto: str
    ip_proto: int
    duration: int
    orig_bytes: int
    resp_bytes: int
    conn_state: str
    missed_bytes: int
    history: str
    orig_pkts: int
    orig_ip_bytes: int
    resp_pkts: int
    resp_ip_bytes: int
    vlan: int | None
    inner_vlan: int | None
    community_id: str
    completeness: int | None
    stream: int | None


def flow_record(row: Row) -> FlowRecord:
    """The record that a FLOW_END event tells of."""
    orig, resp = endpoints(row)
    opener, answerer = sides(row)
    number = protocol(row)
    is_tcp = number == 6
    first, second = originator(row, 0), responder(row, 0)
    history = history_text(tuple(row[layout.HISTORY : layout.HISTORY_LENGTH]), row[layout.HISTORY_LENGTH])
    return FlowRecord(
        ts=row[layout.START],
        uid=uid(row),
        orig=orig,
        resp=resp,
        proto=PROTOCOLS.get(number, "unknown_transport"),
        ip_proto=number,
        duration=row[layout.LAST] - row[layout.START],
        orig_bytes=size(row, 0, first, second),
        resp_bytes=size(row, 0, second, first),
        conn_state=layout.CONN_STATES[conn_state(row, 0)],
        missed_bytes=opener[layout.MISSED] + answerer[layout.MISSED],
        history=history,
        orig_pkts=opener[layout.PACKETS],
        orig_ip_bytes=opener[layout.IP_BYTES],
        resp_pkts=answerer[layout.PACKETS],
        resp_ip_bytes=answerer[layout.IP_BYTES],
        vlan=_present(outer_vlan(row, 0)),
        inner_vlan=_present(inner_vlan(row, 0)),
        community_id=community_id(row),
        completeness=row[layout.COMPLETENESS] if is_tcp else None,
        stream=row[layout.STREAM] if row[layout.STREAM] >= 0 else None,
    )


def _present(number: int) -> int | None:
    return None if number < 0 else number


PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp"}
