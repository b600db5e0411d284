"""What a scan goes over: addresses times ports, each pair a number, without a table of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Int64s
from rawkit.probe.targets import AddressRange
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress

Words = NDArray[np.uint64]
_LOW = (1 << 64) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Endpoints:
    """Addresses and ports, one entry each.

    Attributes:
        high, low: the address as a 128-bit number; of IPv4, 0 and the 32-bit number.
        port: int64.
        is_ipv6: which are IPv6.
    """

    high: Words
    low: Words
    port: Int64s
    is_ipv6: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.port)

    def address(self, row: int) -> IPAddress:
        """The address of one entry."""
        number = int(self.high[row]) << 64 | int(self.low[row])
        return IPv6Address(number) if self.is_ipv6[row] else IPv4Address(number)

    def select(self, rows: NDArray[np.bool_] | Int64s) -> Endpoints:
        """The entries that a mask or indices name."""
        return Endpoints(self.high[rows], self.low[rows], self.port[rows], self.is_ipv6[rows])


class Space:
    """All pairs of an address and a port. Number n is address n mod hosts, port n div hosts.

    Args:
        ranges: of addresses, none twice; sorted, IPv4 first (`scan_targets.merged`).
        ports: each once.

    >>> space = Space([AddressRange(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.4"))], [80, 443])
    >>> pair = space.endpoints(np.array([6]))
    >>> len(space), str(pair.address(0)), int(pair.port[0]), space.numbers(pair).tolist()
    (8, '192.0.2.3', 443, [6])
    """

    def __init__(self, ranges: Sequence[AddressRange], ports: Sequence[int]) -> None:
        self.ranges = tuple(ranges)
        self.ports = np.array(ports, dtype=np.int64)
        sizes = [int(one.last) - int(one.first) + 1 for one in ranges]
        self.begin = np.cumsum([0, *sizes], dtype=np.int64)
        self.hosts = int(self.begin[-1])
        self._high = np.array([int(one.first) >> 64 for one in ranges], dtype=np.uint64)
        self._low = np.array([int(one.first) & _LOW for one in ranges], dtype=np.uint64)
        self._last = np.array([int(one.last) & _LOW for one in ranges], dtype=np.uint64)
        self._is_ipv6 = np.array([one.first.version == 6 for one in ranges], dtype=np.bool_)
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
        return Endpoints(self._high[where], low, port, self._is_ipv6[where])

    def numbers(self, ends: Endpoints) -> Int64s:
        """The number of each pair; -1 where it is not part of the scan."""
        wanted = _keys(ends.is_ipv6, ends.high, ends.low) if self._is_ipv6.any() else ends.low
        where = np.searchsorted(self._keys, wanted, side="right") - 1
        at = np.maximum(where, 0)
        known = (where >= 0) & (self._is_ipv6[at] == ends.is_ipv6) & (self._high[at] == ends.high)
        known &= (ends.low >= self._low[at]) & (ends.low <= self._last[at]) & (self._port_index[ends.port] >= 0)
        host = self.begin[at] + (ends.low - self._low[at]).astype(np.int64)
        return np.where(known, host + self._port_index[ends.port] * self.hosts, -1)

    @cached_property
    def _keys(self) -> NDArray[np.bytes_] | Words:
        return _keys(self._is_ipv6, self._high, self._low) if self._is_ipv6.any() else self._low


def _keys(is_ipv6: NDArray[np.bool_], high: Words, low: Words) -> NDArray[np.bytes_]:
    """Addresses as texts of bytes that sort as they do, IPv4 first."""
    raw = np.zeros((len(low), 17), dtype=np.uint8)
    raw[:, 0] = is_ipv6
    raw[:, 1:9] = high.astype(">u8").view(np.uint8).reshape(-1, 8)
    raw[:, 9:] = low.astype(">u8").view(np.uint8).reshape(-1, 8)
    return raw.view("S17").reshape(-1)
