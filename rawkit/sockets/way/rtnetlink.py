"""The kernel's routes and interfaces, asked directly (rtnetlink(7), netdevice(7))."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.sockets import device, netlink
from rawkit.sockets.interfaces import SystemInterface
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress

_ROUTE: Final = struct.Struct("=BBBBBBBBI")  # struct rtmsg
_GETROUTE, _GETRULE = 26, 34
_DST, _SRC, _OIF, _GATEWAY, _PREFSRC, _METRICS, _VIA = 1, 2, 4, 5, 7, 8, 18
_MTU: Final = 2
"""Among the metrics."""
_FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6}
_BITS: Final = {4: 32, 6: 128}
_TYPE: Final = 7
_SIOCGIFMTU: Final = 0x8921


@dataclass(frozen=True, slots=True)
class Found:
    """A route.

    Attributes:
        interface: index of the interface; 0 where it has none.
        gateway: the router, None on the link itself.
        source: the address that the kernel sends from, None where it knows none.
        kind: RTN_* (1 is unicast, 2 local, 3 broadcast).
        mtu: bytes of the largest packet that goes this way, None where the interface alone limits it.
    """

    interface: int
    gateway: IPAddress | None
    source: IPAddress | None
    kind: int
    mtu: int | None


def route_get(address: IPAddress, through: str | None = None, source: IPAddress | None = None) -> Found:
    """The route to an address that the kernel would take.

    Args:
        address: the destination.
        through: name or index of the interface that it is to leave by.
        source: the address that packets come from.

    Raises TargetError where there is none, or no such interface.

    >>> found = route_get(ip_address("127.0.0.1"))
    >>> found.interface, found.gateway, str(found.source)
    (1, None, '127.0.0.1')
    """
    bits = _BITS[address.version]
    attributes = netlink.attribute(_DST, address.packed)
    attributes += netlink.attribute(_OIF, struct.pack("=I", index_of(through))) if through else b""
    if source is not None:
        attributes += netlink.attribute(_SRC, source.packed)
    from_bits = bits if source is not None else 0
    for message, found in _asked(_GETROUTE, netlink.REQUEST, address, (bits, from_bits), attributes, through):
        return _found(message[_TYPE], found)
    raise TargetError(f"{address}: the kernel names no route: see `ip route`")


def index_of(name: str) -> int:
    """The index of the interface of a name, or of that index; TargetError where there is none.

    >>> index_of("lo"), index_of("1")
    (1, 1)
    """
    try:
        return int(name) if name.isdecimal() else socket.if_nametoindex(name)
    except OSError:
        raise TargetError(f"no interface {name!r}: name one that `ip link` lists") from None


def bounds(version: int, most: int) -> list[int] | None:
    """The numbers of the addresses at which another route may begin, or another rule hold, sorted.

    None where the host has more than `most` of either: they are not read to the end.

    >>> int(ip_address("127.0.0.0")) in bounds(4, 1000), bounds(4, 0)
    (True, None)
    """
    nowhere = ip_address("0.0.0.0" if version == 4 else "::")  # noqa: S104
    edges: set[int] = set()
    for kind in (_GETRULE, _GETROUTE):
        for count, (message, found) in enumerate(_asked(kind, netlink.REQUEST | netlink.DUMP, nowhere, (0, 0), b"")):
            if count >= most:
                return None
            prefix = message[1]
            begin = int.from_bytes(found.get(_DST, nowhere.packed), "big")
            edges |= {begin, begin + (1 << _BITS[version] - prefix)}
    return sorted(edges)


def link(index: int) -> SystemInterface:
    """The interface of an index, without its addresses; TargetError where there is none.

    >>> link(1).name, link(1).is_loopback
    ('lo', True)
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        name = device.name_of(control, index)
        if name is None:
            raise TargetError(f"no interface {index}: name one that `ip link` lists")
        request = os.fsencode(name).ljust(40, b"\0")
        flags = struct.unpack_from("=H", fcntl.ioctl(control, device.SIOCGIFFLAGS, request), device.IFNAMSIZ)[0]
        kind, mac = struct.unpack_from("=H6s", fcntl.ioctl(control, device.SIOCGIFHWADDR, request), device.IFNAMSIZ)
        mtu = struct.unpack_from("=i", fcntl.ioctl(control, _SIOCGIFMTU, request), device.IFNAMSIZ)[0]
    link_type = device.link_type_of(kind)
    own = mac if link_type == linktypes.ETHERNET else None
    return SystemInterface(index, name, link_type, mtu, own, (), flags, "unknown", device.sent_type_of(kind))


def _found(kind: int, attributes: dict[int, bytes]) -> Found:
    via = attributes.get(_VIA)  # a router of the other IP version, behind its address family
    gateway = attributes.get(_GATEWAY) or (via[2:] if via else None)
    source = attributes.get(_PREFSRC)
    mtu = dict(netlink.attributes(attributes.get(_METRICS, b""))).get(_MTU, b"")
    return Found(
        interface=int.from_bytes(attributes.get(_OIF, b""), sys.byteorder),
        gateway=ip_address(gateway) if gateway else None,
        source=ip_address(source) if source else None,
        kind=kind,
        mtu=int.from_bytes(mtu, sys.byteorder) or None,
    )


def _asked(
    question: int, flags: int, address: IPAddress, bits: tuple[int, int], attributes: bytes, through: str | None = None
) -> Iterator[tuple[bytes, dict[int, bytes]]]:
    """The message (struct rtmsg, or fib_rule_hdr, which is alike) and the attributes of each route or rule told.

    TargetError for an error.
    """
    body = _ROUTE.pack(_FAMILIES[address.version], *bits, 0, 0, 0, 0, 0, 0) + attributes
    try:
        for _, message in netlink.ask(question, flags, body):
            yield message, dict(netlink.attributes(message[_ROUTE.size :]))
    except OSError as error:
        by = f" through {through}" if through else ""
        raise TargetError(f"{address}: no route{by}: {error.strerror}: see `ip route`") from None
