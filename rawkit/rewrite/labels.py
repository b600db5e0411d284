"""Names in DNS: each label becomes another one of the same length and the same kinds of characters."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

LETTERS: Final = range(ord("a"), ord("z") + 1)
DIGITS: Final = range(ord("0"), ord("9") + 1)
BEYOND: Final = range(0x80, 0x100)
"""Bytes that are no ASCII."""
CASE: Final = 0x20
"""The bit by which small letters differ from capitals."""
MOST_KEPT: Final = 1 << 20
"""Labels that are remembered."""


class Labels:
    """Maps labels by a key: different ones become different ones, whatever capitals they are written with.

    Letters become letters, digits digits; hyphens and other signs stay. Each character depends on all others: it is
    moved by what is before it, and then by what is behind.

    >>> labels = Labels(bytes(32))
    >>> one = labels.map(b"www")
    >>> len(one), one.isalpha(), labels.map(b"WWW") == one.upper(), one != labels.map(b"wwx")
    (3, True, True, True)
    """

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key, person=b"rawkit labels").digest()
        self._known: dict[bytes, bytes] = {}

    def map(self, label: bytes) -> bytes:
        """What a label becomes."""
        found = self._known.get(label)
        if found is None:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            found = self._known[label] = self._made(label)
        return found

    def _made(self, label: bytes) -> bytes:
        small = bytearray(one | CASE if one | CASE in LETTERS else one for one in label)
        for place in range(len(small)):
            small[place] = self._moved(small[place], b"<" + small[:place])
        for place in reversed(range(len(small))):
            small[place] = self._moved(small[place], b">" + small[place + 1 :])
        capitals = (not one & CASE and one | CASE in LETTERS for one in label)
        return bytes(new & ~CASE if capital else new for new, capital in zip(small, capitals, strict=True))

    def _moved(self, one: int, others: bytes) -> int:
        """The character so much further on in its own kind as the key says of the others."""
        for kind in (LETTERS, DIGITS, BEYOND):
            if one in kind:
                far = int.from_bytes(blake2b(others, key=self._key, digest_size=8).digest())
                return kind[(one - kind.start + far) % len(kind)]
        return one
