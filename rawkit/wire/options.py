"""Options as IPv4 (RFC 791 section 3.1) and TCP (RFC 9293 section 3.2) write them: kind, length, data.

Kinds 0 (end) and 1 (no operation) are single bytes; the length of the others counts kind and length too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, Protocol

from rawkit.errors import DecodeError
from rawkit.values import dataclass
from rawkit.wire.fields import Buffer, check_bits, fits, require

END: Final = 0
NO_OPERATION: Final = 1


class Packable(Protocol):
    """An option: it knows its bytes."""

    def pack(self) -> bytes:
        """The option's bytes."""


@dataclass(frozen=True, slots=True)
class Nop:
    """No operation: one byte, to align what follows.

    >>> Nop().pack()
    b'\\x01'
    """

    def pack(self) -> bytes:
        """The one byte."""
        return bytes((NO_OPERATION,))


@dataclass(frozen=True, slots=True)
class Eol:
    """End of the option list, with the padding that stands behind it in the header.

    >>> Eol(b"\\0").pack()
    b'\\x00\\x00'
    """

    padding: bytes = b""

    def pack(self) -> bytes:
        """The end byte and the padding."""
        return bytes((END,)) + self.padding


@dataclass(frozen=True, slots=True)
class RawOption:
    """An option that has no class of its own here, or a malformed one made on purpose.

    >>> RawOption(30, b"\\x01\\x02").pack().hex()
    '1e040102'
    """

    kind: int
    data: bytes = b""

    def __post_init__(self) -> None:
        check_bits("option", self, kind=8)
        fits("option", "length", len(self.data) + 2, 8)

    def pack(self) -> bytes:
        """Kind, length and data."""
        return tlv(self.kind, self.data)


class FoundOption(NamedTuple):
    """An option found in a header: its kind, its offset, its data (for kind 0: what follows it)."""

    kind: int
    offset: int
    data: bytes


def tlv(kind: int, data: bytes) -> bytes:
    """Kind, length and data of an option.

    >>> tlv(2, b"\\x05\\xb4").hex()
    '020405b4'
    """
    return bytes((kind, len(data) + 2)) + data


def walk(layer: str, header: Buffer, offset: int) -> Iterator[FoundOption]:
    """The options from `offset` to the end of the header, one by one.

    Raises `DecodeError` where a length is under 2 or goes past the end of the header.

    >>> [entry.kind for entry in walk("tcp", bytes.fromhex("020405b4 01 030307"), 0)]
    [2, 1, 3]
    """
    while offset < len(header):
        kind = header[offset]
        if kind == END:
            yield FoundOption(kind, offset, bytes(header[offset + 1 :]))
            return
        size = 1 if kind == NO_OPERATION else _size(layer, header, offset)
        yield FoundOption(kind, offset, bytes(header[offset + 2 : offset + size]))
        offset += size


def _size(layer: str, header: Buffer, offset: int) -> int:
    require(layer, header, 2, offset)
    size = header[offset + 1]
    if size < 2:
        reason = f"option {header[offset]} has the length {size}, under 2"
        raise DecodeError(layer, offset=offset, required=2, available=size, reason=reason)
    require(layer, header, size, offset)
    return size


def expect(layer: str, entry: FoundOption, size: int) -> None:
    """Raises `DecodeError` unless the option has `size` bytes of data.

    >>> expect("tcp", FoundOption(2, 20, b"\\x05"), 2)
    Traceback (most recent call last):
    rawkit.errors.DecodeError: tcp: option 2 has 1 bytes of data, not 2 (at offset 20)
    """
    found = len(entry.data)
    if found != size:
        reason = f"option {entry.kind} has {found} bytes of data, not {size}"
        raise DecodeError(layer, offset=entry.offset, required=size + 2, available=found + 2, reason=reason)


def common(entry: FoundOption) -> Nop | Eol | RawOption:
    """The value of an option that is the same in IPv4 and TCP.

    >>> common(FoundOption(1, 20, b"")), common(FoundOption(0, 21, b"\\0")), common(FoundOption(30, 20, b"ab"))
    (Nop(), Eol(padding=b'\\x00'), RawOption(kind=30, data=b'ab'))
    """
    if entry.kind == NO_OPERATION:
        return Nop()
    return Eol(entry.data) if entry.kind == END else RawOption(entry.kind, entry.data)


def pack_options(options: Iterable[Packable]) -> bytes:
    """The options' bytes, filled up with end bytes to a multiple of 4.

    >>> pack_options([Nop()]).hex()
    '01000000'
    """
    raw = b"".join(option.pack() for option in options)
    return raw + bytes(-len(raw) % 4)
