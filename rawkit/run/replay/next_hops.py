"""`NextHops`: the MAC addresses that recorded packets go to, which had none when they were recorded."""

from __future__ import annotations

from typing import Final

from rawkit.errors import SendError, TargetError
from rawkit.run.send.hops import MOST_ASKED
from rawkit.sockets.interfaces import SystemInterface
from rawkit.sockets.way.ways import Way, Ways, macs
from rawkit.wire.address import BROADCAST, IPAddress, multicast_mac

ALL: Final = bytes((255, 255, 255, 255))
"""The limited broadcast address (RFC 919)."""


class NextHops:
    """Finds the next hop for each destination on one interface, and asks for its MAC address.

    Args:
        link: the interface.
        mac: that of all destinations but groups, which have their own; None to ask the kernel's routes.
    """

    def __init__(self, link: SystemInterface, mac: bytes | None = None) -> None:
        self._link, self._mac = link, mac
        self._ways = Ways(link.name)
        self._known: dict[IPAddress, bytes | None] = {}

    def macs(self, targets: list[IPAddress]) -> list[bytes | None]:
        """The MAC address for each destination; None where no route leads there, or the next hop is silent.

        This host itself is no destination on a link.
        """
        if self._mac is not None:
            return [_group_mac(target) or self._mac for target in targets]
        new = {target: way for target in targets if target not in self._known and (way := self._way(target))}
        asked = sum(way.is_on_link for way in new.values())
        if asked > MOST_ASKED:
            raise SendError(f"{asked} hosts would have to be asked for their MAC address: give --dst-mac")
        found = macs(new)
        self._known |= {target: found.get(target) for target in targets if target not in self._known}
        return [self._known[target] for target in targets]

    def _way(self, target: IPAddress) -> Way | None:
        try:
            way = self._ways.way(target)
        except TargetError:
            return None
        return way if way.link.index == self._link.index else None


def _group_mac(target: IPAddress) -> bytes | None:
    if target.is_multicast:
        return multicast_mac(target)
    return BROADCAST if target.packed == ALL else None
