"""Netlink sockets (netlink(7), include/uapi/linux/netlink_diag.h)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from socket import AF_NETLINK
from struct import Struct
from typing import Final

from rawkit.diag.answers import bodies
from rawkit.diag.memory import queues
from rawkit.diag.socket import Socket
from rawkit.diag.states import UNCONN, state_of
from rawkit.wire.netlink import attributes

_REQUEST: Final = Struct("=BBxx II Q")
"""struct netlink_diag_req: family, protocol, inode, what to show, cookie."""
_MESSAGE: Final = Struct("=BBBB III IQ")
"""struct netlink_diag_msg: family, type, protocol, state, port ids, group, inode, cookie."""
MEMINFO, GROUPS, RX_RING, TX_RING, FLAGS = range(5)
"""Attributes (NETLINK_DIAG_*)."""
_SHOW: Final = 0b1011
"""NDIAG_SHOW_MEMINFO, _GROUPS and _FLAGS."""
_ALL: Final = 0xFF
SUBSYSTEMS: Final = {
    0: "rtnl", 2: "usersock", 3: "fw", 4: "tcpdiag", 5: "nflog", 6: "xfrm", 7: "selinux", 8: "iscsi", 9: "audit",
    10: "fiblookup", 11: "connector", 12: "nft", 13: "ip6fw", 14: "dec-rt", 15: "uevent", 16: "genl", 18: "scsi-trans",
    19: "ecryptfs", 20: "rdma", 21: "crypto",
}  # fmt: skip
"""The names that ss has for them (include/uapi/linux/netlink.h, iproute2's nl_proto.c)."""


def request() -> bytes:
    """The question for all netlink sockets."""
    return _REQUEST.pack(AF_NETLINK, _ALL, 0, _SHOW, 0)


def sockets(datagrams: Iterable[bytes]) -> Iterator[Socket]:
    """The sockets of what the kernel answers (`rawkit.diag.answers`); what is too short is none.

    >>> from rawkit.diag.answers import BY_FAMILY
    >>> from rawkit.wire.netlink import message
    >>> told = message(BY_FAMILY, 0, 1, _MESSAGE.pack(AF_NETLINK, 3, 0, 0, 4711, 0, 0, 9, 1))
    >>> [(one.local, one.local_port, one.inode) for one in sockets([told])]
    [('rtnl', 4711, 9)]
    """
    for body in bodies(datagrams):
        if len(body) < _MESSAGE.size:
            continue
        _, _, protocol, state, port, peer, _, inode, cookie = _MESSAGE.unpack_from(body)
        more = body[_MESSAGE.size :]
        received, sent = queues(dict(attributes(more)).get(MEMINFO, b""))
        yield Socket(
            "nl", state_of(state) if state == 1 else UNCONN, received, sent, SUBSYSTEMS.get(protocol, str(protocol)),
            port, "", peer, inode=inode, cookie=cookie, attributes=more,
        )  # fmt: skip
