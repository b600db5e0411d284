"""Community IDs of many flows (version 1, seed 0): SHA-1 (FIPS 180-4, section 6.1) and base64 (RFC 4648, section 4).

hashlib takes one flow at a time and holds the GIL: of a capture with many short flows that was a fifth of the time.
What is hashed always fits in one block.
"""

from __future__ import annotations

from typing import Final

from rawkit.flow.conn_log.record_kernel import community_content
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8, u32

FORCE_INLINE: Final = True

BLOCK = 64  # bytes
ROUNDS = 80
ID_SIZE = 28  # characters of 20 bytes in base64
BITS_32 = 0xFFFFFFFF


def community_ids(events: Ints, first: int, width: int, count: int, block: Ints, words: Ints, out: Ints) -> None:
    """Writes the ID of each event's flow, 28 characters; `block` has room for 64 bytes, `words` for 80 numbers."""
    for i in range(count):
        for place in range(BLOCK):
            block[place] = 0
        size = community_content(events, first + i * width, block, 0)
        block[size] = 0x80
        block[BLOCK - 2] = 8 * size >> 8
        block[BLOCK - 1] = 8 * size & 0xFF
        schedule(block, words)
        digest(words, block)
        put_base64(block, out, ID_SIZE * i)


def schedule(block: Ints, words: Ints) -> None:
    for t in range(16):
        words[t] = u32(block, 4 * t)
    for t in range(16, ROUNDS):
        words[t] = rotated(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1)


def rotated(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & BITS_32


def digest(words: Ints, out: Ints) -> None:
    """The SHA-1 of one block, whose words were scheduled, into the first 20 bytes of `out`."""
    a = 0x67452301
    b = 0xEFCDAB89
    c = 0x98BADCFE
    d = 0x10325476
    e = 0xC3D2E1F0
    for t in range(ROUNDS):
        if t < 20:
            f = (d ^ b & (c ^ d)) + 0x5A827999
        elif t < 40:
            f = (b ^ c ^ d) + 0x6ED9EBA1
        elif t < 60:
            f = (b & c | d & (b | c)) + 0x8F1BBCDC
        else:
            f = (b ^ c ^ d) + 0xCA62C1D6
        new = rotated(a, 5) + f + e + words[t] & BITS_32
        e = d
        d = c
        c = rotated(b, 30)
        b = a
        a = new
    put32(0x67452301 + a, out, 0)
    put32(0xEFCDAB89 + b, out, 4)
    put32(0x98BADCFE + c, out, 8)
    put32(0x10325476 + d, out, 12)
    put32(0xC3D2E1F0 + e, out, 16)


def put32(value: int, out: Ints, at: int) -> None:
    for position in range(4):
        out[at + position] = value >> 8 * (3 - position) & 0xFF


def put_base64(digest: Ints, out: Ints, at: int) -> None:
    """20 bytes as 27 letters and one of padding."""
    digest[20] = 0
    for group in range(7):
        bits = u8(digest, 3 * group) << 16 | u8(digest, 3 * group + 1) << 8 | u8(digest, 3 * group + 2)
        for place in range(4):
            out[at + 4 * group + place] = base64_letter(bits >> 18 - 6 * place & 63)
    out[at + ID_SIZE - 1] = 61


def base64_letter(value: int) -> int:
    if value < 52:
        return value + (65 if value < 26 else 71)
    return value - 4 if value < 62 else 43 if value == 62 else 47
