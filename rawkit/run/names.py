"""Looking target names up (getaddrinfo(3))."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Final, Literal

from rawkit.errors import TargetError
from rawkit.probe.targets import Target, expand, parse
from rawkit.run.ping.addresses import socket_address
from rawkit.values import replace

_FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6, None: socket.AF_UNSPEC}


def lookup(name: str, version: Literal[4, 6] | None = None) -> list[Target]:
    """The addresses of a name, of that IP version (None: of either), each once, in the system's order (RFC 6724).

    It raises `TargetError` where the name has no such address.

    >>> [str(target.address) for target in lookup("localhost", 4)]
    ['127.0.0.1']
    """
    try:
        found = socket.getaddrinfo(name, None, _FAMILIES[version], socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "no name"
        raise TargetError(f"{name}: {words}: check its spelling, or give an address") from None
    return list(dict.fromkeys(_target(name, family, str(address[0])) for family, _, _, _, address in found))


def resolver(version: Literal[4, 6] | None = None) -> Callable[[str], Target]:
    """A function that looks a name up, and gives its first address of that IP version (None: of either).

    It raises `TargetError` where the name has no such address.

    >>> str(resolver(4)("localhost").address)
    '127.0.0.1'
    """
    return lambda name: lookup(name, version)[0]


def _target(name: str, family: int, text: str) -> Target:
    host, _, scope = text.partition("%")
    return Target(name, ip_address(host), scope if family == socket.AF_INET6 else "")


def find_targets(
    texts: Iterable[str], version: Literal[4, 6] | None, on_error: Callable[[TargetError], None]
) -> list[Target]:
    """The targets that texts stand for, of one IP version where one is asked for; each name, and each address, once.

    A name is a target of its own, also where an address or another name stands for the same host.

    `on_error` gets what is wrong with a text; it is left out.

    >>> [target.name for target in find_targets(["127.0.0.1-2", "localhost"], 4, print)]
    ['127.0.0.1', '127.0.0.2', 'localhost']
    >>> find_targets(["::1"], 4, print)
    ::1 is no IPv4 address: leave out -4, or give another
    []
    """
    found: dict[tuple[str, str], Target] = {}
    for text in texts:
        try:
            name = text if parse(text) is None else ""
            for target in expand([text], resolver(version)):
                _check(target, version)
                target = _with_link_name(target)
                found.setdefault((name, target.text), target)
        except TargetError as error:
            on_error(error)
    return list(found.values())


def _with_link_name(target: Target) -> Target:
    """The target with its interface's name, also where it was given by number: answers are told by it."""
    return replace(target, scope=link_name(target.scope))


def link_name(scope: str) -> str:
    """The name of an interface that is given by name or by number; TargetError for a number that none has.

    >>> link_name("1"), link_name("eth0")
    ('lo', 'eth0')
    """
    if not scope.isdecimal():
        return scope
    try:
        return socket.if_indextoname(int(scope))
    except OSError:
        raise TargetError(f"no interface {scope}: name one that `ip link` lists") from None


def _check(target: Target, version: Literal[4, 6] | None) -> None:
    if version is not None and target.address.version != version:
        raise TargetError(f"{target.name} is no IPv{version} address: leave out -{version}, or give another")
    socket_address(target)
