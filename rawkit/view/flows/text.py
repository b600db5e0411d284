"""The `flows` view: a connection, a line. Text is written here, records by `rawkit.view.flows.records`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from rawkit.facts import ip_protocols
from rawkit.view.text import pause
from rawkit.wire import names

if TYPE_CHECKING:
    from rawkit.flow.conn_log.record import FlowRecord
    from rawkit.view.moments import When


def line(flow: FlowRecord, when: When) -> str:
    """The flow as a line of text."""
    tags = f", vlan {vlan(flow)}" if flow.vlan is not None else ""
    tunnel = f", in {' and '.join(flow.tunnel_parents)}" if flow.tunnel_parents else ""
    return (
        f"{when(flow.ts)}{protocol(flow)} {flow.orig} > {flow.resp}: {flow.conn_state} {flow.history or '-'}, "
        f"{pause(flow.duration)}, {flow.orig_pkts} > {flow.resp_pkts} packets, "
        f"{flow.orig_bytes} > {flow.resp_bytes} bytes{tags}{tunnel}"
    )


def protocol(flow: FlowRecord) -> str:
    """What the protocol of a flow is called."""
    if flow.proto != "unknown_transport":
        return flow.proto
    return _SHORT.get(flow.ip_proto, names.ip_protocol(flow.ip_proto).lower())


def vlan(flow: FlowRecord) -> str:
    """The VLAN ids of a flow, the outer one first; nothing where it has none."""
    return "" if flow.vlan is None else f"{flow.vlan}" + (f"/{flow.inner_vlan}" if flow.inner_vlan else "")


_SHORT: Final = {ip_protocols.DCCP: "dccp"}
"""For people; Wireshark writes its name out."""


def zeek_header(types: Mapping[str, str]) -> str:
    """The lines that a Zeek log begins with, of columns and their types."""
    return "\n".join(
        (
            "#separator \\x09",
            "#set_separator\t,",
            "#empty_field\t(empty)",
            "#unset_field\t-",
            "#path\tconn",
            "#fields\t" + "\t".join(types),
            "#types\t" + "\t".join(types.values()),
        )
    )
