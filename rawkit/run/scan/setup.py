"""What has to be known before the first probe: ways, and which hosts of a link are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rawkit.errors import TargetError
from rawkit.probe.targets import AddressRange
from rawkit.run.pace import Allowance
from rawkit.run.scan.neighbours import neighbour_steps
from rawkit.run.scan.ways import Asked, Reached, Skipped, way_steps
from rawkit.sockets.pausing import Steps
from rawkit.sockets.way.ways import Way
from rawkit.values import dataclass, replace
from rawkit.wire.address import IPAddress


@dataclass(frozen=True, slots=True)
class Ground:
    """What is scanned, and how to get there.

    Attributes:
        ranges: of addresses.
        ways: of each range.
        macs: of those that are on a link, by their way: the same link-local address may be on several links.
        down: how many addresses nobody has, or did not answer.
        silent: those addresses.
        skipped: what nothing can be sent to.
    """

    ranges: tuple[AddressRange, ...]
    ways: tuple[Way, ...]
    macs: Mapping[Way, Mapping[IPAddress, bytes]]
    down: int = 0
    skipped: tuple[Skipped, ...] = ()
    silent: tuple[AddressRange, ...] = ()

    def keep(self, up: Mapping[Way, Collection[IPAddress]]) -> Ground:
        """The same with those hosts alone that are up; of ways that `up` does not have, all."""
        kept = [(one, way, list(_kept(one, up.get(way)))) for one, way in zip(self.ranges, self.ways, strict=True)]
        ranges = tuple(stretch for _, _, stretches in kept for stretch in stretches)
        ways = tuple(way for _, way, stretches in kept for _ in stretches)
        silent = tuple(gap for one, _, stretches in kept for gap in _gaps(one, stretches))
        return Ground(ranges, ways, self.macs, self.down + _size(silent), self.skipped, silent)


def survey(
    ranges: Sequence[AddressRange],
    asked: Asked,
    allowance: Allowance,
    *,
    find: bool = True,
    keep_silent: bool = False,
    by_address: bool = False,
) -> Steps[Ground]:
    """Finds the ways, and which hosts are there: links are asked for all of theirs.

    Args:
        ranges: what is to be scanned.
        asked: interface and source address, where the user has set them.
        allowance: at which rate hosts are asked; it counts the frames.
        find: ask the hosts behind routers too, and leave out those that do not answer.
        keep_silent: leave none out, as a scan that is taken up again must.
        by_address: whether answers tell by nothing but addresses and ports what they answer.

    Raises TargetError where nothing can be sent to any; with `keep_silent` where there is one such.
    """
    found = yield from way_steps(ranges, asked, allowance.is_stopped)
    found = _told_apart(found) if by_address else found
    pieces, ways = found.ranges, found.ways
    if found.skipped and (keep_silent or not pieces) and not allowance.is_stopped():
        raise TargetError(f"{found.skipped[0].text}: {found.skipped[0].reason}")
    macs: dict[Way, Mapping[IPAddress, bytes]] = {}
    for way in dict.fromkeys(ways):
        if way.is_on_link:
            addresses = _of(way, pieces, ways)
            macs[way] = yield from neighbour_steps(way.link, way.source, addresses, allowance=allowance)
    ground = Ground(pieces, ways, macs, skipped=found.skipped)
    if keep_silent:
        return ground
    behind = (yield from _behind_routers(pieces, ways, allowance)) if find else {}
    return ground.keep({**macs, **behind})


def _told_apart(found: Reached) -> Reached:
    """Without own link-local addresses that another link has too: what they answer comes by lo, from the same address,
    and a datagram says no more."""
    kept: list[tuple[AddressRange, Way]] = []
    skipped = list(found.skipped)
    own: dict[IPAddress, AddressRange] = {}
    for one, way in zip(found.ranges, found.ways, strict=True):
        same = own.setdefault(one.first, one) if way.is_local and one.is_link_local else one
        if same == one:
            kept.append((one, way))
        else:
            reason = f"its datagrams are not told from those of {same}: scan one after the other"
            skipped.append(Skipped(str(one), len(one), reason))
    return Reached(tuple(one for one, _ in kept), tuple(way for _, way in kept), tuple(skipped))


def _of(way: Way, pieces: Sequence[AddressRange], ways: Sequence[Way]) -> Iterator[IPAddress]:
    return (address for one, its in zip(pieces, ways, strict=True) if its == way for address in one)


def _behind_routers(
    pieces: Sequence[AddressRange], ways: Sequence[Way], allowance: Allowance
) -> Steps[dict[Way, Collection[IPAddress]]]:
    """The hosts that answer, by their way; this host's own addresses are not asked."""
    found: dict[Way, Collection[IPAddress]] = {}
    for way in dict.fromkeys(ways):
        if not way.is_local and not way.is_on_link:
            from rawkit.run.scan.hosts import host_steps

            found[way] = yield from host_steps(way, _of(way, pieces, ways), allowance=allowance)
    return found


def check(ground: Ground, *, asked: bool = True) -> None:
    """TargetError where nothing is left; `asked`: hosts behind routers were asked whether they are there."""
    if not ground.ranges:
        ping = ", or use -Pn for those that answer no ping" if asked else ""
        raise TargetError(f"no host is up: see that they are on{ping}")


def stretches(addresses: Iterable[IPAddress]) -> Iterator[AddressRange]:
    """Sorted addresses as ranges.

    >>> from ipaddress import IPv4Address
    >>> [len(one) for one in stretches([IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2"), IPv4Address("192.0.2.9")])]
    [2, 1]
    """
    first = last = None
    for address in addresses:
        if first is not None and last is not None and int(address) != int(last) + 1:
            yield AddressRange(first, last)
            first = None
        first, last = first or address, address
    if first is not None and last is not None:
        yield AddressRange(first, last)


def _kept(one: AddressRange, is_up: Collection[IPAddress] | None) -> Iterable[AddressRange]:
    if is_up is None:
        return [one]
    return (replace(stretch, scope=one.scope) for stretch in stretches(host for host in one if host in is_up))


def _gaps(one: AddressRange, kept: Iterable[AddressRange]) -> Iterator[AddressRange]:
    """What is left of a range without its stretches that are kept, which are in order."""
    kind, begin = type(one.first), int(one.first)
    for stretch in kept:
        if begin < int(stretch.first):
            yield AddressRange(kind(begin), kind(int(stretch.first) - 1), one.scope)
        begin = int(stretch.last) + 1
    if begin <= int(one.last):
        yield AddressRange(kind(begin), kind(int(one.last)), one.scope)


def _size(ranges: Iterable[AddressRange]) -> int:
    return sum(int(one.last) - int(one.first) + 1 for one in ranges)
