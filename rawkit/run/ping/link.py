"""What the kernel's routes say of targets: the link on which they are neighbours, and which are broadcasts."""

from __future__ import annotations

from collections.abc import Iterable

from rawkit.errors import TargetError
from rawkit.probe.targets import Target
from rawkit.sockets.way.ways import Ways
from rawkit.values import replace


def link_of(targets: Iterable[Target]) -> str:
    """The name of the interface on whose link the targets are; those that are on none get no answer there.

    Raises TargetError where none is on a link, and where they are on several.

    >>> from ipaddress import ip_address
    >>> link_of([Target("localhost", ip_address("127.0.0.1"))])
    'lo'
    """
    ways = Ways()
    names: dict[str, None] = {}
    troubles: list[TargetError] = []
    for target in targets:
        try:
            names[_link(target, ways)] = None
        except TargetError as error:
            troubles.append(error)
    if not names:
        raise troubles[0]
    if len(names) > 1:
        names.pop("lo", None)  # this host's own addresses among the others
    if len(names) > 1:
        raise TargetError(f"--method arp asks on one link, and the targets are on {', '.join(names)}: name one with -I")
    return next(iter(names))


def with_broadcasts(targets: Iterable[Target], interface: str | None) -> list[Target]:
    """The targets; those that are the broadcast address of a network that this host is in are marked.

    >>> from ipaddress import ip_address
    >>> here = [Target(text, ip_address(text)) for text in ("127.255.255.255", "127.0.0.1", "::1")]
    >>> [target.is_broadcast for target in with_broadcasts(here, None)]
    [True, False, False]
    """
    ways = Ways(interface)
    return [replace(one, is_broadcast=_is_broadcast(one, ways)) for one in targets]


def _is_broadcast(target: Target, ways: Ways) -> bool:
    if target.address.version != 4:
        return False
    try:
        return ways.way(target.address).is_broadcast
    except TargetError:  # told by who sends
        return False


def _link(target: Target, ways: Ways) -> str:
    way = ways.way(target.address, target.scope)
    if way.gateway is not None:
        raise TargetError(f"{target.name} is behind {way.gateway}: --method arp asks neighbours alone")
    return way.link.name
