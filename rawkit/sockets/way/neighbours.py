"""MAC addresses of neighbours, from the kernel's table, which asks for those it does not have (arp(7), RFC 4861)."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from rawkit.errors import TargetError
from rawkit.sockets import netlink
from rawkit.sockets.interfaces import SystemInterface
from rawkit.sockets.pausing import Pause, Steps, blocking
from rawkit.wire.address import IPAddress

TIMEOUT: Final = 3.5
"""Seconds to wait for a neighbour: the kernel asks three times, a second apart."""
LOOK: Final = 0.1
"""Seconds of one wait at most, so that a stop is heeded soon."""
AT_ONCE: Final = 512
"""Neighbours that are asked for at a time: the kernel's table holds 1,024 by default (gc_thresh3 in arp(7))."""

_NEIGHBOUR: Final = struct.Struct("=BBHiHBB")  # struct ndmsg
_NEW, _GET = 28, 30  # RTM_NEWNEIGH, RTM_GETNEIGH
_DST, _LLADDR = 1, 2
_NTF_USE: Final = 1
_INCOMPLETE, _FAILED = 0x01, 0x20
_GROUP: Final = 4  # RTMGRP_NEIGH
_FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6}
_BUFFER: Final = 1 << 16
DISCARD: Final = 9
"""The UDP port for datagrams that are to be thrown away (RFC 863)."""


def neighbour_macs(
    addresses: Iterable[IPAddress],
    interface: SystemInterface,
    timeout: float = TIMEOUT,
    is_stopped: Callable[[], bool] = bool,
) -> dict[IPAddress, bytes]:
    """As `neighbour_steps`; it blocks."""
    return blocking(neighbour_steps(addresses, interface, timeout, is_stopped))


def neighbour_steps(
    addresses: Iterable[IPAddress],
    interface: SystemInterface,
    timeout: float = TIMEOUT,
    is_stopped: Callable[[], bool] = bool,
) -> Steps[dict[IPAddress, bytes]]:
    """The MAC addresses, 6 bytes each, of those neighbours that are there.

    Those that the kernel's table does not have the kernel is told to ask for, which takes CAP_NET_ADMIN; without that
    an empty UDP datagram to the neighbour's discard port makes it ask.

    Args:
        addresses: of hosts on the interface's link.
        interface: one that has MAC addresses.
        timeout: seconds to wait for answers; for each `AT_ONCE` of them.
        is_stopped: whether to wait no longer; it is asked every tenth of a second.
    """
    found: dict[IPAddress, bytes] = {}
    with _Table(interface) as table:
        rest = iter(addresses)
        while some := list(islice(rest, AT_ONCE)):
            found |= yield from table.find(some, timeout, is_stopped)
    return found


class _Table:
    """The kernel's neighbours on one link: one socket to ask, another that hears of changes."""

    def __init__(self, interface: SystemInterface) -> None:
        self._interface = interface
        with contextlib.ExitStack() as stack:
            self._asking = stack.enter_context(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.ROUTE))
            self._changes = stack.enter_context(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.ROUTE))
            self._changes.bind((0, _GROUP))
            self._changes.setblocking(False)
            self._stack = stack.pop_all()

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def find(
        self, addresses: Iterable[IPAddress], timeout: float, is_stopped: Callable[[], bool]
    ) -> Steps[dict[IPAddress, bytes]]:
        """The MAC addresses of those that are known, or answer in that time."""
        found: dict[IPAddress, bytes] = {}
        waiting: dict[bytes, IPAddress] = {}
        for address in addresses:
            state, mac = self._look_up(address)
            if mac is not None:
                found[address] = mac
            else:
                waiting[address.packed] = address
                self._ask(address, again=state is not None)
        end = time.monotonic() + timeout
        while waiting and (left := end - time.monotonic()) > 0 and not is_stopped():
            yield Pause(min(left, LOOK), (self._changes,))
            for packed, state, mac in self._changed(waiting):
                if packed in waiting and (mac is not None or state & _FAILED):
                    address = waiting.pop(packed)
                    if mac is not None:
                        found[address] = mac
        return found

    def _look_up(self, address: IPAddress) -> tuple[int | None, bytes | None]:
        """State and MAC address of a neighbour; None for what there is not."""
        request = self._message(_GET, netlink.REQUEST, address)
        for _, state, mac in self._entries(self._answer(request)):
            return state, mac
        return None, None

    def _ask(self, address: IPAddress, *, again: bool) -> None:
        """Has the kernel ask for a neighbour; `again` where it has an entry for it."""
        flags = netlink.REQUEST | netlink.ACK | (0 if again else netlink.CREATE)
        answer = self._answer(self._message(_NEW, flags, address, _NTF_USE))
        for kind, _, body in netlink.messages(answer):
            if kind == netlink.ERROR and (reason := netlink.error(body)):
                if reason == errno.EPERM:
                    self._probe(address)
                elif reason not in (errno.EEXIST, errno.ENOENT, errno.ENOBUFS):  # it came, went, or there is no room
                    raise TargetError(
                        f"{address}: cannot be asked for on {self._interface.name}: {os.strerror(reason)}"
                    )

    def _message(self, kind: int, flags: int, address: IPAddress, use: int = 0) -> bytes:
        head = _NEIGHBOUR.pack(_FAMILIES[address.version], 0, 0, self._interface.index, 0, use, 0)
        return netlink.message(kind, flags, 1, head + netlink.attribute(_DST, address.packed))

    def _answer(self, request: bytes) -> bytes:
        self._asking.send(request)
        return self._asking.recv(_BUFFER)

    def _changed(self, waiting: dict[bytes, IPAddress]) -> Iterator[tuple[bytes, int, bytes | None]]:
        """What has changed; where changes came too fast to hear of all, what is known of those that are waited for."""
        try:
            while True:
                yield from self._entries(self._changes.recv(_BUFFER))
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
        for packed, address in list(waiting.items()):
            state, mac = self._look_up(address)
            yield packed, state or 0, mac

    def _entries(self, data: bytes) -> Iterator[tuple[bytes, int, bytes | None]]:
        """Address, state and MAC address of the neighbours on this link that messages tell of."""
        for kind, _, body in netlink.messages(data):
            if kind != _NEW:
                continue
            _, _, _, index, state, _, _ = _NEIGHBOUR.unpack_from(body)
            told = dict(netlink.attributes(body[_NEIGHBOUR.size :]))
            if index == self._interface.index and _DST in told:
                usable = not state & (_INCOMPLETE | _FAILED)
                yield told[_DST], state, told.get(_LLADDR) if usable else None

    def _probe(self, address: IPAddress) -> None:
        plain = str(address).partition("%")[0]
        target = (plain, DISCARD) if address.version == 4 else (plain, DISCARD, 0, self._interface.index)
        with socket.socket(_FAMILIES[address.version], socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, os.fsencode(self._interface.name))
            probe.sendto(b"", target)
