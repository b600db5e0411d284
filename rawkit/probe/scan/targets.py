"""The addresses of a scan: what was asked for, without what was excluded, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from itertools import pairwise
from typing import Final, Literal

from rawkit.errors import TargetError
from rawkit.probe.targets import AddressRange, Target, parse
from rawkit.values import dataclass, replace

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


Lookup = Callable[[str], Sequence[Target]]
"""Gives all addresses of a name, the best first; raises `TargetError` where there is none."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be scanned.

    Attributes:
        ranges: of addresses, sorted, IPv4 first, each once.
        names: by which addresses were given, by address; that of a link-local one has its link, `fe80::1%eth0`.
        others: addresses of the same name that are not scanned, by the address that is.
        again: names of which the address was given before by another one: the name and its address.
    """

    ranges: tuple[AddressRange, ...]
    names: dict[str, str]
    others: dict[str, tuple[str, ...]]
    again: dict[str, str]


def find_ranges(
    texts: Iterable[str],
    excluded: Iterable[str],
    lookup: Lookup,
    on_unknown: Callable[[TargetError], None],
    *,
    resolve_all: bool = False,
    version: Literal[4, 6] | None = None,
    link: Callable[[str], str] = str,
) -> Wanted:
    """The addresses that texts stand for; of a name the first one, or with `resolve_all` every one.

    `on_unknown` gets what `lookup` raises for a name that it does not know, and what has no address of that `version`;
    it is left out. So is what `link` raises: it gives the name of a link that is given by name or number, and of a
    link-local address without one (the empty text) that where it is looked for.

    The same link-local address on two links is two targets. An exclusion without a link holds on all.

    Raises TargetError for what is no target, an IPv6 network that is too large, another address that is wanted on two
    links, and where nothing is left.

    >>> find_ranges(["192.0.2.1-3"], ["192.0.2.2"], print, print).ranges[1]
    AddressRange(first=IPv4Address('192.0.2.3'), last=IPv4Address('192.0.2.3'), scope='')
    """
    wanted: list[AddressRange] = []
    named = _Names(lookup, resolve_all, version, link)
    for text in texts:
        found = _checked(text, parse(text))
        for one in named.ranges(text) if found is None else named.of_version(text, found):
            wanted += _without(one, _left_out_of(one))
    barred = [_barred(one, link) for text in excluded for one in _excluded(text, lookup)]
    left = sorted(_halved(_subtracted(wanted, [*barred, *map(_whole, _NEVER)])), key=_place)
    if not left and named.unknown:
        raise named.unknown[0]
    for error in named.unknown:
        on_unknown(error)
    if not left:
        raise TargetError("no address is left to scan: give a target that is not excluded")
    for one, other in pairwise(left):
        if _place(one)[:2] == _place(other)[:2] and int(one.last) >= int(other.first):
            raise TargetError(f"{other.first} is wanted on more than one interface: scan one after the other")
    return Wanted(tuple(left), named.names, named.others_than(left), named.again)


def _place(one: AddressRange) -> tuple[int, str, int]:
    """In which order ranges are: link-local ones link by link."""
    return one.first.version, one.scope if one.is_link_local else "", int(one.first)


def _named(one: AddressRange, link: Callable[[str], str]) -> AddressRange:
    """The range with the name of its link."""
    return replace(one, scope=link(one.scope)) if one.scope or one.is_link_local else one


def _barred(one: AddressRange, link: Callable[[str], str]) -> AddressRange:
    """An exclusion: of a link-local address on its link, of any other wherever it is."""
    return replace(one, scope=link(one.scope) if one.scope and one.is_link_local else "")


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


class _Names:
    """The names among the targets: what they stand for, and what is to be said of them; and what is left out."""

    def __init__(
        self, lookup: Lookup, resolve_all: bool, version: Literal[4, 6] | None, link: Callable[[str], str]
    ) -> None:
        self._lookup, self._all, self._version, self._link = lookup, resolve_all, version, link
        self._others: dict[str, Sequence[Target]] = {}
        self.names: dict[str, str] = {}
        self.again: dict[str, str] = {}
        self.unknown: list[TargetError] = []

    def ranges(self, text: str) -> Iterator[AddressRange]:
        """The addresses of a name that are scanned; none where nobody knows it, which is noted."""
        _check_digits(text)
        try:
            found = [one for one in self._lookup(text) if self._version in (None, one.address.version)]
        except TargetError as error:
            self.unknown.append(error)
            return
        if not found:
            self._leave_out(text)
        for one in self._on_links(map(_range_of, found if self._all else found[:1])):
            address = str(one if one.is_link_local else one.first)
            if self.names.setdefault(address, text) != text:
                self.again[text] = address
            else:
                self._others[address] = found[1:] if not self._all else ()
            yield one

    def of_version(self, text: str, found: AddressRange) -> Iterator[AddressRange]:
        """The addresses of a text that is no name; none where they are of another version, which is noted."""
        if self._version in (None, found.first.version):
            yield from self._on_links([found])
        else:
            self._leave_out(text)

    def _on_links(self, ranges: Iterable[AddressRange]) -> Iterator[AddressRange]:
        """The ranges with the names of their links; without those on links that are not there, which is noted."""
        for one in ranges:
            try:
                yield _named(one, self._link)
            except TargetError as error:
                self.unknown.append(TargetError(f"{one}: {error}"))

    def _leave_out(self, text: str) -> None:
        version = self._version
        self.unknown.append(TargetError(f"{text}: no IPv{version} address: leave out -{version}, or give another"))

    def others_than(self, ranges: Sequence[AddressRange]) -> dict[str, tuple[str, ...]]:
        """The other addresses of each name, without those that are scanned for another reason."""
        left = {
            address: tuple(one.text for one in targets if not any(_is_in(one, some) for some in ranges))
            for address, targets in self._others.items()
        }
        return {address: texts for address, texts in left.items() if texts}


def _is_in(target: Target, one: AddressRange) -> bool:
    return target.address in one and (not one.is_link_local or target.scope == one.scope)


def _range_of(target: Target) -> AddressRange:
    return AddressRange(target.address, target.address, target.scope)


def _excluded(text: str, lookup: Lookup) -> Iterable[AddressRange]:
    """What is not to be scanned: of a name all addresses, as nmap has it."""
    found = parse(text)
    if found is not None:
        return [_whole(text) if "/" in text and found.first.version == 4 else found]
    _check_digits(text)
    return map(_range_of, lookup(text))


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
