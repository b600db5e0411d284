"""Packet sockets (packet(7), include/uapi/linux/packet_diag.h)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from socket import AF_PACKET
from struct import Struct
from sys import byteorder
from typing import Final

from rawkit.diag.answers import bodies
from rawkit.diag.memory import queues
from rawkit.diag.socket import PACKET_NETIDS, Socket
from rawkit.diag.states import UNCONN
from rawkit.facts import ethertypes
from rawkit.wire.netlink import attributes

_REQUEST: Final = Struct("=BBxx II Q")
"""struct packet_diag_req: family, protocol, inode, what to show, cookie."""
_MESSAGE: Final = Struct("=BBH IQ")
"""struct packet_diag_msg: family, type, protocol, inode, cookie."""
INFO, MCLIST, RX_RING, TX_RING, FANOUT, UID, MEMINFO, FILTER = range(8)
"""Attributes (PACKET_DIAG_*)."""
_SHOW: Final = 0b010001
"""PACKET_SHOW_INFO, which tells the user too, and PACKET_SHOW_MEMINFO."""
_SHOW_ALL: Final = 0b111111
_ALL: Final = 3
"""ETH_P_ALL."""
_NAMES: Final = {_ALL: "*", ethertypes.IPV4: "ip", ethertypes.IPV6: "ipv6", ethertypes.ARP: "arp"}


def request(*, details: bool = False) -> bytes:
    """The question for all packet sockets."""
    return _REQUEST.pack(AF_PACKET, 0, 0, _SHOW_ALL if details else _SHOW, 0)


def sockets(datagrams: Iterable[bytes]) -> Iterator[Socket]:
    """The sockets of what the kernel answers (`rawkit.diag.answers`); what is too short is none.

    >>> from rawkit.diag.answers import BY_FAMILY
    >>> from rawkit.wire.netlink import message
    >>> told = message(BY_FAMILY, 0, 1, _MESSAGE.pack(AF_PACKET, 3, 0x0806, 9, 1))
    >>> [(one.netid, one.local, one.inode) for one in sockets([told])]
    [('p_raw', 'arp', 9)]
    """
    for body in bodies(datagrams):
        if len(body) < _MESSAGE.size:
            continue
        _, kind, protocol, inode, cookie = _MESSAGE.unpack_from(body)
        more = body[_MESSAGE.size :]
        told = dict(attributes(more))
        received, sent = queues(told.get(MEMINFO, b""))
        uid = told.get(UID, b"")
        yield Socket(
            PACKET_NETIDS.get(kind, "p_raw"), UNCONN, received, sent, protocol_name(protocol), 0, "", 0,
            interface=int.from_bytes(told.get(INFO, b"")[:4], byteorder),
            uid=int.from_bytes(uid, byteorder) if len(uid) == 4 else None, inode=inode, cookie=cookie, attributes=more,
        )  # fmt: skip


def protocol_name(number: int) -> str:
    """What it receives: `*` for all, nothing for a socket that only sends.

    >>> protocol_name(3), protocol_name(0x0800), protocol_name(0x88CC), protocol_name(0)
    ('*', 'ip', '0x88cc', '')
    """
    return _NAMES.get(number) or (f"0x{number:04x}" if number else "")
