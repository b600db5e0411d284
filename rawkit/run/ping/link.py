"""The link on which targets are neighbours."""

from __future__ import annotations

from collections.abc import Iterable

from rawkit.errors import TargetError
from rawkit.probe.targets import Target
from rawkit.sockets.way.ways import Ways


def link_of(targets: Iterable[Target]) -> str:
    """The name of the interface that routes to all targets, which are on its link, leave by.

    Raises TargetError where one is behind a router, and where they are on several links.

    >>> from ipaddress import ip_address
    >>> link_of([Target("localhost", ip_address("127.0.0.1"))])
    'lo'
    """
    ways = Ways()
    names: dict[str, None] = {}
    for target in targets:
        way = ways.way(target.address, target.scope)
        if way.gateway is not None:
            raise TargetError(f"{target.name} is behind {way.gateway}: --method arp asks neighbours alone")
        names[way.link.name] = None
    if len(names) > 1:
        names.pop("lo", None)  # this host's own addresses among the others
    if len(names) > 1:
        raise TargetError(f"--method arp asks on one link, and the targets are on {', '.join(names)}: name one with -I")
    return next(iter(names))
