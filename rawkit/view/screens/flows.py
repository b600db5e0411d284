"""The `flows` view on a terminal."""

from __future__ import annotations

from typing import Any, Final

from rawkit.flow.conn_log.record import FlowRecord
from rawkit.values import dataclass
from rawkit.view.colors import CYAN, GREEN, RED, YELLOW
from rawkit.view.columns import Column
from rawkit.view.flows.owned import Owner
from rawkit.view.flows.text import protocol, vlans
from rawkit.view.moments import When
from rawkit.view.screens.shared import ScreenOf, address, joined, lasted, moment
from rawkit.view.text import counted, pause

COLORS: Final = {
    "SF": GREEN,
    "S1": CYAN,
    **dict.fromkeys(("S0", "S2", "S3", "SH", "SHR"), YELLOW),
    **dict.fromkeys(("REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH"), RED),
}
"""Of the states: closed, open, without an answer or half of it, aborted."""


@dataclass(frozen=True, slots=True)
class OwnedFlow:
    """A flow, and the process that has its socket where that is known."""

    flow: FlowRecord
    owner: Owner | None = None


def columns(when: When) -> tuple[Column[Any], ...]:
    """Who talked to whom, how it went, how long and how much."""
    return (
        Column("STATE", lambda one: one.flow.conn_state, 6, style=lambda one: COLORS.get(one.flow.conn_state, "")),
        moment(when, lambda one: one.flow.ts, rank=3),
        Column("PROTO", lambda one: protocol(one.flow), most=5, rank=1),
        address("ORIGINATOR", lambda one: one.flow.orig),
        address("RESPONDER", lambda one: one.flow.resp),
        Column("DURATION", lambda one: lasted(one.flow.duration), right=True, rank=6),
        Column("SENT", lambda one: str(one.flow.orig_bytes), 5, right=True, rank=4),
        Column("GOT", lambda one: str(one.flow.resp_bytes), 5, right=True, rank=5),
        Column("PKTS", lambda one: str(one.flow.orig_pkts), right=True, rank=8),
        Column("PKTS", lambda one: str(one.flow.resp_pkts), right=True, rank=9),
        Column("VLAN", lambda one: vlans(one.flow.vlan, one.flow.inner_vlan), right=True, rank=10),
        Column("PROCESS", process, rank=2),
        Column("HISTORY", lambda one: one.flow.history, 8, rank=7, fills=True),
    )


def process(one: OwnedFlow) -> str:
    """The process and its user."""
    return f"{one.owner[1]}[{one.owner[0]}] of {one.owner[2]}" if one.owner else ""


def detail(one: OwnedFlow) -> str:
    """What has no column."""
    flow = one.flow
    return joined(
        f"history {flow.history}" if flow.history else "",
        f"{flow.orig_pkts} > {flow.resp_pkts} packets, {flow.orig_ip_bytes} > {flow.resp_ip_bytes} bytes of IP, "
        f"{pause(flow.duration)}",
        f"{counted(flow.missed_bytes, 'byte')} not captured" if flow.missed_bytes else "",
        f"in {' and '.join(flow.tunnel_parents)}" if flow.tunnel_parents else "",
        f"uid {flow.uid}",
        f"community_id {flow.community_id}",
    )


SCREEN: Final = ScreenOf(columns, detail)
