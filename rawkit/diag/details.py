"""What an answer says of a socket beside its addresses: attributes by their names, unknown ones in hex."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from sys import byteorder
from typing import Any, Final

from rawkit.diag import inet, netlinks, packet, unix
from rawkit.diag.fields import WORD, flags, row, structure
from rawkit.diag.memory import INET_MEMORY, SOCKET_MEMORY
from rawkit.diag.socket import Socket
from rawkit.diag.tcp_info import BBR, CA_STATES, DCTCP, MPTCP_INFO, OPTIONS, TCP_INFO, VEGAS
from rawkit.values import dataclass
from rawkit.wire.netlink import attributes

UNKNOWN: Final = "unknown"
"""Under which attributes are kept that have no name here."""
SOCKET_MEMORY_NAME: Final = "skmem"
TCP_INFO_NAME: Final = "tcp_info"


@dataclass(frozen=True, slots=True)
class Detail:
    """An attribute.

    Attributes:
        name: what JSON calls it.
        doc: what it is, in Markdown.
        read: its value, of its bytes.
    """

    name: str
    doc: str
    read: Callable[[bytes], Any]


def number(raw: bytes) -> int:
    """A number of so many bytes as there are."""
    return int.from_bytes(raw, byteorder)


def bits(words: Mapping[int, str], raw: bytes) -> list[str]:
    """The words of the bits that are set; those without one in hex.

    >>> bits({1: "rcv", 2: "snd"}, bytes([7]))
    ['rcv', 'snd', '0x4']
    """
    found = number(raw)
    rest = found & ~sum(words)
    return [word for bit, word in words.items() if found & bit] + ([f"0x{rest:x}"] if rest else [])


def text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("ascii", "backslashreplace")


def numbers(raw: bytes) -> list[int]:
    """As many 32-bit numbers as there are."""
    return [number(raw[at : at + WORD]) for at in range(0, len(raw) - WORD + 1, WORD)]


def groups(raw: bytes) -> list[int]:
    """The multicast groups of a bitmap, counted from 1 (netlink(7)).

    >>> groups(bytes([0b101, 1]))
    [1, 3, 9]
    """
    found = number(raw)
    return [place + 1 for place in range(found.bit_length()) if found >> place & 1]


_TCP_INFO: Final = structure(TCP_INFO)


def tcp_info(raw: bytes) -> dict[str, Any]:
    """TCP_INFO, its options and the state of congestion control in words.

    >>> told = tcp_info(bytes([1, 0, 0, 0, 0, 7, 0x77, 0]) + (204_000).to_bytes(4, byteorder))
    >>> told["options"], told["ca_state"], told["snd_wscale"], told["rto"], "rtt" in told
    (['ts', 'sack', 'wscale'], 'open', 7, 204000, False)
    """
    found = _TCP_INFO(raw)
    if "options" in found:
        found["options"] = bits(OPTIONS, bytes([found["options"]]))
    state = found.get("ca_state")
    if state is not None and state < len(CA_STATES):
        found["ca_state"] = CA_STATES[state]
    return found


SHUTDOWN: Final = {1: "rcv", 2: "snd"}
"""What shutdown(2) ended (RCV_SHUTDOWN, SEND_SHUTDOWN)."""
SOCKET_OPTIONS: Final = flags(
    "recverr is_icsk freebind hdrincl mc_loop transparent mc_all nodefrag bind_address_no_port recverr_rfc4884 "
    "defer_connect"
)
"""struct inet_diag_sockopt, a bit each."""
PACKET_INFO: Final = row(WORD, "index version reserve copy_thresh tstamp flags")
RING: Final = row(WORD, "block_size block_nr frame_size frame_nr retire_tmo sizeof_priv features")
NETLINK_FLAGS: Final = flags("cb_running pktinfo broadcast_error no_enobufs listen_all_nsid cap_ack")
_SKMEM: Final = Detail(SOCKET_MEMORY_NAME, "memory: what its buffers hold and may hold", structure(SOCKET_MEMORY))
_SHUT: Final = Detail("shutdown", "the directions that shutdown(2) ended", partial(bits, SHUTDOWN))

INET: Final = {
    1: Detail("mem", "memory, as older kernels tell it", structure(INET_MEMORY)),
    2: Detail(TCP_INFO_NAME, "TCP_INFO", tcp_info),
    3: Detail("vegas", "congestion control: Vegas", structure(VEGAS)),
    4: Detail("congestion", "congestion control: its name", text),
    5: Detail("tos", "TOS byte", number),
    6: Detail("tclass", "traffic class", number),
    7: _SKMEM,
    8: _SHUT,
    9: Detail("dctcp", "congestion control: DCTCP", structure(DCTCP)),
    10: Detail("protocol", "protocol of a raw socket", number),
    11: Detail("v6only", "1 where an IPv6 socket takes no IPv4 (IPV6_V6ONLY)", number),
    15: Detail("mark", "mark for rules (fwmark); CAP_NET_ADMIN", number),
    16: Detail("bbr", "congestion control: BBR", structure(BBR)),
    17: Detail("class_id", "traffic class of tc", number),
    21: Detail("cgroup_id", "control group, by its inode", number),
    22: Detail("sockopt", "options that are set", partial(bits, SOCKET_OPTIONS)),
}
"""INET_DIAG_*."""
V6ONLY: Final = 11
CGROUP_ID: Final = 21
MPTCP: Final = INET | {2: Detail("mptcp_info", "struct mptcp_info", structure(MPTCP_INFO))}
UNIX: Final = {
    unix.NAME: Detail("name", "path, or abstract name", unix.name),
    unix.VFS: Detail("file", "inode and device of the path", structure(row(WORD, "inode dev"))),
    unix.PEER: Detail("peer", "inode of the socket that it is connected to", number),
    unix.ICONS: Detail("pending", "inodes of sockets that wait to be accepted", numbers),
    unix.RQLEN: Detail("queues", "as recv_q and send_q", structure(row(WORD, "received sent"))),
    unix.MEMINFO: _SKMEM,
    unix.SHUTDOWN: _SHUT,
    unix.UID: Detail("uid", "user", number),
}
PACKET: Final = {
    packet.INFO: Detail("packet_info", "struct packet_diag_info", structure(PACKET_INFO)),
    packet.MCLIST: Detail("memberships", "PACKET_ADD_MEMBERSHIP, in hex", bytes.hex),
    packet.RX_RING: Detail("rx_ring", "receive ring", structure(RING)),
    packet.TX_RING: Detail("tx_ring", "transmit ring", structure(RING)),
    packet.FANOUT: Detail("fanout", "PACKET_FANOUT", number),
    packet.UID: Detail("uid", "user", number),
    packet.MEMINFO: _SKMEM,
    packet.FILTER: Detail("filter", "BPF program, in hex", bytes.hex),
}
NETLINK: Final = {
    netlinks.MEMINFO: _SKMEM,
    netlinks.GROUPS: Detail("groups", "multicast groups", groups),
    netlinks.RX_RING: Detail("rx_ring", "receive ring", bytes.hex),
    netlinks.TX_RING: Detail("tx_ring", "transmit ring", bytes.hex),
    netlinks.FLAGS: Detail("flags", "options that are set", partial(bits, NETLINK_FLAGS)),
}
_OF_FAMILY: Final = {"unix": UNIX, "packet": PACKET, "netlink": NETLINK}
IN_COLUMNS: Final = ("name", "peer", "queues", "uid")
"""What a socket has as a column of its own."""


def details(socket: Socket) -> dict[str, Any]:
    """The attributes of a socket by name; those that are not known as hex, by number, under `unknown`.

    >>> from rawkit.wire.netlink import attribute
    >>> raw = attribute(4, b"cubic\\0") + attribute(8, b"\\3") + attribute(99, b"\\xab")
    >>> details(Socket("tcp", "ESTAB", 0, 0, "", 0, "", 0, attributes=raw))
    {'congestion': 'cubic', 'shutdown': ['rcv', 'snd'], 'unknown': {'99': 'ab'}}
    """
    known = known_of(socket)
    found: dict[str, Any] = {}
    unknown: dict[str, str] = {}
    for kind, raw in attributes(socket.attributes):
        detail = known.get(kind)
        if detail is None:
            unknown[str(kind)] = raw.hex()
        elif detail.name not in IN_COLUMNS:
            found[detail.name] = detail.read(raw)
    return found | ({UNKNOWN: unknown} if unknown else {})


def known_of(socket: Socket) -> Mapping[int, Detail]:
    """The attributes that a socket of this kind may have."""
    if inet.is_mptcp(socket.netid):
        return MPTCP
    return _OF_FAMILY.get(socket.family, INET)


def is_v6only(socket: Socket) -> bool:
    """Whether an IPv6 socket takes no IPv4."""
    return any(kind == V6ONLY and number(raw) for kind, raw in attributes(socket.attributes))
