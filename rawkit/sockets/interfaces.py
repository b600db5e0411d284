"""The network interfaces of this network namespace, as rtnetlink tells of them (rtnetlink(7), netdevice(7)).

pyroute2, which the lab makes its links with, takes 0.2 s to import: longer than all else that sending a packet needs.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections import defaultdict
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface
from typing import Final

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.sockets import netlink
from rawkit.sockets.device import link_type_of, sent_type_of
from rawkit.values import dataclass

InterfaceAddress = IPv4Interface | IPv6Interface

IFF_UP: Final = 0x1
IFF_LOOPBACK: Final = 0x8
IFF_POINTOPOINT: Final = 0x10
IFF_NOARP: Final = 0x80

_GETLINK, _GETADDR = 18, 22
_LINK: Final = struct.Struct("=BxHiII")  # struct ifinfomsg
_ADDRESS: Final = struct.Struct("=BBBBI")  # struct ifaddrmsg
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_OPERSTATE = 1, 3, 4, 16
_WITHOUT_COUNTERS: Final = netlink.attribute(29, struct.pack("=I", 8))  # IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_STATES: Final = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")
"""By their numbers (RFC 2863, IF_OPER_* of linux/if.h)."""


@dataclass(frozen=True, slots=True)
class SystemInterface:
    """A network interface.

    Attributes:
        index: its number in the kernel.
        name: its name.
        link_type: LINKTYPE number of its frames as a receive ring gives them.
        mtu: bytes of an IP packet that fit into a frame.
        mac: its Ethernet address, 6 bytes; None where its frames have no Ethernet header.
        addresses: its IP addresses with prefix lengths, in the kernel's order.
        flags: IFF_* bits.
        state: operational state in lower case (RFC 2863: `up`, `down`, `lowerlayerdown`, `unknown`, …).
        takes: LINKTYPE number of the frames that can be sent: ETHERNET, or RAW where they are bare IP packets; None
            where none can be made for this kind of link.
    """

    index: int
    name: str
    link_type: int
    mtu: int
    mac: bytes | None
    addresses: tuple[InterfaceAddress, ...]
    flags: int
    state: str
    takes: int | None

    @property
    def is_up(self) -> bool:
        """Whether it is set up; `state` says whether its link works."""
        return bool(self.flags & IFF_UP)

    @property
    def is_loopback(self) -> bool:
        """Whether what it sends comes back to this host."""
        return bool(self.flags & IFF_LOOPBACK)

    @property
    def is_point_to_point(self) -> bool:
        """Whether there is one other end only."""
        return bool(self.flags & IFF_POINTOPOINT)

    @property
    def asks_for_neighbours(self) -> bool:
        """Whether MAC addresses of others are found by ARP and neighbour discovery."""
        return self.mac is not None and not self.flags & (IFF_NOARP | IFF_LOOPBACK)


def interfaces() -> tuple[SystemInterface, ...]:
    """All interfaces, in the order of their indices.

    >>> interfaces()[0].name
    'lo'
    """
    addresses = _addresses()
    found = [_interface(link, addresses) for link in _links(netlink.REQUEST | netlink.DUMP)]
    return tuple(sorted(found, key=lambda one: one.index))


def interface(which: str | int) -> SystemInterface:
    """The interface of a name or index; TargetError where there is none.

    >>> interface("lo").is_loopback, interface(1).mac
    (True, b'\\x00\\x00\\x00\\x00\\x00\\x00')
    """
    is_name = isinstance(which, str)
    named = netlink.attribute(_IFLA_IFNAME, os.fsencode(str(which)) + b"\0") if is_name else b""
    try:
        (found,) = _links(netlink.REQUEST, 0 if is_name else int(which), named)
    except OSError as error:
        if error.errno not in (errno.ENODEV, errno.EINVAL, errno.ERANGE):
            raise
        raise TargetError(f"no interface {which!r}: name one that `ip link` lists") from None
    return _interface(found, _addresses())


def _links(flags: int, index: int = 0, named: bytes = b"") -> list[bytes]:
    """The messages about links: one for the index or the name, or all."""
    body = _LINK.pack(socket.AF_UNSPEC, 0, index, 0, 0) + named + _WITHOUT_COUNTERS
    return [message for _, message in netlink.ask(_GETLINK, flags, body)]


def _interface(link: bytes, addresses: Mapping[int, Sequence[InterfaceAddress]]) -> SystemInterface:
    _, kind, index, flags, _ = _LINK.unpack_from(link)
    said = dict(netlink.attributes(link[_LINK.size :]))
    link_type = link_type_of(kind)
    return SystemInterface(
        index=index,
        name=os.fsdecode(said[_IFLA_IFNAME].rstrip(b"\0")),
        link_type=link_type,
        mtu=int(struct.unpack("=I", said[_IFLA_MTU])[0]),
        mac=said.get(_IFLA_ADDRESS) or None if link_type == linktypes.ETHERNET else None,
        addresses=tuple(addresses.get(index, ())),
        flags=flags,
        state=_STATES[said[_IFLA_OPERSTATE][0]],
        takes=sent_type_of(kind),
    )


def _addresses() -> Mapping[int, Sequence[InterfaceAddress]]:
    """The addresses of each interface, by its index."""
    found: defaultdict[int, list[InterfaceAddress]] = defaultdict(list)
    body = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    for _, message in netlink.ask(_GETADDR, netlink.REQUEST | netlink.DUMP, body):
        family, prefix, _, _, index = _ADDRESS.unpack_from(message)
        if family not in (socket.AF_INET, socket.AF_INET6):
            continue
        said = dict(netlink.attributes(message[_ADDRESS.size :]))
        # Of a point-to-point link, the address is the other end.
        own = ip_address(said.get(_IFA_LOCAL) or said[_IFA_ADDRESS])
        found[index].append(ip_interface((own, prefix)))
    return found
