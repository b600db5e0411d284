"""The network interfaces of this network namespace, as rtnetlink tells of them (rtnetlink(7), netdevice(7))."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from typing import Any, Final

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.sockets.device import link_type_of, sent_type_of
from rawkit.values import dataclass
from rawkit.wire.address import mac

InterfaceAddress = IPv4Interface | IPv6Interface

IFF_UP: Final = 0x1
IFF_LOOPBACK: Final = 0x8
IFF_POINTOPOINT: Final = 0x10
IFF_NOARP: Final = 0x80


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
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        found = [_interface(link, netlink) for link in netlink.get_links()]
    return tuple(sorted(found, key=lambda one: one.index))


def interface(which: str | int) -> SystemInterface:
    """The interface of a name or index; TargetError where there is none.

    >>> interface("lo").is_loopback, interface(1).mac
    (True, b'\\x00\\x00\\x00\\x00\\x00\\x00')
    """
    from pyroute2 import IPRoute, NetlinkError

    wanted = {"ifname": which} if isinstance(which, str) else {"index": which}
    with IPRoute() as netlink:
        try:
            found = [_interface(link, netlink) for link in netlink.link("get", **wanted)]
        except NetlinkError as error:
            if error.code not in (errno.ENODEV, errno.EINVAL, errno.ERANGE):
                raise
            found = []
    if not found:
        raise TargetError(f"no interface {which!r}: name one that `ip link` lists")
    return found[0]


def _interface(link: Any, netlink: Any) -> SystemInterface:
    link_type = link_type_of(link["ifi_type"])
    address = link.get("address")
    return SystemInterface(
        index=link["index"],
        name=link.get("ifname"),
        link_type=link_type,
        mtu=link.get("mtu"),
        mac=mac(address) if link_type == linktypes.ETHERNET and address else None,
        addresses=tuple(_addresses(netlink, link["index"])),
        flags=link["flags"],
        state=link.get("operstate").lower(),
        takes=sent_type_of(link["ifi_type"]),
    )


def _addresses(netlink: Any, index: int) -> Iterator[InterfaceAddress]:
    for one in netlink.get_addr(index=index):
        # Of a point-to-point link, `address` is the other end.
        own = one.get("local") or one.get("address")
        yield ip_interface(f"{own}/{one['prefixlen']}")
