"""The addresses of a scan: what was asked for, without what was excluded, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from itertools import pairwise
from typing import Final

from rawkit.errors import TargetError
from rawkit.probe.targets import AddressRange, Resolve, parse

IPV6_MAX: Final = 1 << 20
"""Addresses that one IPv6 target may have: larger networks cannot be scanned one by one."""
PUBLIC_MAX: Final = 65536
"""Public addresses that are scanned without being asked whether it is meant."""

_NEVER: Final = ("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "ff00::/8", "::/128")
"""No host has such an address: this network, multicast, reserved and broadcast (RFC 6890, RFC 5771, RFC 4291)."""
_RESERVED: Final = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
)
"""Not on the Internet (RFC 6890): left out of a larger target, scanned where a target lies inside."""
_HALF: Final = 1 << 64


def find_ranges(
    texts: Iterable[str], excluded: Iterable[str], resolve: Resolve, on_unknown: Callable[[TargetError], None]
) -> tuple[tuple[AddressRange, ...], dict[str, str]]:
    """The addresses that texts stand for, sorted, IPv4 first, each once; and the names that addresses were given by.

    `on_unknown` gets what `resolve` raises for a name that it does not know; it is left out.

    Raises TargetError for what is no target, an IPv6 network that is too large, and where nothing is left.

    >>> find_ranges(["192.0.2.1-3"], ["192.0.2.2"], print, print)[0][1]
    AddressRange(first=IPv4Address('192.0.2.3'), last=IPv4Address('192.0.2.3'), scope='')
    """
    wanted: list[AddressRange] = []
    names: dict[str, str] = {}
    unknown: list[TargetError] = []
    for text in texts:
        found = _checked(text, parse(text)) or _named_or_unknown(text, resolve, names, unknown)
        if found is not None:
            wanted += _without(found, _left_out_of(found))
    barred = [one for text in excluded for one in _excluded(text, resolve)]
    left = sorted(_halved(_subtracted(wanted, [*barred, *map(_whole, _NEVER)])), key=_place)
    if not left and unknown:
        raise unknown[0]
    for error in unknown:
        on_unknown(error)
    if not left:
        raise TargetError("no address is left to scan: give a target that is not excluded")
    for one, other in pairwise(left):
        if one.first.version == other.first.version and int(one.last) >= int(other.first):
            raise TargetError(f"{other.first} is wanted on more than one interface: scan one after the other")
    return tuple(left), names


def _place(one: AddressRange) -> tuple[int, int]:
    return one.first.version, int(one.first)


def public_count(ranges: Iterable[AddressRange]) -> int:
    """How many of the IPv4 addresses are on the Internet."""
    reserved = [_whole(text) for text in _RESERVED]
    left = _subtracted([one for one in ranges if one.first.version == 4], reserved)
    return sum(len(one) for one in left)


def _checked(text: str, found: AddressRange | None) -> AddressRange | None:
    if found is None:
        return None
    if "/" in text and found.first.version == 4:
        # Of a network to be scanned every address is a target, as nmap, masscan and zmap have it.
        found = _whole(text)
    size = int(found.last) - int(found.first) + 1
    if found.first.version == 6 and size > IPV6_MAX:
        raise TargetError(f"{text!r} has {size} addresses: give an IPv6 network of /108 or smaller")
    return found


def _check_digits(text: str) -> None:
    """Numbers and dots are an address that was written wrong, and no name to look up."""
    if not text.strip("0123456789."):
        raise TargetError(f"{text!r} is no address: write it as in 192.0.2.1")


def _named(text: str, resolve: Resolve, names: dict[str, str]) -> AddressRange:
    _check_digits(text)
    target = resolve(text)
    names.setdefault(str(target.address), target.name)
    return AddressRange(target.address, target.address, target.scope)


def _named_or_unknown(
    text: str, resolve: Resolve, names: dict[str, str], unknown: list[TargetError]
) -> AddressRange | None:
    """The address of a name; None where nobody knows it, which is noted."""
    _check_digits(text)
    try:
        return _named(text, resolve, names)
    except TargetError as error:
        unknown.append(error)
        return None


def _excluded(text: str, resolve: Resolve) -> Iterator[AddressRange]:
    found = parse(text)
    yield _named(text, resolve, {}) if found is None else (_whole(text) if "/" in text else found)


def _whole(text: str) -> AddressRange:
    network: IPv4Network | IPv6Network = ip_network(text, strict=False)
    return AddressRange(network[0], network[-1])


def _left_out_of(found: AddressRange) -> list[AddressRange]:
    """The reserved ranges that are inside of a larger one, and not asked for by name."""
    reserved = [_whole(text) for text in _RESERVED if found.first.version == 4]
    return [one for one in reserved if not (found.first in one and found.last in one)]


def _without(found: AddressRange, holes: Iterable[AddressRange]) -> Iterator[AddressRange]:
    return _subtracted([found], holes)


def _subtracted(wanted: Iterable[AddressRange], holes: Iterable[AddressRange]) -> Iterator[AddressRange]:
    """What is left, sorted and each address once."""
    wanted, holes = list(wanted), list(holes)
    for version, scope in sorted({(one.first.version, one.scope) for one in wanted}):
        kind = IPv4Address if version == 4 else IPv6Address
        cut = _joined(one for one in holes if one.first.version == version and one.scope in ("", scope))
        for first, last in _joined(one for one in wanted if (one.first.version, one.scope) == (version, scope)):
            for begin, end in _pieces(first, last, cut):
                yield AddressRange(kind(begin), kind(end), scope)


def _joined(ranges: Iterable[AddressRange]) -> list[tuple[int, int]]:
    """Both ends of the ranges, sorted; those that touch are one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted((int(one.first), int(one.last)) for one in ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _pieces(first: int, last: int, holes: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for begin, end in holes:
        if begin > last or end < first:
            continue
        if first < begin:
            yield first, begin - 1
        first = end + 1
    if first <= last:
        yield first, last


def _halved(ranges: Iterable[AddressRange]) -> Iterator[AddressRange]:
    """The ranges, cut where the upper 64 bits of an IPv6 address change."""
    for one in ranges:
        kind: Callable[[int], IPv4Address | IPv6Address] = type(one.first)
        first, last = int(one.first), int(one.last)
        while first // _HALF != last // _HALF:
            end = first // _HALF * _HALF + _HALF - 1
            yield AddressRange(kind(first), kind(end), one.scope)
            first = end + 1
        yield AddressRange(kind(first), kind(last), one.scope)
