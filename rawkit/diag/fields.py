"""Structures of the kernel, field by field: where each stands, once, and what it counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from sys import byteorder
from typing import Final, Literal

from rawkit.values import dataclass

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


def read(fields: Sequence[Field], raw: bytes) -> dict[str, int | str]:
    """The fields that a structure has; older kernels have fewer. What it has behind those is `more`, in hex.

    >>> read((Field("one", 0, 1), Field("two", 4, 4)), bytes([7, 0, 0, 0, 1, 1, 0, 0, 0xAB]))
    {'one': 7, 'two': 257, 'more': 'ab'}
    >>> read((Field("one", 0, 1), Field("two", 4, 4)), bytes([7, 0, 0]))
    {'one': 7}
    """
    return dict(_read(fields, raw))


def _read(fields: Sequence[Field], raw: bytes) -> Iterator[tuple[str, int | str]]:
    end = 0
    for field in fields:
        end = max(end, field.offset + field.size)
        if field.offset + field.size <= len(raw):
            yield field.name, field.read(raw)
    if any(raw[end:]):
        yield "more", raw[end:].hex()


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
