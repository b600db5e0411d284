"""How the probes of a scan leave this host: its ranges, cut where the kernel takes another way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from rawkit.errors import TargetError
from rawkit.probe.targets import AddressRange
from rawkit.sockets.device import NOT_MADE
from rawkit.sockets.pausing import Steps, blocking
from rawkit.sockets.way.ways import Way, Ways, mac_steps, silent
from rawkit.values import dataclass, replace
from rawkit.wire.address import IPAddress

EACH: Final = 1 << 14
"""Addresses of a range that are asked for one by one, 30 us each, where a host has more routes than are read."""

Router = tuple[int, IPAddress]
"""The index of the link, and the address there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user has set.

    Attributes:
        interface: send through this one.
        source: send from this address.
    """

    interface: str | None = None
    source: IPAddress | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Addresses that are not scanned, for nothing can be sent to them.

    Attributes:
        text: which, as people write them.
        count: how many.
        reason: why, on one line.
    """

    text: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reached:
    """The ranges that can be reached, each one's way, and the rest.

    The `mac` of a way is None where each address has its own, or frames have none.
    """

    ranges: tuple[AddressRange, ...]
    ways: tuple[Way, ...]
    skipped: tuple[Skipped, ...]


def find_ways(ranges: Iterable[AddressRange], asked: Asked, is_stopped: Callable[[], bool] = bool) -> Reached:
    """As `way_steps`; it blocks.

    >>> found = find_ways([AddressRange(IPv4Address("127.0.0.1"), IPv4Address("127.0.0.2"))], Asked())
    >>> len(found.ranges), found.ways[0].is_local, str(found.ways[0].source)
    (1, True, '127.0.0.1')
    """
    return blocking(way_steps(ranges, asked, is_stopped))


def way_steps(ranges: Iterable[AddressRange], asked: Asked, is_stopped: Callable[[], bool] = bool) -> Steps[Reached]:
    """The ranges, cut so that all addresses of one leave the same way, and each one's way.

    Routers whose MAC address is not known are asked for it, all at once; where `is_stopped` says so no longer.

    Raises TargetError where there is no such interface, or no target has the source's IP version.
    """
    ranges = list(ranges)
    if asked.source is not None and all(one.first.version != asked.source.version for one in ranges):
        raise TargetError(f"{asked.source} sends to no target: give a source address of the targets' IP version")
    ways = Ways(asked.interface, asked.source)
    pieces = [(piece, _way(piece, ways)) for one in ranges for piece in _cut(one, _edges(one, ways))]
    routers = yield from _routers([way for _, way in pieces if isinstance(way, Way)], is_stopped)
    joined = _joined((piece, way if isinstance(way, str) else _resolved(way, routers)) for piece, way in pieces)
    reached = [(piece, way) for piece, way in joined if isinstance(way, Way)]
    return Reached(
        tuple(piece for piece, _ in reached),
        tuple(way for _, way in reached),
        tuple(Skipped(str(piece), len(piece), why) for piece, why in joined if isinstance(why, str)),
    )


def _edges(one: AddressRange, ways: Ways) -> Sequence[int] | None:
    """Where other ways may begin; None where each address of the range is to be asked for by itself."""
    edges = ways.bounds(one.first.version)
    return edges if edges is not None or len(one) <= EACH else ways.all_bounds(one.first.version)


def _cut(one: AddressRange, edges: Sequence[int] | None) -> Iterator[AddressRange]:
    """The range, cut where another way may begin: at each address where it is not known (None)."""
    kind = IPv4Address if one.first.version == 4 else IPv6Address
    first, last = int(one.first), int(one.last)
    for edge in range(first + 1, last + 1) if edges is None else [edge for edge in edges if first < edge <= last]:
        yield AddressRange(kind(first), kind(edge - 1), one.scope)
        first = edge
    yield AddressRange(kind(first), one.last, one.scope)


def _way(piece: AddressRange, ways: Ways) -> Way | str:
    """The way of a piece, or why there is none; a broadcast address is asked for as any other."""
    try:
        return replace(ways.way(piece.first, piece.scope), is_broadcast=False)
    except TargetError as error:
        return str(error).removeprefix(f"{piece.first}: ")


def _routers(ways: Iterable[Way], is_stopped: Callable[[], bool]) -> Steps[dict[Router, bytes]]:
    """The MAC addresses of routers, by link: routers of two links may have the same link-local address."""
    asked: dict[int, dict[IPAddress, Way]] = {}
    for way in ways:
        if way.gateway is not None:
            asked.setdefault(way.link.index, {})[way.gateway] = way
    found: dict[Router, bytes] = {}
    for link, its in asked.items():
        macs = yield from mac_steps(its, is_stopped=is_stopped)
        found |= {(link, router): mac for router, mac in macs.items()}
    return found


def _resolved(way: Way, routers: dict[Router, bytes]) -> Way | str:
    """The way with the MAC address that all packets go to, or why it has none."""
    if way.link.takes is None:
        return f"{way.link.name}: {NOT_MADE} with -i"
    if way.gateway is None or not way.link.asks_for_neighbours:
        return way if way.is_on_link else replace(way, mac=way.link.mac)
    mac = routers.get((way.link.index, way.gateway))
    return str(silent(way.gateway, way)) if mac is None else replace(way, mac=mac)


def _joined(pieces: Iterable[tuple[AddressRange, Way | str]]) -> list[tuple[AddressRange, Way | str]]:
    """Pieces that touch and leave the same way, as one; each address of this host is its own source."""
    found: list[tuple[AddressRange, Way | str]] = []
    for piece, way in pieces:
        before = found[-1][0] if found and found[-1][1] == way else None
        if before and before.scope == piece.scope and int(before.last) + 1 == int(piece.first):
            found[-1] = (replace(before, last=piece.last), way)
        else:
            found.append((piece, way))
    return found
