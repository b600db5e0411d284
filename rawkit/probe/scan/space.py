"""What a scan goes over: addresses times ports, each pair a number, without a table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address

import numpy as np
from numpy.typing import NDArray

from rawkit.errors import TargetError
from rawkit.facts import ipv6
from rawkit.frames import Int64s
from rawkit.probe.targets import AddressRange
from rawkit.values import dataclass, field, replace
from rawkit.wire.address import IPAddress

Words = NDArray[np.uint64]
_LOW = (1 << 64) - 1
_LINK_LOCAL = np.uint64(ipv6.LINK_LOCAL >> 16 - ipv6.LINK_LOCAL_BITS)
_BELOW_PREFIX = np.uint64(64 - ipv6.LINK_LOCAL_BITS)


def _no_zones() -> Int64s:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Endpoints:
    """Addresses and ports, one entry each.

    Attributes:
        high, low: the address as a 128-bit number; of IPv4, 0 and the 32-bit number.
        port: int64.
        is_ipv6: which are IPv6.
        zone: of link-local addresses, which each link has for itself, the number of that link (RFC 4007 section 6): the
            index of its interface. 0 of all others, and where it is not given.
        links: what the links are called, by their numbers.

    >>> one = np.array([1], dtype=np.uint64)
    >>> router = Endpoints(one * np.uint64(0xFE80 << 48), one, np.array([80]), one > 0, np.array([3]), {3: "eth1"})
    >>> str(router.address(0))
    'fe80::1%eth1'
    """

    high: Words
    low: Words
    port: Int64s
    is_ipv6: NDArray[np.bool_]
    zone: Int64s = field(default_factory=_no_zones)
    links: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.zone):
            object.__setattr__(self, "zone", np.zeros(len(self.port), dtype=np.int64))

    def __len__(self) -> int:
        return len(self.port)

    def address(self, row: int) -> IPAddress:
        """The address of one entry, with its link."""
        number = int(self.high[row]) << 64 | int(self.low[row])
        if not self.is_ipv6[row]:
            return IPv4Address(number)
        zone = int(self.zone[row])
        return IPv6Address(f"{IPv6Address(number)}%{self.link(zone)}" if zone else number)

    def link(self, zone: int) -> str:
        """What a link is called; its number where nobody knows."""
        return self.links.get(zone) or str(zone)

    def select(self, rows: NDArray[np.bool_] | Int64s) -> Endpoints:
        """The entries that a mask or indices name."""
        high, low, port, zone = self.high[rows], self.low[rows], self.port[rows], self.zone[rows]
        return Endpoints(high, low, port, self.is_ipv6[rows], zone, self.links)

    def joined(self, other: Endpoints) -> Endpoints:
        """These, and others behind them."""
        names = ("high", "low", "port", "is_ipv6", "zone")
        parts = (np.concatenate([getattr(self, name), getattr(other, name)]) for name in names)
        high, low, port, is_ipv6, zone = parts
        return Endpoints(high, low, port, is_ipv6, zone, self.links)


def zones(is_ipv6: NDArray[np.bool_], high: Words, links: Int64s) -> Int64s:
    """The zones of addresses, by the links that they are on: 0 of those that are not link-local.

    >>> high = np.array([0xFE80 << 48, 0x20010DB8 << 32], dtype=np.uint64)
    >>> zones(np.array([True, True]), high, np.array([3, 3])).tolist()
    [3, 0]
    """
    return np.where(is_ipv6 & (high >> _BELOW_PREFIX == _LINK_LOCAL), links, 0)


class Space:
    """All pairs of an address and a port. Number n is address n mod hosts, port n div hosts.

    Args:
        ranges: of addresses, none twice (`rawkit.probe.scan.targets`): link-local ones once on each link.
        ports: each once.
        links: the names of all links by their numbers; without it the ranges' links are numbered in order.

    Raises TargetError for a range on a link that is not there.

    >>> space = Space([AddressRange(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.4"))], [80, 443])
    >>> pair = space.endpoints(np.array([6]))
    >>> len(space), str(pair.address(0)), int(pair.port[0]), space.numbers(pair).tolist()
    (8, '192.0.2.3', 443, [6])
    """

    def __init__(
        self, ranges: Sequence[AddressRange], ports: Sequence[int], links: Mapping[int, str] | None = None
    ) -> None:
        self.ranges = tuple(ranges)
        self.ports = np.array(ports, dtype=np.int64)
        sizes = [int(one.last) - int(one.first) + 1 for one in ranges]
        self.begin = np.cumsum([0, *sizes], dtype=np.int64)
        self.hosts = int(self.begin[-1])
        self._high = np.array([int(one.first) >> 64 for one in ranges], dtype=np.uint64)
        self._low = np.array([int(one.first) & _LOW for one in ranges], dtype=np.uint64)
        self._last = np.array([int(one.last) & _LOW for one in ranges], dtype=np.uint64)
        self._is_ipv6 = np.array([one.first.version == 6 for one in ranges], dtype=np.bool_)
        self.links = dict(enumerate(_scopes(ranges), 1)) if links is None else links
        self.zone = zones(self._is_ipv6, self._high, _numbers(ranges, self.links))
        self._port_index = np.full(1 << 16, -1, dtype=np.int64)
        self._port_index[self.ports] = np.arange(len(ports))

    def __len__(self) -> int:
        return self.hosts * len(self.ports)

    def host(self, numbers: Int64s) -> Int64s:
        """Which address, counted from 0."""
        return numbers % self.hosts

    def range_of(self, hosts: Int64s) -> Int64s:
        """In which range an address is."""
        if len(self.ranges) == 1:
            return np.zeros(len(hosts), dtype=np.int64)
        return np.searchsorted(self.begin, hosts, side="right") - 1

    def endpoints(self, numbers: Int64s) -> Endpoints:
        """Address and port of each number."""
        port, host = np.divmod(numbers, self.hosts)
        return self.addresses(host, self.ports[port])

    def addresses(self, host: Int64s, port: Int64s) -> Endpoints:
        """The addresses of hosts counted from 0."""
        where = self.range_of(host)
        low = self._low[where] + (host - self.begin[where]).astype(np.uint64)
        return Endpoints(self._high[where], low, port, self._is_ipv6[where], self.zone[where], self.links)

    def named(self, ends: Endpoints) -> Endpoints:
        """The same endpoints, with the names of their links."""
        return replace(ends, links=self.links)

    def numbers(self, ends: Endpoints) -> Int64s:
        """The number of each pair; -1 where it is not part of the scan."""
        wanted = _keys(ends.is_ipv6, ends.zone, ends.high, ends.low) if self._is_ipv6.any() else ends.low
        order, keys = self._sorted
        where = np.searchsorted(keys, wanted, side="right") - 1
        at = order[np.maximum(where, 0)]
        known = (where >= 0) & (self._is_ipv6[at] == ends.is_ipv6) & (self._high[at] == ends.high)
        known &= (
            (self.zone[at] == ends.zone)
            & (ends.low >= self._low[at])
            & (ends.low <= self._last[at])
            & (self._port_index[ends.port] >= 0)
        )
        host = self.begin[at] + (ends.low - self._low[at]).astype(np.int64)
        return np.where(known, host + self._port_index[ends.port] * self.hosts, -1)

    @cached_property
    def _sorted(self) -> tuple[Int64s, NDArray[np.bytes_] | Words]:
        """The ranges by their first addresses, and these."""
        has_ipv6 = self._is_ipv6.any()
        keys = _keys(self._is_ipv6, self.zone, self._high, self._low) if has_ipv6 else self._low
        order = np.argsort(keys, kind="stable")
        return order, keys[order]


def _scopes(ranges: Sequence[AddressRange]) -> list[str]:
    return sorted({one.scope for one in ranges if one.scope})


def _numbers(ranges: Sequence[AddressRange], links: Mapping[int, str]) -> Int64s:
    """The number of each range's link; 0 of those that name none."""
    numbers = {"": 0} | {name: number for number, name in links.items()}
    for one in ranges:
        if one.scope not in numbers:
            raise TargetError(f"{one}: no interface {one.scope!r}: name one that `ip link` lists")
    return np.array([numbers[one.scope] for one in ranges], dtype=np.int64)


def _keys(is_ipv6: NDArray[np.bool_], zone: Int64s, high: Words, low: Words) -> NDArray[np.bytes_]:
    """Addresses as texts of bytes that sort as they do, IPv4 first, those of a link together."""
    raw = np.zeros((len(low), 21), dtype=np.uint8)
    raw[:, 0] = is_ipv6
    raw[:, 1:5] = zone.astype(">u4").view(np.uint8).reshape(-1, 4)
    raw[:, 5:13] = high.astype(">u8").view(np.uint8).reshape(-1, 8)
    raw[:, 13:] = low.astype(">u8").view(np.uint8).reshape(-1, 8)
    return raw.view("S21").reshape(-1)
