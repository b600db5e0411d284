"""`Hops`: the next hop's MAC address of each frame, where frames go to many destinations."""

from __future__ import annotations

from contextlib import closing
from ipaddress import ip_address
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.errors import SendError, TargetError
from rawkit.facts import ethernet
from rawkit.facts.status import TO_SELF
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.run.pace import Allowance
from rawkit.run.scan.neighbours import neighbour_steps
from rawkit.sockets.interfaces import SystemInterface
from rawkit.sockets.pausing import Steps
from rawkit.sockets.way.routes import Route
from rawkit.sockets.way.ways import Way, Ways, mac_steps, silent
from rawkit.values import replace
from rawkit.wire.address import IPAddress

MANY: Final = 32
"""Neighbours that the kernel is left to ask for: three times, a second apart."""
NO_MAC: Final = bytes(6)
MOST_ASKED: Final = 4096
"""Neighbours to ask for in all: the kernel's table holds no more (gc_thresh3 is 1024 by default, arp(7))."""

Router = tuple[int, IPAddress, IPAddress]
"""Interface and address of a router, and the source address of packets to it."""


class Hops:
    """Looks up routes, once for all destinations that the kernel's tables do not tell apart.

    Args:
        interface: only through this one.
        source: of all packets, where it is given: rules may send them another way.

    Attributes:
        first: the route of the first target that has one; from `begin` on.
        has_own: whether one of the first targets is this host itself.
        silent: destinations so far whose next hop did not answer or that no route leads to.
    """

    first: Route

    def __init__(self, interface: str | None, source: IPAddress | None = None) -> None:
        self._ways, self._has_source = Ways(interface, source), source is not None
        self._by_router: dict[Router, Route | TargetError] = {}
        self._by_target: dict[IPAddress, Route | TargetError] = {}
        self._header = self._at = self._size = 0
        self.silent: set[IPAddress] = set()
        self.has_own = False
        self._default: bytes | None = None

    def begin(self, targets: list[IPAddress]) -> Steps[None]:
        """Looks up the first destinations.

        Raises TargetError where none of them has a route, SendError where they leave by several interfaces.
        """
        yield from self._look_up(targets)
        found = [(target, self._route(target)) for target in targets]
        routes = [(target, route) for target, route in found if isinstance(route, Route)]
        if not routes:
            raise next(route for _, route in found if isinstance(route, TargetError))
        target, self.first = next((one for one in routes if not one[1].is_local), routes[0])
        self.has_own = any(route.is_local for _, route in routes)
        self._default = None if self.first.is_local else target.packed
        for target, route in routes:
            self._check(target, route)

    def locate(self, header: int, at: int, size: int) -> None:
        """Says where a frame's destination is: `at` bytes into what follows `header` bytes, `size` bytes long."""
        self._header, self._at, self._size = header, header + at, size

    def fill(self, batch: FrameBatch) -> Steps[FrameBatch]:
        """The frames with the next hop's MAC address in their first six bytes; those that have none are left out.

        Of those to this host itself the status says so.

        SendError where one leaves by another interface than the first.
        """
        places = batch.offset[:, None] + np.arange(self._at, self._at + self._size)
        packed = batch.data[places]
        if self._default == packed[0].tobytes() and not (packed != packed[0]).any():
            return batch
        unique, inverse = np.unique(packed, axis=0, return_inverse=True)
        targets = [ip_address(row.tobytes()) for row in unique]
        macs, known = yield from self.macs(targets)
        inverse = inverse.reshape(-1)
        to_self = self._to_self(targets)[inverse]
        data = batch.data.copy()
        data[batch.offset[:, None] + np.arange(6)] = macs[inverse]
        # As lo shows them, by which their answers are found.
        data[batch.offset[to_self != 0, None] + np.arange(ethernet.SRC, ethernet.TYPE)] = 0
        return replace(batch, data=data, status=batch.status | to_self).select(known[inverse])

    def macs(self, targets: list[IPAddress]) -> Steps[tuple[Bytes, NDArray[np.bool_]]]:
        """The MAC address for each target, targets by 6 bytes, and which of them have one.

        SendError where one leaves by another interface than the first.
        """
        yield from self._look_up(targets)
        routes = [self._route(target) for target in targets]
        for target, route in zip(targets, routes, strict=True):
            if isinstance(route, Route):
                self._check(target, route)
            else:
                self.silent.add(target)
        macs = [(isinstance(route, Route) and route.destination_mac) or NO_MAC for route in routes]
        known = np.array([isinstance(route, Route) for route in routes])
        return np.frombuffer(b"".join(macs), np.uint8).reshape(-1, 6), known

    def _to_self(self, targets: list[IPAddress]) -> Int64s:
        """What the status of frames to each target gets: a frame with more than an Ethernet header is for the link."""
        if self._header != ethernet.HEADER_LEN:
            return np.zeros(len(targets), np.int64)
        return np.array([TO_SELF if self.is_own(target) else 0 for target in targets], np.int64)

    def is_own(self, target: IPAddress) -> bool:
        """Whether a target that was looked up is this host itself."""
        route = self._route(target)
        return isinstance(route, Route) and route.is_local

    def _check(self, target: IPAddress, route: Route) -> None:
        if route.interface != self.first.interface and not route.is_local:
            names = f"{self.first.interface} and {route.interface}"
            raise SendError(f"{target}: the destinations leave by {names}: give -i, or send them apart")

    def _route(self, target: IPAddress) -> Route | TargetError | None:
        """What is known of a target: found for itself, or for all that have the same router; or that it has no way."""
        known = self._by_target.get(target)
        if known is not None:
            return known
        try:
            router = _router(self._ways.way(target))
        except TargetError as error:
            self._by_target[target] = error
            return error
        return self._by_router.get(router) if router else None

    def _macs(self, wanted: dict[IPAddress, Way]) -> Steps[dict[IPAddress, bytes]]:
        """The MAC addresses that are known or answer; of many on a link as a scan finds them, sooner than the kernel.

        That asks from the source address, which has to be this host's.
        """
        found: dict[IPAddress, bytes] = {}
        on_links: dict[tuple[SystemInterface, IPAddress], dict[IPAddress, None]] = {}
        for target, way in wanted.items():
            if way.is_on_link and not target.is_multicast:
                on_links.setdefault((way.link, way.source), {})[target] = None
        for (link, source), targets in on_links.items():
            if len(targets) > MANY and not self._has_source:
                found |= yield from neighbour_steps(link, source, targets, allowance=Allowance(None, closing=closing))
                wanted = {target: way for target, way in wanted.items() if target not in targets}
        found |= yield from mac_steps(wanted)
        return found

    def _look_up(self, targets: list[IPAddress]) -> Steps[None]:
        """Finds the routes of those that are not known yet; one may tell that of many. Next hops are asked at once."""
        routers: dict[Router, IPAddress] = {}
        wanted: dict[IPAddress, Way] = {}
        for target in targets:
            if self._route(target) is not None:
                continue
            way = self._ways.way(target)
            router = _router(way)
            if router is None or routers.setdefault(router, target) == target:
                wanted[target] = way
        if len(wanted) > MOST_ASKED:
            raise SendError(f"{len(wanted)} hosts would have to be asked for their MAC address: give Ether(dst=...)")
        found = yield from self._macs(wanted)
        for target, way in wanted.items():
            mac = found.get(target)
            known = mac is not None or way.link.mac is None
            route = Route.of(target, way, mac) if known else silent(way.next_hop(target), way)
            router = _router(way)
            if router is None:
                self._by_target[target] = route
            else:
                self._by_router[router] = route


def _router(way: Way) -> Router | None:
    """The router of a way; None on the link itself."""
    return (way.link.index, way.gateway, way.source) if way.gateway is not None else None
