# Written by scripts/generate from rawkit/flow/conn_log/columns.py: change it there, not here.

"""A line of conn.log as JSON, CSV or Zeek's log, field by field."""

from __future__ import annotations

from rawkit.flow.conn_log.record_kernel import completeness, conn_state, proto, size, tcp_stream, udp_stream
from rawkit.flow.layout import IP_BYTES, LAST, MISSED, ORIGINATOR, PACKETS, START
from rawkit.flow.row_kernel import inner_vlan, ip_protocol, originator, outer_vlan, port, responder
from rawkit.kernels import Ints
from rawkit.view.flows.fields_kernel import (
    first,
    key,
    known,
    put_community_id,
    put_endpoint,
    put_history,
    put_optional,
    put_parents,
    put_timed_duration,
    put_uid,
    quote,
    timed,
)
from rawkit.view.numbers_kernel import put_decimal, put_epoch, put_name

# Places in the table of names.
PROTO_PLACE = 0
CONN_STATE_PLACE = 4
LETTER_PLACE = 17

LINE_ROOM = 1022  # bytes that no line is longer than


def put_record(
    flows: Ints, base: int, ids: Ints, i: int, text: Ints, index: Ints, form: int, scratch: Ints, out: Ints, at: int
) -> int:
    """Writes all fields of a flow but the end of the line; returns the place behind them."""
    opener = flows[base + ORIGINATOR]
    orig = originator(flows, base)
    resp = responder(flows, base)
    at = put_epoch(out, first(out, at, b'{"ts":', form), flows[base + START])
    at = quote(out, put_uid(flows, base, out, key(out, at, b',"uid":"', form)), form)
    at = quote(out, put_endpoint(flows, base, opener, scratch, out, key(out, at, b',"id.orig_h":"', form)), form)
    at = put_decimal(out, key(out, at, b',"id.orig_p":', form), known(flows, base, form, port(flows, base, opener)))
    at = quote(out, put_endpoint(flows, base, 1 - opener, scratch, out, key(out, at, b',"id.resp_h":"', form)), form)
    at = put_decimal(out, key(out, at, b',"id.resp_p":', form), known(flows, base, form, port(flows, base, 1 - opener)))
    at = quote(
        out, put_name(out, key(out, at, b',"proto":"', form), text, index, PROTO_PLACE + proto(flows, base)), form
    )
    at = put_timed_duration(flows, base, out, at, b',"duration":', form, flows[base + LAST] - flows[base + START])
    at = put_optional(
        out,
        at,
        b',"orig_bytes":',
        form,
        timed(flows, base, form, known(flows, base, form, size(flows, base, orig, resp))),
    )
    at = put_optional(
        out,
        at,
        b',"resp_bytes":',
        form,
        timed(flows, base, form, known(flows, base, form, size(flows, base, resp, orig))),
    )
    at = quote(
        out,
        put_name(
            out,
            key(out, at, b',"conn_state":"', form),
            text,
            index,
            CONN_STATE_PLACE + known(flows, base, form, conn_state(flows, base)),
        ),
        form,
    )
    at = put_decimal(out, key(out, at, b',"missed_bytes":', form), flows[orig + MISSED] + flows[resp + MISSED])
    at = put_history(flows, base, text, index, LETTER_PLACE, b',"history":"', form, out, at)
    at = put_decimal(out, key(out, at, b',"orig_pkts":', form), flows[orig + PACKETS])
    at = put_decimal(out, key(out, at, b',"orig_ip_bytes":', form), flows[orig + IP_BYTES])
    at = put_decimal(out, key(out, at, b',"resp_pkts":', form), flows[resp + PACKETS])
    at = put_decimal(out, key(out, at, b',"resp_ip_bytes":', form), flows[resp + IP_BYTES])
    at = put_parents(flows, base, b',"tunnel_parents":', form, out, at)
    at = put_decimal(out, key(out, at, b',"ip_proto":', form), ip_protocol(flows, base))
    at = put_optional(out, at, b',"vlan":', form, outer_vlan(flows, base))
    at = put_optional(out, at, b',"inner_vlan":', form, inner_vlan(flows, base))
    at = quote(out, put_community_id(ids, i, out, key(out, at, b',"community_id":"', form)), form)
    at = put_optional(out, at, b',"tcp.completeness":', form, completeness(flows, base))
    at = put_optional(out, at, b',"tcp.stream":', form, tcp_stream(flows, base))
    return put_optional(out, at, b',"udp.stream":', form, udp_stream(flows, base))
