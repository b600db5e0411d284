"""MAC addresses of neighbours, from the kernel's table, which asks for those it does not have (arp(7), RFC 4861)."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import time
from typing import Any, Final

from rawkit.errors import TargetError
from rawkit.sockets.interfaces import SystemInterface
from rawkit.wire.address import IPAddress, mac

TIMEOUT: Final = 3.5
"""Seconds to wait for a neighbour: the kernel asks three times, a second apart."""

NTF_USE: Final = 1
NUD_INCOMPLETE: Final = 0x01
NUD_FAILED: Final = 0x20
RTMGRP_NEIGH: Final = 4
DISCARD: Final = 9
"""The UDP port for datagrams that are to be thrown away (RFC 863)."""


def neighbour_mac(address: IPAddress, interface: SystemInterface, timeout: float = TIMEOUT) -> bytes:
    """The MAC address of a neighbour, 6 bytes.

    If the kernel's table does not have it, the kernel is told to ask, which takes CAP_NET_ADMIN; without that an
    empty UDP datagram to the neighbour's discard port makes it ask.

    Args:
        address: of a host on the interface's link.
        interface: one that has MAC addresses.
        timeout: seconds to wait for the answer.

    Raises TargetError where no answer comes.
    """
    from pyroute2 import IPRoute

    with IPRoute() as netlink, _neighbour_events() as events:
        known = _lookup(netlink, address, interface)
        if not isinstance(known, bytes):
            _ask(netlink, address, interface)
            known = _await(netlink, events, address, interface, time.monotonic() + timeout)
    if isinstance(known, bytes):
        return known
    raise TargetError(f"{address}: no answer on {interface.name} to who has it: see that it is up and on that link")


def _neighbour_events() -> socket.socket:
    """A socket that is readable when something has changed in a neighbour table."""
    events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)  # NETLINK_ROUTE
    events.bind((0, RTMGRP_NEIGH))
    events.setblocking(False)
    return events


def _lookup(netlink: Any, address: IPAddress, interface: SystemInterface) -> bytes | int | None:
    """The MAC address; the state (NUD_*) of an entry that has none; None without an entry."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    for entry in netlink.get_neighbours(family=family, ifindex=interface.index):
        if entry.get("dst") == _plain(address):
            found, state = entry.get("lladdr"), int(entry["state"])
            return mac(found) if found and not state & (NUD_INCOMPLETE | NUD_FAILED) else state
    return None


def _ask(netlink: Any, address: IPAddress, interface: SystemInterface) -> None:
    from pyroute2 import NetlinkError

    try:
        netlink.neigh("add", dst=_plain(address), ifindex=interface.index, state=0, flags=NTF_USE)
    except NetlinkError as error:
        if error.code == errno.EEXIST:
            netlink.neigh("change", dst=_plain(address), ifindex=interface.index, state=0, flags=NTF_USE)
        elif error.code == errno.EPERM:
            _probe(address, interface)
        else:
            raise


def _probe(address: IPAddress, interface: SystemInterface) -> None:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    target = (_plain(address), DISCARD) if address.version == 4 else (_plain(address), DISCARD, 0, interface.index)
    with socket.socket(family, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.name.encode())
        probe.sendto(b"", target)


def _await(
    netlink: Any, events: socket.socket, address: IPAddress, interface: SystemInterface, end: float
) -> bytes | int | None:
    """Waits until the table has an answer, or has given up, or the time is over."""
    while True:
        known = _lookup(netlink, address, interface)
        left = end - time.monotonic()
        if known not in (None, NUD_INCOMPLETE) or left <= 0:
            return known
        select.select([events], [], [], left)
        _drain(events)


def _drain(events: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            events.recv(65536)


def _plain(address: IPAddress) -> str:
    """The address without its scope."""
    return str(address).partition("%")[0]
