"""`Hops`: the next hop's MAC address of each frame, where frames go to many destinations."""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.errors import SendError, TargetError
from rawkit.frames import Bytes, FrameBatch
from rawkit.sockets.way.routes import Route, route_to
from rawkit.wire.address import IPAddress

AT_ONCE: Final = 64
"""Neighbours that are asked for at the same time."""
NO_MAC: Final = bytes(6)
MOST_ASKED: Final = 4096
"""Neighbours to ask for in all: the kernel's table holds no more (gc_thresh3 is 1024 by default, arp(7))."""


class Hops:
    """Looks up routes, once for all destinations that the kernel's tables do not tell apart.

    Args:
        interface: only through this one.
        targets: the first destinations, which are looked up at once.

    Raises TargetError where none of them has a route.

    Attributes:
        first: the route of the first target that has one.
        silent: destinations so far whose next hop did not answer or that no route leads to.
    """

    def __init__(self, interface: str | None, targets: list[IPAddress]) -> None:
        self._interface = interface
        self._by_range: dict[int, Route] = {}
        self._by_target: dict[IPAddress, Route | TargetError] = {}
        self._at = self._size = 0
        self.silent: set[IPAddress] = set()
        self._look_up(targets)
        found = [(target, self._route(target)) for target in targets]
        routes = [(target, route) for target, route in found if isinstance(route, Route)]
        if not routes:
            raise next(route for _, route in found if isinstance(route, TargetError))
        target, self.first = routes[0]
        self._default = target.packed

    def locate(self, header: int, at: int, size: int) -> None:
        """Says where a frame's destination is: `at` bytes into what follows `header` bytes, `size` bytes long."""
        self._at, self._size = header + at, size

    def fill(self, batch: FrameBatch) -> FrameBatch:
        """The frames with the next hop's MAC address in their first six bytes; those that have none are left out.

        SendError where one leaves by another interface than the first.
        """
        places = batch.offset[:, None] + np.arange(self._at, self._at + self._size)
        packed = batch.data[places]
        if self._default == packed[0].tobytes() and not (packed != packed[0]).any():
            return batch
        unique, inverse = np.unique(packed, axis=0, return_inverse=True)
        macs, known = self.macs([ip_address(row.tobytes()) for row in unique])
        inverse = inverse.reshape(-1)
        data = batch.data.copy()
        data[batch.offset[:, None] + np.arange(6)] = macs[inverse]
        return replace(batch, data=data).select(known[inverse])

    def macs(self, targets: list[IPAddress]) -> tuple[Bytes, NDArray[np.bool_]]:
        """The MAC address for each target, targets by 6 bytes, and which of them have one.

        SendError where one leaves by another interface than the first.
        """
        self._look_up(targets)
        routes = [self._route(target) for target in targets]
        for target, route in zip(targets, routes, strict=True):
            if not isinstance(route, Route):
                self.silent.add(target)
            elif route.interface != self.first.interface:
                names = f"{self.first.interface} and {route.interface}"
                raise SendError(f"{target}: the destinations leave by {names}: give -i, or send them apart")
        macs = [(isinstance(route, Route) and route.destination_mac) or NO_MAC for route in routes]
        known = np.array([isinstance(route, Route) for route in routes])
        return np.frombuffer(b"".join(macs), np.uint8).reshape(-1, 6), known

    def _route(self, target: IPAddress) -> Route | TargetError | None:
        """What is known of a target: found for itself, or for all that have the same router."""
        return self._by_target.get(target) or self._by_range.get(self._range(target))

    def _look_up(self, targets: list[IPAddress]) -> None:
        """Finds the routes of those that are not known yet; the first may tell that of many."""
        for target in targets:
            if self._route(target) is None:
                self._add(target)
                break
        wanted = [target for target in targets if self._route(target) is None]
        if len(wanted) > MOST_ASKED:
            raise SendError(f"{len(wanted)} hosts would have to be asked for their MAC address: give Ether(dst=...)")
        if wanted:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(self._add, wanted))

    def _add(self, target: IPAddress) -> None:
        try:
            route = route_to(target, interface=self._interface)
        except TargetError as error:
            self._by_target[target] = error
            return
        if route.next_hop != target:
            self._by_range[self._range(target)] = route
        else:
            self._by_target[target] = route

    def _range(self, target: IPAddress) -> int:
        """A number for all addresses that no route or rule of this host tells from the target."""
        return bisect_right(self._bounds[target.version], int(target))

    @cached_property
    def _bounds(self) -> dict[int, list[int]]:
        """Where networks begin and end that routes and rules speak of, by IP version."""
        from pyroute2 import IPRoute

        found: dict[int, set[int]] = {4: set(), 6: set()}
        with IPRoute() as netlink:
            for version, family in ((4, 2), (6, 10)):
                for entry in [*netlink.get_routes(family=family), *netlink.get_rules(family=family)]:
                    if address := entry.get("dst"):
                        network = ip_network(f"{address}/{entry['dst_len']}", strict=False)
                        found[version] |= {int(network.network_address), int(network.broadcast_address) + 1}
        return {version: sorted(bounds) for version, bounds in found.items()}
