"""`Ways`: how packets leave this host, asked of the kernel once for all addresses that it does not tell apart."""

from __future__ import annotations

import socket
import sys
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Final

from rawkit import linktypes
from rawkit.errors import TargetError
from rawkit.sockets.interfaces import SystemInterface
from rawkit.sockets.pausing import Steps, blocking
from rawkit.sockets.way.neighbours import TIMEOUT, neighbour_steps
from rawkit.sockets.way.rtnetlink import Found, bounds, index_of, link, route_get
from rawkit.values import dataclass
from rawkit.wire.address import BROADCAST, IPAddress, multicast_mac

MOST_ROUTES: Final = 4096
"""Routes and rules that are read to find where other ways may begin: with more, each address is asked for by itself."""
_RTN_BROADCAST: Final = 3


@dataclass(frozen=True, slots=True)
class Way:
    """How packets to some addresses leave.

    Attributes:
        link: the interface.
        source: the address they are sent from.
        gateway: the router that takes them; None on the link itself.
        is_broadcast: whether they go to all hosts of the link.
        mtu: bytes of the largest IP packet that goes this way in one piece.
        mac: the MAC address that all of them go to, where somebody has asked for it.
    """

    link: SystemInterface
    source: IPAddress
    gateway: IPAddress | None
    is_broadcast: bool
    mtu: int
    mac: bytes | None = None

    @property
    def is_on_link(self) -> bool:
        """Whether each address has a MAC address of its own, which has to be asked for."""
        return self.gateway is None and self.link.asks_for_neighbours and not self.is_broadcast

    @property
    def is_local(self) -> bool:
        """Whether the addresses are this host's own."""
        return self.link.is_loopback

    def next_hop(self, address: IPAddress) -> IPAddress:
        """The host on the link that takes a packet to the address: a router, or the address itself."""
        return self.gateway or address


class Ways:
    """The ways of the kernel's routes and rules (rtnetlink(7), ip-rule(8)).

    Args:
        interface: only through this one.
        source: those of packets from this address: rules may send them another way. Of targets of the other IP version
            it is not asked; where it is no address of this host the kernel cannot be asked for it.

    Raises TargetError where there is no such interface.

    >>> from ipaddress import ip_address
    >>> way = Ways().way(ip_address("127.0.0.1"))
    >>> way.link.name, way.is_local, str(way.source)
    ('lo', True, '127.0.0.1')
    """

    def __init__(self, interface: str | None = None, source: IPAddress | None = None) -> None:
        if interface is not None:
            index_of(interface)
        self._interface, self._source = interface, source
        self._bounds: dict[int, list[int] | None] = {}
        self._all_bounds: dict[int, list[int]] = {}
        self._links: dict[int, SystemInterface] = {}
        self._known: dict[tuple[int, int, str], Way | TargetError] = {}

    def bounds(self, version: int) -> list[int] | None:
        """The numbers of the addresses at which another way may begin, sorted; None where they are too many."""
        if version not in self._bounds:
            self._bounds[version] = bounds(version, MOST_ROUTES)
        return self._bounds[version]

    def all_bounds(self, version: int) -> list[int]:
        """The same however many there are: of a million routes that takes seconds."""
        if version not in self._all_bounds:
            self._all_bounds[version] = self.bounds(version) or bounds(version, sys.maxsize) or []
        return self._all_bounds[version]

    def way(self, address: IPAddress, scope: str = "") -> Way:
        """The way to an address; of a link-local one `scope` says on which interface, where it does not itself.

        Raises TargetError where there is none.
        """
        scope = scope or getattr(address, "scope_id", None) or ""
        known = self.bounds(address.version)
        number = int(address) if known is None else bisect_right(known, int(address))
        key = (address.version, number, scope)
        if key not in self._known:
            try:
                self._known[key] = self._find(address, scope)
            except TargetError as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, TargetError):
            if known is not None:
                return self._find(address, scope)  # for its own address in the message
            raise found
        return found

    def _find(self, address: IPAddress, scope: str) -> Way:
        if self._interface and scope and index_of(scope) != index_of(self._interface):
            raise TargetError(f"{address}: is on {scope}: leave -i {self._interface} out, or give -i {scope}")
        through = self._interface or scope or None
        if through is None and address.version == 6 and address.is_link_local:
            raise TargetError(f"{address}: may be on any link: name the interface, as in {address}%eth0")
        given = self._source if self._source and self._source.version == address.version else None
        found = route_get(address, through, given if given is not None and _is_own(given) else None)
        source = given or found.source
        if source is None:
            raise TargetError(f"{address}: this host has no IPv{address.version} address to send from: give it one")
        return self._way(found, source)

    def _way(self, found: Found, source: IPAddress) -> Way:
        if found.interface not in self._links:
            self._links[found.interface] = link(found.interface)
        out = self._links[found.interface]
        return Way(out, source, found.gateway, found.kind == _RTN_BROADCAST, found.mtu or out.mtu)


def has_many_routes() -> bool:
    """Whether this host has more routes or rules than are read.

    >>> has_many_routes()
    False
    """
    return any(bounds(version, MOST_ROUTES) is None for version in (4, 6))


def macs(
    targets: Mapping[IPAddress, Way], timeout: float = TIMEOUT, is_stopped: Callable[[], bool] = bool
) -> dict[IPAddress, bytes]:
    """As `mac_steps`; it blocks."""
    return blocking(mac_steps(targets, timeout, is_stopped))


def mac_steps(
    targets: Mapping[IPAddress, Way], timeout: float = TIMEOUT, is_stopped: Callable[[], bool] = bool
) -> Steps[dict[IPAddress, bytes]]:
    """The MAC address that frames to each target go to; those whose next hop does not answer have none.

    Next hops that the kernel's table does not have are asked for, all of a link at once. Frames of links without
    Ethernet headers have none either. It waits no longer where `is_stopped` says so.
    """
    found = {target: mac for target, way in targets.items() if (mac := _known_mac(target, way)) is not None}
    asked: dict[SystemInterface, dict[IPAddress, None]] = {}
    for target, way in targets.items():
        if target not in found and way.link.asks_for_neighbours:
            asked.setdefault(way.link, {})[way.next_hop(target)] = None
    answered: dict[SystemInterface, dict[IPAddress, bytes]] = {}
    for out, hops in asked.items():
        answered[out] = yield from neighbour_steps(hops, out, timeout, is_stopped)
    for target, way in targets.items():
        hop = answered.get(way.link, {}).get(way.next_hop(target))
        if target not in found and hop is not None:
            found[target] = hop
    return found


def silent(address: IPAddress, way: Way) -> TargetError:
    """That the next hop has not answered."""
    return TargetError(f"{address}: no answer on {way.link.name} to who has it: see that it is up and on that link")


def _known_mac(address: IPAddress, way: Way) -> bytes | None:
    """The MAC address that needs no answer of anybody."""
    if way.link.link_type != linktypes.ETHERNET:
        return None
    if way.is_broadcast:
        return BROADCAST
    if address.is_multicast:
        return multicast_mac(address)
    # Without ARP, loopback among them, the kernel sends to the interface's own address (arp_constructor).
    return None if way.link.asks_for_neighbours else way.link.mac


def _is_own(address: IPAddress) -> bool:
    """Whether this host has the address: of others the kernel names no way that packets from them would take."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as tried:
        try:
            tried.bind((str(address).partition("%")[0], 0))
        except OSError:
            return False
    return True
