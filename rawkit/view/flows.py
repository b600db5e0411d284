"""The `flows` view: a connection, a line; as text, JSON and CSV, and as a conn.log that Zeek's tools read."""

from __future__ import annotations

from typing import Any

from rawkit.flow.records import FlowRecord
from rawkit.view.text import clock, epoch, pause
from rawkit.wire import names

NAMES = (
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "duration", "orig_bytes", "resp_bytes",
    "conn_state", "missed_bytes", "history", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "ip_proto",
    "vlan", "inner_vlan", "community_id", "tcp.completeness", "tcp.stream", "udp.stream",
)  # fmt: skip


def values(flow: FlowRecord) -> dict[str, Any]:
    """The flow as JSON has it: conn.log's fields; `ts` and `duration` are seconds, exact to the nanosecond."""
    return {
        "ts": epoch(flow.ts),
        "uid": flow.uid,
        "id.orig_h": flow.orig.address,
        "id.orig_p": flow.orig.port,
        "id.resp_h": flow.resp.address,
        "id.resp_p": flow.resp.port,
        "proto": flow.proto,
        "duration": epoch(flow.duration),
        "orig_bytes": flow.orig_bytes,
        "resp_bytes": flow.resp_bytes,
        "conn_state": flow.conn_state,
        "missed_bytes": flow.missed_bytes,
        "history": flow.history or None,
        "orig_pkts": flow.orig_pkts,
        "orig_ip_bytes": flow.orig_ip_bytes,
        "resp_pkts": flow.resp_pkts,
        "resp_ip_bytes": flow.resp_ip_bytes,
        "ip_proto": flow.ip_proto,
        "vlan": flow.vlan,
        "inner_vlan": flow.inner_vlan,
        "community_id": flow.community_id,
        "tcp.completeness": flow.completeness,
        "tcp.stream": flow.stream if flow.ip_proto == 6 else None,
        "udp.stream": flow.stream if flow.ip_proto != 6 else None,
    }


def line(flow: FlowRecord) -> str:
    """The flow as a line of text."""
    name = names.ip_protocol(flow.ip_proto).lower() if flow.proto == "unknown_transport" else flow.proto
    vlan = "" if flow.vlan is None else f", vlan {flow.vlan}" + (f"/{flow.inner_vlan}" if flow.inner_vlan else "")
    return (
        f"{clock(flow.ts)} {name} {flow.orig} > {flow.resp}: {flow.conn_state} {flow.history or '-'}, "
        f"{pause(flow.duration)}, {flow.orig_pkts} > {flow.resp_pkts} packets, "
        f"{flow.orig_bytes} > {flow.resp_bytes} bytes{vlan}"
    )


ZEEK_TYPES = {
    "ts": "time", "uid": "string", "id.orig_h": "addr", "id.orig_p": "port", "id.resp_h": "addr", "id.resp_p": "port",
    "proto": "enum", "duration": "interval", "conn_state": "string", "history": "string", "vlan": "int",
    "inner_vlan": "int", "community_id": "string",
}  # fmt: skip


def zeek_header() -> str:
    """The lines that a Zeek log begins with; types not named are counts."""
    return "\n".join(
        (
            "#separator \\x09",
            "#set_separator\t,",
            "#empty_field\t(empty)",
            "#unset_field\t-",
            "#path\tconn",
            "#fields\t" + "\t".join(NAMES),
            "#types\t" + "\t".join(ZEEK_TYPES.get(name, "count") for name in NAMES),
        )
    )


def zeek_line(flow: FlowRecord) -> str:
    """The flow as a line of a Zeek log."""
    return "\t".join("-" if value is None else str(value) for value in values(flow).values())
