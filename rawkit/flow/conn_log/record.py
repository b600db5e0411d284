# Written by scripts/generate from rawkit/flow/conn_log/columns.py: change it there, not here.

"""A flow as a value: the columns of Zeek's conn.log, with Wireshark's completeness and stream."""

from __future__ import annotations

from rawkit.flow.conn_log.columns import WORDS
from rawkit.flow.conn_log.record_kernel import completeness, conn_state, proto, size, tcp_stream, udp_stream
from rawkit.flow.endpoints import Endpoint, Row, community_id, endpoint, parents, uid
from rawkit.flow.layout import IP_BYTES, LAST, MISSED, ORIGINATOR, PACKETS, START
from rawkit.flow.row_kernel import inner_vlan, ip_protocol, originator, outer_vlan, responder
from rawkit.flow.tcp.states import row_history
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class FlowRecord:
    """One connection, as a line of conn.log has it; times and pauses are nanoseconds, times since the epoch.

    Attributes:
        ts: the first packet.
        uid: as in handshakes.
        orig: `id.orig_h`, `id.orig_p`: the originator's address; the originator's port; of ICMP the type; 0 where the
            protocol has no ports (in a Zeek log where it is none of TCP, UDP and ICMP).
        resp: `id.resp_h`, `id.resp_p`: the responder's address; the responder's port; of ICMP the type that answers, or
            the code where none does.
        proto: `tcp`, `udp`, `icmp` (of both versions), else `unknown_transport`.
        ip_proto: IP protocol number.
        duration: nanoseconds from the first packet to the last; in a Zeek log, of TCP, to that with which both sides
            have closed.
        orig_bytes: payload of the originator; of TCP by sequence numbers, each byte once; in a Zeek log 0 where it is
            none of TCP, UDP and ICMP.
        resp_bytes: the same of the responder.
        conn_state: how it went (docs/states.md).
        missed_bytes: bytes of TCP that were acknowledged and are not in the capture.
        history: letters as things happen (below); absent where there is none.
        orig_pkts: packets of the originator.
        orig_ip_bytes: their IP headers and all behind, bytes.
        resp_pkts: packets of the responder.
        resp_ip_bytes: the same of these.
        tunnel_parents: the flows that carry this one, by uid: the tunnel around it, in each direction; of several the
            first 4.
        vlan: outermost VLAN id, but for a priority tag (0).
        inner_vlan: innermost VLAN id, where there are two or more tags.
        community_id: Community ID (https://github.com/corelight/community-id-spec), version 1, seed 0.
        completeness: `tcp.completeness`: sum of bits (docs/analysis.md).
        stream: `tcp.stream`, `udp.stream`: as in the packets view.
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
    tunnel_parents: tuple[str, ...]
    vlan: int | None
    inner_vlan: int | None
    community_id: str
    completeness: int | None
    stream: int | None


def flow_record(row: Row) -> FlowRecord:
    """The record that a FLOW_END event tells of."""
    flows, base = row, 0
    opener = flows[base + ORIGINATOR]
    orig = originator(flows, base)
    resp = responder(flows, base)
    return FlowRecord(
        ts=flows[base + START],
        uid=uid(row),
        orig=endpoint(row, opener),
        resp=endpoint(row, 1 - opener),
        proto=WORDS["proto"][proto(flows, base)],
        ip_proto=ip_protocol(flows, base),
        duration=flows[base + LAST] - flows[base + START],
        orig_bytes=size(flows, base, orig, resp),
        resp_bytes=size(flows, base, resp, orig),
        conn_state=WORDS["conn_state"][conn_state(flows, base)],
        missed_bytes=flows[orig + MISSED] + flows[resp + MISSED],
        history=row_history(row),
        orig_pkts=flows[orig + PACKETS],
        orig_ip_bytes=flows[orig + IP_BYTES],
        resp_pkts=flows[resp + PACKETS],
        resp_ip_bytes=flows[resp + IP_BYTES],
        tunnel_parents=parents(row),
        vlan=_present(outer_vlan(flows, base)),
        inner_vlan=_present(inner_vlan(flows, base)),
        community_id=community_id(row),
        completeness=_present(completeness(flows, base)),
        stream=_present(max(tcp_stream(flows, base), udp_stream(flows, base))),
    )


def _present(number: int) -> int | None:
    return None if number < 0 else number
