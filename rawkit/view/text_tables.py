"""Names for kernels: all in one array of bytes, and an index that says where each is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from rawkit.frames import Bytes, Int32s
from rawkit.values import dataclass

LONGEST: Final = 255
"""Bytes of a name that are kept: what its entry has room for."""


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Names by number, as kernels read them (`rawkit.view.numbers_kernel.put_name`).

    Attributes:
        text: all names, one behind the other, printable ASCII, uint8.
        index: an entry a number: where the name begins * 256 + how long it is, int32; 0 where there is none.

    >>> names = Names.of(10, {3: "tcp", 5: "udp"})
    >>> names[3], names[4]
    ('tcp', '')
    """

    text: Bytes
    index: Int32s

    @classmethod
    def of(cls, entries: int, names: Mapping[int, str]) -> Names:
        """A table with room for the numbers under `entries`; what is not printable ASCII becomes `?`."""
        index = np.zeros(entries, dtype=np.int32)
        places: dict[str, int] = {}
        text = bytearray()
        for number, name in names.items():
            if name not in places:
                shown = printable(name)
                places[name] = len(text) * 256 + len(shown)
                text += shown
            index[number] = places[name]
        return cls(np.frombuffer(bytes(text) or b"?", dtype=np.uint8), index)

    def __getitem__(self, number: int) -> str:
        start, size = divmod(int(self.index[number]), 256)
        return self.text[start : start + size].tobytes().decode("ascii")


def printable(name: str) -> bytes:
    """The name in printable ASCII, cut to what an entry can hold.

    >>> printable("h\\x1btp")
    b'h?tp'
    """
    return "".join(letter if " " <= letter <= "~" else "?" for letter in name[:LONGEST]).encode("ascii")


def flat(names: Mapping[int, str], section: int) -> dict[int, str]:
    """The names with their numbers moved into a section of a table.

    >>> flat({1: "one"}, 100)
    {101: 'one'}
    """
    return {section + number: name for number, name in names.items()}
