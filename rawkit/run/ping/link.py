"""The link on which targets are neighbours."""

from __future__ import annotations

from collections.abc import Iterable

from rawkit.errors import TargetError
from rawkit.probe.targets import Target
from rawkit.sockets.way.ways import Ways


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


def _link(target: Target, ways: Ways) -> str:
    way = ways.way(target.address, target.scope)
    if way.gateway is not None:
        raise TargetError(f"{target.name} is behind {way.gateway}: --method arp asks neighbours alone")
    return way.link.name
