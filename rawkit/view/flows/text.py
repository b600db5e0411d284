"""The `flows` view: a connection, a line. Text is written here, records by `rawkit.view.flows.records`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rawkit.view.text import pause
from rawkit.wire import names

if TYPE_CHECKING:
    from rawkit.flow.conn_log.record import FlowRecord
    from rawkit.view.moments import When

NAMES = (
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "duration", "orig_bytes", "resp_bytes",
    "conn_state", "missed_bytes", "history", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "ip_proto",
    "vlan", "inner_vlan", "community_id", "tcp.completeness", "tcp.stream", "udp.stream",
)  # fmt: skip


def line(flow: FlowRecord, when: When) -> str:
    """The flow as a line of text."""
    name = names.ip_protocol(flow.ip_proto).lower() if flow.proto == "unknown_transport" else flow.proto
    vlan = "" if flow.vlan is None else f", vlan {flow.vlan}" + (f"/{flow.inner_vlan}" if flow.inner_vlan else "")
    return (
        f"{when(flow.ts)}{name} {flow.orig} > {flow.resp}: {flow.conn_state} {flow.history or '-'}, "
        f"{pause(flow.duration)}, {flow.orig_pkts} > {flow.resp_pkts} packets, "
        f"{flow.orig_bytes} > {flow.resp_bytes} bytes{vlan}"
    )


ZEEK_TYPES = {
    "ts": "time", "uid": "string", "id.orig_h": "addr", "id.orig_p": "port", "id.resp_h": "addr", "id.resp_p": "port",
    "proto": "enum", "duration": "interval", "conn_state": "string", "history": "string", "vlan": "int",
    "inner_vlan": "int", "community_id": "string", "process.name": "string", "user.name": "string",
}  # fmt: skip


def zeek_header(names: tuple[str, ...] = NAMES) -> str:
    """The lines that a Zeek log begins with; types not named are counts."""
    return "\n".join(
        (
            "#separator \\x09",
            "#set_separator\t,",
            "#empty_field\t(empty)",
            "#unset_field\t-",
            "#path\tconn",
            "#fields\t" + "\t".join(names),
            "#types\t" + "\t".join(ZEEK_TYPES.get(name, "count") for name in names),
        )
    )
