"""`Mapping`: what addresses and names become, by one key, in all frames alike."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.facts import dns
from rawkit.frames import Int64s
from rawkit.rewrite import layout
from rawkit.rewrite.cryptopan import CryptoPAn, Kept
from rawkit.rewrite.labels import Labels
from rawkit.rewrite.walked import Walked

Octets = NDArray[np.uint8]
MOST_KEPT: Final = 1 << 20
"""Addresses of a kind that are remembered."""


def _kept(*texts: str, inside: bool = False) -> tuple[Kept, ...]:
    nets = [ip_network(text) for text in texts]
    return tuple(
        Kept(net.network_address.packed, net.prefixlen, net.prefixlen if inside else net.max_prefixlen) for net in nets
    )


SOLICITED: Final = "ff02::1:ff00:0/104"
"""Groups whose last three bytes are those of a host's address (RFC 4291, section 2.7.1): these are mapped."""
IPV4: Final = (
    *_kept("0.0.0.0/32", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32"),
    *_kept("169.254.0.0/16", inside=True),
)
IPV6: Final = (*_kept("::/128", "::1/128"), *_kept("fe80::/64", SOLICITED, inside=True))
IPV6_GROUPS: Final = 0xFF
"""The first byte of multicast addresses, which stay but for those of `SOLICITED`."""
SOLICITED_BYTES: Final = ip_network(SOLICITED).network_address.packed[:13]
SOLICITED_MAC: Final = bytes((0x33, 0x33, 0xFF))
"""What the MAC address of such a group begins with (RFC 2464, section 7)."""
NO_MAC: Final = np.zeros((1, 6), np.uint8)
"""What stands where there is no address, and stays."""
GROUP_BIT: Final = 0x01
MAC_FIXED: Final = (6, 7)
"""Bits of a MAC address that say that it was given locally, and that it is a group's."""
OUI_BITS: Final = 24


class Mapping:
    """Maps all that is one of the places of `rawkit.rewrite.layout`.

    Args:
        key: 32 bytes.
        specials: addresses that are no host's (multicast, loopback, broadcast, unspecified) and the prefixes of
            link-local ones are mapped too, as plain Crypto-PAn does it.
        oui: the first half of MAC addresses, which names who made the card, stays.

    Raises RawkitError as `CryptoPAn`.
    """

    def __init__(self, key: bytes, *, specials: bool = False, oui: bool = False) -> None:
        self._cryptopan, self._labels = CryptoPAn(key), Labels(key)
        self._macs, self._specials = self._cryptopan.other(), specials
        self._fixed = (*MAC_FIXED, *(range(OUI_BITS) if oui else ()))
        self._known = {size: Known(make) for size, make in ((4, self._ipv4), (6, self._mac), (16, self._ipv6))}

    def addresses(self, packed: Octets) -> Octets:
        """What addresses become: MACs, IPv4 or IPv6 by how many bytes (4, 6, 16) they have.

        >>> Mapping(bytes(32)).addresses(np.array([[127, 0, 0, 1], [255, 255, 255, 255]], np.uint8)).tolist()
        [[127, 0, 0, 1], [255, 255, 255, 255]]
        """
        return self._known[packed.shape[1]].map(packed)

    def apply(self, found: Walked) -> None:
        """Puts what addresses and names become into the new frames."""
        for kind, size in ((layout.MAC, 6), (layout.IPV4, 4), (layout.IPV6, 16)):
            at, sizes = found.of(kind)
            if not len(at):
                continue
            mapped = self.addresses(found.read(at, size))
            if kind == layout.IPV6 and (sizes < size * 8).any():
                mapped = mapped & np.packbits(np.arange(size * 8) < sizes[:, None], axis=1)
            found.put(at, mapped)
        self._put_reverse(found)
        old, out = found.batch.data, found.out
        for at, size in zip(*(one.tolist() for one in found.of(layout.LABEL)), strict=True):
            out[at : at + size] = np.frombuffer(self._labels.map(old[at : at + size].tobytes()), np.uint8)

    def _put_reverse(self, found: Walked) -> None:
        """Names of addresses under ip6.arpa: a label a digit, the last digit first."""
        at, _ = found.of(layout.REVERSE)
        if not len(at):
            return
        places = at[:, None] + np.arange(1, dns.REVERSE_LABELS * 2, 2)
        digits = found.batch.data[places[:, ::-1]]
        packed = np.frombuffer(bytes.fromhex(digits.tobytes().decode()), np.uint8).reshape(-1, 16)
        text = np.frombuffer(self.addresses(packed).tobytes().hex().encode(), np.uint8)
        found.out[places] = text.reshape(-1, dns.REVERSE_LABELS)[:, ::-1]

    def _ipv4(self, packed: Octets) -> Octets:
        return self._cryptopan.map(packed, () if self._specials else IPV4)

    def _ipv6(self, packed: Octets) -> Octets:
        if self._specials:
            return self._cryptopan.map(packed)
        groups = Kept(bytes((IPV6_GROUPS,)) + bytes(15), 8, 8)
        mapped = self._cryptopan.map(packed, (*IPV6, groups))
        stays = packed[:, 0] == IPV6_GROUPS
        stays &= (packed[:, : len(SOLICITED_BYTES)] != np.frombuffer(SOLICITED_BYTES, np.uint8)).any(axis=1)
        return np.where(stays[:, None], packed, mapped)

    def _mac(self, packed: Octets) -> Octets:
        mapped = self._macs.map(np.concatenate([NO_MAC, packed]), fixed=self._fixed)
        of_none, mapped = mapped[:1], mapped[1:]
        mapped = np.where(mapped.any(axis=1, keepdims=True), mapped, of_none)  # so that no other one becomes none
        stays = (packed[:, :1] & GROUP_BIT) > 0
        stays |= ~packed.any(axis=1, keepdims=True)
        mapped = np.where(stays, packed, mapped)
        solicited = (packed[:, :3] == np.frombuffer(SOLICITED_MAC, np.uint8)).all(axis=1)
        if solicited.any():
            groups = np.empty((int(solicited.sum()), 16), np.uint8)
            groups[:, :13], groups[:, 13:] = np.frombuffer(SOLICITED_BYTES, np.uint8), packed[solicited, 3:]
            mapped[solicited, 3:] = self.addresses(groups)[:, 13:]
        return mapped


class Known:
    """Remembers what addresses were mapped to, so that each is encrypted once.

    >>> calls = []
    >>> known = Known(lambda packed: (calls.append(len(packed)), packed + 1)[1])
    >>> for _ in range(2):
    ...     known.map(np.array([[1, 2], [1, 2], [3, 4]], np.uint8)).tolist()
    [[2, 3], [2, 3], [4, 5]]
    [[2, 3], [2, 3], [4, 5]]
    >>> calls
    [2]
    """

    def __init__(self, make: Callable[[Octets], Octets]) -> None:
        self._make = make
        self._mapped: dict[bytes, bytes] = {}

    def map(self, packed: Octets) -> Octets:
        unique, inverse = _unique(packed)
        words = [one.tobytes() for one in unique]
        new = [word for word in words if word not in self._mapped]
        if new:
            if len(self._mapped) + len(new) > MOST_KEPT:
                self._mapped.clear()
                new = words
            made = self._make(np.frombuffer(b"".join(new), np.uint8).reshape(len(new), -1))
            self._mapped.update(zip(new, (one.tobytes() for one in made), strict=True))
        table = np.frombuffer(b"".join([self._mapped[word] for word in words]), np.uint8)
        return table.reshape(unique.shape)[inverse]


def _unique(packed: Octets) -> tuple[Octets, Int64s]:
    """The rows that there are, each once, and for each row of `packed` which of them it is."""
    count, size = packed.shape
    wide = np.zeros((count, (size + 7) // 8 * 8), np.uint8)
    wide[:, :size] = packed
    words = wide.view(np.uint64)
    if words.shape[1] == 1:
        _, first, inverse = np.unique(words[:, 0], return_index=True, return_inverse=True)
        return packed[first], inverse
    order = np.lexsort(words.T)
    ordered = words[order]
    is_new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    inverse = np.empty(count, np.int64)
    inverse[order] = np.cumsum(is_new) - 1
    return packed[order[is_new]], inverse
