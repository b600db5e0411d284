"""Targets as people write them: an address, a network (CIDR), a range, or a name that somebody else looks up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from rawkit.errors import TargetError
from rawkit.values import dataclass, replace
from rawkit.wire.address import IPAddress

EXPAND_MAX: Final = 1 << 16
"""Addresses that one range may have where each is to be a target of its own."""

_BITS: Final = {4: 32, 6: 128}


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Consecutive addresses of one family, both ends included.

    Attributes:
        first, last: the ends; both IPv4 or both IPv6.
        scope: the interface of link-local addresses (RFC 4007, section 11), empty where there is none.

    >>> hosts = AddressRange(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.3"))
    >>> len(hosts), [str(host) for host in hosts], IPv4Address("192.0.2.9") in hosts
    (3, ['192.0.2.1', '192.0.2.2', '192.0.2.3'], False)
    """

    first: IPAddress
    last: IPAddress
    scope: str = ""

    def __str__(self) -> str:
        """The range as people write it.

        >>> str(AddressRange(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.3")))
        '192.0.2.1-192.0.2.3'
        """
        scope = f"%{self.scope}" if self.scope else ""
        return f"{self.first}{scope}" if self.first == self.last else f"{self.first}-{self.last}{scope}"

    @property
    def is_link_local(self) -> bool:
        """Whether each link has such addresses for itself (RFC 4291 section 2.5.6)."""
        return self.first.version == 6 and self.first.is_link_local

    def __len__(self) -> int:
        return int(self.last) - int(self.first) + 1

    def __iter__(self) -> Iterator[IPAddress]:
        kind = type(self.first)
        return (kind(number) for number in range(int(self.first), int(self.last) + 1))

    def __contains__(self, address: object) -> bool:
        return isinstance(address, type(self.first)) and int(self.first) <= int(address) <= int(self.last)


@dataclass(frozen=True, slots=True)
class Target:
    """Something to send probes to.

    Attributes:
        name: what it is called in output: as it was written, or the address.
        address: where probes go.
        scope: the interface of a link-local address, empty where there is none.
        is_broadcast: whether it is the broadcast address of a network, which the address alone does not tell.
    """

    name: str
    address: IPAddress
    scope: str = ""
    is_broadcast: bool = False

    @property
    def text(self) -> str:
        """The address with its interface, where it has one (RFC 4007, section 11).

        >>> Target("router", IPv6Address("fe80::1"), "eth0").text
        'fe80::1%eth0'
        """
        return f"{self.address}%{self.scope}" if self.scope else str(self.address)

    @property
    def is_group(self) -> bool:
        """Whether many may answer for it: a multicast or a broadcast address."""
        return self.is_broadcast or self.address.is_multicast or self.address == IPv4Address(0xFFFFFFFF)

    def is_other(self, address: str) -> bool:
        """Whether an answer from an address, in text, is another's: groups and 0.0.0.0 have none of their own.

        >>> Target("router", IPv6Address("fe80::1"), "eth0").is_other("fe80::1%eth0")
        False
        """
        if self.is_group or self.address.is_unspecified:
            return False
        return address.partition("%")[0] != str(self.address)


Resolve = Callable[[str], Target]
"""Looks a name up; raises `TargetError` where there is none."""


