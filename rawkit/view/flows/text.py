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
    return composed(
        when(flow.ts), protocol(flow), str(flow.orig), str(flow.resp), flow.conn_state,
        flow.history, flow.duration, flow.orig_pkts, flow.resp_pkts, flow.orig_bytes, flow.resp_bytes,
        about(flow.vlan, flow.inner_vlan, flow.tunnel_parents),
    )  # fmt: skip


def composed(
    moment: str, name: str, orig: str, resp: str, conn_state: str, history: str, duration: int, orig_pkts: int,
    resp_pkts: int, orig_bytes: int, resp_bytes: int, rest: str,
) -> str:  # fmt: skip
    """The line of what was found: columns of `FlowRecord`, but for the time, the name and the rest, as written."""
    return (
        f"{moment}{name} {orig} > {resp}: {conn_state} {history or '-'}, {pause(duration)}, "
        f"{orig_pkts} > {resp_pkts} packets, {orig_bytes} > {resp_bytes} bytes{rest}"
    )


def name_of(proto: str, ip_proto: int) -> str:
    """What the protocol is called, conn.log's word where it has one."""
    return _SHORT.get(ip_proto, names.ip_protocol(ip_proto).lower()) if proto == "unknown_transport" else proto


def about(vlan: int | None, inner_vlan: int | None, tunnel_parents: tuple[str, ...]) -> str:
    """What only some flows have."""
    tags = "" if vlan is None else f", vlan {vlans(vlan, inner_vlan)}"
    return f"{tags}, in {' and '.join(tunnel_parents)}" if tunnel_parents else tags


def protocol(flow: FlowRecord) -> str:
    """What the protocol of a flow is called."""
    return name_of(flow.proto, flow.ip_proto)


def vlans(vlan: int | None, inner_vlan: int | None) -> str:
    """The VLAN ids of a flow, the outer one first; nothing where it has none."""
    return "" if vlan is None else f"{vlan}" + (f"/{inner_vlan}" if inner_vlan else "")


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
