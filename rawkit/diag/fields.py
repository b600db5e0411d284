"""Structures of the kernel, field by field: where each stands, once, and what it counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from sys import byteorder
from typing import Any, Final, Literal

from rawkit.values import dataclass

_CODES: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""What `struct` calls numbers of so many bytes."""
Unit = Literal["", "us", "ms", "bytes", "bytes/s", "segments"]


@dataclass(frozen=True, slots=True)
class Field:
    """A number in a structure.

    Attributes:
        name: as the kernel calls it, without the prefix that all fields have.
        offset: bytes from the beginning.
        size: its bytes, in the machine's order.
        unit: what it counts; empty for things that have no unit.
        shift: the lowest of its bits, where several share a byte.
        bits: how many it has; 0 for all.
    """

    name: str
    offset: int
    size: int
    unit: Unit = ""
    shift: int = 0
    bits: int = 0

    def read(self, raw: bytes) -> int:
        """Its value, of a structure that reaches so far."""
        value = int.from_bytes(raw[self.offset : self.offset + self.size], byteorder)
        return value >> self.shift & (1 << self.bits) - 1 if self.bits else value


def structure(fields: Sequence[Field]) -> Callable[[bytes], dict[str, Any]]:
    """What reads the fields that a structure has, those of whole bytes first; older kernels have fewer.

    What it has behind those that are known is `more`, in hex. All fields are read at once, by a `Struct` for each
    length that comes: of twenty thousand sockets each has eighty.

    >>> read = structure((Field("one", 0, 1), Field("low", 1, 1, bits=4), Field("two", 4, 4)))
    >>> read(bytes([7, 0x93, 0, 0, 1, 1, 0, 0, 0xAB]))
    {'one': 7, 'two': 257, 'low': 3, 'more': 'ab'}
    >>> read(bytes([7, 0x93, 0]))
    {'one': 7, 'low': 3}
    """
    whole = [field for field in fields if not field.bits]
    parts = [field for field in fields if field.bits]
    end = max(field.offset + field.size for field in fields)

    @lru_cache(maxsize=16)
    def plan(length: int) -> tuple[tuple[str, ...], Struct]:
        known = [field for field in whole if field.offset + field.size <= length]
        form, at = "=", 0
        for field in known:
            form += f"{field.offset - at}x{_CODES[field.size]}"
            at = field.offset + field.size
        return tuple(field.name for field in known), Struct(form)

    def read(raw: bytes) -> dict[str, Any]:
        names, form = plan(len(raw))
        found: dict[str, Any] = dict(zip(names, form.unpack_from(raw), strict=True))
        for field in parts:
            if field.offset < len(raw):
                found[field.name] = field.read(raw)
        if any(raw[end:]):
            found["more"] = raw[end:].hex()
        return found

    return read


def row(size: int, names: str, unit: Unit = "", at: int = 0) -> tuple[Field, ...]:
    """Fields of one size and unit, one behind the other.

    >>> [(field.name, field.offset) for field in row(4, "rmem wmem", at=8)]
    [('rmem', 8), ('wmem', 12)]
    """
    return tuple(Field(name, at + size * place, size, unit) for place, name in enumerate(names.split()))


def flags(names: str) -> dict[int, str]:
    """The names of bits, from the lowest on.

    >>> flags("one two")
    {1: 'one', 2: 'two'}
    """
    return {1 << place: name for place, name in enumerate(names.split())}


WORD: Final = 4
