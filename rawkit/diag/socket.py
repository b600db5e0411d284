"""A socket as the kernel tells it, and the names of ss(8) for states and kinds of sockets."""

from __future__ import annotations

from socket import SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM
from typing import Final, NamedTuple

from rawkit.facts import ip_protocols
from rawkit.values import dataclass

TIMERS: Final = ("", "on", "keepalive", "timewait", "persist")
"""What a TCP socket waits for, by `idiag_timer`, in ss's words; `on` is a retransmission."""
MPTCP: Final = 262
"""IPPROTO_MPTCP, which is no protocol of IP: a message has one byte for those."""
TYPES: Final[dict[int, str]] = {
    SOCK_STREAM: "stream",
    SOCK_DGRAM: "dgram",
    SOCK_RAW: "raw",
    SOCK_SEQPACKET: "seqpacket",
}
UNIX_NETIDS: Final[dict[int, str]] = {SOCK_STREAM: "u_str", SOCK_DGRAM: "u_dgr", SOCK_SEQPACKET: "u_seq"}
PACKET_NETIDS: Final[dict[int, str]] = {SOCK_RAW: "p_raw", SOCK_DGRAM: "p_dgr"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sockets.

    Attributes:
        table: the group of sockets that is asked for at once: `tcp`, `unix`, `packet` …
        type: `stream`, `dgram`, `seqpacket` or `raw`.
        protocol: the number that the kernel is asked with; 0 where the family has no such number.
    """

    table: str
    type: str
    protocol: int = 0


KINDS: Final = {
    "tcp": Kind("tcp", "stream", ip_protocols.TCP),
    "mptcp": Kind("mptcp", "stream", MPTCP),
    "udp": Kind("udp", "dgram", ip_protocols.UDP),
    "udplite": Kind("udplite", "dgram", ip_protocols.UDPLITE),
    "raw": Kind("raw", "raw", 255),
    "icmp": Kind("icmp", "dgram", ip_protocols.ICMP),
    **{netid: Kind("unix", TYPES[number]) for number, netid in UNIX_NETIDS.items()},
    **{netid: Kind("packet", TYPES[number]) for number, netid in PACKET_NETIDS.items()},
    "nl": Kind("netlink", "raw"),
}
"""The kinds by ss's Netid. `icmp` are ping sockets (icmp(7)), which no kernel has a sock_diag of."""
TABLES: Final = tuple(dict.fromkeys(kind.table for kind in KINDS.values()))
INET: Final = ("tcp", "mptcp", "udp", "udplite", "raw", "icmp")
"""The tables of IPv4 and IPv6."""


class Socket(NamedTuple):
    """A socket.

    Attributes:
        netid: its kind, a key of `KINDS`.
        state: as ss calls it; `UNCONN` where its kind has no states.
        recv_q: bytes that wait to be read; of a listener, connections that wait to be accepted.
        send_q: bytes that wait to be sent or acknowledged; of a listener, the most that may wait.
        local: its address; of a Unix socket its path, or `@` and its abstract name; of a packet socket the protocol; of
            a netlink socket the subsystem. Empty where there is none.
        local_port: its port; of a raw socket the protocol; of a netlink socket its port id.
        remote: whom it is connected to, as `local`.
        remote_port: as `local_port`.
        interface: the index of the interface that it is bound to; 0 for none.
        uid: the user that made it; None where the kernel does not say.
        inode: by which processes hold it; 0 where none does, as in TIME-WAIT.
        cookie: names it as long as the kernel runs; 0 where that was not told.
        peer: of a Unix socket the inode of the one that it is connected to; 0 where there is none.
        timer: what it waits for, an index of `TIMERS`.
        retransmits: how often what it waits for was sent again.
        expires_ms: milliseconds until then.
        attributes: what the kernel said besides (`rawkit.diag.details`).
        is_diag: whether sock_diag told it, not /proc.
    """

    netid: str
    state: str
    recv_q: int
    send_q: int
    local: str
    local_port: int
    remote: str
    remote_port: int
    interface: int = 0
    uid: int | None = None
    inode: int = 0
    cookie: int = 0
    peer: int = 0
    timer: int = 0
    retransmits: int = 0
    expires_ms: int = 0
    attributes: bytes = b""
    is_diag: bool = True

    @property
    def family(self) -> str:
        """`inet`, `inet6`, `unix`, `packet` or `netlink`."""
        table = KINDS[self.netid].table
        return table if table not in INET else "inet6" if ":" in self.local else "inet"

    @property
    def type(self) -> str:
        """`stream`, `dgram`, `seqpacket` or `raw`."""
        return KINDS[self.netid].type