def parse(text: str) -> AddressRange | None:
    """The addresses that a text stands for, or None where it is a name.

    A network leaves out its network and broadcast addresses where it is IPv4 with more than 2 addresses. A range
    is `192.0.2.1-192.0.2.9`, or `192.0.2.1-9` with the last number alone. The link of link-local addresses stands at
    the end: `fe80::1%eth0`, `fe80::/120%eth0`, `fe80::1-9%eth0`; of a network also before the slash (RFC 4007 section
    11.2).

    Raises `TargetError` for a network or a range that is none.

    >>> parse("192.0.2.0/30"), len(parse("2001:db8::/120")), parse("server.example")
    (AddressRange(first=IPv4Address('192.0.2.1'), last=IPv4Address('192.0.2.2'), scope=''), 256, None)
    >>> str(parse("192.0.2.1-9").last)
    '192.0.2.9'
    >>> str(parse("fe80::1-9%eth0")), str(parse("fe80::%eth0/127"))
    ('fe80::1-fe80::9%eth0', 'fe80::-fe80::1%eth0')
    >>> parse("192.0.2.9-1")
    Traceback (most recent call last):
    rawkit.errors.TargetError: '192.0.2.9-1' is no range: give the lower address first
    """
    if (address := _address(text)) is not None:
        return AddressRange(_plain(address), _plain(address), _scope(address))
    plain, percent, scope = text.partition("%")
    scope, slash, bits = scope.partition("/")
    plain += slash + bits
    begin, dash, end = plain.partition("-")
    first = _address(begin) if dash else None
    if "/" not in plain and first is None:
        return None
    found = _network(text, plain) if first is None else _range(text, first, end)
    if percent and (not scope or found.first.version == 4):
        raise TargetError(f"{text!r} names no link: write it as in fe80::1%eth0, and none with IPv4")
    return replace(found, scope=scope)


def expand(texts: Iterable[str], resolve: Resolve) -> Iterator[Target]:
    """The targets that texts stand for, one by one, in the order given.

    Raises `TargetError` where a range has more than `EXPAND_MAX` addresses, or `resolve` does.

    >>> def unknown(name):
    ...     raise TargetError(f"{name}: no such name: check its spelling")
    >>> [target.name for target in expand(["192.0.2.1-2", "2001:db8::1"], unknown)]
    ['192.0.2.1', '192.0.2.2', '2001:db8::1']
    """
    for text in texts:
        found = parse(text)
        if found is None:
            yield resolve(text)
            continue
        if (size := int(found.last) - int(found.first) + 1) > EXPAND_MAX:
            raise TargetError(f"{text!r} has {size} addresses: give at most {EXPAND_MAX} at a time")
        for address in found:
            yield Target(f"{address}%{found.scope}" if found.scope else str(address), address, found.scope)


def read_list(lines: Iterable[str]) -> Iterator[str]:
    """The targets of a file: one or more a line; `#` begins a comment.

    >>> list(read_list(["192.0.2.1 192.0.2.7  # two", "", "# none"]))
    ['192.0.2.1', '192.0.2.7']
    """
    for line in lines:
        yield from line.partition("#")[0].split()


def _address(text: str) -> IPAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _plain(address: IPAddress) -> IPAddress:
    return IPv6Address(int(address)) if address.version == 6 else address


def _scope(address: IPAddress) -> str:
    return (address.scope_id or "") if isinstance(address, IPv6Address) else ""


def _network(text: str, plain: str) -> AddressRange:
    try:
        network = ip_network(plain, strict=False)
    except ValueError:
        raise TargetError(f"{text!r} is no network: write it as in 192.0.2.0/24") from None
    first, last = network[0], network[-1]
    if network.version == 4 and network.num_addresses > 2:
        return AddressRange(first + 1, last - 1)
    return AddressRange(first, last)


def _range(text: str, first: IPAddress, end: str) -> AddressRange:
    last = _address(end) or _last_by_number(first, end)
    if last is None or last.version != first.version:
        raise TargetError(f"{text!r} is no range: write it as in 192.0.2.1-192.0.2.9 or 192.0.2.1-9")
    if int(last) < int(first):
        raise TargetError(f"{text!r} is no range: give the lower address first")
    return AddressRange(first, last)


def _last_by_number(first: IPAddress, end: str) -> IPAddress | None:
    """The address whose last part is the number `end`: decimal 8 bits in IPv4, hexadecimal 16 bits in IPv6."""
    base, bits = (10, 8) if first.version == 4 else (16, 16)
    try:
        number = int(end, base)
    except ValueError:
        return None
    if not 0 <= number < 1 << bits:
        return None
    return type(first)(int(first) >> bits << bits | number)
