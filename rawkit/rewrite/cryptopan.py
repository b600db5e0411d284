"""Addresses mapped to others so that common prefixes stay common: Crypto-PAn (Xu, Fan, Ammar and Moon, 2002).

Each bit is turned or not, as AES says of the bits before it. That works for any length, so it is used for 128 bits too,
and for the 48 of a MAC address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.errors import RawkitError
from rawkit.values import dataclass

Octets = NDArray[np.uint8]
Bits = NDArray[np.bool_]
BLOCK: Final = 16
"""Bytes that AES takes at once."""
KEY_LEN: Final = 32
"""Bytes of a key: half of it is AES's, half makes the padding."""
MOST_BLOCKS: Final = 1 << 16
"""Blocks that are encrypted in one call: a mebibyte."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Addresses that are well known.

    Attributes:
        prefix: its bits, as bytes of a whole address.
        bits: how many of them count.
        inside: bits of such addresses from which on they are mapped all the same; as many as there are for none.
    """

    prefix: bytes
    bits: int
    inside: int


class CryptoPAn:
    """Maps addresses of all lengths up to 128 bits, many at once.

    Args:
        key: 32 bytes, as of other programs.

    Raises RawkitError where the key has another length, or there is no AES here.

    >>> key = bytes.fromhex("1522178d33a4cf80130a5b1649907d10d8988f8379796527 62574c2d2a842202")
    >>> found = CryptoPAn(key).map(np.array([[128, 11, 68, 132]], np.uint8))  # of the sample that comes with it
    >>> found.tolist()
    [[135, 242, 180, 132]]
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_LEN:
            raise RawkitError(f"a key of {len(key)} bytes: give {KEY_LEN} ('head -c {KEY_LEN} /dev/urandom')")
        self._encrypt = _aes(key[:BLOCK])
        self._pad = np.frombuffer(self._encrypt(key[BLOCK:]), np.uint8)

    def other(self) -> CryptoPAn:
        """Another mapping by the same key, for what has nothing to do with these addresses."""
        made = object.__new__(CryptoPAn)
        made._encrypt, made._pad = self._encrypt, np.frombuffer(self._encrypt(self._pad.tobytes()), np.uint8)
        return made

    def map(self, addresses: Octets, kept: Sequence[Kept] = (), fixed: Sequence[int] = ()) -> Octets:
        """The addresses that these (addresses by bytes) become.

        Args:
            addresses: in network order.
            kept: these stay what they are, and nothing else becomes one of them.
            fixed: numbers of bits, from the first one on, that stay as they are.
        """
        size = addresses.shape[1]
        most = max(MOST_BLOCKS // (size * 8), 1)
        parts = [self._turned(addresses[at : at + most], kept, fixed) for at in range(0, len(addresses), most)]
        return np.concatenate([np.empty((0, size), np.uint8), *parts])

    def _turned(self, addresses: Octets, kept: Sequence[Kept], fixed: Sequence[int]) -> Octets:
        count, size = addresses.shape
        masks = _prefix_masks(size * 8)
        padded = np.zeros((count, BLOCK), np.uint8)
        padded[:, :size] = addresses
        blocks = (padded[:, None, :] & masks) | (self._pad & ~masks)
        encrypted = np.frombuffer(self._encrypt(blocks.tobytes()), np.uint8).reshape(count, size * 8, BLOCK)
        turned = encrypted[:, :, 0] >= 0x80
        bits = np.unpackbits(addresses, axis=1).astype(np.bool_)
        for one in kept:
            turned &= ~_held(bits, one)
        turned[:, list(fixed)] = False
        return np.packbits(bits ^ turned, axis=1)


def _held(bits: Bits, kept: Kept) -> Bits:
    """The bits of addresses that decide whether they are among those that are kept; of these, all that are to stay."""
    prefix = np.unpackbits(np.frombuffer(kept.prefix, np.uint8)).astype(np.bool_)[: kept.bits]
    same = np.logical_and.accumulate(bits[:, : kept.bits] == prefix, axis=1)
    held = np.zeros_like(bits)
    held[:, 0] = True
    held[:, 1 : kept.bits] = same[:, :-1]
    held[same[:, -1], kept.bits : kept.inside] = True
    return held


def _prefix_masks(bits: int) -> Octets:
    """For each bit a block of bytes in which all bits before it are set."""
    return np.packbits(np.arange(BLOCK * 8) < np.arange(bits)[:, None], axis=1)


def _aes(key: bytes) -> Callable[[bytes], bytes]:
    """AES-128 of whole blocks, each by itself: what Crypto-PAn takes as a function that nobody can tell from chance."""
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError:
        raise RawkitError("no AES here: install rawkit[anonymize], or the package cryptography") from None
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update  # noqa: S305 the function itself is wanted
