"""Where packets go, as sockets want it, and which address of this host they come from."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Final

from rawkit.errors import TargetError
from rawkit.probe.targets import Target
from rawkit.run.ping.options import ProbeOptions, Version, set_device
from rawkit.wire.address import IPAddress

FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6}

_DISCARD: Final = 9
"""The port to which nothing is sent: the kernel is only asked for the way there."""


def socket_address(target: Target) -> tuple[Any, ...]:
    """Where to send to, for a socket without ports."""
    return _address(target, 0)


def with_port(port: int) -> Callable[[Target], tuple[Any, ...]]:
    """Where to send to, for a socket with ports."""
    return lambda target: _address(target, port)


def _address(target: Target, port: int) -> tuple[Any, ...]:
    text = str(target.address)
    if target.address.version == 4:
        return text, port
    return text, port, 0, _index(target.scope) if target.scope else 0


def _index(scope: str) -> int:
    try:
        return int(scope) if scope.isdecimal() else socket.if_nametoindex(scope)
    except OSError:
        raise TargetError(f"no interface {scope!r}: name one that `ip link` lists") from None


class SourceAddresses:
    """The address from which this host speaks to a target; the kernel is asked once for each."""

    def __init__(self, options: ProbeOptions, version: Version) -> None:
        self._options, self._version = options, version
        self._known: dict[IPAddress, IPAddress] = {}

    def address_for(self, target: Target) -> IPAddress:
        """The source address; OSError where there is no route."""
        address = ip_address(target.text)
        if address not in self._known:
            self._known[address] = self._ask(target)
        return self._known[address]

    def known(self, address: IPAddress) -> IPAddress | None:
        """The source address for a target that was asked for before, with its interface or without."""
        return self._known.get(address) or self._known.get(ip_address(str(address).partition("%")[0]))

    def _ask(self, target: Target) -> IPAddress:
        if self._options.source is not None:
            return ip_address(self._options.source)
        with socket.socket(FAMILIES[self._version], socket.SOCK_DGRAM) as sock:
            set_device(sock, self._options)
            sock.connect(_address(target, _DISCARD))
            return ip_address(sock.getsockname()[0].partition("%")[0])
