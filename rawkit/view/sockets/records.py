"""Sockets as JSON, CSV and tables: one declaration a field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

from rawkit.diag.details import details
from rawkit.diag.socket import INET, KINDS, TIMERS, Socket
from rawkit.values import dataclass
from rawkit.view.lines import csv_line, json_line
from rawkit.view.sockets.facts import Facts, holder_text

DETAILS: Final = "details"
"""The field of what the kernel says besides, which JSON has as an object."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field.

    Attributes:
        name: its name.
        doc: what it is, in Markdown.
        value: finds it: a number, a text, a list of texts or an object; None where the socket has none.
        kind: what a table makes of it; None where that has no column for it.
    """

    name: str
    doc: str
    value: Callable[[Socket, Facts], Any]
    kind: Literal["number", "text", "words"] | None = "text"


def _inet(socket: Socket) -> bool:
    return KINDS[socket.netid].table in INET


def _port(socket: Socket, port: int) -> int | None:
    """A port, a raw socket's protocol, a netlink socket's port id; None where there is none."""
    return port if port or (socket.netid == "nl") else None


def _held(holders: Sequence[Any]) -> list[str] | None:
    return [holder_text(holder) for holder in holders] or None


FIELDS: Final = (
    Field("netid", "kind of socket, as ss calls it: `tcp`, `udp`, `u_str` …", lambda one, _: one.netid),
    Field("family", "`inet`, `inet6`, `unix`, `packet` or `netlink`", lambda one, _: one.family),
    Field("type", "`stream`, `dgram`, `seqpacket` or `raw`", lambda one, _: one.type),
    Field("state", "as ss calls it; `UNCONN` where a kind has no states", lambda one, _: one.state),
    Field("recv_q", "bytes that wait to be read; of a listener, connections that wait to be accepted",
          lambda one, _: one.recv_q, "number"),
    Field("send_q", "bytes that wait to be sent or acknowledged; of a listener, the most that may wait",
          lambda one, _: one.send_q, "number"),
    Field("local", "address; of a Unix socket its path, or `@` and its abstract name; of a packet socket the protocol; "
          "of a netlink socket the subsystem", lambda one, _: one.local or None),
    Field("local_port", "port; of a raw socket the protocol, of a netlink socket the port id",
          lambda one, _: _port(one, one.local_port), "number"),
    Field("remote", "the address that it is connected to; of a Unix socket the name of its peer",
          lambda one, facts: (one.remote if _inet(one) else facts.unix_name(one.peer) if one.peer else "") or None),
    Field("remote_port", "and its port", lambda one, _: one.remote_port or None, "number"),
    Field("peer_inode", "of a Unix socket, the inode of its peer", lambda one, _: one.peer or None, "number"),
    Field("interface", "the interface that it is bound to",
          lambda one, facts: facts.interface(one.interface) if one.interface else None),
    Field("timer", "what it waits for: `on` (to send again), `keepalive`, `timewait`, `persist`",
          lambda one, _: (TIMERS[one.timer] if one.timer < len(TIMERS) else str(one.timer)) or None),
    Field("timer_ms", "for how many milliseconds more", lambda one, _: one.expires_ms if one.timer else None, "number"),
    Field("retransmits", "how often what it waits for was sent again",
          lambda one, _: one.retransmits if one.timer else None, "number"),
    Field("uid", "the number of the user that made it", lambda one, _: one.uid, "number"),
    Field("user", "and the name", lambda one, facts: None if one.uid is None else facts.user(one.uid)),
    Field("inode", "its inode, by which processes hold it", lambda one, _: one.inode or None, "number"),
    Field("cookie", "its number, as long as the kernel runs", lambda one, _: one.cookie or None, "number"),
    Field("processes", "who holds it: `name[pid]:descriptor` (`-p`)",
          lambda one, facts: _held(facts.holders(one.inode)), "words"),
    Field("peer_processes", "who holds the other end of a Unix socket (`-p`)",
          lambda one, facts: _held(facts.holders(one.peer)) if one.peer else None, "words"),
    Field("cgroup", "control group", lambda one, facts: facts.cgroup(one)),
    Field("netns", "inode of the network namespace", lambda _, facts: facts.network, "number"),
    Field("source", "`sock_diag`, or `proc` where the kernel has no sock_diag of its kind",
          lambda one, _: "sock_diag" if one.is_diag else "proc"),
    Field(DETAILS, "what the kernel says besides (`-m`, `-i`), by name; unknown attributes in hex, by number",
          lambda one, _: details(one) or None, None),
)  # fmt: skip
"""The fields, in order."""


def json_lines(sockets: Sequence[Socket], facts: Facts) -> Iterator[str]:
    """A JSON object a socket, without what it does not have."""
    for one in sockets:
        yield json_line({field.name: field.value(one, facts) for field in FIELDS})


def csv_lines(sockets: Sequence[Socket], facts: Facts) -> Iterator[str]:
    """CSV with a heading; an object is JSON in its cell."""
    yield csv_line(field.name for field in FIELDS)
    for one in sockets:
        yield csv_line(_cell(field.value(one, facts)) for field in FIELDS)


def _cell(value: Any) -> Any:
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else value
