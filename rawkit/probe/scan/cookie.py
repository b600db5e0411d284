"""Numbers that only a probe's own target can know: SipHash-2-4, many messages at once, with NumPy.

Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. Python's own SipHash takes no key, and no well-kept
library takes an array of messages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.frames import Int64s
from rawkit.values import dataclass
from rawkit.wire.address import IPAddress

Words = NDArray[np.uint64]

_START: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_FINAL: Final = np.uint64(0xFF)

SEQUENCE: Final = np.uint64(0xFFFFFFFF)
"""The bits of a cookie that are the probe's TCP sequence number."""
IDENT: Final = np.uint64(0xFFFF << 32)
"""Those that are its IPv4 identification."""
LABEL: Final = np.uint64(0xFFFFF << 32)
"""Those that are its IPv6 flow label, where nothing else of the probe is quoted."""


def siphash24(key: bytes, words: Sequence[Words]) -> Words:
    """SipHash-2-4 of each message.

    Args:
        key: 16 bytes.
        words: the padded messages' 64-bit words, the first of all messages first; the last one carries the length in
            its highest byte, as the paper says.

    >>> [hex(value) for value in siphash24(bytes(range(16)), [np.zeros(1, dtype=np.uint64)])]
    ['0x726fdb47dd0e0e31']
    """
    k = [int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")]
    v = [np.full(len(words[0]), start ^ k[at % 2], dtype=np.uint64) for at, start in enumerate(_START)]
    for word in words:
        v[3] ^= word
        _rounds(v, 2)
        v[0] ^= word
    v[2] ^= _FINAL
    _rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _rounds(v: list[Words], count: int) -> None:
    for _ in range(count):
        v[0] += v[1]
        v[2] += v[3]
        _turn(v[1], 13)
        _turn(v[3], 16)
        v[1] ^= v[0]
        v[3] ^= v[2]
        _turn(v[0], 32)
        v[2] += v[1]
        v[0] += v[3]
        _turn(v[1], 17)
        _turn(v[3], 21)
        v[1] ^= v[2]
        v[3] ^= v[0]
        _turn(v[2], 32)


def _turn(word: Words, bits: int) -> None:
    """Rotates to the left, in place."""
    over = word >> np.uint64(64 - bits)
    word <<= np.uint64(bits)
    word |= over


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookie of each address and port, for one scan.

    Attributes:
        key: 16 bytes that nobody else knows.

    >>> cookies = Cookies.of(seed=1, source_port=61001)
    >>> there, port = np.array([0xC0000201], dtype=np.uint64), np.array([80])
    >>> cookies.ipv4(there, port).tolist() == cookies.ipv4(there, port + 1).tolist()
    False
    """

    key: bytes

    @classmethod
    def of(cls, seed: int, source_port: int) -> Cookies:
        """The cookies of the scan with that seed and source port: they are in the key."""
        text = seed.to_bytes(8, "big") + source_port.to_bytes(2, "big")
        return cls(hashlib.blake2b(text, digest_size=16, person=b"rawkit cookie").digest())

    def at(self, source: IPAddress) -> Cookies:
        """Those of the probes from one address: an answer that goes to another one does not know them."""
        return Cookies(hashlib.blake2b(source.packed, key=self.key, digest_size=16, person=b"rawkit source").digest())

    def ipv4(self, address: Words, port: Int64s) -> Words:
        """64 bits for each IPv4 address (32-bit numbers) and port."""
        return siphash24(self.key, [_last(address, port, 6)])

    def ipv6(self, high: Words, low: Words, port: Int64s, zone: Int64s) -> Words:
        """64 bits for each IPv6 address, given as its two halves, and port; a link-local one's zone of 32 bits too:
        what is answered on another link than was asked does not know them."""
        return siphash24(self.key, [high, low, _last(zone.astype(np.uint64), port, 22)])


def _last(word: Words, port: Int64s, length: int) -> Words:
    """The last word of a message: what is left of it, and its length."""
    return word << np.uint64(16) | port.astype(np.uint64) | np.uint64(length << 56)
